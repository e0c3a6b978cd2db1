import type { Instant } from '../../core/time.js';
import type { PhoneStep, StepOf, StepType } from '../steps.js';
import { Histogram } from './histogram.js';

/** The steps that are timed, in the order of a boot, with their name in the report. */
const TIMED: { readonly [T in StepType]?: readonly [name: string, took: (step: StepOf<T>) => number] } = {
  'phone.address-bound': ['DHCP', ({ took }) => took],
  'phone.file-fetched': ['file', ({ took }) => took],
  'phone.file-refused': ['file refused', ({ took }) => took],
  'phone.link-opened': ['link', ({ took }) => took],
  'phone.accepted': ['accepted', ({ took }) => took],
  'phone.registered': ['registered', ({ took }) => took],
  'phone.refreshed': ['refresh', ({ took }) => took],
  'phone.keepalive-answered': ['keepalive', ({ took }) => took],
};

/** The steps that are only counted. */
const COUNTED = [
  'phone.keepalive-missed',
  'phone.link-failed',
  'phone.failing-over',
  'phone.file-missed',
  'phone.commanded',
] as const;
export type CountedStep = (typeof COUNTED)[number];

const MOST_REASONS = 100;

/** Sums up the steps of a fleet: how long each took, what went wrong and how often. */
export class FleetMetrics {
  readonly steps = new Map<string, Histogram>();
  /** From the start of each phone to its first registration. */
  readonly boot = new Histogram();
  readonly counts = new Map<CountedStep, number>();
  /** Why phones did not register, with how many there were; at most 100 different reasons. */
  readonly reasons = new Map<string, number>();
  readonly #started = new Map<string, Instant>();

  /** Takes each step that the phones publish. */
  record(step: PhoneStep): void {
    const timed = TIMED[step.type] as readonly [string, (step: PhoneStep) => number] | undefined;
    if (timed !== undefined) this.#time(timed[0], timed[1](step));
    if (step.type === 'phone.started') this.#started.set(step.phone, step.at);
    else if (step.type === 'phone.registered') {
      const startedAt = this.#started.get(step.phone);
      if (startedAt === undefined) return;
      this.#started.delete(step.phone);
      this.boot.add(step.at - startedAt);
    } else if ((COUNTED as readonly string[]).includes(step.type)) this.#count(step.type as CountedStep);
  }

  countReason(reason: string): void {
    const known = this.reasons.get(reason);
    if (known === undefined && this.reasons.size >= MOST_REASONS) return;
    this.reasons.set(reason, (known ?? 0) + 1);
  }

  #time(name: string, took: number): void {
    let histogram = this.steps.get(name);
    if (histogram === undefined) {
      histogram = new Histogram();
      this.steps.set(name, histogram);
    }
    histogram.add(took);
  }

  #count(type: CountedStep): void {
    this.counts.set(type, (this.counts.get(type) ?? 0) + 1);
  }
}
