// The public face of what labcm explains.

export { FACTS_REMEMBERED, type Timeline, type TimelineStep, Timelines } from './timelines.js';
