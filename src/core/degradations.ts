import type { Publisher } from './event-bus.js';
import type { Clock, Instant } from './time.js';

/** A part of the daemon that does not work. `part` is its name for people, `reason` says what is in the way. */
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

/** The events of the list. */
export type DegradationEvent = DaemonDegraded | DaemonRecovered;

/**
 * The list of what does not work at present (a full disk, no descriptors). Each part is reported on the event bus
 * once when it begins to fail and once when it works again, however often it fails in between.
 */
export class Degradations {
  readonly #clock: Clock;
  readonly #publisher: Publisher<DegradationEvent>;
  /** Every part that ever failed; `undefined`: it works again. The names come from this program, so there are few. */
  readonly #parts = new Map<string, Degradation | undefined>();

  constructor(clock: Clock, publisher: Publisher<DegradationEvent>) {
    this.#clock = clock;
    this.#publisher = publisher;
  }

  /** Notes that a part fails. May be called at every failure: only the first one counts. */
  begin(part: string, reason: string): void {
    if (this.#parts.get(part) !== undefined) return;
    const at = this.#clock.now();
    this.#parts.set(part, { part, reason, since: at });
    this.#publisher.publish({ type: 'daemon.degraded', at, part, reason });
  }

  /** Notes that a part works. May be called at every success. */
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

  /** What does not work now, the oldest first. */
  get current(): readonly Degradation[] {
    return [...this.#parts.values()].filter((one) => one !== undefined).sort((a, b) => a.since - b.since);
  }

  /** Every part that ever failed, and whether it does now. */
  *parts(): Iterable<{ readonly part: string; readonly degraded: boolean }> {
    for (const [part, degradation] of this.#parts) yield { part, degraded: degradation !== undefined };
  }
}

/** Files that share one disk: they are one degradation, which ends when all of them can be written again. */
export class TroubledFiles {
  readonly #part: string;
  readonly #degradations: Degradations | undefined;
  readonly #files = new Set<string>();

  /** `part`: the name of them all for a person. */
  constructor(part: string, degradations: Degradations | undefined) {
    this.#part = part;
    this.#degradations = degradations;
  }

  get any(): boolean {
    return this.#files.size > 0;
  }

  /** `reason`: why `file` cannot be written; `undefined`: it can. */
  set(file: string, reason: string | undefined): void {
    if (reason === undefined) this.#files.delete(file);
    else this.#files.add(file);
    if (reason !== undefined) this.#degradations?.begin(this.#part, `${file}: ${reason}`);
    else if (this.#files.size === 0) this.#degradations?.end(this.#part);
  }
}
