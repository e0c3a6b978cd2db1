import type { Degradations } from '../core/degradations.js';
import { after, type Clock, seconds, type Timer } from '../core/time.js';
import { areDescriptorsUsedUp, descriptorLimit } from '../net/descriptors.js';

/** The name of the degradation. */
export const DESCRIPTORS = 'descriptors';
const CHECK_EVERY = seconds(1);

/**
 * Checks every second whether a file descriptor is free. If none is, libuv closes new connections before any code
 * here sees them, so nothing else would report it. Returns the function that ends the watch.
 */
export const watchDescriptors = (
  degradations: Degradations,
  clock: Clock,
  areUsedUp: () => boolean = areDescriptorsUsedUp,
): (() => void) => {
  const limit = descriptorLimit();
  const reason = `all ${limit ?? ''} that this process may open are in use: new connections are closed, files cannot be read; raise the limit by \`ulimit -n\` or LimitNOFILE`;
  let timer: Timer;
  const check = (): void => {
    if (areUsedUp()) degradations.begin(DESCRIPTORS, reason);
    else degradations.end(DESCRIPTORS);
    timer = clock.callAt(after(clock.now(), CHECK_EVERY), check);
  };
  check();
  return () => timer.cancel();
};
