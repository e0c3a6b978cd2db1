// What other folders use of the trace.

export { LEVELS, type Level } from './levels.js';
export { LINES } from './lines.js';
export type { EventOf, Row } from './row.js';
export {
  type ConsoleMode,
  startTrace,
  type Trace,
  type TraceForm,
  type TraceSettings,
  type TraceSurroundings,
} from './trace.js';
