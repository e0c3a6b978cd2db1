// Subscriptions (RFC 6665, `sip.md` §10.5): one row per event package, dialogs by their tags, and the NOTIFY that follows
// each SUBSCRIBE and each change. They die with the registration that they belong to.

import { Deadlines, type Due, NOWHERE } from '../core/deadlines.js';
import type { DeviceName, DirectoryNumber } from '../core/identity.js';
import { after, type Duration, type Instant, NEVER, seconds } from '../core/time.js';
import { type DeviceDatabase, reportOf } from '../devices/index.js';
import { ALLOW_EVENTS, EVENTS, type EventName, type EventRow } from './event-packages.js';
import { FEATURE_TYPE, type FeatureWish, featureResponse } from './feature-events.js';
import type { Flow } from './flow.js';
import { parseCount } from './grammar.js';
import { ID } from './headers.js';
import type { SipMessage } from './message.js';
import { type Reply, reply } from './reply.js';
import type { Settled } from './settings.js';
import { canonicalText, parseSipUri } from './uri.js';

export interface Subscription extends Due {
  readonly key: string;
  readonly event: EventName;
  /** The Event header as it was given, its `id` included. */
  readonly eventText: string;
  readonly contentType: string;
  /** The number that is watched, and the host of the Request-URI. */
  readonly dn: DirectoryNumber;
  readonly host: string;
  /** The device whose registration it ends with. */
  readonly device: DeviceName | undefined;
  readonly source: string;
  /** Where the NOTIFY goes, and the dialog's words as the subscriber spelled them. */
  readonly target: string;
  readonly remote: string;
  readonly local: string;
  readonly callId: string;
  flow: Flow;
  remoteCSeq: number;
  cseq: number;
  expiresAt: Instant;
  ended: 'timeout' | 'noresource' | undefined;
  /** The forwarding that its last SUBSCRIBE was about; empty: none. */
  forwarding: string;
}

export interface NotifyBody {
  readonly type: string;
  readonly text: string;
}

const DEFAULT_SECONDS = 3_600;
const MIN_SECONDS = 60;
const MAX_SECONDS = 7_200;
const FIRST_CSEQ = 101;
/** Of Contact and Event, which are kept. */
const MAX_WORDS = 1_024;

export class Subscriptions {
  readonly #settled: Settled;
  readonly #database: DeviceDatabase;
  readonly #byKey = new Map<string, Subscription>();
  readonly #byNumber = new Map<DirectoryNumber, Set<Subscription>>();
  readonly #byDevice = new Map<DeviceName, Set<Subscription>>();
  readonly #perSource = new Map<string, number>();
  readonly #deadlines = new Deadlines<Subscription>();

