// Time that a test lets pass, with everything that happens on the way: what waits for a promise goes on before the next step.

import { setImmediate as turn } from 'node:timers/promises';
import type { ManualClock } from './manual-clock.js';

/** Lets everything happen that waits for nothing but its turn. */
export const settle = async (): Promise<void> => {
  for (let turns = 0; turns < 4; turns++) await turn();
};

/** Lets so many milliseconds pass, `step` at a time. */
export const pass = async (clock: ManualClock, milliseconds: number, step = 100): Promise<void> => {
  await settle();
  for (let left = milliseconds; left > 0; left -= step) {
    clock.advance(Math.min(step, left));
    await settle();
  }
};
