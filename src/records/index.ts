// The public face of call logs and call records.

export type { SipFacts } from './call-log-lines.js';
export {
  type RecordEnvironment,
  type RecordedEvent,
  type RecordedEvents,
  type Records,
  startRecords,
} from './records.js';
export { type CdrSettings, DEFAULT_RECORDS, type RecordSettings } from './settings.js';
