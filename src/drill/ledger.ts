import type { Instant } from '../core/time.js';
import { type Counted, PerSecond } from './per-second.js';

/** A time in which a phone had no registration. */
export interface Outage {
  readonly lostAt: Instant;
  /** `undefined`: it has none yet. */
  backAt: Instant | undefined;
  /** The node that it was registered with; `undefined`: none. */
  readonly from: string | undefined;
  /** The node that it is registered with since. */
  to: string | undefined;
  readonly why: string;
}

/** What became of one phone. */
export interface PhoneRecord {
  /** Where it was when the first step came; `undefined`: nowhere. */
  first: string | undefined;
  readonly outages: Outage[];
  /** The numbers that it had at first, and has now. */
  firstLines: readonly string[];
  lines: readonly string[];
}

/** In all, so that phones that come and go for days fill no memory. */
const MOST_OUTAGES = 500_000;

/**
 * Who had a registration where and when. Simulated phones or the events of nodes write it; `figures.ts` reads it when the drill
 * is over.
 */
export class Ledger {
  readonly #phones = new Map<string, PhoneRecord>();
  readonly #at = new Map<string, string>();
  #perSecond: PerSecond;
  #outages = 0;
  #leftOut = 0;
  #hasBegun = false;
  #isClosed = false;

  constructor(now: Instant) {
    this.#perSecond = new PerSecond(now);
  }

  get phones(): ReadonlyMap<string, PhoneRecord> {
    return this.#phones;
  }

  get perSecond(): PerSecond {
    return this.#perSecond;
  }

  /** Phones that have a registration now. */
  get registered(): number {
    return this.#at.size;
  }

  /** Outages that are not in the records since there were too many. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Makes a phone known, which has no registration yet. */
  expect(phone: string): PhoneRecord {
    let record = this.#phones.get(phone);
    if (record === undefined) {
      record = { first: undefined, outages: [], firstLines: [], lines: [] };
      this.#phones.set(phone, record);
    }
    return record;
  }

  /** The drill begins: what was before is not a part of it. A phone without a registration has been without one from now on. */
  begin(now: Instant): void {
    this.#hasBegun = true;
    this.#perSecond = new PerSecond(now);
    for (const [phone, record] of this.#phones) {
      record.first = this.#at.get(phone);
      record.firstLines = record.lines;
      record.outages.length = 0;
      if (record.first === undefined)
        record.outages.push({
          lostAt: now,
          backAt: undefined,
          from: undefined,
          to: undefined,
          why: 'had none at the start',
        });
    }
  }

  /** Whether a phone is one of the drill. Once it has begun no others become a part of it, so that no name fills the memory. */
  takesPart(phone: string): boolean {
    return !this.#hasBegun || this.#phones.has(phone);
  }

  /** The drill is over: nothing that comes now counts. */
  close(): void {
    this.#isClosed = true;
  }

  /** The node that the phone is registered with now. */
  nodeOf(phone: string): string | undefined {
    return this.#at.get(phone);
  }

  /** A phone of the drill got a registration, or renewed it elsewhere. */
  onBack(phone: string, node: string, at: Instant, lines: readonly string[]): void {
    if (this.#isClosed || !this.takesPart(phone)) return;
    const record = this.expect(phone);
    record.lines = lines;
    const before = this.#at.get(phone);
    if (before === node) return;
    // It moved without a time between that anybody saw.
    if (before !== undefined) this.onLost(phone, at, 'registered elsewhere');
    this.#at.set(phone, node);
    this.#count('back', at);
    const last = record.outages.at(-1);
    if (last !== undefined && last.backAt === undefined) {
      last.backAt = at;
      last.to = node;
    } else if (record.outages.length === 0 && record.first === undefined) record.first = node;
  }

  /** A phone lost its registration. Harmless if it has none. */
  onLost(phone: string, at: Instant, why: string): void {
    if (this.#isClosed) return;
    const from = this.#at.get(phone);
    if (from === undefined) return;
    this.#at.delete(phone);
    this.#count('lost', at);
    if (!this.#hasBegun) return;
    if (this.#outages >= MOST_OUTAGES) {
      this.#leftOut += 1;
      return;
    }
    this.#outages += 1;
    this.expect(phone).outages.push({ lostAt: at, backAt: undefined, from, to: undefined, why });
  }

  /** Every phone of a node lost its registration. */
  onNodeLost(node: string, at: Instant, why: string): void {
    for (const [phone, where] of [...this.#at]) if (where === node) this.onLost(phone, at, why);
  }

  /** Counts what else happens. */
  count(what: Exclude<Counted, 'back' | 'lost'>, at: Instant): void {
    if (!this.#isClosed) this.#count(what, at);
  }

  #count(what: Counted, at: Instant): void {
    this.#perSecond.add(what, at);
  }
}
