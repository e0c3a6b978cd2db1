// What other folders use of the management interface.

export type { KeptChange, KeptKind, KeptRow, KeptRows } from './axl/sources.js';
export { ChangeCount } from './change-count.js';
export type { LabcmPart } from './control/service-rows.js';
export type { EndUser } from './end-user.js';
export type * from './events.js';
export type { ManagedCluster } from './managed-cluster.js';
export type { PartitionSpace } from './perfmon/readings.js';
export { type ManagementSources, openManagement } from './server.js';
export type { ManagementSettings } from './settings.js';
export { ThreadSqlEngine } from './sql/sql-engine.js';
export { startSqlWorker } from './sql/worker-thread.js';
