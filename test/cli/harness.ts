// Runs a command inside the test, with the test's streams, signals, API and daemon.

import { Readable } from 'node:stream';
import type { CliEnvironment, DaemonStartOptions, ProcessSignal, RunningDaemon } from '../../src/cli/environment.js';
import { runCli } from '../../src/cli/main.js';
import type { Config } from '../../src/config/index.js';
import type { Clock } from '../../src/core/time.js';
import { createPrivateFile } from '../../src/net/files/private-file.js';
import type { Host } from '../../src/net/host/host.js';
import { systemClock } from '../../src/net/system-clock.js';
import { memoryHost } from '../doctor/memory-host.js';

export interface Call {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  /** The body, if it is JSON. */
  readonly sent?: unknown;
}

export interface CommandSetup {
  readonly input?: readonly string[];
  /** The input of `labcm run` has ended. */
  readonly inputEnds?: boolean;
  readonly terminal?: boolean;
  /** Its input is typed on a terminal. */
  readonly typed?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** A clock of the test; else that of the machine. */
  readonly clock?: Clock;
  readonly files?: readonly string[];
  /** Of the networks beyond this machine. */
  readonly prefix?: number;
  readonly descriptors?: number;
  /** Those with an IPv4 address; `lo` and `eth1` where the test does not say. */
  readonly interfaces?: readonly string[];
  /** Their addresses, by interface; `lo` has 127.0.0.1, others 10.10.210.10 where the test does not say. */
  readonly addresses?: Readonly<Record<string, string>>;
  /** Interfaces that cannot be served alone. */
  readonly shared?: readonly string[];
  /** By `udp 69` or `tcp 10.0.0.1:2000`: why a port cannot be had; every other can. */
  readonly unbindable?: Readonly<Record<string, string>>;
  /** Why a directory cannot be written to; every other can. */
  readonly unwritable?: Readonly<Record<string, string>>;
  /** What the API answers: status and body by method and path with query. */
  readonly api?: (call: Call) => { readonly status?: number; readonly body: unknown } | Error;
  /** The machine that `doctor` looks at. */
  readonly host?: Host;
  /** A real network, in place of `api`. */
  readonly fetch?: typeof fetch;
  readonly startDaemon?: (config: Config, options: DaemonStartOptions) => Promise<RunningDaemon>;
}

export interface Running {
  readonly out: () => string;
  readonly err: () => string;
  readonly calls: readonly Call[];
  readonly ended: Promise<number>;
  signal(name: ProcessSignal): void;
  /** Callbacks that still wait for a signal. */
  listening(): number;
}

/** Starts `labcm` with these arguments. */
export const start = (args: readonly string[], setup: CommandSetup = {}): Running => {
  const { input = [], terminal = false, environment: variables = {}, files = [], api } = setup;
  let out = '';
  let err = '';
  const calls: Call[] = [];
  const signals = new Map<string, Set<() => void>>();
  const cli: CliEnvironment = {
    stdout: { write: (text) => (out += written(text)), isTTY: terminal },
    stderr: { write: (text) => (err += written(text)), isTTY: terminal },
    stdin: Object.assign(Readable.from(input), { isTTY: setup.typed === true }),
    variables,
    program: ['/nowhere/labcm'],
    clock: setup.clock ?? systemClock,
    directory: setup.directory ?? '/nowhere',
    fileExists: (path) => files.includes(path),
    createPrivateFile,
    addresses: () =>
      (setup.interfaces ?? ['lo', 'eth1']).map((name) => ({
        interface: name,
        address: setup.addresses?.[name] ?? (name === 'lo' ? '127.0.0.1' : '10.10.210.10'),
        prefix: name === 'lo' ? 8 : (setup.prefix ?? 24),
        loopback: name === 'lo',
      })),
    servesAlone: (name) => setup.shared?.includes(name) !== true,
    whyUnbindable: async (transport, address, port) =>
      setup.unbindable?.[`${transport} ${port}`] ?? setup.unbindable?.[`${transport} ${address}:${port}`],
    whyUnwritable: async (directory) => setup.unwritable?.[directory],
    host: setup.host ?? memoryHost(),
    descriptorLimit: () => setup.descriptors,
    fetch: async (target, options) => {
      if (setup.fetch !== undefined) return setup.fetch(target, options);
      const headers = new Headers(options?.headers);
      const call = {
        method: options?.method ?? 'GET',
        url: String(target),
        authorization: headers.get('authorization') ?? undefined,
        ...(typeof options?.body === 'string' ? { sent: JSON.parse(options.body) as unknown } : {}),
      };
      calls.push(call);
      const answer =
        api?.(call) ?? new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) });
      if (answer instanceof Error) throw answer;
      return Response.json(answer.body, { status: answer.status ?? 200 });
    },
    onSignal: (name, callback) => {
      const callbacks = signals.get(name) ?? new Set();
      signals.set(name, callbacks.add(callback));
      return () => callbacks.delete(callback);
    },
    onInputEnd: (callback) => {
      if (setup.inputEnds === true) callback();
    },
    startDaemon: setup.startDaemon ?? (() => Promise.reject(new Error('no daemon was expected'))),
  };
  return {
    out: () => out,
    err: () => err,
    calls,
    ended: runCli(args, cli, '1.2.3'),
    signal: (name) => {
      for (const callback of signals.get(name) ?? []) callback();
    },
    listening: () => [...signals.values()].reduce((sum, { size }) => sum + size, 0),
  };
};

/** Octets are shown as latin1. */
const written = (output: string | Uint8Array): string =>
  typeof output === 'string' ? output : Buffer.from(output).toString('latin1');

/** Runs it to its end. */
export const labcm = async (args: readonly string[], setup: CommandSetup = {}) => {
  const running = start(args, setup);
  const code = await running.ended;
  return { code, out: running.out(), err: running.err(), calls: running.calls };
};
