// What the user of a phone sets by its keys: where all calls go, and do not disturb. `labcm phone --forward` and `--dnd` do it.

import { type Duration, formatDuration, milliseconds, seconds } from '../../core/time.js';
import type { PhoneEnvironment } from '../environment.js';
import type { Phone } from '../phone.js';
import { CallFault } from './call-book.js';
import type { PhoneCall } from './phone-call.js';

/** What is set; what is absent stays as it is. */
export interface FeatureTask {
  /** A number, or `off`. */
  readonly forward: string | undefined;
  readonly doNotDisturb: boolean | undefined;
  readonly within: Duration | undefined;
}

const WITHIN = seconds(30);
/** A phone that has just registered is given its keys a moment later. */
const KEYS_WITHIN = seconds(5);
const LOOK_AGAIN = milliseconds(50);

/** Resolves with what went wrong; `undefined`: everything is set. */
export const setFeatures = async (
  machine: PhoneEnvironment,
  { name, calls: book }: Phone,
  { forward, doNotDisturb, within = WITHIN }: FeatureTask,
): Promise<string | undefined> => {
  if (forward === undefined && doNotDisturb === undefined) return undefined;
  if (book === undefined) return `${name} has no calls`;
  const pause = (): Promise<void> =>
    new Promise((resolve) => machine.timers.create(() => resolve()).startIn(LOOK_AGAIN));
  let waited = 0;
  const soon = async <T>(act: () => T): Promise<T> => {
    for (;;) {
      try {
        return act();
      } catch (error) {
        if (!(error instanceof CallFault) || waited >= KEYS_WITHIN) throw error;
        waited += LOOK_AGAIN;
        await pause();
      }
    }
  };
  try {
    if (doNotDisturb !== undefined) await soon(() => book.doNotDisturb(doNotDisturb));
    if (forward === undefined) return undefined;
    if (forward === 'off') {
      const dialled = await soon(() => book.endForwarding());
      if (dialled !== undefined) await over(machine, book, dialled, within);
      return undefined;
    }
    if (book.isForwarding) await soon(() => book.endForwarding());
    const call = await soon(() => book.forwardAll(forward));
    await over(machine, book, call, within);
    if (call.why !== '') return `${name} cannot forward to ${forward}: ${call.why}`;
    return call.state === 'ended'
      ? undefined
      : `${name} did not forward to ${forward} within ${formatDuration(within)}`;
  } catch (error) {
    if (error instanceof CallFault) return error.message;
    throw error;
  }
};

const over = (
  machine: PhoneEnvironment,
  book: NonNullable<Phone['calls']>,
  call: PhoneCall,
  within: Duration,
): Promise<void> =>
  new Promise((resolve) => {
    const timer = machine.timers.create(() => finish());
    const finish = (): void => {
      timer.cancel();
      unwatch();
      if (call.state === 'failed') book.hangUp(call);
      resolve();
    };
    const isOver = (): boolean => call.state === 'ended' || call.state === 'failed';
    const unwatch = book.watch(() => {
      if (isOver()) finish();
    });
    timer.startIn(within);
    if (isOver()) finish();
  });
