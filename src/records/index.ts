// The public face of call logs and call records.

export type { SipFacts } from './call-log-lines.js';
export {
  type CdrSettings,
  DEFAULT_RECORDS,
  type RecordEnvironment,
  type RecordedEvent,
  type RecordedEvents,
  type RecordSettings,
  type Records,
  startRecords,
} from './records.js';
