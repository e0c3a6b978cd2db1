// Waiting for something in a lab: never for ever, never longer than the lab lives.

import { after, type Duration, milliseconds, parseDuration, type Timer } from '../core/time.js';
import { systemClock } from '../net/system-clock.js';

/** `500ms`, `5s`, `2m`, or a number of milliseconds. */
export type Within = `${number}${'ms' | 's' | 'm' | 'h'}` | number;

export interface Limits {
  /** How long to wait at most; absent: 4 s, which is less than a test runner waits. */
  readonly within?: Within;
}

export const durationOf = (within: Within = DEFAULT_WITHIN): Duration => {
  const span = typeof within === 'number' ? milliseconds(within) : parseDuration(within);
  if (span === undefined || !(span >= 0))
    throw new TypeError(`within: found ${within}, wanted a duration such as 500ms, 5s or 2m, or milliseconds`);
  return span;
};

const DEFAULT_WITHIN = 4000;

/** What was waited for has not come. */
export class NotInTime extends Error {
  override readonly name = 'NotInTime';
  readonly code = 'NOT_IN_TIME';
}

/** The lab was stopped while somebody waited for it. */
export class LabStopped extends Error {
  override readonly name = 'LabStopped';
  readonly code = 'LAB_STOPPED';
}

export class Waits {
  readonly #open = new Set<() => void>();
  #ended = false;

  /**
   * `begin` calls `settle` now or later, and returns how to stop that. Rejects with `late()` once `within` has passed,
   * with a `LabStopped` when the lab goes first.
   */
  until<T>(within: Duration, begin: (settle: (value: T) => void) => () => void, late: () => Error): Promise<T> {
    if (this.#ended) return Promise.reject(new LabStopped('the lab has been stopped'));
    return new Promise<T>((resolve, reject) => {
      let stop: (() => void) | undefined;
      let timer: Timer | undefined;
      let settled = false;
      const finish = (act: () => void): void => {
        if (settled) return;
        settled = true;
        timer?.cancel();
        stop?.();
        this.#open.delete(abandon);
        act();
      };
      const abandon = (): void => finish(() => reject(new LabStopped('the lab was stopped')));
      stop = begin((value) => finish(() => resolve(value)));
      if (settled) {
        stop();
        return;
      }
      this.#open.add(abandon);
      timer = systemClock.callAt(after(systemClock.now(), within), () => finish(() => reject(late())));
    });
  }

  /** Whoever still waits waits no longer. */
  end(): void {
    this.#ended = true;
    for (const abandon of [...this.#open]) abandon();
  }
}
