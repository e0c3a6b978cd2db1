// Loaded before the built daemon (`node --import`): no verdict is worked out by itself. The timelines are kept as ever; only
// who asks is answered. So the two daemons of `verdicts.ts` differ in judging alone.

import { Timelines } from '../../dist/explain/timelines.js';

Timelines.prototype.onFact = () => {};
Timelines.prototype.onUnknown = () => {};
