import type { EventBus } from '../../core/event-bus.js';
import { after, type Duration, type Instant, milliseconds, seconds } from '../../core/time.js';
import { type PhoneOptions, planOf } from '../boot.js';
import type { PhoneEnvironment } from '../environment.js';
import { Phone } from '../phone.js';
import type { PhoneStep } from '../steps.js';
import type { BootTimer } from '../timers.js';
import { type FleetCallCounts, type FleetCallPlan, FleetCalls } from './fleet-calls.js';
import { FleetMetrics } from './metrics.js';

/** How many phones, and when they start and stop. */
export interface FleetPlan {
  readonly count: number;
  /** Phones that are started in a second. */
  readonly rate: number;
  /** How long they stay after each has registered or failed; `until-signal`: until `cutShort`. */
  readonly hold: Duration | 'until-signal';
  /** How long a phone may take from its start to its registration before it counts as failed. */
  readonly within: Duration;
  /** The options of a phone, counted from 0. */
  readonly phoneAt: (number: number) => PhoneOptions;
  /** The calls that they make while they stay; absent: none. */
  readonly calls?: FleetCallPlan;
  /** Called once, when each phone has registered or failed. */
  readonly onSettled?: (registered: number) => void;
  /** Called after each change of a phone's state. Phones are counted from 0. */
  readonly onChange?: (phone: Phone, number: number) => void;
}

/** The state of a fleet at one moment. */
export interface FleetProgress {
  readonly phase: 'starting' | 'holding' | 'stopping' | 'over';
  readonly started: number;
  /** Phones that are registered now. */
  readonly registered: number;
  /** Phones that were refused or did not register in time. */
  readonly failed: number;
  readonly metrics: FleetMetrics;
  /** How the calls went; `undefined`: none are made. */
  readonly calls: FleetCallCounts | undefined;
  /** How late a tick came at most since the last `progress`, in milliseconds: a busy process measures badly. */
  readonly lag: number;
  readonly elapsed: Duration;
}

/** The outcome of a whole run. */
export interface FleetOutcome extends FleetProgress {
  /** Phones that had registered at least once. */
  readonly everRegistered: number;
  /** Phones that were registered at the end of the hold. */
  readonly registeredAtEnd: number;
  /** From the start of the first phone to the first registration of the last one that registered. */
  readonly ramp: Duration;
}

const TICK = milliseconds(10);
const CALLS_END_WITHIN = seconds(2);
/** How many phones are stopped at the same time. */
const STOPPED_TOGETHER = 200;

/** Many phones in one process: it starts them at a rate, holds them, stops them, and measures. It prints nothing. */
export class Fleet {
  readonly metrics = new FleetMetrics();
  readonly #environment: PhoneEnvironment;
  readonly #plan: FleetPlan;
  readonly #phones: Phone[] = [];
  readonly #everRegistered = new Set<Phone>();
  readonly #failed = new Set<Phone>();
  readonly #registered = new Set<Phone>();
  #calls: FleetCalls | undefined;
  #phase: FleetProgress['phase'] = 'starting';
  #startedAt: Instant;
  #lastRegisteredAt: Instant;
  #lag = 0;
  #cutShort: () => void = () => {};
  #over = false;

  /** `bus`: the one of `environment`. */
  constructor(environment: PhoneEnvironment, bus: EventBus<PhoneStep>, plan: FleetPlan) {
    this.#environment = environment;
    this.#plan = plan;
    this.#startedAt = this.#lastRegisteredAt = environment.timers.now();
    bus.subscribe((step) => this.metrics.record(step));
  }

  /** The present state. Resets `lag`. */
  progress(): FleetProgress {
    const lag = this.#lag;
    this.#lag = 0;
    return {
      phase: this.#phase,
      started: this.#phones.length,
      registered: this.#registered.size,
      failed: this.#failed.size,
      metrics: this.metrics,
      calls: this.#calls?.counts,
      lag,
      elapsed: milliseconds(this.#environment.timers.now() - this.#startedAt),
    };
  }

  /** Ends the run: stops the phones at once, each as usual. */
  cutShort(): void {
    this.#over = true;
    this.#cutShort();
  }

  /** Takes the power of all phones at once: their links close, and nobody unregisters. */
  unplug(): void {
    for (const phone of this.#phones) phone.unplug();
  }

  /** Boots the phones that were unplugged, at the rate of the plan. Resolves when each has begun. */
  async plugIn(): Promise<void> {
    const unplugged = this.#phones.flatMap((phone, number) => (phone.state === 'stopped' ? [number] : []));
    await this.#ramp(unplugged.length, (at) => {
      const number = unplugged[at];
      if (number !== undefined) this.#phones[number] = this.#boot(number);
    });
  }

