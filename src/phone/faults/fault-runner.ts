// What the faults are made of: links on which a test sends anything, and what came back on them.

import type { Duration } from '../../core/time.js';
import { seconds } from '../../core/time.js';
import type { Endpoint, StreamEnd, StreamLink } from '../../net/ports.js';
import { Framer as SccpFramer } from '../../sccp/codec/framer.js';
import {
  decode,
  encode,
  type Fields,
  type FromPhoneName,
  type FromServer,
  type FromServerName,
} from '../../sccp/messages/catalogue.js';
import { shown } from '../../sccp/tables/labels.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import { StreamParser as SipStreamParser } from '../../sip/message/stream-parser.js';
import type { CallManagerAddress } from '../boot/device-file.js';
import type { PhoneEnvironment } from '../environment.js';
import type { PhoneIdentity } from '../identity.js';
import { registerFields } from '../sccp/register.js';
import { type RegisterFacts, registerText, type SipLine } from '../sip/requests.js';

/** How long to wait for an answer. */
const ANSWER_WITHIN = seconds(5);

/** The phone that misbehaves, and where its server is. */
export interface FaultPlan {
  readonly identity: PhoneIdentity;
  readonly node: CallManagerAddress;
  /** The TFTP server. */
  readonly files: Endpoint;
  readonly line: SipLine;
  readonly localAddress: string | undefined;
  /** Another local address; `undefined`: there is none. */
  readonly otherAddress: string | undefined;
  /** The number that faults in calls call; absent: the echo service. */
  readonly peer?: string | undefined;
}

const ECHO = '*41';

/** A link to the call manager that records what comes over it. */
export class FaultyLink {
  readonly local: Endpoint;
  /** SCCP: names of messages, a refusal with its text. SIP: methods, or statuses with their reason. */
  readonly received: string[] = [];
  /** SCCP: the messages with their fields. */
  readonly messages: FromServer[] = [];
  /** SCCP: the version that the server has accepted; 0 before. */
  version = 0;
  /** SIP: the requests. */
  readonly requests: SipMessage[] = [];
  /** SIP: the responses. */
  readonly responses: SipMessage[] = [];
  /** How the link was closed; `undefined`: it is open. */
  closed: StreamEnd | undefined;
  readonly #link: StreamLink;
  readonly #environment: PhoneEnvironment;
  #wake: () => void = () => {};
  #hasVanished = false;

  constructor(link: StreamLink, environment: PhoneEnvironment) {
    this.#link = link;
    this.#environment = environment;
    this.local = link.local;
  }

  send(bytes: Buffer | string): void {
    this.#link.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  close(): void {
    this.#link.end();
  }

  /** Ignores from now on what comes. The server is not told. */
  vanish(): void {
    this.#hasVanished = true;
  }

  /** Waits until `seen` is true. False: it is not so after `within`. */
  async until(seen: () => boolean, within: Duration = ANSWER_WITHIN): Promise<boolean> {
    let late = false;
    const alarm = this.#environment.timers.create(() => {
      late = true;
      this.#wake();
    });
    alarm.startIn(within);
    while (!seen() && !late)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    alarm.cancel();
    return seen();
  }

  /** Waits for an entry of `received`. False: there is none after `within`. */
  waitFor(text: string | RegExp, within?: Duration): Promise<boolean> {
    return this.until(() => this.hasReceived(text), within);
  }

  /** SCCP: the fields of the messages of that name, in their order. */
  fieldsOf<N extends FromServerName>(name: N): readonly Fields<N>[] {
    return this.messages.flatMap((message) => (message.type === name ? [message.fields as Fields<N>] : []));
  }

  hasReceived(text: string | RegExp): boolean {
    return this.received.some((received) => (typeof text === 'string' ? received === text : text.test(received)));
  }

  /** Waits until the server closes the link. False: it has not after `within`. */
  waitForClose(within?: Duration): Promise<boolean> {
    return this.until(() => this.closed !== undefined, within);
  }

  // Only `FaultRunner` calls what follows.

  /** Closes the link at once, whatever its state, when the fault is over. */
  destroy(): void {
    this.#link.destroy();
  }

  onReceived(lines: readonly string[]): void {
    if (this.#hasVanished) return;
    this.received.push(...lines);
    this.#wake();
  }

  onClosed(cause: StreamEnd): void {
    this.closed = cause;
    this.#wake();
  }
}

/** Runs one fault: opens its links and builds the messages of its phone. `close` it afterwards. */
export class FaultRunner {
  readonly plan: FaultPlan;
  readonly environment: PhoneEnvironment;
  readonly #links: FaultyLink[] = [];
  #registers = 0;

  constructor(environment: PhoneEnvironment, plan: FaultPlan) {
    this.environment = environment;
    this.plan = plan;
  }

  /** The number that faults in calls call. */
  get peer(): string {
    return this.plan.peer ?? ECHO;
  }