  constructor(settled: Settled, database: DeviceDatabase) {
    this.#settled = settled;
    this.#database = database;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** A SUBSCRIBE. `tag` is ours; `device` the registered device on that flow; `contact` ours, as a header line; `wish` what it wants to be set. */
  subscribe(
    message: SipMessage,
    flow: Flow,
    tag: string,
    device: DeviceName | undefined,
    contact: string,
    wish: FeatureWish | undefined,
    now: Instant,
  ): Reply {
    const text = message.text(ID.Event) ?? '';
    const name = (text.split(';', 1)[0] ?? '').trim().toLowerCase();
    if (!Object.hasOwn(EVENTS, name)) return reply(489, 'Bad Event', { headers: ALLOW_EVENTS });
    const event = name as EventName;
    const asked = parseCount(message.text(ID.Expires) ?? '', 0xffff_ffff) ?? DEFAULT_SECONDS;
    if (asked > 0 && asked < MIN_SECONDS)
      return reply(423, 'Interval Too Brief', { headers: `Min-Expires: ${MIN_SECONDS}\r\n` });
    const granted = Math.min(asked, MAX_SECONDS);
    const subscription =
      message.toTag === undefined
        ? this.#begin(message, flow, tag, device, event, text, now)
        : this.#byKey.get(dialogKey(message, message.toTag));
    if (subscription === undefined) return reply(481, 'Subscription Does Not Exist');
    if ('status' in subscription) return subscription;
    const cseq = message.cseq?.number ?? 0;
    if (cseq < subscription.remoteCSeq) return reply(500, 'Server Internal Error - CSeq out of order');
    subscription.remoteCSeq = cseq;
    subscription.flow = flow;
    subscription.forwarding = wish?.forwarding ?? '';
    subscription.expiresAt = after(now, seconds(granted));
    if (granted === 0) this.#end(subscription, 'timeout');
    else this.#deadlines.set(subscription, subscription.expiresAt);
    return reply(200, 'OK', {
      headers: `Expires: ${granted}\r\n${contact}`,
      ...(wish === undefined ? {} : { body: { type: FEATURE_TYPE, text: featureResponse(wish) } }),
      afterwords: [{ send: 'notify', subscription }],
    });
  }

  #begin(
    message: SipMessage,
    flow: Flow,
    tag: string,
    device: DeviceName | undefined,
    event: EventName,
    eventText: string,
    now: Instant,
  ): Subscription | Reply {
    const uri = parseSipUri(message.uri);
    const contact = message.address('Contact')?.uri;
    if (typeof uri === 'string' || contact === undefined) return reply(400, 'Bad Request - Contact missing');
    if (typeof parseSipUri(contact) === 'string' || contact.length + eventText.length > MAX_WORDS)
      return reply(400, 'Bad Request - Contact malformed');
    const named = canonicalText(uri.user ?? '') as DirectoryNumber;
    const dn = this.#database.byDirectoryNumber(named).length > 0 ? named : this.#ownNumber(event, device);
    if (dn === undefined) return reply(404, 'Not Found');
    const contentType = chooseType(EVENTS[event].types, message.all(ID.Accept));
    if (contentType === undefined)
      return reply(406, 'Not Acceptable', { headers: `Accept: ${EVENTS[event].types.join(', ')}\r\n` });
    const key = dialogKey(message, tag);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const source = flow.remote.address;
    const { subscriptions, subscriptionsPerSource } = this.#settled.settings.limits;
    if (this.#byKey.size >= subscriptions || (this.#perSource.get(source) ?? 0) >= subscriptionsPerSource)
      return reply(503, 'Service Unavailable', { headers: 'Retry-After: 35\r\n' });
    const to = message.text(ID.To) ?? '';
    const subscription: Subscription = {
      key,
      event,
      eventText,
      contentType,
      dn,
      host: uri.host,
      device,
      source,
      target: contact,
      remote: message.text(ID.From) ?? '',
      local: `${to};tag=${tag}`,
      callId: message.callId ?? '',
      flow,
      remoteCSeq: 0,
      cseq: FIRST_CSEQ - 1,
      expiresAt: now,
      ended: undefined,
      forwarding: '',
      dueAt: NEVER,
      place: NOWHERE,
    };
    this.#byKey.set(key, subscription);
    this.#perSource.set(source, (this.#perSource.get(source) ?? 0) + 1);
    join(this.#byNumber, dn, subscription);
    if (device !== undefined) join(this.#byDevice, device, subscription);
    return subscription;
  }

  /** The next NOTIFY of a subscription: its CSeq has been raised, its body is what is known now. */
  nextBody(subscription: Subscription): NotifyBody {
    subscription.cseq += 1;
    const { dn, host, cseq, ended, contentType, event, device, forwarding } = subscription;
    const row: EventRow = EVENTS[event];
    const record = device === undefined ? undefined : this.#database.byName(device);
    return {
      type: contentType,
      text: row.body(
        { dn, host, version: cseq - FIRST_CSEQ, ended, doNotDisturb: this.declines(dn), record, forwarding },
        this.isReachable(dn),
      ),
    };
  }

  /** Whether a phone of that number has said, since it registered, that it wants not to be disturbed. */
  declines(dn: DirectoryNumber): boolean {
    return this.#database.byDirectoryNumber(dn).some((record) => {
      const { registration } = record;
      const said = reportOf(record, 'doNotDisturb');
      return said?.value === true && registration !== undefined && said.at >= registration.startedAt;
    });
  }

  /** Of a phone that subscribes to what concerns itself, by whatever name. */
  #ownNumber(event: EventName, device: DeviceName | undefined): DirectoryNumber | undefined {
    const row: EventRow = EVENTS[event];
    if (row.ofPhone === undefined || device === undefined) return undefined;
    return this.#database.byName(device)?.configured.lines[0]?.dn;
  }

