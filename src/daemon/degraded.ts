// What of the daemon does not work: gathered from the facts of its parts, and said on the console.

import type { Degradations } from '../core/degradations.js';
import type { Journal } from '../core/event-bus.js';
import { inWords, milliseconds } from '../core/time.js';
import type { LabcmEvent } from '../events.js';

const LEASES = 'lease file';

/** Takes what services tell of themselves for a part that fails or works again. */
export const watchParts = (journal: Journal<LabcmEvent>, degradations: Degradations): void => {
  journal.on('lease.file-failed', ({ detail }) =>
    degradations.begin(LEASES, `${detail}; nothing is leased that a restart would forget`),
  );
  journal.on('lease.file-recovered', () => degradations.end(LEASES));
};

/** A line when something begins to fail, and one when it works again. */
export const warnOf = (journal: Journal<LabcmEvent>, warn: (line: string) => void): void => {
  journal.on('daemon.degraded', ({ part, reason }) => warn(`degraded: ${part}: ${reason}`));
  journal.on('daemon.recovered', ({ part, lasted }) =>
    warn(`recovered: ${part} works again after ${inWords(milliseconds(lasted))}`),
  );
};
