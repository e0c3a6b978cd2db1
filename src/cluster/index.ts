// What the daemon uses of the cluster. The bus between machines is not here: it is loaded when a bus is configured.

export type { ClusterEvent } from './events.js';
export { type KnownNode, type NodeFacts, NodeTable } from './node-table.js';
export * from './ports.js';
export { QuestionRefused, Questions } from './questions.js';
export { ClusterRegistrations, type ToldRegistration } from './registrations.js';
export type { BusCredentials, BusSettings, BusTls } from './settings.js';
