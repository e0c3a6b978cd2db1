// What SQL sees of the daemon.

import type { Clock, WallTime } from '../../core/time.js';
import type { DeviceDatabase } from '../../devices/index.js';
import type { EndUser } from '../end-user.js';
import type { ManagedCluster } from '../managed-cluster.js';

/** The cluster as the configuration has it. */
export interface SqlCluster {
  readonly name: string;
  /** The publisher first. */
  readonly nodes: readonly { readonly name: string; readonly address: string; readonly description: string }[];
  readonly groups: readonly { readonly name: string; readonly members: readonly string[] }[];
  readonly defaultGroup: string;
}

/** A number or a route partition that AXL wrote. */
export interface SqlKeptRow {
  readonly name: string;
  readonly uuid: string;
  /** By the names of elements: escaped XML. */
  readonly values: Readonly<Record<string, string>>;
}

/** What SQL sees. */
export interface SqlSources {
  readonly clock: Clock;
  readonly devices: Pick<DeviceDatabase, 'devices'>;
  /** Absent: no bus is configured. */
  readonly shared?: Pick<ManagedCluster, 'shown' | 'nodeOf'> | undefined;
  cluster(): SqlCluster;
  /** This node. */
  self(): { readonly name: string };
  /** The UUID of a device: lower case, without braces. */
  deviceUuid(name: string): string;
  /** What AXL wrote of numbers and route partitions. */
  readonly kept: { rows(kind: 'line' | 'routePartition'): Iterable<SqlKeptRow> };
  /** The account of the management interface. */
  readonly user: string;
  /** The end users of the configuration. */
  readonly users: readonly EndUser[];
  /** Resolves in a later turn of the event loop. */
  pause(): Promise<void>;
}

/** A statement that took too long, or a thread that failed. */
export interface SqlTrouble {
  readonly reason: 'too-long' | 'failed';
  /** `too-long`: the statement; `failed`: what went wrong. */
  readonly detail: string;
}

/** Reads a time as scripts do: UNIX seconds. */
export const unixSeconds = (at: WallTime): number => Math.floor(at / 1000);