  /** Whether some device has that number bound. */
  isReachable(dn: DirectoryNumber): boolean {
    return this.#database.byDirectoryNumber(dn).some(({ registration }) => registration?.lines.includes(dn) ?? false);
  }

  stateOf({ ended, expiresAt }: Subscription, now: Instant): string {
    if (ended !== undefined) return `terminated;reason=${ended}`;
    return `active;expires=${Math.max(0, Math.ceil((expiresAt - now) / 1000))}`;
  }

  /** Those who watch whether a number can be reached. */
  watching(dn: DirectoryNumber): readonly Subscription[] {
    return [...(this.#byNumber.get(dn) ?? [])].filter(({ event }) => event === 'presence');
  }

  /** The registration has ended, and with it what the device watched. */
  endOf(device: DeviceName): void {
    for (const subscription of [...(this.#byDevice.get(device) ?? [])]) this.#end(subscription, 'noresource');
  }

  /** Its NOTIFY was refused or got no answer. */
  lost(subscription: Subscription): void {
    this.#end(subscription, 'noresource');
  }

  nextDeadline(): Instant | undefined {
    return this.#deadlines.next();
  }

  /** `onEnd` sends the last NOTIFY. */
  expire(now: Instant, onEnd: (subscription: Subscription) => void): void {
    this.#deadlines.expire(now, (subscription) => {
      this.#end(subscription, 'timeout');
      onEnd(subscription);
    });
  }

  postpone(span: Duration): void {
    this.#deadlines.postpone(span, (subscription) => {
      subscription.expiresAt = after(subscription.expiresAt, span);
    });
  }

  #end(subscription: Subscription, why: 'timeout' | 'noresource'): void {
    if (!this.#byKey.delete(subscription.key)) return;
    subscription.ended = why;
    this.#deadlines.set(subscription, undefined);
    const left = (this.#perSource.get(subscription.source) ?? 1) - 1;
    if (left === 0) this.#perSource.delete(subscription.source);
    else this.#perSource.set(subscription.source, left);
    leave(this.#byNumber, subscription.dn, subscription);
    if (subscription.device !== undefined) leave(this.#byDevice, subscription.device, subscription);
  }
}

const dialogKey = (message: SipMessage, tag: string): string =>
  `${message.callId} ${message.fromTag ?? ''} ${tag} ${(message.text(ID.Event) ?? '').toLowerCase()}`;

/** The first that the subscriber accepts; without a word about it, the first. */
const chooseType = (types: readonly string[], accept: readonly string[]): string | undefined => {
  if (accept.length === 0) return types[0];
  const accepted = accept
    .flatMap((text) => text.split(','))
    .map((text) => (text.split(';', 1)[0] ?? '').trim().toLowerCase());
  if (accepted.some((text) => text === '*/*')) return types[0];
  return accepted.find((text) => types.includes(text));
};

const join = <K, V>(map: Map<K, Set<V>>, key: K, value: V): void => {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([value]));
  else set.add(value);
};

const leave = <K, V>(map: Map<K, Set<V>>, key: K, value: V): void => {
  const set = map.get(key);
  if (set?.delete(value) === true && set.size === 0) map.delete(key);
};