  /** Resolves when all phones have stopped. */
  async run(): Promise<FleetOutcome> {
    this.#startedAt = this.#lastRegisteredAt = this.#environment.timers.now();
    await this.#ramp(this.#plan.count, (number) => this.#phones.push(this.#boot(number)));
    this.#phase = 'holding';
    await this.#untilSettled();
    this.#plan.onSettled?.(this.#registered.size);
    if (this.#plan.calls !== undefined) {
      this.#calls = new FleetCalls(this.#environment, this.#phones, this.#plan.calls);
      this.#calls.start();
    }
    await this.#pause(this.#plan.hold);
    await this.#endCalls();
    const registeredAtEnd = this.#registered.size;
    const everRegistered = this.#everRegistered.size;
    for (const phone of this.#phones) if (this.#failed.has(phone)) this.metrics.countReason(reasonOf(phone));
    const ramp = milliseconds(this.#lastRegisteredAt - this.#startedAt);
    this.#phase = 'stopping';
    const stopping = this.progress();
    await this.#stop();
    this.#phase = 'over';
    return { ...stopping, phase: 'over', everRegistered, registeredAtEnd, ramp };
  }

  /** Ends the calls and lets the servers and the phones finish them, so that the counts of both ends are whole. */
  async #endCalls(): Promise<void> {
    this.#calls?.stop();
    const last = after(this.#environment.timers.now(), CALLS_END_WITHIN);
    while ((this.#calls?.counts.standing ?? 0) > 0 && this.#environment.timers.now() <= last) await this.#wait(TICK);
  }

  #wait(span: Duration): Promise<void> {
    return new Promise((resolve) => this.#environment.timers.create(() => resolve()).startIn(span));
  }

  /** Starts at each tick as many of `count` phones as are due by the rate. */
  #ramp(count: number, start: (at: number) => void): Promise<void> {
    const { rate } = this.#plan;
    const { timers } = this.#environment;
    const startedAt = timers.now();
    let started = 0;
    return new Promise((resolve) => {
      let expectedAt = after(startedAt, TICK);
      const tick = timers.create((now) => {
        this.#lag = Math.max(this.#lag, now - expectedAt);
        const due = this.#over ? 0 : Math.min(count, Math.ceil(((now - startedAt) * rate) / 1000));
        for (; started < due; started += 1) start(started);
        if (this.#over || started >= count) resolve();
        else {
          expectedAt = after(now, TICK);
          tick.startIn(TICK);
        }
      });
      tick.startIn(milliseconds(0));
    });
  }

  #boot(number: number): Phone {
    const plan = planOf(this.#plan.phoneAt(number));
    if ('fault' in plan) throw new Error(plan.fault); // the first of them was checked before
    const phone = new Phone(this.#environment, plan);
    const timeout = this.#environment.timers.create(() => {
      if (phone.state !== 'registered' && phone.state !== 'stopped') this.#failed.add(phone);
    });
    phone.watch(() => {
      if (phone.state === 'registered') {
        this.#registered.add(phone);
        if (!this.#everRegistered.has(phone)) this.#lastRegisteredAt = this.#environment.timers.now();
        this.#everRegistered.add(phone);
        this.#failed.delete(phone);
        timeout.cancel();
      } else {
        this.#registered.delete(phone);
        if (phone.state === 'refused') this.#failed.add(phone);
        if (phone.state === 'stopped') this.#forget(phone, timeout);
      }
      this.#plan.onChange?.(phone, number);
    });
    timeout.startIn(this.#plan.within);
    phone.start();
    return phone;
  }

  /** A phone without power is another one when it boots again. */
  #forget(phone: Phone, timeout: BootTimer): void {
    timeout.cancel();
    if (this.#phase === 'stopping') return;
    this.#everRegistered.delete(phone);
    this.#failed.delete(phone);
  }

  /** Waits until each phone has registered or failed. */
  async #untilSettled(): Promise<void> {
    const last = after(this.#environment.timers.now(), this.#plan.within);
    while (
      !this.#over &&
      this.#environment.timers.now() <= last &&
      this.#everRegistered.size + this.#failed.size < this.#phones.length
    )
      await this.#pause(milliseconds(50));
  }

  #pause(span: Duration | 'until-signal'): Promise<void> {
    if (this.#over) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#environment.timers.create(() => resolve());
      this.#cutShort = () => {
        timer.cancel();
        resolve();
      };
      if (span !== 'until-signal') timer.startIn(span);
    });
  }

  async #stop(): Promise<void> {
    for (let at = 0; at < this.#phones.length; at += STOPPED_TOGETHER)
      await Promise.all(this.#phones.slice(at, at + STOPPED_TOGETHER).map((phone) => phone.stop()));
  }
}

const reasonOf = (phone: Phone): string =>
  phone.why || (phone.waitingFor === '' ? 'no answer' : `waits for ${phone.waitingFor}`);
