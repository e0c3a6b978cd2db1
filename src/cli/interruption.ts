// Ctrl+C and its kin, as a promise.

import type { World } from './world.js';

/** Resolves at the first signal. */
export const interruption = (world: World): { readonly interrupted: Promise<undefined>; readonly deaf: () => void } => {
  let stops: (() => void)[] = [];
  const interrupted = new Promise<undefined>((resolve) => {
    stops = (['SIGINT', 'SIGTERM'] as const).map((signal) => world.onSignal(signal, () => resolve(undefined)));
  });
  return {
    interrupted,
    deaf: () => {
      for (const stop of stops) stop();
    },
  };
};
