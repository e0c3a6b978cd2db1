// All that a command sees of the machine it runs on, so that a test can put its own in place of it.

import type { Config, LocatedConfig } from '../config/index.js';
import type { ServiceListener } from '../daemon/service.js';

/** A terminal, a file or a pipe. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

export interface RunningDaemon {
  readonly listeners: readonly ServiceListener[];
  stop(): Promise<void>;
  /** Reads the configuration again, and answers with it. Rejects with a `ConfigError`, nothing changed. */
  reload(): Promise<LocatedConfig>;
}

export interface DaemonStartOptions {
  /** Told once for each listener. */
  readonly announce: (line: string) => void;
  /** Told what stops working and works again, and what was lost. */
  readonly warn: (line: string) => void;
  readonly configPath: string;
  readonly overrides: readonly string[];
}

export type ProcessSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE';

export interface MachineAddress {
  readonly interface: string;
  readonly address: string;
  /** Length of its network's prefix. */
  readonly prefix: number;
  readonly loopback: boolean;
}

export interface CliEnvironment {
  /** For what was asked for. */
  readonly stdout: Output;
  /** For what is said about it. */
  readonly stderr: Output;
  readonly stdin: AsyncIterable<string | Uint8Array>;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly fetch: typeof fetch;
  /** How many files and sockets this process may have open; `undefined` where nobody says. */
  descriptorLimit(): number | undefined;
  fileExists(path: string): boolean;
  /** The IPv4 addresses of this machine, by interface. */
  addresses(): readonly MachineAddress[];
  /** Whether that interface, and no other, can be answered on. */
  servesAlone(name: string): boolean;
  /** Why no socket can be bound there, by the system's code such as `EACCES`; `undefined`: one can. Nothing stays open. */
  whyUnbindable(transport: 'tcp' | 'udp', address: string, port: number): Promise<string | undefined>;
  /** Why no file can be made in that directory; `undefined`: one can. Leaves nothing behind. */
  whyUnwritable(directory: string): Promise<string | undefined>;
  /** Calls back at each such signal; SIGPIPE stands for a reader of `stdout` that has gone. Returns how to stop that. */
  onSignal(signal: ProcessSignal, callback: () => void): () => void;
  startDaemon(config: Config, options: DaemonStartOptions): Promise<RunningDaemon>;
}

export const say = ({ stderr }: CliEnvironment, text: string): void => void stderr.write(`${text}\n`);
export const print = ({ stdout }: CliEnvironment, text: string): void => void stdout.write(`${text}\n`);

/** Exit codes. Scripts depend on them. */
export const EXIT = { done: 0, failed: 1, faulty: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
