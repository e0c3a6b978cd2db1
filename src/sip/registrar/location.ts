// The location service of this node (RFC 3261 §10): which lines are bound to which Contact, over which flow, by which
// REGISTER. The database knows whether a device is registered. This knows how to reach it, and what its next REGISTER
// must follow.

import type { LineState } from '../../calls/index.js';
import { DeadlineQueue, type Queued } from '../../core/deadline-queue.js';
import type { DeviceName, DirectoryNumber } from '../../core/identifiers.js';
import { StringPool } from '../../core/string-pool.js';
import { after, type Duration, type Instant, NEVER } from '../../core/time.js';
import type {
  ConfiguredDevice,
  DeviceCommand,
  DeviceRecord,
  DeviceSecurityProfile,
  Registration,
} from '../../devices/index.js';
import type { NameAddress } from '../message/grammar.js';
import { nameIs } from '../message/grammar.js';
import type { SipMessage } from '../message/message.js';
import { parseSipUri, sameUri } from '../message/uri.js';
import type { Flow } from '../transport/flow.js';

/** The binding of one Contact, to one line or to all lines of a bulk registration (RFC 3261 §10.1). */
export interface Binding extends Queued, RequestTexts {
  readonly phone: RegisteredPhone;
  /** The line that was requested: the user of To. */
  readonly dn: DirectoryNumber;
  lines: readonly DirectoryNumber[];
  /** The Contact as responses have it, without `expires`. `contactUriOf` returns its URI. */
  contact: string;
  callId: string;
  cseq: number;
  /** Of the branch of the last REGISTER, by `branchHashOf`. A retransmission has the same. */
  branchHash: number;
  granted: Duration;
  expiresAt: Instant;
  /** When the last fast refresh was answered; `NEVER`: there was none. */
  answeredAt: Instant;
}

/**
 * Headers of the REGISTER that made a binding, as they were written. A REGISTER that repeats them takes the fast path.
 *
 * @hot They are fields of the binding and no object of their own: ten thousand contacts were 15.9 MiB, and are 13.7 MiB
 * with the other measures of decision 19 of `src/README.md`.
 */
export interface RequestTexts {
  uri: string;
  from: string;
  to: string;
  /** Whether `to` has a tag. */
  tagged: boolean;
  requestContact: string;
  expires: string;
}

/** A device that is registered by SIP: how it is reached, and what it shows. */
export interface RegisteredPhone {
  readonly record: DeviceRecord;
  readonly registration: Registration;
  flow: Flow;
  /** Whether it uses Cisco's extensions: its Contact has a device name or a model. */
  readonly cisco: boolean;
  /** The name or address by which the phone calls this server. */
  serverHost: string;
  /** Whether status and service control may come to it in one REFER. */
  combines: boolean;
  /** The numbers on its busy lamp field whose state it takes without a subscription. */
  readonly blfNumbers: readonly DirectoryNumber[];
  /** What it was told of these numbers last; `undefined`: it has none. */
  readonly notifiedLamps: Map<DirectoryNumber, LineState> | undefined;
  /** It takes what other phones of its lines do without a subscription. */
  readonly sharedLines: boolean;
  /** In order of registration. The list is replaced as a whole: most phones have one binding for ever. */
  bindings: readonly Binding[];
  /** The security profile of its device by which it was let in last. */
  admittedAs: DeviceSecurityProfile;
  /** The last command that it has accepted. */
  acceptedCommand: DeviceCommand | undefined;
  /** The device as its features were told to the phone last; `undefined`: they were not. */
  shownFeatures: ConfiguredDevice | undefined;
}

const NONE: readonly Binding[] = [];
const NO_PHONES: ReadonlySet<RegisteredPhone> = new Set();

/** Is told which numbers stand on the busy lamp field of some phone. */
export interface ShownNumbers {
  add(dn: DirectoryNumber): void;
  remove(dn: DirectoryNumber): void;
}

/** The registered phones, found by device, Call-ID, connection and busy lamp field. */
export class RegisteredPhones {
  /** The texts that many phones write in the same way. */
  readonly texts = new StringPool();
  readonly #byDevice = new Map<DeviceName, RegisteredPhone>();
  readonly #byCallId = new Map<string, Binding>();
  readonly #byLink = new Map<number, Set<RegisteredPhone>>();
  readonly #byBlfNumber = new Map<DirectoryNumber, Set<RegisteredPhone>>();
  readonly #deadlines = new DeadlineQueue<Binding>();
  readonly #shownNumbers: ShownNumbers;

