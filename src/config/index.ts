// What other folders may use of the configuration.

export { isSafeBus } from '../cluster/settings.js';
export {
  type BoundPorts,
  type Config,
  type ConfigReaders,
  type ConfiguredNode,
  type DhcpConfig,
  nodeNumber,
  type TlsConfig,
  withBoundPorts,
  withSelf,
} from './config.js';
export type { SecretText } from './credentials.js';
export { type CellDevice, type DeviceRow, deviceOfCells, readDeviceRows } from './device-cells.js';
export { devicesCsv, devicesYaml } from './device-export.js';
export {
  checkedDevices,
  type DeviceRules,
  deviceRules,
  type LaidDevices,
  type LayerEntry,
  laidValue,
  layOver,
  REQUEST,
  sharedUsers,
  wholeKeys,
} from './device-layer.js';
export { type DevicePlace, type DevicePlaces, devicePlaces, NO_PLACES } from './device-places.js';
export type { DhcpOptionReader } from './dhcp-schema.js';
export { writtenDuration } from './fields.js';
export { checkedFaultRule, type FaultNameReader } from './inject-schema.js';
export type { KeyProblem as Complaint } from './key-problem.js';
export { type DatedEntry, endedLine, layerLine, type ReadLayer, readLayerLines } from './layer-lines.js';
export { configOf, type LocatedConfig, loadConfig, loadLocatedConfig } from './load.js';
export { isMapping, type Mapping, mergePatch, withKeys, withoutNulls } from './plain-values.js';
export { describeReload, needsRestart, type ReloadPlan } from './reload.js';
export type { WrittenConfig } from './schema.js';
export { fingerprintOf, writtenDevice } from './written-device.js';
export { writtenKeys } from './written-keys.js';
