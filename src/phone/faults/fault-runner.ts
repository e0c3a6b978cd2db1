// What a misbehaving phone is made of: links that say anything, and what was heard on them. Knows no fault.

import type { Duration } from '../../core/time.js';
import { seconds } from '../../core/time.js';
import type { Endpoint, StreamEnd, StreamLink } from '../../net/ports.js';
import { Framer as SccpFramer } from '../../sccp/codec/framer.js';
import { decode, encode, type Fields, type FromPhoneName } from '../../sccp/messages/catalogue.js';
import { shown } from '../../sccp/tables/labels.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import { Framer as SipFramer } from '../../sip/message/stream-parser.js';
import type { CallManagerNode } from '../boot/device-file.js';
import type { PhoneIdentity } from '../identity.js';
import { registerFields } from '../sccp/register.js';
import { type RegisterFacts, registerText, type SipLine } from '../sip/requests.js';
import type { PhoneWorld } from '../world.js';

/** A server that answers keeps this long at most. */
const ANSWER_WITHIN = seconds(5);

export interface FaultPlan {
  readonly identity: PhoneIdentity;
  readonly node: CallManagerNode;
  readonly files: Endpoint;
  readonly line: SipLine;
  readonly localAddress: string | undefined;
  /** Another address of this machine. */
  readonly otherAddress: string | undefined;
}

/** A link to the call manager, and in plain words everything that came over it. */
export class FaultyLink {
  readonly local: Endpoint;
  /** SCCP: names of messages, a refusal with its text. SIP: statuses with their reason. */
  readonly heard: string[] = [];
  /** SIP: the answers themselves. */
  readonly answers: SipMessage[] = [];
  closed: StreamEnd | undefined;
  readonly #link: StreamLink;
  readonly #world: PhoneWorld;
  #wake: () => void = () => {};
  #deaf = false;

  constructor(link: StreamLink, world: PhoneWorld) {
    this.#link = link;
    this.#world = world;
    this.local = link.local;
  }

  say(bytes: Buffer | string): void {
    this.#link.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  close(): void {
    this.#link.end();
  }

  /** Hears nothing more and says nothing more, without a word to the far end. */
  vanish(): void {
    this.#deaf = true;
  }

  /** Whether `seen` came true within the time. */
  async until(seen: () => boolean, within: Duration = ANSWER_WITHIN): Promise<boolean> {
    let late = false;
    const alarm = this.#world.agenda.appointment(() => {
      late = true;
      this.#wake();
    });
    alarm.in(within);
    while (!seen() && !late)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    alarm.cancel();
    return seen();
  }

  hears(word: string | RegExp, within?: Duration): Promise<boolean> {
    return this.until(() => this.has(word), within);
  }

  has(word: string | RegExp): boolean {
    return this.heard.some((heard) => (typeof word === 'string' ? heard === word : word.test(heard)));
  }

  isClosed(within?: Duration): Promise<boolean> {
    return this.until(() => this.closed !== undefined, within);
  }

  // Called by the bench alone.

  /** The misbehaviour is over, whatever state the link is in. */
  drop(): void {
    this.#link.destroy();
  }

  took(words: readonly string[]): void {
    if (this.#deaf) return;
    this.heard.push(...words);
    this.#wake();
  }

  ended(cause: StreamEnd): void {
    this.closed = cause;
    this.#wake();
  }
}

export class FaultBench {
  readonly plan: FaultPlan;
  readonly world: PhoneWorld;
  readonly #links: FaultyLink[] = [];
  #words = 0;

  constructor(world: PhoneWorld, plan: FaultPlan) {
    this.world = world;
    this.plan = plan;
  }

  get isSccp(): boolean {
    return this.plan.identity.protocol === 'SCCP';
  }

