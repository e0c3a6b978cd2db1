// The public face of the configuration.

export type { Complaint } from './complaint.js';
export {
  type Config,
  type ConfigReaders,
  type ConfiguredNode,
  type DhcpConfig,
  type TlsConfig,
  withBoundPorts,
  withSelf,
} from './config.js';
export type { DhcpOptionReader } from './dhcp-schema.js';
export { configOf, type LocatedConfig, loadConfig, loadLocatedConfig } from './load.js';
export { describeReload, type ReloadPlan } from './reload.js';
export type { WrittenConfig } from './schema.js';
export { writtenKeys } from './written-keys.js';
