import type { ClusterBus } from '../cluster/index.js';
import type { DevicePlaces } from '../config/index.js';

/** What the caller of `startDaemon` decides besides the configuration. */
export interface DaemonOptions {
  /** Called once for each listener that opens. */
  readonly announce: (line: string) => void;
  /** The file that `reload` reads, and what overrides it. */
  readonly configPath?: string;
  readonly overrides?: readonly string[];
  /** Called when something stops working or works again, and for lost lines, whatever the trace shows. */
  readonly warn?: (line: string) => void;
  /** The version that the API and the heads of SDL files show. */
  readonly version?: string;
  /** The stream for the console lines of the trace. Absent: they are dropped. */
  readonly console?: NodeJS.WriteStream;
  /** Where each device is configured, until the next `reload`. Absent: nowhere. */
  readonly placeOf?: DevicePlaces;
  /** `off`: the trace writes no files. */
  readonly traceFiles?: 'off';
  /** The connection to the other nodes, in place of the one that the configuration names. */
  readonly clusterBus?: ClusterBus;
  /** The daemon does not start without the bus of its cluster. Absent: it serves its phones, and goes on trying. */
  readonly requireBus?: boolean;
  /** `off`: no other process can know its directories, so they are not locked. */
  readonly locks?: 'off';
}
