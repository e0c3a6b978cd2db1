// A simulated SIP phone: registers, calls, is called, and writes its messages as Cisco's or a plain phone does.

import { ID } from '../../../src/sip/message/headers.js';
import type { SipMessage } from '../../../src/sip/message/message.js';
import type { Peer } from '../harness.js';
import { SERVER } from '../harness.js';
import { BULK_BODY, BULK_HEADERS, ciscoRegister, plain } from '../phones.js';

export interface SipPhoneOptions {
  readonly device: string;
  readonly dn: string;
  readonly address: string;
  readonly port: number;
  readonly isCisco: boolean;
  readonly transport: 'UDP' | 'TCP';
  /** It takes what other phones of its line do. */
  readonly showsSharedLine?: boolean | undefined;
}

/** An SDP of a phone: G.722, PCMU, PCMA and telephone events unless other lines are given. */
export const phoneSdp = (
  address: string,
  port: number,
  {
    payloads = [9, 0, 8, 101],
    direction,
    version = 0,
    lines = [],
  }: {
    readonly payloads?: readonly number[];
    readonly direction?: string;
    readonly version?: number;
    readonly lines?: readonly string[];
  } = {},
): string =>
  [
    'v=0',
    `o=Cisco-SIPUA 11040 ${version} IN IP4 ${address}`,
    's=SIP Call',
    't=0 0',
    `m=audio ${port} RTP/AVP ${payloads.join(' ')}`,
    `c=IN IP4 ${address}`,
    ...payloads.flatMap((payload) => RTPMAPS[payload] ?? []),
    ...(direction === undefined ? [] : [`a=${direction}`]),
    ...lines,
    '',
  ].join('\r\n');

const RTPMAPS: Readonly<Record<number, readonly string[]>> = {
  0: ['a=rtpmap:0 PCMU/8000'],
  8: ['a=rtpmap:8 PCMA/8000'],
  9: ['a=rtpmap:9 G722/8000'],
  18: ['a=rtpmap:18 G729/8000', 'a=fmtp:18 annexb=no'],
  101: ['a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15'],
  114: ['a=rtpmap:114 opus/48000/2', 'a=fmtp:114 maxplaybackrate=16000'],
};

/** One dialog as the phone sees it. */
export interface PhoneDialog {
  readonly callId: string;
  /** From and To of the phone's requests. */
  from: string;
  to: string;
  target: string;
  cseq: number;
  branch: string;
}

/** What plain phones say of themselves; over UDP they are sent no more than three times the octets of it. */
const PLAIN_HEADERS = [
  'User-Agent: baresip v1.0.0 (x86_64/linux)',
  'Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,NOTIFY,SUBSCRIBE,INFO,MESSAGE,UPDATE,REFER',
  'Supported: gruu,replaces,norefersub,outbound,path,timer',
];

const SHARED_LINE_BODY = BULK_BODY.replace(
  '<joinreq>',
  '<dialog usage="shared line"><unot></unot></dialog>\n<joinreq>',
);

let tags = 0;

export class SipPhone {
  readonly options: SipPhoneOptions;
  readonly peer: Peer;
  readonly #received: SipMessage[] = [];
  /** REFERs of the server's own, such as a line for the screen. */
  readonly told: SipMessage[] = [];
  /** What came outside of any dialog, and was answered. */
  readonly outside: SipMessage[] = [];
  #contact: string | undefined;

  constructor(peer: Peer, options: SipPhoneOptions) {
    this.peer = peer;
    this.options = options;
  }

