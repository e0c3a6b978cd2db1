// kamailio as another PBX at the end of a trunk.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallDaemon } from './call-daemon.js';

const CONFIGURATION = new URL('kamailio.cfg', import.meta.url);

/** Where it stands. */
export interface KamailioPlace {
  readonly address: string;
  readonly port: number;
}

export class Kamailio {
  readonly #child: ChildProcess;
  #said = '';

  private constructor(daemon: CallDaemon, { address, port }: KamailioPlace) {
    const folder = daemon.folderFor('kamailio');
    const file = join(folder, 'kamailio.cfg');
    const text = readFileSync(CONFIGURATION, 'utf8');
    writeFileSync(file, text.replaceAll('{{port}}', String(daemon.port('SIP', 'udp'))));
    const options = ['-f', file, '-DD', '-E', '-m', '64', '-M', '8', '-Y', folder, '-l', `udp:${address}:${port}`];
    this.#child = spawn('kamailio', options, { stdio: ['ignore', 'pipe', 'pipe'] });
    daemon.phones.push(this.#child);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('latin1').on('data', (said: string) => {
        this.#said += said;
      });
  }

  static start(daemon: CallDaemon, place: KamailioPlace): Kamailio {
    return new Kamailio(daemon, place);
  }

  /** What it wrote. */
  get said(): string {
    return this.#said;
  }

  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) throw new Error(`kamailio ended: ${this.#said}`);
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}
