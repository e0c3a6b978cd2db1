// What of the daemon does not work: gathered from the facts of its parts, and said on the console.

import type { Degradations } from '../core/degradations.js';
import type { EventBus } from '../core/event-bus.js';
import { formatDuration, milliseconds } from '../core/time.js';
import type { LabcmEvent } from '../events.js';

const LEASES = 'lease file';

/** Takes what services tell of themselves for a part that fails or works again. */
export const watchServices = (bus: EventBus<LabcmEvent>, degradations: Degradations): void => {
  bus.on('lease.file-failed', ({ detail }) =>
    degradations.begin(LEASES, `${detail}; nothing is leased that a restart would forget`),
  );
  bus.on('lease.file-recovered', () => degradations.end(LEASES));
};

/** A line when something begins to fail, and one when it works again. */
export const warnOfDegradations = (bus: EventBus<LabcmEvent>, warn: (line: string) => void): void => {
  bus.on('daemon.degraded', ({ part, reason }) => warn(`degraded: ${part}: ${reason}`));
  bus.on('daemon.recovered', ({ part, lasted }) =>
    warn(`recovered: ${part} works again after ${formatDuration(milliseconds(lasted))}`),
  );
};
