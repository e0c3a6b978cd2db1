// What the daemon uses of the cluster. The bus between machines is not here: it is loaded when a bus is configured.

export type { ClusterEvent } from './events.js';
export type { NodeFacts } from './heartbeat.js';
export { ClusterLeases } from './leases.js';
export { type KnownNode, NodeTable } from './node-table.js';
export { NumberIndex } from './number-index.js';
export { ClusterNumbers, type NumberedDevices } from './numbers.js';
export * from './ports.js';
export { NodeQuestions, QuestionRefused } from './questions.js';
export { ClusterRegistrations } from './registrations.js';
export type { BusFiles, BusSettings, BusTls } from './settings.js';
export { type SharedValue, SharedValues } from './shared-values.js';
export type { ToldRegistration } from './told-registration.js';
export { fieldsOf, type ValueFields, valueText } from './values.js';
