// Connects what does not work to the event bus and the console.

import type { Degradations } from '../core/degradations.js';
import type { EventBus } from '../core/event-bus.js';
import { formatDuration, milliseconds } from '../core/time.js';
import type { LabcmEvent } from '../events.js';

const LEASES = 'lease file';

/** Turns events of services about failures into degradations. */
export const watchServices = (bus: EventBus<LabcmEvent>, degradations: Degradations): void => {
  bus.on('lease.file-failed', ({ detail }) =>
    degradations.begin(LEASES, `${detail}; nothing is leased that a restart would forget`),
  );
  bus.on('lease.file-recovered', () => degradations.end(LEASES));
};

/** Calls `warn` with a line when something begins to fail, and when it works again. */
export const warnOfDegradations = (bus: EventBus<LabcmEvent>, warn: (line: string) => void): void => {
  bus.on('daemon.degraded', ({ part, reason }) => warn(`degraded: ${part}: ${reason}`));
  bus.on('daemon.recovered', ({ part, lasted }) =>
    warn(`recovered: ${part} works again after ${formatDuration(milliseconds(lasted))}`),
  );
};
