// One call of one phone, from the first digit to its end: what `labcm phone --call NUMBER` and the demo do.

import { type Duration, formatDuration, seconds } from '../../core/time.js';
import type { PhoneEnvironment } from '../environment.js';
import type { Phone } from '../phone.js';
import { CallFault } from './call-book.js';
import type { PhoneCall } from './phone-call.js';

/** Which call, and how long it and its setup may take. */
export interface CallTask {
  readonly number: string;
  readonly talk: Duration | undefined;
  readonly within: Duration | undefined;
}

const TALK = seconds(5);
const SETUP_WITHIN = seconds(30);
const END_WITHIN = seconds(5);

/** Calls, talks, hangs up. Resolves with what went wrong; `undefined`: it was answered and sound has come. */
export const makeCall = async (
  machine: PhoneEnvironment,
  { name, calls: book }: Phone,
  { number, talk = TALK, within = SETUP_WITHIN }: CallTask,
): Promise<string | undefined> => {
  if (book === undefined) return `${name} has no calls`;
  let call: PhoneCall;
  try {
    call = book.dial(number);
  } catch (error) {
    if (error instanceof CallFault) return error.message;
    throw error;
  }
  const until = (done: () => boolean, span: Duration): Promise<void> =>
    new Promise((resolve) => {
      const timer = machine.timers.create(() => finish());
      const finish = (): void => {
        timer.cancel();
        unwatch();
        resolve();
      };
      const unwatch = book.watch(() => {
        if (done()) finish();
      });
      timer.startIn(span);
      if (done()) finish();
    });
  const isOver = (): boolean => call.state === 'ended' || call.state === 'failed';
  await until(() => call.state === 'connected' || isOver(), within);
  const { state } = call;
  const endedUnanswered = state === 'ended';
  if (state === 'connected') await until(isOver, talk);
  if (call.state !== 'ended') book.hangUp(call);
  await until(() => call.state === 'ended', END_WITHIN);
  if (call.why !== '') return `the call to ${number} failed: ${call.why}`;
  if (endedUnanswered) return `the call to ${number} ended before anybody answered it`;
  if (state !== 'connected') return `the call to ${number} was not answered within ${formatDuration(within)}`;
  return call.counts.received === 0 ? `the call to ${number} was answered, but no sound came` : undefined;
};
