// Another PBX, simulated: it answers pings, takes calls and makes them, over UDP or TCP.

import type { TrunkSettings } from '../../../src/calls/index.js';
import { ID } from '../../../src/sip/message/headers.js';
import type { SipMessage } from '../../../src/sip/message/message.js';
import type { MemoryLink } from '../../support/memory-streams.js';
import { phoneSdp } from '../calls/sip-phone.js';
import { messagesIn, SERVER, type SipHarness } from '../harness.js';

export const PBX_ADDRESS = '10.20.0.2';

/** A trunk to it. */
export const trunkTo = (more: Partial<TrunkSettings> = {}): TrunkSettings => ({
  ...{ name: 'PBX', address: PBX_ADDRESS, port: 5060, transport: 'udp', sources: [PBX_ADDRESS], earlyOffer: false },
  ...{ digest: undefined, register: undefined, codecs: undefined },
  ...more,
});

/** What it answers to the methods that it does not leave to the test; `undefined`: nothing. */
export type Reaction = (message: SipMessage) => number | undefined;

let names = 0;

/** One dialog as the PBX sees it. */
export interface PbxDialog {
  readonly callId: string;
  readonly from: string;
  to: string;
  target: string;
  cseq: number;
}

export class Pbx {
  readonly address: string;
  /** What it answers to OPTIONS. */
  onOptions: Reaction = () => 483;
  readonly pings: SipMessage[] = [];
  readonly #received: SipMessage[] = [];
  #send: (text: string) => void = () => {};
  links: MemoryLink[] = [];

  private constructor(address: string) {
    this.address = address;
  }

  /** Its sockets are open before those of labcm. */
  static async over(
    transport: 'udp' | 'tcp',
    { datagrams, streams }: Pick<SipHarness, 'datagrams' | 'streams'>,
    address = PBX_ADDRESS,
    port = 5060,
  ): Promise<Pbx> {
    const pbx = new Pbx(address);
    if (transport === 'udp') {
      const socket = await datagrams.open({ address, port } as never, (bytes) => pbx.#take(messagesIn(bytes)));
      pbx.#send = (text) => {
        const octets = Buffer.from(text, 'latin1');
        socket.send(octets, 0, octets.length, { address: SERVER, port: 5060 });
      };
    } else streams.servers.set(`${address}:${port}`, (link) => pbx.accept(link));
    return pbx;
  }

  /** Takes a connection of labcm. */
  accept(link: MemoryLink): void {
    this.links.push(link);
    this.#send = (text) => link.deliver(Buffer.from(text, 'latin1'));
  }

  #take(messages: readonly SipMessage[]): void {
    for (const message of messages) {
      if (message.method === 'OPTIONS' && message.toTag === undefined && message.kind === 'request') {
        this.pings.push(message);
        const status = this.onOptions(message);
        if (status !== undefined) this.answer(message, status, 'Answer');
      } else this.#received.push(message);
    }
  }

  /** What has come since the last look, without pings. */
  take(): SipMessage[] {
    for (const link of this.links) this.#take(messagesIn(link.take()));
    return this.#received.splice(0);
  }

  send(text: string): void {
    this.#send(text);
  }

  sdp(options: Parameters<typeof phoneSdp>[2] & { readonly rtpPort?: number } = {}): string {
    return phoneSdp(this.address, options.rtpPort ?? 30_000, options);
  }

  answer(
    request: SipMessage,
    status: number,
    phrase: string,
    { tag, body, headers = [] }: { readonly tag?: string; readonly body?: string; readonly headers?: string[] } = {},
  ): void {
    const to = request.text(ID.To) ?? '';
    this.send(
      [
        `SIP/2.0 ${status} ${phrase}`,
        ...request.all(ID.Via).map((via) => `Via: ${via}`),
        `From: ${request.text(ID.From)}`,
        `To: ${to}${tag === undefined || request.toTag !== undefined ? '' : `;tag=${tag}`}`,
        `Call-ID: ${request.callId}`,
        `CSeq: ${request.text(ID.CSeq)}`,
        ...(headers.some((line) => line.startsWith('Contact:')) ? [] : [`Contact: <sip:5000@${this.address}:5060>`]),
        ...headers,
        ...(body === undefined ? [] : ['Content-Type: application/sdp']),
        `Content-Length: ${body?.length ?? 0}`,
        '',
        body ?? '',
      ].join('\r\n'),
    );
  }

  /** Begins a call to a number of labcm's. */
  invite(
    number: string,
    {
      body = this.sdp(),
      headers = [],
      from = `<sip:5000@${this.address}>`,
      hops = 70,
      via = [],
    }: {
      readonly body?: string | undefined;
      readonly headers?: readonly string[];
      readonly from?: string;
      readonly hops?: number;
      readonly via?: readonly string[];
    } = {},
  ): PbxDialog {
    names += 1;
    const dialog: PbxDialog = {
      callId: `pbx${names}@${this.address}`,
      from: `${from};tag=p${names}`,
      to: `<sip:${number}@${SERVER}>`,
      target: `sip:${number}@${SERVER}:5060`,
      cseq: 0,
    };
    this.request(dialog, 'INVITE', { body, headers, hops, via });
    return dialog;
  }

  request(
    dialog: PbxDialog,
    method: string,
    {
      body,
      headers = [],
      hops = 70,
      via = [],
      branch,
    }: {
      readonly body?: string | undefined;
      readonly headers?: readonly string[];
      readonly hops?: number;
      readonly via?: readonly string[];
      readonly branch?: string;
    } = {},
  ): void {
    if (method !== 'ACK' && method !== 'CANCEL') dialog.cseq += 1;
    names += 1;
    this.send(
      [
        `${method} ${dialog.target} SIP/2.0`,
        `Via: SIP/2.0/UDP ${this.address}:5060;branch=${branch ?? `z9hG4bKp${names}`}`,
        ...via.map((one) => `Via: ${one}`),
        `From: ${dialog.from}`,
        `To: ${dialog.to}`,
        `Call-ID: ${dialog.callId}`,
        `CSeq: ${dialog.cseq} ${method}`,
        `Max-Forwards: ${hops}`,
        `Contact: <sip:5000@${this.address}:5060>`,
        'Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,UPDATE',
        'Supported: timer',
        ...headers,
        ...(body === undefined ? [] : ['Content-Type: application/sdp']),
        `Content-Length: ${body?.length ?? 0}`,
        '',
        body ?? '',
      ].join('\r\n'),
    );
  }

  learn(dialog: PbxDialog, answer: SipMessage): void {
    dialog.to = answer.text(ID.To) ?? dialog.to;
    dialog.target = answer.address('Contact')?.uri ?? dialog.target;
  }
}
