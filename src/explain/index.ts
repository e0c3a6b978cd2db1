// What other folders use of the timelines.

export type { UnknownPhoneAdvice } from './advice.js';
export { EventOwners, type OwnedEvent, type OwnerWatch, type RegisteredDevices } from './event-owners.js';
export type { RegistersAt } from './next-step.js';
export { FACTS_REMEMBERED, type Timeline, type TimelineStep, Timelines } from './timelines.js';
export { UNKNOWN_PHONES } from './unknown-phones.js';
export { CAUSES, HARMLESS } from './verdicts/causes/index.js';
export type { VerdictGroup } from './verdicts/fleet.js';
export type { ConfiguredPlace, RemedyStep } from './verdicts/remedies.js';
export { NO_SERVED_FILES, type ServedFiles } from './verdicts/served-files.js';
export type { VerdictFinding } from './verdicts/verdict.js';
export type { VerdictReport, VerdictSources } from './verdicts/verdict-sources.js';
export { Verdicts } from './verdicts/verdicts.js';
