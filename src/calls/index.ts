// The public face of the call machine.

export type { BlindTransferWatcher } from './blind-transfers.js';
export { Call } from './call.js';
export type { Conference, ConferenceRefusal } from './call-conferences.js';
export { CallControl, type CallControlDependencies, type Origination } from './call-control.js';
export { CallFeatures, type CallFeaturesDependencies, FEATURE_CAUSES, type ForwardKind } from './call-features.js';
export type { JoinRefusal } from './call-joins.js';
export { CallNumbers } from './call-numbers.js';
export type { ParkRefusal } from './call-parking.js';
export { CAUSES, type CauseName, type CauseValue, causeOf } from './causes.js';
export {
  type AudioCodec as Codec,
  CODECS,
  type CodecName,
  codecOfCapability,
  codecOfEncoding,
  TELEPHONE_EVENT_CAPABILITY,
} from './codecs.js';
export type { DeviceLegs } from './device-legs.js';
export {
  type Analysis,
  type AnalysisStep,
  DialPlan,
  type DirectoryNumbers,
  type Target,
  type TrunkTarget,
} from './dial-plan.js';
export type * from './events.js';
export { forwardRefusal, MOST_FORWARDS } from './forward-targets.js';
export { type CallStatistics, Leg, type LegOwner } from './leg.js';
export type { LegEvent, LegState } from './leg-table.js';
export { LINE_CALL_STATES, type LineCall, type LineCallState } from './line-calls.js';
export {
  LINE_STATES,
  type LineState,
  LineStates,
  type LineStatesDependencies,
  type NumberChanges,
  type NumberFacts,
  type NumbersElsewhere,
  type WatchedDetail,
} from './line-states.js';
export * from './media.js';
export { nodeDevice, nodeOfDevice } from './node-device.js';
export { type NumberOwner, numberOwners } from './number-owners.js';
export { applyMask, isEmergency } from './number-transforms.js';
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
export { RemoteCall, type RemoteState } from './remote-call.js';
export {
  type CallSettings,
  DEFAULT_CALLS,
  DEFAULT_TRUNK,
  type Hunt,
  type PageSettings,
  type PickupGroup,
  type RoutePattern,
  type ServiceName,
  type Translation,
  type TrunkSettings,
} from './settings.js';
