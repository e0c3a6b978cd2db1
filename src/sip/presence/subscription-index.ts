import type { Aged } from '../../core/age-list.js';
import type { Queued } from '../../core/deadline-queue.js';
import type { DeviceName, DirectoryNumber } from '../../core/identifiers.js';
import type { Instant } from '../../core/time.js';
import type { Flow } from '../transport/flow.js';
import { EVENTS, type EventName, type EventRow, type SubscriptionEnd } from './event-packages.js';
import type { NumberWatches } from './number-watches.js';

/** One subscription: what is watched, its dialog, and how far the subscriber has been notified. */
export interface Subscription extends Queued, Aged<Subscription> {
  /** The dialog's key, its Call-ID, tags and Event. */
  readonly key: string;
  readonly event: EventName;
  /** The Event header as it was given, its `id` included. */
  readonly eventText: string;
  readonly contentType: string;
  /** The number that is watched, and the host of the Request-URI. */
  readonly dn: DirectoryNumber;
  readonly host: string;
  /** The device whose registration it ends with; `undefined`: the subscriber is no registered device. */
  readonly device: DeviceName | undefined;
  /** The address that the SUBSCRIBE came from. */
  readonly source: string;
  /** Where the NOTIFY goes, and the headers of its dialog as the subscriber wrote them. */
  readonly target: string;
  readonly remote: string;
  readonly local: string;
  readonly callId: string;
  flow: Flow;
  remoteCSeq: number;
  cseq: number;
  expiresAt: Instant;
  ended: SubscriptionEnd | undefined;
  /** What the last NOTIFY showed, from `LineStates.signatureOf`; `undefined`: there was none yet. */
  notifiedState: string | undefined;
  readonly begunAt: Instant;
  /** Whether no NOTIFY of it has been answered yet; written by `SubscriptionQuota`. */
  isUnanswered: boolean;
  /** The call forwarding that its last SUBSCRIBE was about; empty: none. */
  forwarding: string;
}

/** The subscriptions to one number. */
export interface Watchers {
  readonly devices: Set<Subscription>;
  readonly others: Set<Subscription>;
}

const NONE: ReadonlySet<Subscription> = new Set();

const shownBy = (event: EventName): EventRow['shows'] => (EVENTS[event] as EventRow).shows;

/** Finds subscriptions by their dialog, by the number that they watch, and by their device. Watches those numbers. */
export class SubscriptionIndex {
  readonly #watches: NumberWatches;
  readonly #byKey = new Map<string, Subscription>();
  readonly #byNumber = new Map<DirectoryNumber, Watchers>();
  readonly #byDevice = new Map<DeviceName, Set<Subscription>>();

  constructor(watches: NumberWatches) {
    this.#watches = watches;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get all(): Iterable<Subscription> {
    return this.#byKey.values();
  }

  /** The numbers that have a subscription. */
  get numbers(): Iterable<DirectoryNumber> {
    return this.#byNumber.keys();
  }

  byKey(key: string): Subscription | undefined {
    return this.#byKey.get(key);
  }

  byNumber(dn: DirectoryNumber, who: keyof Watchers): ReadonlySet<Subscription> {
    return this.#byNumber.get(dn)?.[who] ?? NONE;
  }

  byDevice(device: DeviceName): ReadonlySet<Subscription> {
    return this.#byDevice.get(device) ?? NONE;
  }

  add(subscription: Subscription): void {
    const { key, dn, device, event } = subscription;
    this.#byKey.set(key, subscription);
    const shown = shownBy(event);
    if (shown !== undefined) this.#watches.add(dn, shown);
    const watchers = this.#byNumber.get(dn) ?? { devices: new Set(), others: new Set() };
    this.#byNumber.set(dn, watchers);
    watchers[device === undefined ? 'others' : 'devices'].add(subscription);
    if (device === undefined) return;
    const ofDevice = this.#byDevice.get(device);
    if (ofDevice === undefined) this.#byDevice.set(device, new Set([subscription]));
    else ofDevice.add(subscription);
  }

  /** `false`: it had been removed before. */
  remove(subscription: Subscription): boolean {
    const { key, dn, device, event } = subscription;
    if (!this.#byKey.delete(key)) return false;
    const shown = shownBy(event);
    if (shown !== undefined) this.#watches.remove(dn, shown);
    const watchers = this.#byNumber.get(dn);
    watchers?.[device === undefined ? 'others' : 'devices'].delete(subscription);
    if (watchers?.devices.size === 0 && watchers.others.size === 0) this.#byNumber.delete(dn);
    if (device === undefined) return true;
    const ofDevice = this.#byDevice.get(device);
    if (ofDevice?.delete(subscription) === true && ofDevice.size === 0) this.#byDevice.delete(device);
    return true;
  }
}
