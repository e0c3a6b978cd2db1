// Phones over real sockets that are in calls, each protocol's own, and what they hear while others attack.

import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { encode } from '../../../src/sccp/messages/catalogue.js';
import type { SipMessage } from '../../../src/sip/message/message.js';
import { StreamParser } from '../../../src/sip/message/stream-parser.js';
import { type PhoneDialog, SipPhone } from '../../sip/calls/sip-phone.js';
import { SERVER } from '../../sip/harness.js';
import { aCapabilitiesRes, aRegister, readFrame } from '../../support/sccp-harness.js';
import { KEEPALIVE, SccpPhone } from '../../support/sccp-phone.js';

export const HOST = '127.0.0.1';
export const VERSION = 20;
/** The number of a 7962 in a RegisterReq. */
const MODEL_7962 = 404;
const WITHIN = 10_000;

const until = async <T>(what: string, found: () => T | undefined): Promise<T> => {
  const end = Date.now() + WITHIN;
  for (;;) {
    const result = found();
    if (result !== undefined) return result;
    if (Date.now() > end) throw new Error(`no ${what} within ${WITHIN} ms`);
    await pause(2);
  }
};

// ── SCCP ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A phone that opens the ports that it is asked for, and notes the names of what it hears. */
export class TalkingSccpPhone {
  readonly heard: string[] = [];
  reference = 0;
  party = 0;

  private constructor(readonly link: SccpPhone) {}

  static async comeUp(port: number, name: string): Promise<TalkingSccpPhone> {
    const link = await SccpPhone.connect(port);
    const registration = aRegister(name, { protocolVer: VERSION, deviceType: MODEL_7962 });
    link.write(encode('RegisterReqMessage', registration, 0));
    await link.until(0x9b);
    link.write(encode('CapabilitiesResMessage', aCapabilitiesRes(), VERSION));
    await link.until(0x145);
    const phone = new TalkingSccpPhone(link);
    void phone.#listen();
    return phone;
  }

  /** How many messages of that name came. */
  count(name: string): number {
    return this.heard.filter((each) => each === name).length;
  }

  async hear(name: string): Promise<void> {
    await until(name, () => (this.heard.includes(name) ? true : undefined));
  }

  async #listen(): Promise<void> {
    for (let frame = await this.link.frame(); frame.length > 0; frame = await this.link.frame()) {
      const { name, fields } = readFrame(frame, VERSION);
      this.heard.push(name);
      if (name === 'CallStateMessage') this.reference = Number(fields.callReference);
      if (name !== 'OpenReceiveChannelMessage') continue;
      this.party = Number(fields.passThruPartyId);
      const ack = {
        status: 0,
        ipAddr: '127.0.0.1',
        portNumber: 20_000,
        passThruPartyId: this.party,
        callReference: this.reference,
      };
      this.link.write(encode('OpenReceiveChannelAckMessage', ack, VERSION));
    }
  }
}

/** One calls the other, and both are told where to send. */
export const talkBySccp = async (a: TalkingSccpPhone, b: TalkingSccpPhone, number: string): Promise<void> => {
  a.link.write(encode('EnblocCallMessage', { calledParty: number }, VERSION));
  await b.hear('SetRingerMessage');
  b.link.write(encode('OffHookMessage', { lineInstance: 0, callReference: 0 }, VERSION));
  for (const phone of [a, b]) await phone.hear('StartMediaTransmissionMessage');
};

/** It still is in its call: a keepalive is the only thing that it hears an answer to; then it hangs up. */
export const hangUpBySccp = async (a: TalkingSccpPhone, b: TalkingSccpPhone): Promise<void> => {
  a.link.write(KEEPALIVE);
  await a.hear('KeepAliveAckMessage');
  a.link.write(encode('OnHookMessage', { lineInstance: 1, callReference: a.reference }, VERSION));
  for (const phone of [a, b]) await phone.hear('StopMediaTransmissionMessage');
};

// ── SIP ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A phone over TCP, from an address of its own. */
export class TalkingSipPhone extends SipPhone {
  readonly texts: string[] = [];
  #heard: SipMessage[] = [];

  private constructor(
    readonly socket: net.Socket,
    messages: SipMessage[],
    texts: string[],
    options: ConstructorParameters<typeof SipPhone>[1],
  ) {
    super(
      {
        take: () => messages.splice(0),
        ask: (bytes) => {
          const text = String(bytes).replaceAll(SERVER, HOST);
          texts.push(text);
          socket.write(text, 'latin1');
          return [];
        },
      },
      options,
    );
    this.texts = texts;
  }

  static async comeUp(port: number, device: string, dn: string, address: string): Promise<TalkingSipPhone> {
    const socket = net.connect({ host: HOST, port, localAddress: address, noDelay: true });
    await once(socket, 'connect');
    const messages: SipMessage[] = [];
    const parser = new StreamParser();
    socket.on('data', (bytes) => {
      for (const element of parser.push(bytes)) if (element.kind === 'message') messages.push(element.message);
    });
    socket.on('error', () => {});
    const options = { device, dn, address, port: socket.localPort ?? 0, isCisco: false, transport: 'TCP' } as const;
    const phone = new TalkingSipPhone(socket, messages, [], options);
    phone.register();
    await until('registration', () =>
      messages.some(({ status, cseq }) => status === 200 && cseq?.method === 'REGISTER') ? true : undefined,
    );
    await pause(20);
    phone.take();
    return phone;
  }

  async hear(what: string | number): Promise<SipMessage> {
    return await until(String(what), () => {
      this.#heard.push(...this.take());
      return this.#heard.find(({ kind, method, status }) => (kind === 'request' ? method : status) === what);
    });
  }

  /** What it has heard since the last call of this. */
  fresh(): (string | number)[] {
    const all = [...this.#heard, ...this.take()];
    this.#heard = [];
    return all.map(({ kind, method, status }) => (kind === 'request' ? method : status));
  }
}

export const talkBySip = async (
  a: TalkingSipPhone,
  b: TalkingSipPhone,
): Promise<readonly [PhoneDialog, PhoneDialog]> => {
  const dialogA = a.invite(b.options.dn, a.sdp({ rtpPort: 16_000 }));
  const invite = await b.hear('INVITE');
  b.answer(invite, 200, 'OK', { tag: 'b', body: b.sdp({ rtpPort: 20_000, payloads: [0, 8, 101] }) });
  const dialogB = b.dialogOf(invite, 'b');
  const ok = await a.hear(200);
  a.learn(dialogA, ok);
  a.request(dialogA, 'ACK');
  await b.hear('ACK');
  for (const phone of [a, b]) phone.fresh();
  return [dialogA, dialogB];
};

export const hangUpBySip = async (a: TalkingSipPhone, b: TalkingSipPhone, dialog: PhoneDialog): Promise<void> => {
  a.request(dialog, 'UPDATE');
  await a.hear(200);
  a.fresh();
  a.request(dialog, 'BYE');
  b.answer(await b.hear('BYE'), 200, 'OK');
  await a.hear(200);
};
