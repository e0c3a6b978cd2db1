import type { LineCall, LineStates } from '../../calls/index.js';
import { DeadlineQueue, NOT_QUEUED } from '../../core/deadline-queue.js';
import type { DeviceName, DirectoryNumber } from '../../core/identifiers.js';
import { after, type Duration, type Instant, NEVER, seconds } from '../../core/time.js';
import type { DeviceDatabase } from '../../devices/index.js';
import { parseCount } from '../message/grammar.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { canonicalText, parseSipUri } from '../message/uri.js';
import { RETRY_AFTER, type SipResponse, sipResponse } from '../response/response.js';
import type { SettingsRef } from '../settings.js';
import type { Flow } from '../transport/flow.js';
import { FEATURE_TYPE, type FeatureRequest, featureResponse } from './as-feature-event.js';
import { ALLOW_EVENTS, EVENTS, type EventName, type EventRow, type SubscriptionEnd } from './event-packages.js';
import type { NumberWatches } from './number-watches.js';
import { type Subscription, SubscriptionIndex, type Watchers } from './subscription-index.js';
import { SubscriptionQuota } from './subscription-quota.js';

/** The body of a NOTIFY; latin1 text. */
export interface NotifyBody {
  readonly type: string;
  readonly text: string;
}

const DEFAULT_SECONDS = 3_600;
const MIN_SECONDS = 60;
const MAX_SECONDS = 7_200;
const FIRST_CSEQ = 101;
/** Octets of all headers that are kept, together. */
const MAX_DIALOG_LENGTH = 1_024;
const KEPT_HEADERS = [ID.From, ID.To, ID['Call-ID'], ID.Event, ID.Contact] as const;

/** What the server sends after its answer to a SUBSCRIBE: the NOTIFY with the present state (RFC 6665 §4.2.1.2). */
export interface SubscribeFollowUp {
  readonly kind: 'notify';
  readonly subscription: Subscription;
}

/** A SUBSCRIBE, and what its sender is known to be. */
export interface SubscribeRequest {
  readonly message: SipMessage;
  readonly flow: Flow;
  /** The To tag of the answer. */
  readonly tag: string;
  /** The registered device that sent it, if one has. */
  readonly device: DeviceName | undefined;
  /** The server's Contact, as a header line. */
  readonly contact: string;
  /** The feature that the phone wants to set, if any. */
  readonly feature: FeatureRequest | undefined;
  readonly now: Instant;
}

/**
 * The subscriptions of this node (RFC 6665, `sip.md` §10.5). Each belongs to a dialog, which its tags identify, and
 * ends with the registration of its device. Sends nothing: `notifier/` writes each NOTIFY.
 */
export class Subscriptions {
  readonly #database: DeviceDatabase;
  readonly #lineStates: LineStates;
  readonly #index: SubscriptionIndex;
  readonly #quota: SubscriptionQuota;
  readonly #deadlines = new DeadlineQueue<Subscription>();
  readonly #onExcess: (address: string, now: Instant) => void;
  readonly #isKept: () => boolean;

  /**
   * `onExcess` is called for each SUBSCRIBE that was refused because there were too many. `isKept`: what phones set is kept with
   * their devices.
   */
  constructor(
    settingsRef: SettingsRef,
    database: DeviceDatabase,
    lineStates: LineStates,
    watches: NumberWatches,
    onExcess: (address: string, now: Instant) => void,
    isKept: () => boolean,
  ) {
    this.#database = database;
    this.#lineStates = lineStates;
    this.#index = new SubscriptionIndex(watches);
    this.#quota = new SubscriptionQuota(settingsRef, (subscription) => this.endUnanswered(subscription));
    this.#onExcess = onExcess;
    this.#isKept = isKept;
  }

  get size(): number {
    return this.#index.size;
  }

