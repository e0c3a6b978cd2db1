// What does not work as it should at present, for those who watch over the daemon: told once when it begins and once when
// it is over, however often it fails meanwhile.

import type { Publisher } from './event-bus.js';
import type { Clock, Instant } from './time.js';

/** Something that does not work: `part` is its name for a person, `reason` what stands in its way. */
export interface Degradation {
  readonly part: string;
  readonly reason: string;
  readonly since: Instant;
}

/** A part of the daemon does not work at present. */
export interface DaemonDegraded {
  readonly type: 'daemon.degraded';
  readonly at: Instant;
  readonly part: string;
  readonly reason: string;
}

/** A part of the daemon works again. */
export interface DaemonRecovered {
  readonly type: 'daemon.recovered';
  readonly at: Instant;
  readonly part: string;
  /** Since it began, in milliseconds. */
  readonly lasted: number;
}

export type DegradationEvent = DaemonDegraded | DaemonRecovered;

export class Degradations {
  readonly #clock: Clock;
  readonly #publisher: Publisher<DegradationEvent>;
  /** Every part that ever failed; `undefined`: it works again. Parts are the program's own, so there are few. */
  readonly #parts = new Map<string, Degradation | undefined>();

  constructor(clock: Clock, publisher: Publisher<DegradationEvent>) {
    this.#clock = clock;
    this.#publisher = publisher;
  }

  /** The part fails. May be said at every failure: the first one counts. */
  begin(part: string, reason: string): void {
    if (this.#parts.get(part) !== undefined) return;
    const at = this.#clock.now();
    this.#parts.set(part, { part, reason, since: at });
    this.#publisher.publish({ type: 'daemon.degraded', at, part, reason });
  }

  /** The part works. May be said at every success. */
  end(part: string): void {
    const over = this.#parts.get(part);
    if (over === undefined) return;
    const at = this.#clock.now();
    this.#parts.set(part, undefined);
    this.#publisher.publish({ type: 'daemon.recovered', at, part, lasted: at - over.since });
  }

  isDegraded(part: string): boolean {
    return this.#parts.get(part) !== undefined;
  }

  /** Those that last, the oldest first. */
  get current(): readonly Degradation[] {
    return [...this.#parts.values()].filter((one) => one !== undefined).sort((a, b) => a.since - b.since);
  }

  /** Every part that ever failed, and whether it does now. */
  *parts(): Iterable<{ readonly part: string; readonly degraded: boolean }> {
    for (const [part, degradation] of this.#parts) yield { part, degraded: degradation !== undefined };
  }
}
