import { type Duration, type Instant, milliseconds } from '../../core/time.js';
import { CallFault } from '../calls/call-book.js';
import type { PhoneCall } from '../calls/phone-call.js';
import type { PhoneEnvironment } from '../environment.js';
import type { Phone } from '../phone.js';
import type { BootTimer } from '../timers.js';

/** Which calls a fleet makes. */
export interface FleetCallPlan {
  /** Calls that begin in a second. */
  readonly perSecond: number;
  /** How long each lasts after it was answered. */
  readonly talk: Duration;
  /** The number that every phone calls; absent: the phones call each other, the first half of them the second. */
  readonly number?: string | undefined;
}

/** How the calls of a fleet went. */
export interface FleetCallCounts {
  readonly started: number;
  readonly connected: number;
  readonly failed: number;
  /** Connected calls in which a phone of this fleet has heard nothing. */
  readonly silent: number;
  /** Calls that were due while every phone that calls was busy. */
  readonly skipped: number;
  readonly standing: number;
}

const TICK = milliseconds(10);

/** The calls of a fleet: begun at a rate, ended after their time, counted. A phone makes one call at a time. */
export class FleetCalls {
  readonly #environment: PhoneEnvironment;
  readonly #plan: FleetCallPlan;
  readonly #phones: readonly Phone[];
  readonly #timer: BootTimer;
  readonly #free: number[] = [];
  readonly #standing = new Set<PhoneCall>();
  #startedAt: Instant;
  #due = 0;
  #started = 0;
  #connected = 0;
  #failed = 0;
  #silent = 0;
  #skipped = 0;
  #over = false;

  constructor(environment: PhoneEnvironment, phones: readonly Phone[], plan: FleetCallPlan) {
    this.#environment = environment;
    this.#plan = plan;
    this.#phones = phones;
    this.#startedAt = environment.timers.now();
    this.#timer = environment.timers.create((now) => this.#tick(now));
  }

  get counts(): FleetCallCounts {
    return {
      ...{ started: this.#started, connected: this.#connected, failed: this.#failed, silent: this.#silent },
      ...{ skipped: this.#skipped, standing: this.#standing.size },
    };
  }

  /** Begins to call. */
  start(): void {
    const callers = this.#plan.number === undefined ? Math.floor(this.#phones.length / 2) : this.#phones.length;
    for (let caller = 0; caller < callers; caller += 1) this.#free.push(caller);
    this.#startedAt = this.#environment.timers.now();
    this.#timer.startIn(TICK);
  }

  /** Begins no more calls and hangs up those that stand. */
  stop(): void {
    this.#over = true;
    this.#timer.cancel();
    for (const phone of this.#phones) phone.calls?.hangUpAll();
  }

  #tick(now: Instant): void {
    const due = Math.floor(((now - this.#startedAt) * this.#plan.perSecond) / 1000);
    for (; this.#due < due; this.#due += 1) {
      const caller = this.#free.shift();
      if (caller === undefined) this.#skipped += 1;
      else this.#call(caller);
    }
    if (!this.#over) this.#timer.startIn(TICK);
  }

  #call(caller: number): void {
    const phone = this.#phones[caller];
    const callee = this.#phones[caller + Math.floor(this.#phones.length / 2)];
    const number = this.#plan.number ?? callee?.lines[0];
    const book = phone?.calls;
    if (book === undefined || number === undefined || phone?.state !== 'registered') {
      this.#skipped += 1;
      this.#free.push(caller);
      return;
    }
    const { timers } = this.#environment;
    let call: PhoneCall;
    try {
      call = book.dial(number, 'enbloc');
    } catch (error) {
      if (!(error instanceof CallFault)) throw error;
      this.#skipped += 1;
      this.#free.push(caller);
      return;
    }
    this.#started += 1;
    this.#standing.add(call);
    let wasConnected = false;
    const end = timers.create(() => {
      if (call.state !== 'ended') book.hangUp(call);
    });
    const unwatch = book.watch((changed) => {
      if (changed !== call) return;
      if (call.state === 'connected' && !wasConnected) {
        wasConnected = true;
        this.#connected += 1;
        end.startIn(this.#plan.talk);
      } else if (call.state === 'failed') {
        this.#failed += 1;
        end.startIn(milliseconds(0));
      } else if (call.state === 'ended') {
        end.cancel();
        unwatch();
        this.#standing.delete(call);
        if (!wasConnected && call.why === '' && !this.#over) this.#failed += 1;
        if (wasConnected && call.counts.received === 0) this.#silent += 1;
        this.#free.push(caller);
      }
    });
  }
}
