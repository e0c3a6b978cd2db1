// Programs under measurement: started on one core, measured by their processor time, ended.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';

const TICKS = 100; // per second, on every Linux that we know
/** What a daemon of forty thousand devices may take to start while a machine does something else, too. */
const PATIENCE = 120_000; // milliseconds
/** Given to who does not say when it is ready. */
const SILENT_START = 500; // milliseconds

export class Program {
  readonly #child: ChildProcess;
  #said = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    const listen = (bytes: Buffer): void => {
      this.#said = (this.#said + bytes.toString()).slice(-100_000);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
  }

  /**
   * Starts `command` on `cores` (`0`, `0,1`) and waits until it has said `ready`; empty: not at all. Who has no word to say
   * is not listened to, and is given `SILENT_START`.
   */
  static async start(
    cores: number | string,
    command: string,
    args: readonly string[],
    ready?: string,
  ): Promise<Program> {
    // `taskset` would only end with 127, in silence.
    if (!isAbsolute(command) && spawnSync('which', [command]).status !== 0)
      throw new Error(`${command} is not installed`);
    const program = new Program(
      // It does not outlive a bench that is stopped halfway.
      spawn('setpriv', ['--pdeathsig', 'TERM', 'taskset', '-c', String(cores), command, ...args], {
        // Whoever does not say when it is ready talks to nobody: a pipe that is not read would stop it.
        stdio: ready === undefined ? 'ignore' : ['ignore', 'pipe', 'pipe'],
        detached: true,
      }),
    );
    const until = Date.now() + (ready === undefined ? SILENT_START : PATIENCE);
    while (ready === undefined ? Date.now() < until : !program.#said.includes(ready)) {
      const { exitCode } = program.#child;
      if (exitCode !== null) throw new Error(`${command} ended with ${exitCode}: ${program.#said}`);
      if (Date.now() > until) {
        await program.stop();
        throw new Error(`${command} did not say "${ready}" within ${PATIENCE / 1000} s; it said: ${program.#said}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return program;
  }

  /** Processor seconds of it and of the children that it still has or has waited for. */
  get cpuSeconds(): number {
    return treeOf(this.#child.pid ?? 0).reduce((sum, pid) => sum + cpuOf(pid), 0);
  }

  /** MiB resident. */
  get residentMiB(): number {
    const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')) ?? [];
    return Number(kib) / 1024;
  }

  /** Sends `signal` to it alone and waits for the answer that it prints. */
  async asked(signal: NodeJS.Signals, answer: RegExp): Promise<string> {
    this.#said = '';
    process.kill(this.#child.pid ?? 0, signal);
    for (const until = Date.now() + 10_000; Date.now() < until; ) {
      const [said] = answer.exec(this.#said) ?? [];
      if (said !== undefined) return said;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`no answer to ${signal}`);
  }

  /** What it prints that looks like `pattern`, now or within so many milliseconds. */
  async said(pattern: RegExp, within: number): Promise<string> {
    for (const until = Date.now() + within; Date.now() < until; ) {
      const [said] = pattern.exec(this.#said) ?? [];
      if (said !== undefined) return said;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`it never said ${pattern}: ${this.#said.slice(-1000)}`);
  }

  /** What it has said last that looks like `pattern`. */
  lastSaid(pattern: RegExp): string | undefined {
    return this.#said.match(pattern)?.at(-1);
  }

  get descriptors(): number {
    return readdirSync(`/proc/${this.#child.pid}/fd`).length;
  }

  /** To it alone. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.#child.pid ?? 0, signal);
  }

  /** Without a chance to tidy up. */
  async killed(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.signal('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    process.kill(-this.#child.pid, 'SIGTERM');
    const force = setTimeout(() => process.kill(-(this.#child.pid ?? 0), 'SIGKILL'), 5_000);
    await ended;
    clearTimeout(force);
  }
}

const cpuOf = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0) / TICKS;
  } catch {
    return 0;
  }
};

const treeOf = (pid: number): number[] => {
  const tree = [pid];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const parent = Number(/^\d+ \(.*\) \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8'))?.[1]);
      if (tree.includes(parent)) tree.push(Number(entry));
    } catch {
      // it ended while we looked
    }
  }
  return tree;
};

export const installed = (command: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
