// One call of one phone, from the first digit to its end: what `labcm phone --call NUMBER`, `--pick-up` and the demo do.

import { type Duration, formatDuration, seconds } from '../../core/time.js';
import type { PhoneEnvironment } from '../environment.js';
import type { Phone } from '../phone.js';
import { CallFault } from './call-book.js';
import type { PhoneCall } from './phone-call.js';

/** Which call, and how long it and its setup may take. */
export interface CallTask {
  /** The number to call; or the pick-up group whose ringing call it answers, empty for its own. */
  readonly to: { readonly number: string } | { readonly pickUp: string };
  /** The call is parked in place of hung up. */
  readonly park?: boolean | undefined;
  readonly talk: Duration | undefined;
  readonly within: Duration | undefined;
}

const TALK = seconds(5);
const SETUP_WITHIN = seconds(30);
const END_WITHIN = seconds(5);

/** Calls, talks, hangs up or parks. Resolves with what went wrong; `undefined`: it was answered and sound has come. */
export const makeCall = async (
  machine: PhoneEnvironment,
  { name, calls: book }: Phone,
  { to, park = false, talk = TALK, within = SETUP_WITHIN }: CallTask,
): Promise<string | undefined> => {
  if (book === undefined) return `${name} has no calls`;
  const isPickUp = 'pickUp' in to;
  const what = isPickUp
    ? `the call that it picks up${to.pickUp === '' ? '' : ` in ${to.pickUp}`}`
    : `the call to ${to.number}`;
  let call: PhoneCall;
  try {
    call = isPickUp ? book.pickUp(to.pickUp || undefined) : book.dial(to.number);
  } catch (error) {
    return messageOf(error);
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
  const isParked = (): boolean => call.parkedAt !== '';
  if (park && call.state === 'connected') {
    try {
      book.park(call);
      await until(() => isParked() && call.state !== 'connected', END_WITHIN);
    } catch (error) {
      call.why = messageOf(error);
    }
  }
  if (call.state !== 'ended') book.hangUp(call);
  await until(() => call.state === 'ended', END_WITHIN);
  if (call.why !== '') return `${what} failed: ${call.why}`;
  if (endedUnanswered) return `${what} ended before anybody answered it`;
  if (state !== 'connected') return `${what} was not answered within ${formatDuration(within)}`;
  if (park && !isParked()) return `${what} was not parked`;
  return call.counts.received === 0 ? `${what} was answered, but no sound came` : undefined;
};

/** What the phone cannot do. Throws every other error again. */
const messageOf = (error: unknown): string => {
  if (error instanceof CallFault) return error.message;
  throw error;
};
