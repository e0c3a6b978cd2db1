import type { Config } from '../config/index.js';
import { ChangeCount, type ManagedCluster, startSqlWorker, ThreadSqlEngine } from '../management/index.js';
import type { AxlRowsFile } from './axl-rows-file.js';
import type { DaemonEnvironment } from './environment.js';
import type { RuntimeDevices } from './runtime-devices.js';

/** What SQL reads of the daemon besides its environment. */
export interface SqlParts {
  readonly devices: Pick<RuntimeDevices, 'uuidOf'>;
  readonly kept: Pick<AxlRowsFile, 'rows' | 'revision'>;
  /** Absent: no bus is configured. */
  readonly shared?: ManagedCluster | undefined;
  readonly user: string;
  readonly users: Config['management']['users'];
  cluster(): {
    readonly name: string;
    readonly nodes: Config['nodes'];
    readonly groups: readonly { readonly name: string; readonly members: readonly string[] }[];
    readonly defaultGroup: string;
  };
  self(): { readonly name: string };
  /** How often the configuration was read again. */
  reloads(): number;
  pause(): Promise<void>;
}

/** An engine that starts no thread until somebody asks. */
export interface OpenSqlEngine {
  readonly engine: ThreadSqlEngine;
  close(): void;
}

const LONGEST_DETAIL = 256;

/** Makes the SQL engine of a running daemon. */
export const openSql = (
  { clock, bus, database }: Pick<DaemonEnvironment, 'clock' | 'bus' | 'database'>,
  { devices, kept, shared, reloads, user, users, cluster, self, pause }: SqlParts,
): OpenSqlEngine => {
  const changes = new ChangeCount(bus, shared?.onChanged);
  const engine = new ThreadSqlEngine({
    sources: {
      ...{ clock, devices: database, kept, shared, user, users, cluster, self, pause },
      deviceUuid: (name) => devices.uuidOf(name),
    },
    changes: () => changes.value + kept.revision + reloads(),
    startWorker: startSqlWorker,
    onTrouble: ({ reason, detail }) =>
      bus.publish({
        type: 'management.sql-ended',
        at: clock.now(),
        reason,
        detail: detail.slice(0, LONGEST_DETAIL),
      }),
  });
  return {
    engine,
    close: () => {
      engine.close();
      changes.close();
    },
  };
};
