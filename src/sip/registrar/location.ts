// The registered phones of this node: which lines are bound to which Contact, over which flow, by which REGISTER. The
// database says whether a device is registered; this remembers how to reach it and what its next REGISTER must follow.

import { DeadlineQueue, type Queued } from '../../core/deadline-queue.js';
import type { DeviceName, DirectoryNumber } from '../../core/identifiers.js';
import { after, type Duration, type Instant, NEVER } from '../../core/time.js';
import type { DeviceCommand, DeviceRecord, Registration } from '../../devices/index.js';
import type { NameAddress } from '../message/grammar.js';
import { nameIs } from '../message/grammar.js';
import type { SipMessage } from '../message/message.js';
import { StringPool } from '../message/string-pool.js';
import { parseSipUri, sameUri } from '../message/uri.js';
import type { Flow } from '../transport/flow.js';

/** One Contact of one line, or of all lines of a bulk registration. */
export interface Binding extends Queued, RequestTexts {
  readonly phone: RegisteredPhone;
  /** The line that was asked for: the user of To. */
  readonly dn: DirectoryNumber;
  lines: readonly DirectoryNumber[];
  /** The Contact as it is given back, without `expires`; `uriOf` has its URI. */
  contact: string;
  callId: string;
  cseq: number;
  /** Of the branch of the request that made it so, by `branchOf`: a repetition of that one changes nothing. */
  branchHash: number;
  granted: Duration;
  expiresAt: Instant;
  /** When the last refresh of that kind was answered; `NEVER`: there was none. */
  answeredAt: Instant;
}

/** The request's own words: the same ones again are a refresh that needs no second reading. */
export interface RequestTexts {
  uri: string;
  from: string;
  to: string;
  /** Whether `to` has a tag. */
  tagged: boolean;
  requestContact: string;
  expires: string;
}

export interface RegisteredPhone {
  readonly record: DeviceRecord;
  readonly registration: Registration;
  flow: Flow;
  /** Whether it speaks Cisco's dialect: its Contact names its device or model. */
  readonly cisco: boolean;
  /** The name or address by which the phone calls this server. */
  serverHost: string;
  /** Whether status and service control may come to it in one REFER. */
  combines: boolean;
  /** The numbers whose state it shows beside a button, and wants to be told of unasked. */
  readonly blfNumbers: readonly DirectoryNumber[];
  /** In order of registration. Replaced as a whole: most stations have one for ever. */
  bindings: readonly Binding[];
  /** What it was told to do and has said that it will. */
  acceptedCommand: DeviceCommand | undefined;
}

const NONE: readonly Binding[] = [];
const NO_PHONES: ReadonlySet<RegisteredPhone> = new Set();

export class RegisteredPhones {
  /** What many phones write alike. */
  readonly texts = new StringPool();
  readonly #byDevice = new Map<DeviceName, RegisteredPhone>();
  readonly #byCallId = new Map<string, Binding>();
  readonly #byLink = new Map<number, Set<RegisteredPhone>>();
  readonly #byBlfNumber = new Map<DirectoryNumber, Set<RegisteredPhone>>();
  readonly #deadlines = new DeadlineQueue<Binding>();

  get size(): number {
    return this.#byDevice.size;
  }

  all(): IterableIterator<RegisteredPhone> {
    return this.#byDevice.values();
  }

  byDevice(device: DeviceName): RegisteredPhone | undefined {
    return this.#byDevice.get(device);
  }

  byCallId(callId: string): Binding | undefined {
    return this.#byCallId.get(callId);
  }

