import type { DeviceRecord } from '../devices/index.js';
import type { ChangesElsewhere } from './change-count.js';

/** What the management interface sees of the other nodes, where a bus connects them. */
export interface ManagedCluster {
  /** A device as the whole cluster knows it. */
  shown(record: DeviceRecord): DeviceRecord;
  /** The node that holds a device, or that told last of it. `undefined`: none has told of it. */
  nodeOf(record: DeviceRecord): string | undefined;
  /** Whether another node is alive. */
  isAlive(node: string): boolean;
  readonly onChanged: ChangesElsewhere;
}
