// What other folders may use of the configuration.

export {
  type Config,
  type ConfigReaders,
  type ConfiguredNode,
  type DhcpConfig,
  nodeNumber,
  type TlsConfig,
  withBoundPorts,
  withSelf,
} from './config.js';
export { type DevicePlace, type DevicePlaces, devicePlaces, NO_PLACES } from './device-places.js';
export type { DhcpOptionReader } from './dhcp-schema.js';
export type { KeyProblem as Complaint } from './key-problem.js';
export { configOf, type LocatedConfig, loadConfig, loadLocatedConfig } from './load.js';
export { describeReload, type ReloadPlan } from './reload.js';
export type { WrittenConfig } from './schema.js';
export { writtenKeys } from './written-keys.js';
