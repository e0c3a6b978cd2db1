import { after, type Clock, type Duration, milliseconds, type Timer } from '../core/time.js';

/** A busy machine rings late. Each part of the time that rings late counts once, so it makes the time longer. */
const PARTS = 10;

/**
 * Calls back after `span`, or later on a machine that is late: an answer that has come and that nobody had the time to read
 * must not count as missing.
 */
export const callLate = (clock: Clock, span: Duration, callback: () => void): Timer => {
  let timer: Timer;
  const wait = (parts: number): void => {
    timer = clock.callAt(after(clock.now(), milliseconds(span / PARTS)), () => {
      if (parts > 1) wait(parts - 1);
      else callback();
    });
  };
  wait(PARTS);
  return { cancel: () => timer.cancel() };
};
