// What other folders use of the device database.

export type { AutoRegistered, AutoRegisteredStore } from './auto-registration-state.js';
export type { ButtonKind, ButtonLayout } from './buttons.js';
export { DeviceDatabase, type Reconfiguration } from './database.js';
export type * from './device.js';
export type { DhcpReplyFact, DhcpRequestFact } from './device-facts.js';
export * from './device-security.js';
export * from './events.js';
export type * from './facts.js';
export { familyOf, PHONE_FAMILIES, type PhoneFamily } from './families.js';
export { deviceOfFile, namedInFile, requesterOfFile } from './file-names.js';
export type { RequestOrigin } from './file-requesters.js';
export * from './line-forward.js';
export { type LoadNames, loadsOf } from './loads.js';
export {
  type KeptMessages,
  type LineMessages,
  type MessagesOutcome,
  type MessagesSetter,
  type MessagesStore,
  MessagesWaiting,
  MOST_MESSAGES,
} from './messages-waiting.js';
export { findModel, MODELS, type Model, modelById, shortNameOf } from './models.js';
export { NumberStates } from './number-states.js';
export {
  describeOutOfService,
  isWishedOutage,
  meaningOfCode,
  OUT_OF_SERVICE_CODES,
  type OutOfServiceCode,
  type OutOfServiceFact,
  type OutOfServiceReport,
  outOfServiceReport,
} from './out-of-service.js';
export { otherAddress, usableAddress } from './own-address.js';
export { type LoadDownload, type LoadReport, type PhoneAlarmFact, phoneAlarmFact } from './phone-alarms.js';
export { DEFAULT_POLICY, linesOf, modelName, placeOf, type RegistrationPolicy } from './policy.js';
export {
  type CertificateFault,
  describeCertificateFault,
  describeReason,
  ENDINGS,
  type EndReason,
  isReason,
  REFUSALS,
  type RefusalDetails,
  type RefusalReason,
} from './reasons.js';
export type { Accepted, Refused, RegistrationRequest, RegistrationResult } from './record.js';
export { type RegistrationState, RIS_STATUS, type RisStatus } from './registration.js';
export { reportOf, reportsOf } from './reports.js';
export { describeSharedName, isShared, type SharedName } from './shared-name.js';
export type { NoNumber, SharedNumbers } from './shared-numbers.js';
export { modelsOfLoad, type ShownIdentity, shownBy } from './shown-model.js';
export { helpOf, SOFT_KEYS, type SoftKey, type SoftKeyName } from './soft-keys.js';