  /** Begins, refreshes or ends a subscription. Returns the response; the NOTIFY is its follow-up. */
  subscribe(request: SubscribeRequest): SipResponse<SubscribeFollowUp> {
    const { message, flow, contact, feature, now } = request;
    const name = message.eventPackage;
    if (!Object.hasOwn(EVENTS, name)) return sipResponse(489, 'Bad Event', { headers: ALLOW_EVENTS });
    const requested = parseCount(message.text(ID.Expires) ?? '', 0xffff_ffff) ?? DEFAULT_SECONDS;
    if (requested > 0 && requested < MIN_SECONDS)
      return sipResponse(423, 'Interval Too Brief', { headers: `Min-Expires: ${MIN_SECONDS}\r\n` });
    const granted = Math.min(requested, MAX_SECONDS);
    const subscription =
      message.toTag === undefined
        ? this.#begin(request, name as EventName)
        : this.#index.byKey(dialogKey(message, message.toTag));
    if (subscription === undefined) return sipResponse(481, 'Subscription Does Not Exist');
    if ('status' in subscription) return subscription;
    const cseq = message.cseq?.number ?? 0;
    if (cseq < subscription.remoteCSeq) return sipResponse(500, 'Server Internal Error - CSeq out of order');
    subscription.remoteCSeq = cseq;
    subscription.flow = flow;
    subscription.forwarding = feature?.forwarding ?? '';
    subscription.expiresAt = after(now, seconds(granted));
    if (granted === 0) this.end(subscription, 'timeout');
    else this.#deadlines.set(subscription, subscription.expiresAt);
    return sipResponse(200, 'OK', {
      headers: `Expires: ${granted}\r\n${contact}`,
      ...(feature === undefined ? {} : { body: { type: FEATURE_TYPE, text: featureResponse(feature) } }),
      followUps: [{ kind: 'notify', subscription }],
    });
  }

