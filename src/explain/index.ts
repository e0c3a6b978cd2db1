// What other folders use of the timelines.

export type { UnknownPhoneAdvice } from './advice.js';
export type { RegistersAt } from './next-step.js';
export { FACTS_REMEMBERED, type Timeline, type TimelineStep, Timelines } from './timelines.js';
export { UNKNOWN_PHONES } from './unknown-phones.js';
