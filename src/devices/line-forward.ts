// Where the calls of a line go instead of its phones.

import { type Duration, seconds } from '../core/time.js';

/** Where a line forwards its calls, each a number as one would dial it; absent: it does not. */
export interface LineForward {
  readonly all?: string | undefined;
  readonly busy?: string | undefined;
  readonly noAnswer?: string | undefined;
  /** While no phone of the line is registered. */
  readonly unregistered?: string | undefined;
  /** How long its phones ring before `noAnswer` takes effect. */
  readonly after: Duration;
}

/** When a line forwards. */
export type ForwardName = Exclude<keyof LineForward, 'after'>;

/** In the order of their effect. */
export const FORWARD_NAMES: readonly ForwardName[] = ['all', 'busy', 'noAnswer', 'unregistered'];

/** CUCM's time until a call that nobody answers is forwarded (`docs/protocols/calls.md` §2.11). */
export const DEFAULT_FORWARD_AFTER: Duration = seconds(12);

/** A line that forwards nothing. */
export const NO_FORWARD: LineForward = Object.freeze({ after: DEFAULT_FORWARD_AFTER });