  constructor(shownNumbers: ShownNumbers) {
    this.#shownNumbers = shownNumbers;
  }

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

  /** The phones that are reached over a connection. */
  onLink(link: number): readonly RegisteredPhone[] {
    return [...(this.#byLink.get(link) ?? [])];
  }

  /** The phone that is reached over a connection, if there is one and no other. */
  onlyOneOnLink(link: number): RegisteredPhone | undefined {
    const phones = this.#byLink.get(link);
    if (phones?.size !== 1) return undefined;
    for (const phone of phones) return phone;
    return undefined;
  }

  /** Whether some phone is reached over that connection. */
  isOnLink(link: number): boolean {
    return this.#byLink.has(link);
  }

  /** The phones that show the state of a number. The set changes as they come and go. */
  showing(dn: DirectoryNumber): ReadonlySet<RegisteredPhone> {
    return this.#byBlfNumber.get(dn) ?? NO_PHONES;
  }

  add(phone: RegisteredPhone): void {
    this.#byDevice.set(phone.record.configured.name, phone);
    for (const dn of phone.blfNumbers) {
      const phones = this.#byBlfNumber.get(dn);
      if (phones !== undefined) phones.add(phone);
      else {
        this.#byBlfNumber.set(dn, new Set([phone]));
        this.#shownNumbers.add(dn);
      }
    }
    this.#attach(phone);
  }

  /** Moves a phone to another flow. */
  move(phone: RegisteredPhone, flow: Flow): void {
    this.#detach(phone);
    phone.flow = flow;
    this.#attach(phone);
  }

  /** Removes a phone whose registration has ended. */
  remove(phone: RegisteredPhone): void {
    if (this.#byDevice.get(phone.record.configured.name) === phone) this.#byDevice.delete(phone.record.configured.name);
    this.#detach(phone);
    for (const dn of phone.blfNumbers) {
      const phones = this.#byBlfNumber.get(dn);
      if (phones?.delete(phone) !== true || phones.size > 0) continue;
      this.#byBlfNumber.delete(dn);
      this.#shownNumbers.remove(dn);
    }
    for (const binding of phone.bindings) this.#forget(binding);
    phone.bindings = NONE;
  }

  bind(binding: Binding): void {
    const { phone } = binding;
    if (!phone.bindings.includes(binding)) phone.bindings = phone.bindings.concat(binding);
    this.renew(binding, binding.callId, undefined);
  }

  /**
   * Sets the Call-ID of a binding and when it ends. `endsAt` `undefined`: with the registration, which the database
   * ends.
   */
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

/** The binding that the registration of the device depends on: that of its first line, otherwise the oldest. */
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

/**
 * A hash of a request's branch. It is enough to recognise a retransmission, among requests of one Call-ID and CSeq.
 *
 * @hot A binding keeps this number instead of the text. It has 31 bits, so that V8 does not make an object of it.
 */
export const branchHashOf = ({ via }: SipMessage): number => {
  const branch = via?.branch ?? '';
  let hash = 0x811c_9dc5;
  for (let at = 0; at < branch.length; at += 1) hash = Math.imul(hash ^ branch.charCodeAt(at), 0x0100_0193);
  return hash >> 1;
};

/** Whether two Contact URIs are equal by RFC 3261 §19.1.4. */
export const sameContact = (one: string, other: string): boolean => {
  if (one === other) return true;
  const mine = parseSipUri(one);
  const theirs = parseSipUri(other);
  return typeof mine === 'object' && typeof theirs === 'object' && sameUri(mine, theirs);
};

/** The URI of a binding's Contact: what is in the angle brackets with which `returnedContact` begins. */
export const contactUriOf = ({ contact }: Pick<Binding, 'contact'>): string => contact.slice(1, contact.indexOf('>'));

/** A Contact as responses have it: its URI and its parameters in their order, without `expires`. */
export const returnedContact = (element: string, { uri, parameters }: NameAddress): string => {
  const kept = parameters.filter((parameter) => !nameIs(parameter, 'expires'));
  if (kept.length === parameters.length && element.startsWith('<') && !/[ \t]/.test(element)) return element;
  const written = kept.map(({ name, value }) => (value === undefined ? `;${name}` : `;${name}=${value}`));
  return `<${uri}>${written.join('')}`;
};
