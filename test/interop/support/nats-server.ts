// A NATS server as a process, with a folder of its own, on a port that stays the same over restarts.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../src/lab/free-port.js';

const PROGRAM = '/usr/sbin/nats-server';

/** `false`: there is no NATS server on this machine. */
export const HAS_NATS = existsSync(PROGRAM);

export class NatsServer {
  readonly port: number;
  readonly folder: string;
  readonly #options: readonly string[];
  #child: ChildProcess | undefined;
  #said = '';

  private constructor(port: number, options: readonly string[]) {
    this.port = port;
    this.folder = mkdtempSync(join(tmpdir(), 'labcm-nats-'));
    this.#options = options;
  }

  /** `options`: besides the address, the port, and JetStream with its folder. */
  static async start(options: readonly string[] = [], port?: number): Promise<NatsServer> {
    const server = new NatsServer(port ?? (await freePort()), options);
    await server.begin();
    return server;
  }

  get address(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** What it has printed since it began. */
  get said(): string {
    return this.#said;
  }

  /** Resolves when it takes connections. */
  begin(): Promise<void> {
    this.#said = '';
    const child = spawn(
      PROGRAM,
      ['-a', '127.0.0.1', '-p', String(this.port), '-js', '-sd', this.folder, ...this.#options],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#child = child;
    return new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`nats-server ended with ${code}: ${this.#said}`)));
      child.stderr?.on('data', (octets: Buffer) => {
        this.#said += octets.toString();
        if (this.#said.includes('Server is ready')) resolve();
      });
    });
  }

  /** Kills it. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