  get contact(): string {
    if (this.#contact !== undefined) return this.#contact;
    const { isCisco, device, dn, address, port, transport } = this.options;
    const user = isCisco ? `uuid-${device}-${dn}` : dn;
    return `sip:${user}@${address}:${port}${transport === 'UDP' && !isCisco ? '' : `;transport=${transport.toLowerCase()}`}`;
  }

  get via(): string {
    const { transport, address, port } = this.options;
    tags += 1;
    return `Via: SIP/2.0/${transport} ${address}:${port};branch=z9hG4bKc${tags}`;
  }

  /** Sends and keeps what comes back. */
  send(text: string): void {
    this.#received.push(...this.peer.ask(text));
  }

  /** What has come since the last look, without what is no matter of calls, which is answered. */
  take(): SipMessage[] {
    for (;;) {
      const fresh = this.peer.take();
      if (fresh.length === 0) break;
      this.#received.push(...fresh);
    }
    const all = this.#received.splice(0);
    const others = all.filter((message) => message.method === 'REFER' || isOfRegistration(message));
    this.outside.push(...others.filter(({ kind }) => kind === 'request'));
    for (const message of others) {
      if (message.kind === 'request') this.answer(message, 200, 'OK');
      if (message.method === 'REFER') this.told.push(message);
    }
    return all.filter((message) => !others.includes(message));
  }

  /** The URI of a line of a Cisco phone. */
  contactOf(line: string): string {
    return line === this.options.dn ? this.contact : this.contact.replace(`-${this.options.dn}@`, `-${line}@`);
  }

  /** `contact`: a URI of its own choice. `dn`: the line; absent: its first. */
  register(contact?: string, dn: string = this.options.dn): void {
    if (contact !== undefined) this.#contact = contact;
    const { device, address, port, isCisco, transport } = this.options;
    const fields = { device, dn, sentBy: address, port, transport, server: SERVER };
    this.send(
      isCisco
        ? ciscoRegister({
            ...fields,
            contact: `<${this.contactOf(dn)}>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-${device.slice(3).toLowerCase()}>";+u.sip!devicename.ccm.cisco.com="${device}";+u.sip!model.ccm.cisco.com="30016"`,
            // It is sent its status, by whose answer it proves over UDP that it hears.
            ...(transport === 'UDP' ? { headers: BULK_HEADERS, body: BULK_BODY } : {}),
            ...(this.options.showsSharedLine === true ? { headers: BULK_HEADERS, body: SHARED_LINE_BODY } : {}),
            ...(contact === undefined ? {} : { cseq: 102 }),
          })
        : plain('REGISTER', dn, {
            ...fields,
            contact: `<${this.contact}>`,
            expires: '3600',
            callId: `r-${dn}`,
            headers: PLAIN_HEADERS,
          }),
    );
    this.take();
  }

  sdp(options: Parameters<typeof phoneSdp>[2] & { readonly rtpPort?: number } = {}): string {
    return phoneSdp(this.options.address, options.rtpPort ?? 16_384, options);
  }

  /** Begins a call. `dn`: of that line; absent: the first. */
  invite(
    number: string,
    body: string | undefined,
    headers: readonly string[] = [],
    dn: string = this.options.dn,
  ): PhoneDialog {
    tags += 1;
    const dialog: PhoneDialog = {
      callId: `call${tags}@${this.options.address}`,
      from: `<sip:${dn}@${SERVER}>;tag=f${tags}`,
      to: `<sip:${number}@${SERVER}>`,
      target: `sip:${number}@${SERVER}`,
      cseq: 100,
      branch: '',
    };
    this.request(dialog, 'INVITE', { body, headers });
    return dialog;
  }

  /** A request in a dialog. */
  request(
    dialog: PhoneDialog,
    method: string,
    {
      body,
      headers = [],
      type = 'application/sdp',
      cseq,
      branch,
    }: {
      readonly body?: string | undefined;
      readonly headers?: readonly string[];
      readonly type?: string;
      readonly cseq?: number;
      readonly branch?: string;
    } = {},
  ): void {
    const isOld = method === 'ACK' || method === 'CANCEL';
    if (!isOld && cseq === undefined) dialog.cseq += 1;
    const via = branch ?? (method === 'CANCEL' ? dialog.branch : this.via);
    if (method === 'INVITE') dialog.branch = via;
    const { device, isCisco } = this.options;
    const name = isCisco ? `;+u.sip!devicename.ccm.cisco.com="${device}"` : '';
    this.send(
      [
        `${method} ${dialog.target} SIP/2.0`,
        via,
        `From: ${dialog.from}`,
        `To: ${dialog.to}`,
        `Call-ID: ${dialog.callId}`,
        'Max-Forwards: 70',
        `CSeq: ${cseq ?? dialog.cseq} ${method}`,
        `Contact: <${this.contact}>${name}`,
        'Allow: ACK,BYE,CANCEL,INVITE,NOTIFY,OPTIONS,REFER,REGISTER,UPDATE,SUBSCRIBE,INFO',
        ...(isCisco && method === 'INVITE' ? ['Allow-Events: kpml,dialog'] : []),
        ...headers,
        ...(body === undefined ? [] : [`Content-Type: ${type}`]),
        `Content-Length: ${body?.length ?? 0}`,
        '',
        body ?? '',
      ].join('\r\n'),
    );
  }

  /** Takes in an answer: the dialog has a tag and a target from now on. */
  learn(dialog: PhoneDialog, answer: SipMessage): void {
    dialog.to = answer.text(ID.To) ?? dialog.to;
    dialog.target = answer.address('Contact')?.uri ?? dialog.target;
  }

  /** The dialog of an INVITE that came. */
  dialogOf(invite: SipMessage, tag: string): PhoneDialog {
    return {
      callId: invite.callId ?? '',
      from: `${invite.text(ID.To)}${invite.toTag === undefined ? `;tag=${tag}` : ''}`,
      to: invite.text(ID.From) ?? '',
      target: invite.address('Contact')?.uri ?? '',
      cseq: 100,
      branch: '',
    };
  }

  answer(
    request: SipMessage,
    status: number,
    reason: string,
    {
      tag,
      body,
      headers = [],
    }: { readonly tag?: string; readonly body?: string; readonly headers?: readonly string[] } = {},
  ): void {
    const to = `${request.text(ID.To)}${tag === undefined || request.toTag !== undefined ? '' : `;tag=${tag}`}`;
    this.send(
      [
        `SIP/2.0 ${status} ${reason}`,
        ...request.all(ID.Via).map((via) => `Via: ${via}`),
        `From: ${request.text(ID.From)}`,
        `To: ${to}`,
        `Call-ID: ${request.callId}`,
        `CSeq: ${request.cseq?.text}`,
        ...(headers.some((line) => line.startsWith('Contact:')) ? [] : [`Contact: <${this.contact}>`]),
        'Allow: ACK,BYE,CANCEL,INVITE,NOTIFY,OPTIONS,REFER,REGISTER,UPDATE,SUBSCRIBE,INFO',
        ...headers,
        ...(body === undefined ? [] : ['Content-Type: application/sdp']),
        `Content-Length: ${body?.length ?? 0}`,
        '',
        body ?? '',
      ].join('\r\n'),
    );
  }
}

const isOfRegistration = (message: SipMessage): boolean =>
  message.cseq?.method === 'REGISTER' || (message.method === 'NOTIFY' && message.toTag === undefined);
