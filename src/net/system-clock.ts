// The machine's clock: the only file that reads the time of day or arms a timer for an engine.

import { type Alarm, type Clock, type Instant, instant } from '../core/time.js';

const LONGEST_TIMER = 2_147_483_647; // setTimeout takes 31 bits

export const systemClock: Clock = {
  now: (): Instant => instant(Date.now()),
  wake: (at: Instant, callback: () => void): Alarm => {
    const timer = setTimeout(callback, Math.min(LONGEST_TIMER, Math.max(0, at - Date.now())));
    return { cancel: () => clearTimeout(timer) };
  },
};