  /** That number is a phone's, and none of labcm's own. */
  get callsPhone(): boolean {
    return /^\d/.test(this.peer);
  }

  get isSccp(): boolean {
    return this.plan.identity.protocol === 'SCCP';
  }

  /** Opens a link. Rejects if the call manager does not accept it. */
  async open(localAddress = this.plan.localAddress): Promise<FaultyLink> {
    const { address, sccpPort, sipPort } = this.plan.node;
    const to = { address, port: this.isSccp ? sccpPort : sipPort };
    let faulty: FaultyLink | undefined;
    const receive = this.isSccp ? sccpReceiver() : sipReceiver();
    const options = localAddress === undefined ? {} : { localAddress };
    await this.environment.streams.connect(to, options, (link) => {
      faulty = new FaultyLink(link, this.environment);
      return {
        received: (bytes) => faulty?.onReceived(receive(bytes, faulty)),
        closed: (cause) => faulty?.onClosed(cause),
      };
    });
    if (faulty === undefined) throw new Error('the link did not open');
    this.#links.push(faulty);
    return faulty;
  }

  /** Closes all links, since a server may keep an open one for hours, and the process would wait for it. */
  close(): void {
    for (const link of this.#links.splice(0)) link.destroy();
  }

  /** Resolves after that time of the environment's clock. */
  wait(span: Duration): Promise<void> {
    return new Promise((resolve) => this.environment.timers.create(() => resolve()).startIn(span));
  }

  /** The octets of an SCCP message. */
  frame<N extends FromPhoneName>(name: N, fields: Fields<N>, form?: string, version = 0): Buffer {
    return encode(name, fields, version, 'latin1', form);
  }

  /** A Register that is accepted, but for `changes`. */
  sccpRegister({ local }: FaultyLink, changes: Partial<Fields<'RegisterReqMessage'>> = {}): Buffer {
    return this.frame('RegisterReqMessage', { ...registerFields(this.plan.identity, local.address), ...changes });
  }

  /** A REGISTER that is accepted, but for `changes`. */
  sipRegister({ local }: FaultyLink, changes: Partial<RegisterFacts> = {}): string {
    const number = String(++this.#registers);
    return registerText({
      identity: this.plan.identity,
      line: this.plan.line,
      local,
      node: this.plan.node.address,
      branch: `z9hG4bKfault${number}`,
      fromTag: `fault${number}`,
      callId: `fault@${local.address}:${local.port}`,
      sessionId: '',
      cseq: 100 + this.#registers,
      date: undefined,
      authorization: undefined,
      reason: undefined,
      expires: 3600,
      ping: false,
      offer: undefined,
      ...changes,
    });
  }

  /** The phone's identity as another model or under another name. */
  identityWith(changes: Partial<PhoneIdentity>): PhoneIdentity {
    return { ...this.plan.identity, ...changes };
  }

  /** Registers as a healthy phone does. True: the server has accepted it. */
  async registerNormally(link: FaultyLink): Promise<boolean> {
    link.send(this.isSccp ? this.sccpRegister(link) : this.sipRegister(link));
    if (!this.isSccp) return link.waitFor(/^200/);
    if (!(await link.waitFor('CapabilitiesReqMessage'))) return false;
    link.send(
      this.frame('CapabilitiesResMessage', { capCount: 1, caps: [{ payloadCapability: 4, maxFramesPerPacket: 20 }] }),
    );
    return link.waitFor(/^DisplayPrompt/);
  }
}

/** To read the messages before the server has chosen one. */
const USUAL_VERSION = 15;

type Receiver = (bytes: Buffer, link: FaultyLink | undefined) => string[];

const sccpReceiver = (): Receiver => {
  const framer = new SccpFramer();
  return (bytes, link) => {
    const lines: string[] = [];
    framer.push(bytes);
    for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
      const message = decode(frame.id, frame.body, link?.version || USUAL_VERSION, 'latin1');
      if (message.type === 'RegisterAckMessage' && link !== undefined)
        link.version = message.fields.maxProtocolVer ?? 3;
      if (message.type !== 'Unknown' && message.type !== 'Short') link?.messages.push(message as FromServer);
      if (message.type === 'RegisterRejectMessage') lines.push(`${message.type} ${shown(message.fields.text)}`);
      else lines.push(message.type);
    }
    return lines;
  };
};

const sipReceiver = (): Receiver => {
  const framer = new SipStreamParser();
  return (bytes, link) =>
    framer.push(bytes).flatMap((frame) => {
      if (frame.kind !== 'message') return [];
      const { message } = frame;
      if (message.kind === 'request') {
        link?.requests.push(message);
        return [message.method];
      }
      link?.responses.push(message);
      const warning = /"([^"]*)"/.exec(message.text(ID.Warning) ?? '')?.[1];
      return [`${message.status} ${message.reason}${warning === undefined ? '' : `: ${warning}`}`];
    });
};
