// Runs `dhcp-daemon.ts`, in a network namespace or here.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DhcpSettings } from '../../../src/dhcp/settings.js';

const PROGRAM = fileURLToPath(new URL('dhcp-daemon.ts', import.meta.url));
const TOP = fileURLToPath(new URL('../../../', import.meta.url));

export interface DaemonOptions {
  /** Holds settings, leases and events. */
  readonly folder: string;
  readonly settings: DhcpSettings;
  readonly namespace?: string;
  readonly events?: boolean;
  /** A program and its first arguments that starts the service in its place. */
  readonly launcher?: readonly string[];
  /** Loaded, but opening only at `open()`. */
  readonly waits?: boolean;
}

export class DhcpProcess {
  readonly child: ChildProcess;
  #said = '';
  readonly #lines: ((said: string) => void)[] = [];

  constructor({ folder, settings, namespace, events = false, waits = false, launcher = [] }: DaemonOptions) {
    const settingsFile = join(folder, 'settings.json');
    const encoded = JSON.stringify(settings, (_, value: unknown) => {
      const { type, data } = (value ?? {}) as { type?: unknown; data?: number[] };
      return type === 'Buffer' ? Buffer.from(data ?? []).toString('hex') : value;
    });
    writeFileSync(settingsFile, encoded);
    const command = [
      ...(namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace]),
      ...launcher,
      ...[process.execPath, '--import', 'tsx', PROGRAM, settingsFile, join(folder, 'leases.jsonl')],
      ...[events ? join(folder, 'events.jsonl') : '-', ...(waits ? ['wait'] : [])],
    ];
    this.child = spawn(command[0] as string, command.slice(1), { cwd: TOP, stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdin?.on('error', () => {});
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
      for (const line of this.#lines) line(this.#said);
    });
  }

  /** Waits for `ready` and gives the port; rejects with what it said where it ended instead. */
  async ready(): Promise<number> {
    const said = await this.#hears(/^ready (\d+)|^DHCP on .*\n/m);
    const port = /^ready (\d+)/m.exec(said)?.[1];
    if (port === undefined) throw new Error(said.trim());
    return Number(port);
  }

  async loaded(): Promise<void> {
    await this.#hears(/^loaded/m);
  }

  open(): void {
    this.child.stdin?.write('\n');
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }

  #hears(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (said: string): void => {
        if (pattern.test(said)) resolve(said);
      };
      this.#lines.push(look);
      this.child.once('exit', () => reject(new Error(`ended after: ${this.#said}`)));
      look(this.#said);
    });
  }
}
