// Looks each second whether a descriptor is left. Where none is, connections are closed by the system's library before
// anybody here hears of them, and nothing else would say so.

import type { Degradations } from '../core/degradations.js';
import { after, type Clock, seconds, type Timer } from '../core/time.js';
import { areDescriptorsUsedUp, descriptorLimit } from '../net/descriptors.js';

const PART = 'descriptors';
const LOOK_AFTER = seconds(1);

/** Returns how to stop. */
export const watchDescriptors = (
  degradations: Degradations,
  clock: Clock,
  areUsedUp: () => boolean = areDescriptorsUsedUp,
): (() => void) => {
  const limit = descriptorLimit();
  const reason = `all ${limit ?? ''} that this process may open are in use: new connections are closed, files cannot be read; raise the limit by \`ulimit -n\` or LimitNOFILE`;
  let alarm: Timer;
  const look = (): void => {
    if (areUsedUp()) degradations.begin(PART, reason);
    else degradations.end(PART);
    alarm = clock.callAt(after(clock.now(), LOOK_AFTER), look);
  };
  look();
  return () => alarm.cancel();
};
