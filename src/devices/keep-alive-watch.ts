import type { Instant } from '../core/time.js';
import type { DeviceRecord } from './device.js';

/** How many times of a device are kept, and of how many devices. */
export const KEPT_KEEP_ALIVES = 128;
export const WATCHED_DEVICES = 64;

/** The last times, in a ring of fixed size. */
class TimeRing {
  readonly #times = new Float64Array(KEPT_KEEP_ALIVES);
  #count = 0;

  note(at: Instant): void {
    this.#times[this.#count % KEPT_KEEP_ALIVES] = at;
    this.#count += 1;
  }

  /** The oldest first. */
  times(): readonly Instant[] {
    const first = Math.max(0, this.#count - KEPT_KEEP_ALIVES);
    return Array.from(
      { length: this.#count - first },
      (_, index) => this.#times[(first + index) % KEPT_KEEP_ALIVES] as Instant,
    );
  }
}

/**
 * When the last keepalives or refreshes of devices came: only of those that somebody looks at or has looked at, 64 of them
 * at most; the one that was looked at longest ago gives way. Nothing is kept of any other.
 */
export class KeepAliveWatch {
  readonly #rings = new Map<DeviceRecord, TimeRing>();

  /** @hot One comparison for each keepalive while nobody looks. */
  note(record: DeviceRecord, at: Instant): void {
    if (this.#rings.size > 0) this.#rings.get(record)?.note(at);
  }

  /** The times that are known, the oldest first, and begins to keep them. */
  times(record: DeviceRecord): readonly Instant[] {
    const ring = this.#rings.get(record) ?? new TimeRing();
    // At the end again, so that the one that was looked at longest ago is in front.
    this.#rings.delete(record);
    this.#rings.set(record, ring);
    const [oldest] = this.#rings.keys();
    if (this.#rings.size > WATCHED_DEVICES && oldest !== undefined) this.#rings.delete(oldest);
    return ring.times();
  }

  /** There is no such device any more. */
  forget(record: DeviceRecord): void {
    this.#rings.delete(record);
  }
}
