import type { Instant } from '../../core/time.js';
import type { PhoneStep, StepOf, StepType } from '../steps.js';
import { Histogram } from './histogram.js';

/**
 * The steps that are timed, in the order of a boot, with their name in the report; `undefined`: this one is not timed.
 */
const TIMED: { readonly [T in StepType]?: readonly [name: string, took: (step: StepOf<T>) => number | undefined] } = {
  'phone.address-bound': ['DHCP', ({ took }) => took],
  'phone.file-fetched': ['file', ({ took }) => took],
  'phone.file-refused': ['file refused', ({ took }) => took],
  'phone.link-opened': ['link', ({ took }) => took],
  'phone.accepted': ['accepted', ({ took }) => took],
  'phone.registered': ['registered', ({ took }) => took],
  'phone.refreshed': ['refresh', ({ took }) => took],
  'phone.keepalive-answered': ['keepalive', ({ took }) => took],
  'phone.call-ringing': ['call rings', ({ took }) => took],
  // The time of the phone that has called, which knows when the number was complete.
  'phone.call-connected': ['call set up', ({ took, direction }) => (direction === 'out' ? took : undefined)],
};

/** The steps that are only counted. */
const COUNTED = [
  'phone.keepalive-missed',
  'phone.link-failed',
  'phone.trust-refused',
  'phone.trust-fault',
  'phone.file-untrusted',
  'phone.server-refused',
  'phone.failing-over',
  'phone.file-missed',
  'phone.commanded',
  'phone.call-failed',
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
  /** The RTP packets of the calls that have ended, at the phones that called and at those that were called. */
  readonly packets = { out: { sent: 0, received: 0, lost: 0 }, in: { sent: 0, received: 0, lost: 0 } };
  readonly #started = new Map<string, Instant>();

  /** Takes each step that the phones publish. */
  record(step: PhoneStep): void {
    const timed = TIMED[step.type] as readonly [string, (step: PhoneStep) => number | undefined] | undefined;
    if (timed !== undefined) this.#time(timed[0], timed[1](step));
    if (step.type === 'phone.call-ended') this.#countPackets(step);
    if (step.type === 'phone.call-failed') this.countReason(`call: ${step.why}`);
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

  #countPackets({ direction, sent, received, lost }: StepOf<'phone.call-ended'>): void {
    const packets = this.packets[direction];
    packets.sent += sent;
    packets.received += received;
    packets.lost += lost;
  }

  #time(name: string, took: number | undefined): void {
    if (took === undefined) return;
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
