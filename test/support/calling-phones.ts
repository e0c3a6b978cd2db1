// Phones over real sockets that call and are called: one of SCCP and one of SIP over TCP. They open the ports that they are
// asked for and answer what must be answered; whether they pick up is the test's.

import net from 'node:net';
import { vi } from 'vitest';
import { encode, type Fields, type FromPhoneName } from '../../src/sccp/messages/catalogue.js';
import { ID } from '../../src/sip/message/headers.js';
import type { SipMessage } from '../../src/sip/message/message.js';
import { StreamParser } from '../../src/sip/message/stream-parser.js';
import { type ReceivedMessage, readFrame } from './sccp-harness.js';
import { SccpPhone } from './sccp-phone.js';

const VERSION = 20;
const WITHIN = { timeout: 10_000, interval: 5 };
const ADDRESS = '127.0.0.1';

/** Waits until `check` is true. */
const until = (what: string, check: () => boolean): Promise<void> =>
  vi.waitFor(() => {
    if (!check()) throw new Error(`waited for ${what}`);
  }, WITHIN);

export class CallingSccpPhone {
  readonly received: ReceivedMessage[] = [];
  readonly #phone: SccpPhone;
  readonly #rtpPort: number;

  private constructor(phone: SccpPhone, rtpPort: number) {
    this.#phone = phone;
    this.#rtpPort = rtpPort;
  }

  /** Registers at the SCCP port. */
  static async register(port: number, name: string, rtpPort = 20_000): Promise<CallingSccpPhone> {
    const phone = await SccpPhone.connect(port);
    await phone.comeUp(name);
    const calling = new CallingSccpPhone(phone, rtpPort);
    void calling.#listen();
    return calling;
  }

  async #listen(): Promise<void> {
    for (;;) {
      const frame = await this.#phone.frame();
      if (frame.length === 0) return;
      const message = readFrame(frame, VERSION);
      this.received.push(message);
      const { callReference = 0, passThruPartyId = 0 } = message.fields as Readonly<Record<string, number>>;
      if (message.name === 'OpenReceiveChannelMessage')
        this.say('OpenReceiveChannelAckMessage', {
          status: 0,
          ipAddr: ADDRESS,
          portNumber: this.#rtpPort,
          passThruPartyId,
          callReference,
        });
    }
  }

  say<N extends FromPhoneName>(name: N, fields: Fields<N>): void {
    this.#phone.write(encode(name, fields, VERSION));
  }

  call(number: string): void {
    this.say('EnblocCallMessage', { calledParty: number });
  }

  /** Lifts the handset: answers, too. */
  lift(): void {
    this.say('OffHookMessage', {});
  }

  hangUp(): void {
    this.say('OnHookMessage', {});
  }

  /** The state of the newest call that it was told of: 4 rings, 5 is connected, 2 is over. */
  get state(): number | undefined {
    const last = this.received.findLast(({ name }) => name === 'CallStateMessage');
    return last?.fields.callState as number | undefined;
  }

  reaches(state: number): Promise<void> {
    return until(`call state ${state}, found ${this.state}`, () => this.state === state);
  }

  hears(name: string): Promise<void> {
    return until(name, () => this.received.some((message) => message.name === name));
  }

  close(): Promise<unknown> {
    return this.#phone.close();
  }
}

let branches = 0;

/** A plain SIP phone: makes its offer in its INVITE. */
export class CallingSipPhone {
  readonly requests: SipMessage[] = [];
  readonly answers: SipMessage[] = [];
  readonly #socket: net.Socket;
  readonly #dn: string;
  readonly #server: string;
  #cseq = 1;
  #invite: SipMessage | undefined;

  private constructor(socket: net.Socket, dn: string, port: number) {
    this.#socket = socket;
    this.#dn = dn;
    this.#server = `${ADDRESS}:${port}`;
    const parser = new StreamParser();
    socket.on('data', (bytes) => {
      for (const frame of parser.push(bytes)) if (frame.kind === 'message') this.#take(frame.message);
    });
    socket.on('error', () => {});
  }

  /** Registers at the TCP port of SIP. */
  static async register(port: number, device: string, dn: string): Promise<CallingSipPhone> {
    const socket = net.connect({ host: ADDRESS, port, noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const phone = new CallingSipPhone(socket, dn, port);
    const mac = device.slice(3).toLowerCase();
    phone.#request('REGISTER', `sip:${phone.#server}`, {
      contact: `<${phone.#contact}>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-${mac}>";+u.sip!devicename.ccm.cisco.com="${device}";+u.sip!model.ccm.cisco.com="30016"`,
      headers: ['Expires: 3600'],
    });
    await until('200 to REGISTER', () => phone.answers.some(({ status }) => status === 200));
    return phone;
  }