  #begin({ message, flow, tag, device, now }: SubscribeRequest, event: EventName): Subscription | SipResponse {
    const uri = parseSipUri(message.uri);
    const contact = message.address('Contact')?.uri;
    if (typeof uri === 'string' || contact === undefined) return sipResponse(400, 'Bad Request - Contact missing');
    if (typeof parseSipUri(contact) === 'string') return sipResponse(400, 'Bad Request - Contact malformed');
    if (KEPT_HEADERS.reduce((sum, id) => sum + (message.text(id)?.length ?? 0), 0) > MAX_DIALOG_LENGTH)
      return sipResponse(400, 'Bad Request - Dialog too long');
    const named = canonicalText(uri.user ?? '') as DirectoryNumber;
    const dn = this.#database.byDirectoryNumber(named).length > 0 ? named : this.#firstLineOf(event, device);
    if (dn === undefined) return sipResponse(404, 'Not Found');
    const contentType = chooseType(EVENTS[event].types, message.all(ID.Accept));
    if (contentType === undefined)
      return sipResponse(406, 'Not Acceptable', { headers: `Accept: ${EVENTS[event].types.join(', ')}\r\n` });
    const key = dialogKey(message, tag);
    const known = this.#index.byKey(key);
    const source = flow.remote.address;
    // Someone who overheard the tags of a dialog must not get its NOTIFYs.
    if (known !== undefined) return known.source === source ? known : sipResponse(482, 'Loop Detected');
    const ofDevice = device === undefined ? undefined : this.#index.byDevice(device).size;
    if (!this.#quota.makeRoomFor(ofDevice, source, now)) {
      this.#onExcess(source, now);
      return sipResponse(503, 'Service Unavailable', { headers: `Retry-After: ${RETRY_AFTER}\r\n` });
    }
    const to = message.text(ID.To) ?? '';
    const subscription: Subscription = {
      key,
      event,
      eventText: message.text(ID.Event) ?? '',
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
      notifiedState: undefined,
      begunAt: now,
      isUnanswered: false,
      older: undefined,
      newer: undefined,
      forwarding: '',
      dueAt: NEVER,
      heapIndex: NOT_QUEUED,
    };
    this.#index.add(subscription);
    this.#quota.add(subscription);
    return subscription;
  }

  /** Notes that the subscriber has answered a NOTIFY. */
  confirm(subscription: Subscription): void {
    this.#quota.confirm(subscription);
  }

  /** Raises the CSeq of a subscription and returns the body of its next NOTIFY, with the state of now. */
  nextBody(subscription: Subscription): NotifyBody {
    subscription.cseq += 1;
    subscription.notifiedState = this.shownOf(subscription);
    const { dn, host, cseq, ended, contentType, event, device, forwarding } = subscription;
    const row: EventRow = EVENTS[event];
    const record = device === undefined ? undefined : this.#database.byName(device);
    return {
      type: contentType,
      text: row.body({
        dn,
        host,
        version: cseq - FIRST_CSEQ,
        ended,
        state: this.#lineStates.stateOf(dn),
        messages: this.#database.messages.of(dn),
        calls: row.shows === 'calls' ? this.#callsFor(subscription) : [],
        record,
        forwarding,
        isKept: this.#isKept(),
      }),
    };
  }

  /** The calls of the line. Who is at the other end is told to registered phones alone. */
  #callsFor({ dn, device }: Subscription): readonly LineCall[] {
    const calls = this.#lineStates.callsOf(dn);
    return device === undefined ? calls.map((call) => ({ ...call, far: undefined })) : calls;
  }

  /** What the next NOTIFY would show: none is needed if it is the same as before. */
  shownOf({ dn, event }: Subscription): string {
    const row: EventRow = EVENTS[event];
    if (event === 'message-summary') return JSON.stringify(this.#database.messages.of(dn));
    return row.shows === undefined ? '' : this.#lineStates.signatureOf(dn, row.shows);
  }

  /** The first line of a phone that subscribes to an event about itself, whatever number it names. */
  #firstLineOf(event: EventName, device: DeviceName | undefined): DirectoryNumber | undefined {
    const row: EventRow = EVENTS[event];
    if (row.ofPhone === undefined || device === undefined) return undefined;
    return this.#database.byName(device)?.configured.lines[0]?.dn;
  }

  /** The Subscription-State header (RFC 6665 §8.2.3). `isPending`: the subscriber has not been sent the state yet. */
  stateText({ ended, expiresAt }: Subscription, isPending: boolean, now: Instant): string {
    if (ended === 'probation') return `terminated;reason=probation;retry-after=${RETRY_AFTER}`;
    if (ended !== undefined) return `terminated;reason=${ended}`;
    return `${isPending ? 'pending' : 'active'};expires=${Math.max(0, Math.ceil((expiresAt - now) / 1000))}`;
  }

  /** The subscriptions to a number, of registered devices or of all others. */
  watching(dn: DirectoryNumber, who: keyof Watchers): ReadonlySet<Subscription> {
    return this.#index.byNumber(dn, who);
  }

  /** The numbers that have a subscription. */
  get watchedNumbers(): Iterable<DirectoryNumber> {
    return this.#index.numbers;
  }

  get all(): Iterable<Subscription> {
    return this.#index.all;
  }

  /** The subscriptions of a device. */
  ofDevice(device: DeviceName): Iterable<Subscription> {
    return this.#index.byDevice(device);
  }

  /** Ends a subscription whose NOTIFY was refused or not answered. */
  endUnanswered(subscription: Subscription): void {
    this.end(subscription, 'noresource');
  }

  nextDeadline(): Instant | undefined {
    return this.#deadlines.next();
  }

  /** Ends the subscriptions that were not refreshed in time. `onEnd` sends the last NOTIFY. */
  expire(now: Instant, onEnd: (subscription: Subscription) => void): void {
    this.#deadlines.expire(now, (subscription) => {
      this.end(subscription, 'timeout');
      onEnd(subscription);
    });
  }

  postpone(span: Duration): void {
    this.#deadlines.postpone(span, (subscription) => {
      subscription.expiresAt = after(subscription.expiresAt, span);
    });
  }

  end(subscription: Subscription, why: SubscriptionEnd): void {
    if (!this.#index.remove(subscription)) return;
    subscription.ended = why;
    this.#deadlines.set(subscription, undefined);
    this.#quota.remove(subscription);
  }
}

const dialogKey = (message: SipMessage, tag: string): string =>
  `${message.callId} ${message.fromTag ?? ''} ${tag} ${(message.text(ID.Event) ?? '').toLowerCase()}`;

/** The first type that the subscriber accepts; without an Accept header, our first. */
const chooseType = (types: readonly string[], accept: readonly string[]): string | undefined => {
  if (accept.length === 0) return types[0];
  const accepted = accept
    .flatMap((text) => text.split(','))
    .map((text) => (text.split(';', 1)[0] ?? '').trim().toLowerCase());
  if (accepted.some((text) => text === '*/*')) return types[0];
  return accepted.find((text) => types.includes(text));
};
