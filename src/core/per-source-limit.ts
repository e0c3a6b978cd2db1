import { SummaryOncePerSecond } from './rate-limit.js';
import { type Instant, instant, seconds } from './time.js';

const WINDOW = seconds(1);
const MAX_SOURCES = 16_384; // beyond it all new sources share one count
const MAX_NAMED = 256; // sources that the reports of one second name: a flood must not become one of events

/** What was refused for one limit in a second. */
export interface Excess {
  /** `undefined`: a limit on all sources together, or sources beyond those that are named. */
  readonly address: string | undefined;
  readonly limit: string;
  readonly count: number;
}

/**
 * Limits the events of each source within a second, in bounded memory however many sources there are, and reports each
 * excess once, when its second is over. A second begins with the first event after the last one ended, not with the
 * clock's: its reports are due when it ends, and its counts begin anew with the next.
 */
export class PerSourceLimit {
  readonly #counts = new Map<string, number>();
  readonly #excesses = new SummaryOncePerSecond<string, Omit<Excess, 'count'>>();
  readonly #report: (excess: Excess, at: Instant) => void;
  #since = instant(0);

  /** `report` is called for each source and limit that was exceeded in the second that is over. */
  constructor(report: (excess: Excess, at: Instant) => void) {
    this.#report = report;
  }

  /** Counts one event of `source`; `false` if there were `limit` of them in this second already. */
  admit(source: string, limit: number, now: Instant): boolean {
    this.advance(now);
    const known = this.#counts.get(source);
    const key = known === undefined && this.#counts.size >= MAX_SOURCES ? '' : source;
    const count = (key === source ? known : this.#counts.get(key)) ?? 0;
    if (count >= limit) return false;
    this.#counts.set(key, count + 1);
    return true;
  }

  /** Begins a new second if the last one is over. `admit` does so, too. */
  advance(now: Instant): void {
    if (now - this.#since >= WINDOW || now < this.#since) this.flush(now);
  }

  /** Notes, for the report, that something of `address` was refused in this second. */
  exceeded(address: string | undefined, limit: string): void {
    const key = `${limit} ${address ?? ''}`;
    if (address === undefined || this.#excesses.size < MAX_NAMED || this.#excesses.has(key))
      this.#excesses.add(key, { address, limit }, this.#since);
    else this.exceeded(undefined, limit);
  }

  /** When the reports are due; `undefined` while there is nothing to report. */
  get reportAt(): Instant | undefined {
    return this.#excesses.dueAt;
  }

  /** Reports what was refused, and begins a new second. */
  flush(now: Instant): void {
    for (const [, { detail, count }] of this.#excesses.take()) this.#report({ ...detail, count }, now);
    this.#counts.clear();
    this.#since = now;
  }
}
