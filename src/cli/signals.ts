// Waits for signals that end a command, such as Ctrl+C.

import { after, type Duration } from '../core/time.js';
import { systemClock } from '../net/system-clock.js';
import type { CliEnvironment, ProcessSignal } from './environment.js';

/** The signals that end a command, as a promise. */
export interface Interruption {
  /** Resolves at the first signal. A second one ends the process, as by default. */
  readonly interrupted: Promise<ProcessSignal>;
  /** Resolves after `span` or at the signal, with whether the signal came. One call at a time. */
  readonly comesWithin: (span: Duration) => Promise<boolean>;
  /** Unsubscribes. */
  readonly stop: () => void;
}

/** The signals that end a service. It ignores SIGPIPE: it goes on if nobody reads its output. */
export const SERVICE_ENDS = ['SIGINT', 'SIGTERM'] as const satisfies readonly ProcessSignal[];

/** Subscribes to the signals. */
export const interruption = (
  environment: CliEnvironment,
  signals: readonly ProcessSignal[] = [...SERVICE_ENDS, 'SIGPIPE'],
): Interruption => {
  let stops: (() => void)[] = [];
  let came = false;
  let wake: () => void = () => {};
  const stop = (): void => {
    for (const stop of stops.splice(0)) stop();
  };
  const interrupted = new Promise<ProcessSignal>((resolve) => {
    stops = signals.map((signal) =>
      environment.onSignal(signal, () => {
        stop();
        came = true;
        wake();
        resolve(signal);
      }),
    );
  });
  const comesWithin = async (span: Duration): Promise<boolean> => {
    if (came) return true;
    await new Promise<void>((resolve) => {
      const timer = systemClock.callAt(after(systemClock.now(), span), resolve);
      wake = () => {
        timer.cancel();
        resolve();
      };
    });
    return came;
  };
  return { interrupted, comesWithin, stop: stop };
};
