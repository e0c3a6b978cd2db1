// The verdicts of phones that nobody configured, as they are told. Anybody may be such a phone: how often one is
// judged, how many are watched, and how many verdicts are told are all bounded.

import { DeadlineQueue, Queued } from '../../core/deadline-queue.js';
import { DeadlineTimer } from '../../core/deadline-timer.js';
import { after, type Clock, type Instant, instant, milliseconds, minutes, NEVER, seconds } from '../../core/time.js';
import { UNKNOWN_PHONES, type UnknownPhone } from '../unknown-phones.js';
import type { VerdictFinding } from './verdict.js';
import type { VerdictReport } from './verdict-sources.js';

/** Facts that belong together come within this time. */
const SETTLES = milliseconds(500);
/** One phone is judged no more often. */
const JUDGED_EVERY = seconds(1);
/** So many phones are judged in one turn, and then no more for a moment. */
const AT_ONCE = 10;
const A_MOMENT = milliseconds(100);
/** So many verdicts are told within this time. Whoever asks gets the others, too. */
export const UNKNOWN_TOLD = { most: 100, within: minutes(10) } as const;

/** A phone that is watched. */
class WatchedPhone extends Queued {
  readonly phone: UnknownPhone;
  /** The verdict that was told of it. */
  told: VerdictFinding | undefined;
  judgedAt = instant(Number.NEGATIVE_INFINITY);

  constructor(phone: UnknownPhone) {
    super();
    this.phone = phone;
  }
}

/** What `UnknownVerdicts` needs. */
export interface UnknownVerdictsSources {
  readonly clock: Clock;
  /** What is concluded about a phone now. */
  report(phone: UnknownPhone): VerdictReport;
  /** Tells that the verdict of a phone appeared, changed or went. */
  tell(before: VerdictFinding | undefined, report: VerdictReport): void;
}

/** Works them out shortly after a fact of a phone, and when a step has not come in its time. */
export class UnknownVerdicts {
  readonly #sources: UnknownVerdictsSources;
  /** By the key of the phone, the one first that was watched first. */
  readonly #watched = new Map<string, WatchedPhone>();
  readonly #queue = new DeadlineQueue<WatchedPhone>();
  readonly #timer: DeadlineTimer;
  #toldSince = instant(Number.NEGATIVE_INFINITY);
  #told = 0;

  constructor(sources: UnknownVerdictsSources) {
    this.#sources = sources;
    this.#timer = new DeadlineTimer(
      { nextDeadline: () => this.#queue.next(), expire: (now) => this.#expire(now) },
      sources.clock,
    );
  }

  /** A fact of a phone was kept. */
  heard(phone: UnknownPhone): void {
    const watched = this.#watched.get(phone.key) ?? this.#add(phone);
    const now = this.#sources.clock.now();
    const due = instant(Math.max(now + SETTLES, watched.judgedAt + JUDGED_EVERY));
    if (watched.dueAt === NEVER || watched.dueAt > due) this.#judgeAt(watched, due);
  }

  /** A new configuration may mend what was wrong. */
  judgeAgain(): void {
    const soon = after(this.#sources.clock.now(), SETTLES);
    for (const watched of this.#watched.values()) if (watched.told !== undefined) this.#judgeAt(watched, soon);
  }

  /** A phone is a device now. Returns the verdict that was told of it. */
  take(key: string): VerdictFinding | undefined {
    const watched = this.#watched.get(key);
    if (watched === undefined) return undefined;
    this.#drop(watched);
    return watched.told;
  }

  /** Stops timing. */
  close(): void {
    this.#timer.stop();
  }

  #add(phone: UnknownPhone): WatchedPhone {
    if (this.#watched.size >= UNKNOWN_PHONES.most)
      for (const oldest of this.#watched.values()) {
        this.#drop(oldest);
        break;
      }
    const watched = new WatchedPhone(phone);
    this.#watched.set(phone.key, watched);
    return watched;
  }

  #drop(watched: WatchedPhone): void {
    this.#watched.delete(watched.phone.key);
    this.#queue.set(watched, undefined);
  }

  #judgeAt(watched: WatchedPhone, at: Instant): void {
    this.#queue.set(watched, at);
    this.#timer.rearm();
  }

  #expire(now: Instant): void {
    let judged = 0;
    this.#queue.expire(now, (watched) => {
      judged += 1;
      if (judged <= AT_ONCE) this.#judge(watched, now);
      else this.#queue.set(watched, after(now, A_MOMENT));
    });
  }

  #judge(watched: WatchedPhone, now: Instant): void {
    this.#beginPeriod(now);
    // Nothing would be told of it; its next fact comes here again.
    if (watched.told === undefined && this.#told >= UNKNOWN_TOLD.most) return;
    watched.judgedAt = now;
    const report = this.#sources.report(watched.phone);
    const { verdict, view } = report;
    const { awaited, boot } = view;
    if (verdict === undefined && awaited !== undefined && boot.lastAt !== undefined) {
      const due = boot.lastAt + view.timeOfVerdict(awaited);
      if (due > now && Number.isFinite(due)) this.#queue.set(watched, instant(due));
    }
    if (verdict?.until !== undefined && verdict.until >= now)
      this.#queue.set(watched, after(verdict.until, milliseconds(1)));
    const before = watched.told;
    if (verdict?.code === before?.code || this.#told >= UNKNOWN_TOLD.most) return;
    this.#told += 1;
    watched.told = verdict;
    this.#sources.tell(before, report);
  }

  #beginPeriod(now: Instant): void {
    if (now - this.#toldSince < UNKNOWN_TOLD.within) return;
    this.#toldSince = now;
    this.#told = 0;
  }
}
