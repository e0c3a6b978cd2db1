// Asks the daemon again and again until its answer is the wanted one, or time is up.

import { after, between, type Duration, milliseconds } from '../core/time.js';
import { systemClock } from '../net/system-clock.js';
import { NoAnswer } from './api-client.js';
import type { CliEnvironment } from './environment.js';
import { LiveLine } from './live-line.js';

const LOOK_AGAIN = milliseconds(200);
const SHOW_AFTER = milliseconds(1000);

/** What to poll. */
export interface PollOptions<T> {
  readonly within: Duration;
  readonly look: () => Promise<T>;
  readonly done: (seen: T) => boolean;
  /** What a terminal shows in the meantime. */
  readonly progress: (seen: T | undefined) => string;
}

/**
 * Polls until `done`. Resolves with what was seen last, whether `done` or not. A daemon that does not answer may still
 * be starting, so its `NoAnswer` rejects only when time is up; any other error rejects at once.
 */
export const poll = async <T>(
  environment: CliEnvironment,
  { within, look, done, progress }: PollOptions<T>,
): Promise<T> => {
  const startedAt = systemClock.now();
  const until = after(startedAt, within);
  const line = new LiveLine(environment);
  try {
    for (;;) {
      let seen: T | undefined;
      let failure: NoAnswer | undefined;
      try {
        seen = await look();
        if (done(seen)) return seen;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        failure = error;
      }
      const now = systemClock.now();
      const left = between(now, until);
      if (left <= 0) {
        if (failure !== undefined) throw failure;
        return seen as T;
      }
      if (line.isLive && now - startedAt >= SHOW_AFTER) {
        const about = failure === undefined ? progress(seen) : 'no answer yet';
        line.show(`${about}; ${Math.ceil(left / 1000)} s left`);
      }
      await pause(milliseconds(Math.min(LOOK_AGAIN, left)));
    }
  } finally {
    line.clear();
  }
};

const pause = (span: Duration): Promise<void> =>
  new Promise((resolve) => {
    systemClock.callAt(after(systemClock.now(), span), resolve);
  });
