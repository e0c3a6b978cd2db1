// baresip as a phone: it plays a tone, writes what it hears, and is led over its control connection.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { freePort } from '../../../src/lab/free-port.js';
import { eventually } from '../../support/daemon.js';
import { type CallDaemon, DAEMON, SECRET } from './call-daemon.js';
import { toneSamples, writeWav } from './tones.js';

const TONE_SECONDS = 30;

export interface BaresipOptions {
  readonly dn: string;
  readonly address: string;
  /** What it plays: a tone of so many Hz, or these samples. */
  readonly plays: number | Int16Array;
  readonly transport?: 'udp' | 'tcp';
  readonly digest?: boolean;
  readonly answers?: 'manual' | 'auto';
  readonly codecs?: readonly ('g711' | 'g722' | 'opus')[];
  /** Further modules that work by themselves, such as `mwi`. */
  readonly modules?: readonly string[];
  /** Another registrar than the daemon, `address:port`, and the user and password that it answers challenges with. */
  readonly elsewhere?: { readonly server: string; readonly user: string; readonly password: string };
}

export interface BaresipEvent {
  readonly type: string;
  readonly param?: string;
}

export class Baresip {
  readonly dn: string;
  readonly events: BaresipEvent[] = [];
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #answers: (() => void)[] = [];
  #control: net.Socket | undefined;
  #received = Buffer.alloc(0);
  #said = '';

  private constructor(daemon: CallDaemon, options: BaresipOptions, controlPort: number) {
    const { dn, address, plays, transport = 'udp', digest = false, answers = 'manual', codecs = ['g711'] } = options;
    const { modules = [], elsewhere } = options;
    this.dn = dn;
    this.#folder = daemon.folderFor(`baresip-${dn}`);
    mkdirSync(join(this.#folder, 'recorded'), { recursive: true });
    const tone = join(this.#folder, 'plays.wav');
    writeWav(tone, typeof plays === 'number' ? toneSamples(plays, TONE_SECONDS) : plays);
    const own = digest ? `;auth_user=${dn};auth_pass=${SECRET}` : '';
    const credentials = elsewhere === undefined ? own : `;auth_user=${elsewhere.user};auth_pass=${elsewhere.password}`;
    const registrar = elsewhere?.server ?? `${DAEMON}:${daemon.port('SIP', transport)}`;
    const server = `${registrar};transport=${transport}`;
    writeFileSync(
      join(this.#folder, 'accounts'),
      `<sip:${dn}@${server}>;regint=100;answermode=${answers}${credentials}\n`,
    );
    writeFileSync(join(this.#folder, 'contacts'), '');
    writeFileSync(
      join(this.#folder, 'config'),
      `net_interface ${address}
sip_listen ${address}:0
audio_source aufile,${tone}
audio_player aufile,/dev/null
audio_alert aufile,/dev/null
ausrc_srate 8000
ausrc_channels 1
snd_path ${join(this.#folder, 'recorded')}
module_path /usr/lib/baresip/modules
${codecs.map((codec) => `module ${codec}.so\n`).join('')}module sndfile.so
module aufile.so
module account.so
module_app ctrl_tcp.so
${modules.map((name) => `module_app ${name}.so\n`).join('')}module_app menu.so
ctrl_tcp_listen ${address}:${controlPort}
`,
    );
    this.#child = spawn('baresip', ['-4', '-f', this.#folder], {
      env: { ...process.env, HOME: this.#folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    daemon.phones.push(this.#child);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('latin1').on('data', (text: string) => {
        this.#said += text;
      });
  }

  /** Resolves when it is registered and can be led. */
  static async start(daemon: CallDaemon, options: BaresipOptions): Promise<Baresip> {
    const controlPort = await freePort();
    const phone = new Baresip(daemon, options, controlPort);
    await eventually(() => phone.#connect(options.address, controlPort));
    if (options.elsewhere === undefined) await daemon.registered(options.dn);
    else await eventually(() => expect(phone.#said).toContain('200 OK'));
    return phone;
  }

  async #connect(host: string, port: number): Promise<void> {
    const socket = net.connect({ host, port });
    await once(socket, 'connect');
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      while (this.#takeOne());
    });
    socket.on('error', () => {}); // it ended
    this.#control = socket;
  }

  /** Takes a netstring, if there is a whole one. */
  #takeOne(): boolean {
    const colon = this.#received.indexOf(':');
    if (colon < 0) return false;
    const length = Number(this.#received.toString('latin1', 0, colon));
    const end = colon + 1 + length;
    if (this.#received.length <= end) return false;
    const message = JSON.parse(this.#received.toString('utf8', colon + 1, end)) as BaresipEvent & { event?: boolean };
    this.#received = this.#received.subarray(end + 1);
    if (message.event === true) this.events.push(message);
    else this.#answers.shift()?.();
    return true;
  }

  /** A command of its menu: `dial`, `accept`, `hangup`, `hold`, `resume`. */
  async command(name: string, params = ''): Promise<void> {
    const text = JSON.stringify({ command: name, params });
    const answered = new Promise<void>((resolve) => this.#answers.push(resolve));
    this.#control?.write(`${Buffer.byteLength(text)}:${text},`);
    await answered;
  }

  /** Waits until it has reported `count` events of this type. */
  async sees(type: string, count = 1): Promise<BaresipEvent> {
    return await eventually(() => {
      const seen = this.events.filter((event) => event.type === type);
      expect(seen.length, `${type} at ${this.dn}, which said: ${this.#said}`).toBeGreaterThanOrEqual(count);
      return seen.at(-1) as BaresipEvent;
    });
  }

  /** Waits until that has stood `count` times in what it prints. */
  async says(words: RegExp, count = 1): Promise<void> {
    await eventually(() => {
      const found = [...this.#said.matchAll(new RegExp(words, 'g'))];
      expect(found.length, `${this.dn} said: ${this.#said}`).toBeGreaterThanOrEqual(count);
    });
  }

  /** The newest recording of what it hears. */
  get recording(): string {
    const folder = join(this.#folder, 'recorded');
    const files = readdirSync(folder).filter((name) => name.endsWith('-dec.wav'));
    return join(folder, files.sort().at(-1) ?? 'none');
  }

  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) throw new Error(`${this.dn} ended: ${this.#said}`);
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
    this.#control?.destroy();
  }
}
