// An SCCP phone over a real socket, and a crowd of healthy ones whose answers are compared octet by octet. They use the
// encoder of the message catalogue, never the service's sessions.

import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { ConfiguredDevice } from '../../src/devices/device.js';
import { encode } from '../../src/sccp/messages/catalogue.js';
import { aDevice } from './devices.js';
import { aCapabilitiesRes, aRegister } from './sccp-harness.js';

export const KEEPALIVE = Buffer.from('040000000000000000000000', 'hex');
export const KEEPALIVE_ACK = Buffer.from('040000000000000000010000', 'hex');
const VERSION = 20;

export class SccpPhone {
  readonly socket: net.Socket;
  /** How the link ended: by a FIN or by a RST. */
  readonly ended: Promise<'fin' | 'reset'>;
  #bytes = Buffer.alloc(0);
  #wanted = 0;
  #wake: () => void = () => {};
  #over = false;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    let cause: 'fin' | 'reset' = 'fin';
    socket.on('data', (bytes) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      if (this.#bytes.length >= this.#wanted) this.#wake();
    });
    socket.on('error', () => {
      cause = 'reset';
    });
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        this.#over = true;
        this.#wake();
        resolve(cause);
      });
    });
  }

  static connect(port: number, host = '127.0.0.1'): Promise<SccpPhone> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ host, port, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new SccpPhone(socket));
      });
    });
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** The next `count` octets; fewer where the link ended first. */
  async read(count: number): Promise<Buffer> {
    while (this.#bytes.length < count && !this.#over) {
      this.#wanted = count;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(taken.length);
    return taken;
  }

  /** The next whole frame; empty: the link ended. */
  async frame(): Promise<Buffer> {
    const head = await this.read(8);
    if (head.length < 8) return Buffer.alloc(0);
    return Buffer.concat([head, await this.read(head.readUInt32LE(0))]);
  }

  /** Frames up to and including one of this id. */
  async until(id: number): Promise<Buffer[]> {
    const frames: Buffer[] = [];
    for (;;) {
      const frame = await this.frame();
      if (frame.length === 0) throw new Error(`the link ended before 0x${id.toString(16)}`);
      frames.push(frame);
      if (frame.readUInt32LE(8) === id) return frames;
    }
  }

  /** Register and capabilities, up to the prompt. `codecs`: payload and milliseconds of each. */
  async comeUp(name: string, codecs?: readonly (readonly [number, number])[]): Promise<void> {
    this.write(encode('RegisterReqMessage', aRegister(name, { protocolVer: VERSION }), 0));
    await this.until(0x9b);
    this.write(encode('CapabilitiesResMessage', aCapabilitiesRes(codecs), VERSION));
    await this.until(0x145);
  }

  close(): Promise<unknown> {
    this.socket.end();
    return this.ended;
  }
}

/** What a healthy phone asks over and over: nothing whose answer depends on the time. */
const QUESTIONS = Buffer.concat([
  encode('ButtonTemplateReqMessage', {}, VERSION),
  encode('SoftKeySetReqMessage', {}, VERSION),
  encode('ConfigStatReqMessage', {}, VERSION),
  encode('LineStatReqMessage', { lineNumber: 1 }, VERSION),
  encode('ForwardStatReqMessage', { lineNumber: 1 }, VERSION),
  KEEPALIVE,
]);

export const CROWD = 100;

/** Milliseconds between two rounds of questions. */
const ROUND_EVERY = 100;

export const crowdDevices = (): ConfiguredDevice[] =>
  Array.from({ length: CROWD }, (_, index) => aDevice(`healthy${index}`, { lines: [String(7000 + index)] }));

/** A hundred registered phones that must notice nothing. */
export class HealthyCrowd {
  readonly #phones: readonly SccpPhone[];
  readonly #expected: readonly Buffer[];
  /** Over when nobody asks: two rounds at once would read each other's answers. */
  #requested: Promise<unknown> = Promise.resolve();

  private constructor(phones: readonly SccpPhone[], expected: readonly Buffer[]) {
    this.#phones = phones;
    this.#expected = expected;
  }

  static async gather(port: number): Promise<HealthyCrowd> {
    const phones = await Promise.all(
      Array.from({ length: CROWD }, async (_, index) => {
        const phone = await SccpPhone.connect(port);
        await phone.comeUp(`healthy${index}`);
        return phone;
      }),
    );
    const expected = await Promise.all(
      phones.map(async (phone) => {
        phone.write(QUESTIONS);
        return Buffer.concat(await phone.until(0x100));
      }),
    );
    return new HealthyCrowd(phones, expected);
  }

  /** All ask once. Returns the milliseconds that the slowest waited; throws where an answer differs by an octet. */
  ask(): Promise<number> {
    const round = this.#requested.then(() => this.#round());
    this.#requested = round.catch(() => {}); // its asker is told
    return round;
  }

  async #round(): Promise<number> {
    const times = await Promise.all(
      this.#phones.map(async (phone, index) => {
        const expected = this.#expected[index] ?? Buffer.alloc(0);
        const start = performance.now();
        phone.write(QUESTIONS);
        const answer = await phone.read(expected.length);
        if (!answer.equals(expected)) throw new Error(`healthy${index} was answered ${answer.toString('hex')}`);
        return performance.now() - start;
      }),
    );
    return Math.max(...times);
  }

  /** They ask for as long as `work` takes. Returns what `work` did, and the longest wait of any phone. */
  async askDuring<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly slowest: number }> {
    let over = false;
    let slowest = 0;
    const asking = (async () => {
      do {
        slowest = Math.max(slowest, await this.ask());
        await pause(ROUND_EVERY); // below the rate at which the service throttles a phone
      } while (!over);
    })();
    const result = await work().finally(() => {
      over = true;
    });
    await asking;
    return { result, slowest };
  }

  async leave(): Promise<void> {
    await Promise.all(this.#phones.map((phone) => phone.close()));
  }
}
