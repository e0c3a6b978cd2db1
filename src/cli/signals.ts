// Ctrl+C and its kin, as a promise.

import { after, type Duration } from '../core/time.js';
import { systemClock } from '../net/system-clock.js';
import type { CliEnvironment, ProcessSignal } from './environment.js';

export interface Interruption {
  /** Resolves at the first signal. The next one ends the process, as it would without us. */
  readonly interrupted: Promise<ProcessSignal>;
  /** Resolves after `span`, or at the signal: whether it came. One call at a time. */
  readonly comesWithin: (span: Duration) => Promise<boolean>;
  /** Hears no more. */
  readonly stop: () => void;
}

/** Of a service, which goes on when nobody reads what it says. */
export const SERVICE_ENDS = ['SIGINT', 'SIGTERM'] as const satisfies readonly ProcessSignal[];

/** Hears signals from now on. */
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
