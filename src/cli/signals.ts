// Waits for signals that end a command, such as Ctrl+C.

import { after, type Duration } from '../core/time.js';
import type { CliEnvironment, ProcessSignal } from './environment.js';

/** The signals that end a command, as a promise. */
export interface Interruption {
  /** Resolves at the first signal. A second one ends the process, as by default. */
  readonly interrupted: Promise<ProcessSignal>;
  /** Resolves after `span`, at the signal or at `stop`, with whether it was no longer worth waiting. One call at a time. */
  readonly comesWithin: (span: Duration) => Promise<boolean>;
  /** Unsubscribes, and ends what waits. */
  readonly stop: () => void;
}

/** The signals that end a service. It ignores SIGPIPE: it goes on if nobody reads its output. */
export const SERVICE_ENDS = ['SIGINT', 'SIGTERM'] as const satisfies readonly ProcessSignal[];

/** Subscribes to the signals. */
export const interruption = (
  environment: CliEnvironment,
  signals: readonly ProcessSignal[] = [...SERVICE_ENDS, 'SIGPIPE'],
): Interruption => {
  const { clock } = environment;
  let stops: (() => void)[] = [];
  let isOver = false;
  let wake: () => void = () => {};
  const stop = (): void => {
    for (const unsubscribe of stops.splice(0)) unsubscribe();
    isOver = true;
    wake();
  };
  const interrupted = new Promise<ProcessSignal>((resolve) => {
    stops = signals.map((signal) =>
      environment.onSignal(signal, () => {
        stop();
        resolve(signal);
      }),
    );
  });
  const comesWithin = async (span: Duration): Promise<boolean> => {
    if (isOver) return true;
    await new Promise<void>((resolve) => {
      const timer = clock.callAt(after(clock.now(), span), resolve);
      wake = () => {
        timer.cancel();
        resolve();
      };
    });
    return isOver;
  };
  return { interrupted, comesWithin, stop };
};
