// Events in the words of the trace, for the log of the page.

import type { LabcmEvent } from '../events.js';
import type { ApiLogLine } from '../http/index.js';
import { LINES, type Row } from '../trace/index.js';

/** What the `summary` console writes of an event; `undefined`: nothing. */
export const logLineOf = (event: LabcmEvent): ApiLogLine | undefined =>
  (LINES[event.type] as Row<LabcmEvent>).summary?.(event);