  /** The stations that are reached over a stream. */
  onLink(link: number): readonly RegisteredPhone[] {
    return [...(this.#byLink.get(link) ?? [])];
  }

  /** Whether some station is reached over that stream. */
  isOnLink(link: number): boolean {
    return this.#byLink.has(link);
  }

  /** The stations that show the state of a number, as they come and go. */
  showing(dn: DirectoryNumber): ReadonlySet<RegisteredPhone> {
    return this.#byBlfNumber.get(dn) ?? NO_PHONES;
  }

  add(phone: RegisteredPhone): void {
    this.#byDevice.set(phone.record.configured.name, phone);
    for (const dn of phone.blfNumbers) {
      const phones = this.#byBlfNumber.get(dn);
      if (phones === undefined) this.#byBlfNumber.set(dn, new Set([phone]));
      else phones.add(phone);
    }
    this.#attach(phone);
  }

  /** From now on it is reached over `flow`. */
  move(phone: RegisteredPhone, flow: Flow): void {
    this.#detach(phone);
    phone.flow = flow;
    this.#attach(phone);
  }

  /** Its registration has ended. */
  remove(phone: RegisteredPhone): void {
    if (this.#byDevice.get(phone.record.configured.name) === phone) this.#byDevice.delete(phone.record.configured.name);
    this.#detach(phone);
    for (const dn of phone.blfNumbers) {
      const phones = this.#byBlfNumber.get(dn);
      if (phones?.delete(phone) === true && phones.size === 0) this.#byBlfNumber.delete(dn);
    }
    for (const binding of phone.bindings) this.#forget(binding);
    phone.bindings = NONE;
  }

  bind(binding: Binding): void {
    const { phone } = binding;
    if (!phone.bindings.includes(binding)) phone.bindings = phone.bindings.concat(binding);
    this.renew(binding, binding.callId, undefined);
  }

  /** `endsAt`: when it ends by itself; `undefined`: with the registration, which the database watches. */
  renew(binding: Binding, callId: string, endsAt: Instant | undefined): void {
    if (binding.callId !== callId && this.#byCallId.get(binding.callId) === binding)
      this.#byCallId.delete(binding.callId);
    binding.callId = callId;
    this.#byCallId.set(callId, binding);
    if (endsAt !== undefined || binding.dueAt !== NEVER) this.#deadlines.set(binding, endsAt);
  }

  unbind(binding: Binding): void {
    const { phone } = binding;
    phone.bindings = phone.bindings.filter((each) => each !== binding);
    this.#forget(binding);
  }

  nextDeadline(): Instant | undefined {
    return this.#deadlines.next();
  }

  expire(now: Instant, onDue: (binding: Binding) => void): void {
    this.#deadlines.expire(now, onDue);
  }

  postpone(span: Duration): void {
    this.#deadlines.postpone(span);
    for (const { bindings } of this.#byDevice.values())
      for (const binding of bindings) binding.expiresAt = after(binding.expiresAt, span);
  }

  #forget(binding: Binding): void {
    if (this.#byCallId.get(binding.callId) === binding) this.#byCallId.delete(binding.callId);
    this.#deadlines.set(binding, undefined);
  }

  #attach(phone: RegisteredPhone): void {
    const { link } = phone.flow;
    if (link === 0) return;
    const phones = this.#byLink.get(link);
    if (phones === undefined) this.#byLink.set(link, new Set([phone]));
    else phones.add(phone);
  }

  #detach(phone: RegisteredPhone): void {
    const { link } = phone.flow;
    const phones = this.#byLink.get(link);
    if (phones?.delete(phone) === true && phones.size === 0) this.#byLink.delete(link);
  }
}

/** The binding by which the device as a whole lives: of its first line, else the one that came first. */
export const primaryBinding = (phone: RegisteredPhone): Binding | undefined => {
  const primary = phone.record.configured.lines[0]?.dn;
  return phone.bindings.find(({ lines }) => lines.some((dn) => dn === primary)) ?? phone.bindings[0];
};

/** The lines that are bound, in button order. */
export const boundLines = ({ bindings, record }: RegisteredPhone): readonly DirectoryNumber[] => {
  const [only] = bindings;
  if (only !== undefined && bindings.length === 1) return only.lines;
  const all = record.configured.lines.map(({ dn }) => dn);
  return all.filter((dn) => bindings.some(({ lines }) => lines.includes(dn)));
};

/** A number that stands for a request's branch: enough to know one again among those of its Call-ID and CSeq. */
export const branchHashOf = ({ via }: SipMessage): number => {
  const branch = via?.branch ?? '';
  let hash = 0x811c_9dc5;
  for (let at = 0; at < branch.length; at += 1) hash = Math.imul(hash ^ branch.charCodeAt(at), 0x0100_0193);
  return hash >> 1;
};

/** By RFC 3261 §19.1.4; text that is alike needs no reading. */
export const sameContact = (one: string, other: string): boolean => {
  if (one === other) return true;
  const mine = parseSipUri(one);
  const theirs = parseSipUri(other);
  return typeof mine === 'object' && typeof theirs === 'object' && sameUri(mine, theirs);
};

/** The URI of a Contact, as written: between the angle brackets that `echoedContact` begins with. */
export const contactUriOf = ({ contact }: Pick<Binding, 'contact'>): string => contact.slice(1, contact.indexOf('>'));

/** A Contact as it is given back: its words in their order, `expires` left out. */
export const returnedContact = (element: string, { uri, parameters }: NameAddress): string => {
  const kept = parameters.filter((parameter) => !nameIs(parameter, 'expires'));
  if (kept.length === parameters.length && element.startsWith('<') && !/[ \t]/.test(element)) return element;
  const written = kept.map(({ name, value }) => (value === undefined ? `;${name}` : `;${name}=${value}`));
  return `<${uri}>${written.join('')}`;
};