  /** Rejects where the call manager takes no links. */
  async open(localAddress = this.plan.localAddress): Promise<FaultyLink> {
    const { address, sccpPort, sipPort } = this.plan.node;
    const to = { address, port: this.isSccp ? sccpPort : sipPort };
    let faulty: FaultyLink | undefined;
    const hear = this.isSccp ? sccpEar() : sipEar();
    const options = localAddress === undefined ? {} : { localAddress };
    await this.world.streams.connect(to, options, (link) => {
      faulty = new FaultyLink(link, this.world);
      return {
        received: (bytes) => faulty?.took(hear(bytes, faulty)),
        closed: (cause) => faulty?.ended(cause),
      };
    });
    if (faulty === undefined) throw new Error('the link did not open');
    this.#links.push(faulty);
    return faulty;
  }

  /** Leaves no link behind: a server may keep one for hours, and whoever runs the bench would wait for it. */
  close(): void {
    for (const link of this.#links.splice(0)) link.drop();
  }

  wait(span: Duration): Promise<void> {
    return new Promise((resolve) => this.world.agenda.appointment(() => resolve()).in(span));
  }

  frame<N extends FromPhoneName>(name: N, fields: Fields<N>, form?: string): Buffer {
    return encode(name, fields, 0, 'latin1', form);
  }

  /** What it takes to be accepted, or would, but for `changes`. */
  sccpRegister({ local }: FaultyLink, changes: Partial<Fields<'RegisterReqMessage'>> = {}): Buffer {
    return this.frame('RegisterReqMessage', { ...registerFields(this.plan.identity, local.address), ...changes });
  }

  sipRegister({ local }: FaultyLink, changes: Partial<RegisterFacts> = {}): string {
    const word = String(++this.#words);
    return registerText({
      identity: this.plan.identity,
      line: this.plan.line,
      local,
      node: this.plan.node.address,
      branch: `z9hG4bKfault${word}`,
      fromTag: `fault${word}`,
      callId: `fault@${local.address}:${local.port}`,
      sessionId: '',
      cseq: 100 + this.#words,
      date: undefined,
      authorization: undefined,
      reason: undefined,
      expires: 3600,
      ping: false,
      offer: undefined,
      ...changes,
    });
  }

  /** The same identity as another model or under another name. */
  as(changes: Partial<PhoneIdentity>): PhoneIdentity {
    return { ...this.plan.identity, ...changes };
  }

  /** Registers as a healthy phone does. Whether that was accepted. */
  async comeUp(link: FaultyLink): Promise<boolean> {
    link.say(this.isSccp ? this.sccpRegister(link) : this.sipRegister(link));
    if (!this.isSccp) return link.hears(/^200/);
    if (!(await link.hears('CapabilitiesReqMessage'))) return false;
    link.say(
      this.frame('CapabilitiesResMessage', { capCount: 1, caps: [{ payloadCapability: 4, maxFramesPerPacket: 20 }] }),
    );
    return link.hears(/^DisplayPrompt/);
  }
}

type Ear = (bytes: Buffer, link: FaultyLink | undefined) => string[];

const sccpEar = (): Ear => {
  const framer = new SccpFramer();
  return (bytes) => {
    const words: string[] = [];
    framer.push(bytes);
    for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
      const message = decode(frame.id, frame.body, 15, 'latin1');
      if (message.type === 'RegisterRejectMessage') words.push(`${message.type} ${shown(message.fields.text)}`);
      else words.push(message.type);
    }
    return words;
  };
};

const sipEar = (): Ear => {
  const framer = new SipFramer();
  return (bytes, link) =>
    framer.push(bytes).flatMap((frame) => {
      if (frame.kind !== 'message') return [];
      const { message } = frame;
      if (message.kind === 'request') return [message.method];
      link?.answers.push(message);
      const warning = /"([^"]*)"/.exec(message.text(ID.Warning) ?? '')?.[1];
      return [`${message.status} ${message.reason}${warning === undefined ? '' : `: ${warning}`}`];
    });
};