  get #contact(): string {
    const { localPort } = this.#socket;
    return `sip:${this.#dn}@${ADDRESS}:${localPort};transport=tcp`;
  }

  get #sdp(): string {
    return `v=0\r\no=- 1 1 IN IP4 ${ADDRESS}\r\ns=-\r\nc=IN IP4 ${ADDRESS}\r\nt=0 0\r\nm=audio 21000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n`;
  }

  #request(
    method: string,
    uri: string,
    {
      to = `<sip:${this.#dn}@${ADDRESS}>`,
      contact = `<${this.#contact}>`,
      headers = [],
      body = '',
      callId = `${method}-${this.#dn}`,
    }: {
      readonly to?: string;
      readonly contact?: string;
      readonly headers?: readonly string[];
      readonly body?: string;
      readonly callId?: string;
    } = {},
  ): void {
    branches += 1;
    this.#cseq += 1;
    this.#send([
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/TCP ${ADDRESS}:${this.#socket.localPort};branch=z9hG4bKd${branches}`,
      `From: <sip:${this.#dn}@${ADDRESS}>;tag=f${this.#dn}`,
      `To: ${to}`,
      `Call-ID: ${callId}`,
      `CSeq: ${this.#cseq} ${method}`,
      'Max-Forwards: 70',
      `Contact: ${contact}`,
      ...headers,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ]);
  }

  #send(lines: readonly string[]): void {
    this.#socket.write(lines.join('\r\n'));
  }

  #take(message: SipMessage): void {
    if (message.kind === 'response') {
      this.answers.push(message);
      if (message.cseq?.method === 'INVITE' && (message.status ?? 0) >= 200) this.#acknowledge(message);
      return;
    }
    this.requests.push(message);
    if (message.method === 'INVITE' && message.toTag === undefined) {
      this.#invite = message;
      this.#respond(message, '180 Ringing');
    } else if (message.method === 'INVITE') this.#respond(message, '200 OK', this.#sdp);
    else if (message.method !== 'ACK') this.#respond(message, '200 OK');
  }

  #acknowledge(answer: SipMessage): void {
    const { cseq } = answer;
    this.#send([
      `ACK ${answer.address('Contact')?.uri ?? `sip:${this.#server}`} SIP/2.0`,
      `Via: SIP/2.0/TCP ${ADDRESS}:${this.#socket.localPort};branch=z9hG4bKa${++branches}`,
      `From: ${answer.text(ID.From)}`,
      `To: ${answer.text(ID.To)}`,
      `Call-ID: ${answer.callId}`,
      `CSeq: ${cseq?.text.split(' ')[0]} ACK`,
      'Content-Length: 0',
      '',
      '',
    ]);
  }

  #respond(request: SipMessage, status: string, body = ''): void {
    const to = `${request.text(ID.To)}${request.toTag === undefined ? ';tag=called' : ''}`;
    this.#send([
      `SIP/2.0 ${status}`,
      ...request.all(ID.Via).map((via) => `Via: ${via}`),
      `From: ${request.text(ID.From)}`,
      `To: ${to}`,
      `Call-ID: ${request.callId}`,
      `CSeq: ${request.cseq?.text}`,
      `Contact: <${this.#contact}>`,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ]);
  }

  call(number: string): void {
    this.#request('INVITE', `sip:${number}@${this.#server}`, {
      to: `<sip:${number}@${ADDRESS}>`,
      body: this.#sdp,
      callId: `call-${this.#dn}-${branches}@${ADDRESS}`,
    });
  }

  rings(): Promise<void> {
    return until('an INVITE', () => this.#invite !== undefined);
  }

  answer(): void {
    if (this.#invite === undefined) throw new Error('nobody calls');
    this.#respond(this.#invite, '200 OK', this.#sdp);
  }

  /** The last status for its INVITE. */
  reaches(status: number): Promise<void> {
    return until(`${status}`, () =>
      this.answers.some((answer) => answer.cseq?.method === 'INVITE' && answer.status === status),
    );
  }

  hears(method: string): Promise<void> {
    return until(method, () => this.requests.some((request) => request.method === method));
  }

  close(): void {
    this.#socket.destroy();
  }
}
