// linphonec as a phone: it plays a file, writes what it hears into another, and is led on its standard input.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { freePort } from '../../../src/lab/free-port.js';
import { eventually } from '../../support/daemon.js';
import { type CallDaemon, DAEMON, SECRET } from './call-daemon.js';
import { toneSamples, writeWav } from './tones.js';

const TONE_SECONDS = 30;

export interface LinphoneOptions {
  readonly dn: string;
  /** What it plays: a tone of so many Hz. */
  readonly plays: number;
  readonly transport?: 'udp' | 'tcp';
  readonly digest?: boolean;
}

export class Linphone {
  readonly dn: string;
  readonly #child: ChildProcess;
  readonly #folder: string;
  #said = '';
  #recordings = 0;

  private constructor(
    daemon: CallDaemon,
    { dn, plays, transport = 'udp', digest = false }: LinphoneOptions,
    rtp: number,
  ) {
    this.dn = dn;
    this.#folder = daemon.folderFor(`linphone-${dn}`);
    mkdirSync(join(this.#folder, '.local/share/linphone'), { recursive: true });
    writeWav(join(this.#folder, 'plays.wav'), toneSamples(plays, TONE_SECONDS));
    const credentials = digest ? `[auth_info_0]\nusername=${dn}\npasswd=${SECRET}\nrealm=ccmsipline\n` : '';
    writeFileSync(
      join(this.#folder, 'settings'),
      `[sip]
sip_port=${transport === 'udp' ? -1 : 0}
sip_tcp_port=${transport === 'tcp' ? -1 : 0}
sip_tls_port=0
default_proxy=0
register_only_when_network_is_up=0
use_ipv6=0
[net]
mtu=1300
[rtp]
audio_rtp_port=${rtp}
[video]
enabled=0
automatically_initiate=0
automatically_accept=0
[proxy_0]
reg_proxy=<sip:${DAEMON}:${daemon.port('SIP', transport)};transport=${transport}>
reg_identity=sip:${dn}@${DAEMON}
reg_expires=120
reg_sendregister=1
publish=0
${credentials}`,
    );
    this.#child = spawn('linphonec', ['-c', join(this.#folder, 'settings')], {
      env: { ...process.env, HOME: this.#folder, TERM: 'dumb' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stdin?.on('error', () => {});
    daemon.phones.push(this.#child);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('latin1').on('data', (text: string) => {
        this.#said += text;
      });
  }

  /** Resolves when it is registered and has its files. */
  static async start(daemon: CallDaemon, options: LinphoneOptions): Promise<Linphone> {
    const phone = new Linphone(daemon, options, (await freePort()) & ~1);
    await daemon.registered(options.dn);
    phone.command('soundcard use files');
    await phone.says(/Using wav files/);
    return phone;
  }

  command(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** From now on it plays its tone from the beginning and writes into a new file. */
  renewFiles(): void {
    this.#said = '';
    this.#recordings += 1;
    this.command(`record ${this.recording}`);
    this.command(`play ${join(this.#folder, 'plays.wav')}`);
  }

  /** Waits until it has said so since its files were last renewed. */
  says(text: RegExp): Promise<void> {
    return eventually(() => expect(this.#said, `${this.dn} says`).toMatch(text));
  }

  /** What it hears. */
  get recording(): string {
    return join(this.#folder, `recorded-${this.#recordings}.wav`);
  }

  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) throw new Error(`${this.dn} ended: ${this.#said}`);
    const ended = once(this.#child, 'exit');
    this.command('quit');
    await ended;
  }
}
