// An SCCP phone with sound: it does what it is told on its link, sends a tone where it is to send, and records what comes.

import { createSocket, type Socket } from 'node:dgram';
import { expect } from 'vitest';
import { G711_LAWS } from '../../../src/rtp/g711.js';
import { renderTones } from '../../../src/rtp/tones.js';
import { encode } from '../../../src/sccp/messages/catalogue.js';
import { eventually } from '../../support/daemon.js';
import { readFrame } from '../../support/sccp-harness.js';
import { SccpPhone } from '../../support/sccp-phone.js';
import { type CallDaemon, DAEMON, deviceName } from './call-daemon.js';
import { writeWav } from './tones.js';

const VERSION = 20;
const HEADER = 12;
const PACKET = 160;
const EVERY = 20;
/** The keys of its soft-key set (`sccp.md` §9.2). */
const KEYS = { newCall: 2, hold: 3, endCall: 9, resume: 10, answer: 11 } as const;

export class SccpCaller {
  readonly dn: string;
  /** The states of its newest call, in their order. */
  states: number[] = [];
  readonly #address: string;
  readonly #link: SccpPhone;
  readonly #rtp: Socket;
  readonly #plays: Uint8Array;
  #reference = 0;
  #recorded: Buffer[] = [];
  #sending: NodeJS.Timeout | undefined;
  #sent = 0;

  private constructor(dn: string, address: string, plays: number, link: SccpPhone, rtp: Socket) {
    this.dn = dn;
    this.#address = address;
    this.#link = link;
    this.#rtp = rtp;
    this.#plays = renderTones('PCMU', [{ frequencies: [plays], milliseconds: 1_000 }]);
    rtp.on('message', (packet) => {
      if (((packet[1] ?? 0) & 0x7f) === 0) this.#recorded.push(packet.subarray(HEADER));
    });
  }

  /** `plays`: the frequency of its tone in Hz. */
  static async start(daemon: CallDaemon, options: { dn: string; address: string; plays: number }): Promise<SccpCaller> {
    const { dn, address, plays } = options;
    const link = await SccpPhone.connect(daemon.port('SCCP', 'tcp'), DAEMON);
    await link.comeUp(deviceName(dn), [[4, 20]]);
    const rtp = createSocket('udp4');
    await new Promise<void>((resolve) => rtp.bind(0, address, resolve));
    const phone = new SccpCaller(dn, address, plays, link, rtp);
    void phone.#obey();
    await daemon.registered(dn);
    return phone;
  }

  /** Where it hears. */
  get mediaPort(): number {
    return this.#rtp.address().port;
  }

  dial(number: string): void {
    this.#renew();
    this.#press('newCall', 0);
    for (const digit of number) {
      const kpButton = '0123456789____*#'.indexOf(digit);
      this.#link.write(encode('KeypadButtonMessage', { kpButton, lineInstance: 0, callReference: 0 }, VERSION));
    }
  }

  press(key: 'hold' | 'resume' | 'answer' | 'endCall'): void {
    if (key === 'answer') this.#renew();
    this.#press(key, this.#reference);
  }

  #press(key: keyof typeof KEYS, callReference: number): void {
    const fields = { softKeyEvent: KEYS[key], lineInstance: 1, callReference };
    this.#link.write(encode('SoftKeyEventMessage', fields, VERSION));
  }

  /** Waits until its call is in this state (`sccp.md`: 2 on hook, 3 ring out, 4 ring in, 5 connected, 6 busy, 8 hold, 14 invalid number). */
  becomes(state: number): Promise<void> {
    return eventually(() => expect(this.states.at(-1), `${this.dn} was in ${this.states}`).toBe(state));
  }

  /** Writes the sound of its newest call. */
  record(file: string): void {
    writeWav(file, Int16Array.from(Buffer.concat(this.#recorded), G711_LAWS.PCMU.decode));
  }

  async stop(): Promise<void> {
    clearInterval(this.#sending);
    this.#rtp.close();
    await this.#link.close();
  }

  #renew(): void {
    this.#recorded = [];
  }

  async #obey(): Promise<void> {
    for (;;) {
      const frame = await this.#link.frame();
      if (frame.length === 0) return;
      const { name, fields } = readFrame(frame, VERSION);
      const { callReference, passThruPartyId } = fields as Readonly<Record<string, number>>;
      if (name === 'CallStateMessage') {
        if (callReference !== this.#reference) this.states = [];
        this.#reference = Number(callReference);
        this.states.push(Number(fields.callState));
      } else if (name === 'OpenReceiveChannelMessage')
        this.#link.write(
          encode(
            'OpenReceiveChannelAckMessage',
            {
              status: 0,
              ipAddr: this.#address,
              portNumber: this.mediaPort,
              passThruPartyId: passThruPartyId ?? 0,
              callReference: callReference ?? 0,
            },
            VERSION,
          ),
        );
      else if (name === 'StartMediaTransmissionMessage')
        this.#send(String(fields.remoteIpAddr), Number(fields.remotePortNumber));
      else if (name === 'StopMediaTransmissionMessage') clearInterval(this.#sending);
    }
  }

  #send(address: string, port: number): void {
    clearInterval(this.#sending);
    const source = this.#sent + 1;
    const started = performance.now();
    let sequence = 0;
    this.#sending = setInterval(() => {
      for (; sequence * EVERY <= performance.now() - started; sequence += 1) {
        const packet = Buffer.alloc(HEADER + PACKET);
        packet[0] = 0x80;
        packet.writeUInt16BE(sequence, 2);
        packet.writeUInt32BE(sequence * PACKET, 4);
        packet.writeUInt32BE(source, 8);
        packet.set(this.#plays.subarray((sequence % 50) * PACKET, (sequence % 50) * PACKET + PACKET), HEADER);
        this.#rtp.send(packet, port, address);
        this.#sent += 1;
      }
    }, EVERY / 2);
  }
}
