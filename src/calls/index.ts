// The public face of the call machine.

export { Call } from './call.js';
export { CallControl, type CallControlDependencies, type Origination } from './call-control.js';
export { CallNumbers } from './call-numbers.js';
export { CAUSES, type CauseName, type CauseValue, causeOf } from './causes.js';
export {
  type AudioCodec as Codec,
  CODECS,
  type CodecName,
  codecOfCapability,
  codecOfEncoding,
  TELEPHONE_EVENT_CAPABILITY,
} from './codecs.js';
export {
  type Analysis,
  type AnalysisStep,
  DialPlan,
  type DirectoryNumbers,
  type Target,
  type TrunkTarget,
} from './dial-plan.js';
export type * from './events.js';
export { type CallStatistics, Leg } from './leg.js';
export type { LegEvent, LegState } from './leg-table.js';
export * from './media.js';
export { applyMask } from './number-transforms.js';
export {
  type CallParties,
  directParties,
  type Party,
  partyOf,
  printable,
  type Redirection,
  type RedirectReason,
} from './parties.js';
export { compareSpecificity, matchPattern, type Pattern, parsePattern } from './patterns.js';
export type * from './ports.js';
export {
  type CallSettings,
  DEFAULT_CALLS,
  DEFAULT_TRUNK,
  type RoutePattern,
  type ServiceName,
  type Translation,
  type TrunkSettings,
} from './settings.js';
