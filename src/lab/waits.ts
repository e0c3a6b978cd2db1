// Waiting for something in a lab: never without a limit, and never longer than the lab lives.

import { after, type Duration, milliseconds, parseDuration, type Timer } from '../core/time.js';
import { systemClock } from '../net/system-clock.js';

/** `500ms`, `5s`, `2m`, or a number of milliseconds. */
export type Within = `${number}${'ms' | 's' | 'm' | 'h'}` | number;

/** How long a call may wait. */
export interface Limits {
  /** How long to wait at most; absent: 4 s, which is less than test runners wait. */
  readonly within?: Within;
}

/** The limit as a duration. Throws a `TypeError` if it is none. */
export const durationOf = (within: Within = DEFAULT_WITHIN): Duration => {
  const span = typeof within === 'number' ? milliseconds(within) : parseDuration(within);
  if (span === undefined || !(span >= 0))
    throw new TypeError(`within: found ${within}, wanted a duration such as 500ms, 5s or 2m, or milliseconds`);
  return span;
};

const DEFAULT_WITHIN = 4000;

/** What a call waited for has not come in time. */
export class NotInTime extends Error {
  override readonly name = 'NotInTime';
  readonly code = 'NOT_IN_TIME';
}

/** The lab was stopped while a call waited. */
export class LabStopped extends Error {
  override readonly name = 'LabStopped';
  readonly code = 'LAB_STOPPED';
}

/** The calls that wait in one lab. */
export class Waits {
  readonly #open = new Set<() => void>();
  #ended = false;

  /**
   * Waits until `settle` is called with a value. `begin` arranges that and returns how to undo it. Rejects with
   * `late()` after `within`, and with a `LabStopped` if the lab stops first.
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

  /** Rejects every call that still waits. */
  end(): void {
    this.#ended = true;
    for (const abandon of [...this.#open]) abandon();
  }
}
