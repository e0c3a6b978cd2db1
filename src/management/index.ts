// What other folders use of the management interface.

export type { KeptChange, KeptKind, KeptRow, KeptRows } from './axl/sources.js';
export type * from './events.js';
export { type ManagementSources, openManagement } from './server.js';
export type { ManagementSettings } from './settings.js';
export type { UdsUser } from './uds/uds-user.js';
