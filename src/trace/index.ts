// The public face of the trace.

export { LEVELS, type Level } from './levels.js';
export { type ConsoleMode, startTrace, type Trace, type TraceSettings, type TraceSurroundings } from './trace.js';
