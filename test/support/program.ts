// The built `labcm` as a process: with pipes or, through util-linux's `script`, in a terminal.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const MAIN = resolve('dist/main.js');
const SCRIPT = '/usr/bin/script';

/** `false`: there is no way to have a terminal here. */
export const HAS_TERMINALS = process.platform === 'linux' && existsSync(SCRIPT);

export interface ProgramOptions {
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Its standard input stays open. */
  readonly keepInput?: boolean;
  /** In a terminal, where both outputs are one. */
  readonly terminal?: boolean;
  /** Another copy of the program. */
  readonly main?: string;
  /** Ahead of the program, such as `['ip', 'netns', 'exec', 'lab']`. */
  readonly under?: readonly string[];
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ProgramProcess {
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  #out = '';
  #err = '';

  constructor(args: readonly string[], options: ProgramOptions = {}) {
    const { directory, environment, input, keepInput = false, terminal = false, main = MAIN, under = [] } = options;
    const command = [...under, process.execPath, main, ...args];
    const [first = '', ...rest] = terminal
      ? [SCRIPT, '-qefc', `exec ${command.map((arg) => `'${arg}'`).join(' ')}`, '/dev/null']
      : command;
    this.#child = spawn(first, rest, {
      ...(directory === undefined ? {} : { cwd: directory }),
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
    });
    this.#child.stdin?.on('error', () => {});
    if (!keepInput && !terminal) this.#child.stdin?.end(input ?? '');
    this.ended = new Promise((done, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => done({ code, signal }));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get out(): string {
    return this.#out;
  }

  get err(): string {
    return this.#err;
  }

  /** Resolves when `text` has been written to either output. Rejects where the program ends before. */
  async waitForText(text: string | RegExp): Promise<void> {
    const isThere = (): boolean => {
      const all = `${this.#out}\n${this.#err}`;
      return typeof text === 'string' ? all.includes(text) : text.test(all);
    };
    let over = false;
    void this.ended.then(() => {
      over = true;
    });
    while (!isThere()) {
      if (over) throw new Error(`it ended without ${text}: ${this.#out}${this.#err}`);
      await new Promise((soon) => setTimeout(soon, 10));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Types into the terminal; `\u0003` is Ctrl+C. */
  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** For after a test, however it went. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** Runs it to its end. */
export const program = async (args: readonly string[], options: ProgramOptions = {}) => {
  const running = new ProgramProcess(args, options);
  const { code, signal } = await running.ended;
  return { code, signal, out: running.out, err: running.err };
};

/** `bash -o pipefail`: `line` with `labcm` in it. */
export const shell = async (line: string, { directory, environment }: ProgramOptions = {}) => {
  const child = spawn('bash', ['-c', `set -o pipefail; labcm() { '${process.execPath}' '${MAIN}' "$@"; }; ${line}`], {
    ...(directory === undefined ? {} : { cwd: directory }),
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const code = await new Promise<number | null>((done) => child.on('close', (status) => done(status)));
  return { code, out, err };
};
