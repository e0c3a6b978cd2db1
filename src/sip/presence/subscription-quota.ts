import { AgeList } from '../../core/age-list.js';
import { after, type Instant, seconds } from '../../core/time.js';
import type { SettingsRef } from '../settings.js';
import type { Subscription } from './subscription-index.js';

const MOST_OF_DEVICE = 512;
const OTHERS = { share: 0.75, perSource: 1_024, unansweredPerSource: 32 } as const;
/** If there is no place, a subscription of others that was not answered in this time makes room. */
const GIVES_WAY_AFTER = seconds(2);

/**
 * Limits how many subscriptions there may be. Registered devices have places that nobody else can take. All others
 * together have a share of the places, each source address has a number of its own, and a lower one until it has
 * answered a NOTIFY.
 */
export class SubscriptionQuota {
  readonly #settingsRef: SettingsRef;
  readonly #onGivesWay: (subscription: Subscription) => void;
  readonly #perSource = new Map<string, number>();
  readonly #othersPerSource = new Map<string, number>();
  readonly #unansweredPerSource = new Map<string, number>();
  /** The subscriptions of others that have not answered a NOTIFY yet. */
  readonly #unanswered = new AgeList<Subscription>();
  #all = 0;
  #others = 0;

  /** `onGivesWay` ends the subscription. */
  constructor(settingsRef: SettingsRef, onGivesWay: (subscription: Subscription) => void) {
    this.#settingsRef = settingsRef;
    this.#onGivesWay = onGivesWay;
  }

  /**
   * Finds a place for one more, perhaps that of an old one that nobody answered. `false`: there is none. `ofDevice`:
   * how many its device has; `undefined`: the subscriber is no registered device.
   */
  makeRoomFor(ofDevice: number | undefined, source: string, now: Instant): boolean {
    const { subscriptions, subscriptionsPerSource } = this.#settingsRef.settings.limits;
    if (countOf(this.#perSource, source) >= subscriptionsPerSource) return false;
    const isFull = this.#all >= subscriptions;
    if (ofDevice !== undefined) return ofDevice < MOST_OF_DEVICE && (!isFull || this.#makeRoom(now));
    if (countOf(this.#othersPerSource, source) >= OTHERS.perSource) return false;
    if (countOf(this.#unansweredPerSource, source) >= OTHERS.unansweredPerSource) return false;
    const isShareUsedUp = this.#others >= Math.ceil(subscriptions * OTHERS.share);
    return (!isFull && !isShareUsedUp) || this.#makeRoom(now);
  }

  #makeRoom(now: Instant): boolean {
    const { oldest } = this.#unanswered;
    if (oldest === undefined || now < after(oldest.begunAt, GIVES_WAY_AFTER)) return false;
    this.#onGivesWay(oldest);
    return true;
  }

  /** Counts a new subscription. */
  add(subscription: Subscription): void {
    const { source, device } = subscription;
    this.#all += 1;
    raise(this.#perSource, source);
    if (device !== undefined) return;
    this.#others += 1;
    this.#unanswered.add(subscription);
    subscription.isUnanswered = true;
    raise(this.#othersPerSource, source);
    raise(this.#unansweredPerSource, source);
  }

  /** Notes that a NOTIFY of the subscription was answered. */
  confirm(subscription: Subscription): void {
    if (!subscription.isUnanswered) return;
    subscription.isUnanswered = false;
    this.#unanswered.remove(subscription);
    lower(this.#unansweredPerSource, subscription.source);
  }

  /** Counts a subscription as ended. */
  remove(subscription: Subscription): void {
    const { source, device } = subscription;
    this.#all -= 1;
    lower(this.#perSource, source);
    if (device !== undefined) return;
    this.#others -= 1;
    lower(this.#othersPerSource, source);
    this.confirm(subscription);
  }
}

const countOf = (counts: ReadonlyMap<string, number>, source: string): number => counts.get(source) ?? 0;

const raise = (counts: Map<string, number>, source: string): void => {
  counts.set(source, countOf(counts, source) + 1);
};

const lower = (counts: Map<string, number>, source: string): void => {
  const left = countOf(counts, source) - 1;
  if (left > 0) counts.set(source, left);
  else counts.delete(source);
};
