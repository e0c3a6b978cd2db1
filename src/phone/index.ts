// What the rest of the program uses of the simulated phones.

export { type DeviceFile, readDeviceFile } from './boot/device-file.js';
export { fetchOverHttp } from './boot/http-client.js';
export {
  type BootLimits,
  bootPhone,
  DEFAULT_PORTS,
  NotRegistered,
  type PhoneOptions,
  type PhonePorts,
  planOf,
  registeredWithin,
} from './boot.js';
export {
  CallBook,
  CallFault,
  type CallHabits,
  type ConsultationPurpose,
  DEFAULT_HABITS,
  type DialWay,
} from './calls/call-book.js';
export type { PhoneSound } from './calls/codecs.js';
export type { PhoneDisplay } from './calls/display.js';
export { type CallTask, makeCall } from './calls/make-call.js';
export type { MediaTotals } from './calls/media-counts.js';
export type { HeardPage } from './calls/page-reception.js';
export type { CallDirection, CallMedia, CallParty, CallState, PhoneCall } from './calls/phone-call.js';
export { type FeatureTask, setFeatures } from './calls/set-features.js';
export { DEMO_PHONES, type Demo, type DemoOptions, runDemo } from './demo.js';
export { PhoneEnvironment, type PhoneNetworks } from './environment.js';
export { type FaultPlan, FaultRunner } from './faults/fault-runner.js';
export { targetInFile } from './faults/fault-target.js';
export { FAULTS, faultsOf } from './faults/index.js';
export type { Finding, Misbehaviour } from './faults/misbehaviour.js';
export { Fleet, type FleetOutcome, type FleetPlan, type FleetProgress } from './fleet/fleet.js';
export type { FleetCallCounts, FleetCallPlan } from './fleet/fleet-calls.js';
export { addressesOf, fromPattern, isPattern, type MixPart, mixAt, parseMix } from './fleet/name-pattern.js';
export { fleetReport, progressLine } from './fleet/report.js';
export { type HeldTrust, type HeldTrustList, heldTrust } from './held-trust.js';
export type { PhoneSpec, PhoneSpecProblem } from './identity.js';
export type { LampState, ShownMessages } from './indicators.js';
export { Phone, type PhonePlan, type PhoneState } from './phone.js';
export { onScreen } from './screen.js';
export type { BootKind, PhoneCommand, PhoneStep, StepDetails, StepOf, StepType } from './steps.js';
export { PageFault } from './web/browser.js';
export type { ShownObject } from './web/shown-object.js';
