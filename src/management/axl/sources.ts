// What AXL sees of the daemon.

import type { EventBus } from '../../core/event-bus.js';
import type { DeviceName } from '../../core/identifiers.js';
import type { Clock, WallTime } from '../../core/time.js';
import type { DeviceCommand, DeviceDatabase } from '../../devices/index.js';
import type { LabcmEvent } from '../../events.js';
import type { DeviceWrite, WriteAsker, WriteResult } from '../../http/api/write-ports.js';
import type { EndUser } from '../end-user.js';
import type { ManagedCluster } from '../managed-cluster.js';
import { type RowKind, rowUuid } from '../row-uuid.js';
import type { SqlEngine } from '../sql/engine.js';

/** The cluster as the configuration has it. */
export interface AxlCluster {
  readonly name: string;
  readonly nodes: readonly { readonly name: string; readonly address: string; readonly description: string }[];
  readonly groups: readonly { readonly name: string; readonly members: readonly string[] }[];
  readonly defaultGroup: string;
  /** The URLs of phones by what they open: `directory`, `services`… Empty: none. */
  readonly urls: Readonly<Record<string, string>>;
}

/** The one layer of devices that are changed while the daemon runs, with what AXL remembers of them. */
export interface AxlDevices {
  write(write: DeviceWrite, asker: WriteAsker): Promise<WriteResult>;
  /** Of any device: lower case, without braces. */
  uuidOf(name: string): string;
  extraOf(name: string): Readonly<Record<string, unknown>> | undefined;
}

/** A kind of what is kept besides devices. */
export type KeptKind = 'line' | 'routePartition';

/** A directory number or a route partition, as AXL wrote it. */
export interface KeptRow {
  readonly kind: KeptKind;
  /** The pattern of a line; the name of a partition. Unique in its kind. */
  readonly name: string;
  readonly uuid: string;
  /** By the names of elements: XML that was taken as it was. */
  readonly values: Readonly<Record<string, string>>;
}

/** A change of what is kept. `put` takes the place of the row of its UUID. */
export type KeptChange = { readonly put: KeptRow } | { readonly drop: KeptRow };

/** What AXL wrote that is no device. */
export interface KeptRows {
  rows(kind: KeptKind): Iterable<KeptRow>;
  byName(kind: KeptKind, name: string): KeptRow | undefined;
  byUuid(uuid: string): KeptRow | undefined;
  readonly size: number;
  /** Resolves when the changes are on the disk. Rejects if they are not; then nothing has changed. */
  write(changes: readonly KeptChange[]): Promise<void>;
}

/** An operation of CAPF that waits for its phone. */
export interface AxlCertificateOperation {
  readonly operation: 'install' | 'delete' | 'fetch';
  readonly authentication: 'string' | 'null' | 'lsc' | 'mic';
  /** Bits of an RSA key, or the curve of an EC key. */
  readonly key: number | 'P-256' | 'P-384' | 'P-521';
  readonly until: WallTime;
}

/** The certificates of phones, as AXL reads and asks for them. */
export interface AxlCertificates {
  /** What waits for a device. `undefined`: nothing. */
  operationOf(device: DeviceName): AxlCertificateOperation | undefined;
  /** Whether a certificate of its phone is known. */
  isKnown(device: DeviceName): boolean;
  /** Whether its configuration is to be encrypted, which takes an RSA key. */
  isEncrypted(device: DeviceName): boolean;
  /**
   * Arms an operation. `string`: what the user types; `days`: absent: ten. `not-written`: the disk did not take it. `elliptic-key`: the
   * configuration of the device is to be encrypted, which such a key cannot open.
   */
  arm(
    wish: Omit<AxlCertificateOperation, 'until'> & {
      readonly device: DeviceName;
      readonly string: string | undefined;
      readonly days: number | undefined;
    },
  ): 'armed' | 'not-written' | 'elliptic-key';
  /** Forgets what was armed. */
  cancel(device: DeviceName): 'cancelled' | 'nothing' | 'not-written';
}

/** What AXL sees. */
export interface AxlSources {
  readonly clock: Clock;
  readonly bus: Pick<EventBus<LabcmEvent>, 'on'>;
  readonly devices: Pick<DeviceDatabase, 'devices' | 'byName' | 'byDirectoryNumber'>;
  readonly layer: AxlDevices;
  readonly kept: KeptRows;
  /** Of the configuration. */
  readonly users: readonly EndUser[];
  /** Absent: there is none. */
  readonly sql?: SqlEngine | undefined;
  /** Absent: CAPF is off. */
  readonly certificates?: AxlCertificates | undefined;
  /** Absent: no bus is configured. */
  readonly shared?: ManagedCluster | undefined;
  cluster(): AxlCluster;
  /** This node. */
  self(): { readonly name: string };
  /** Sends the phone its protocol's own command. */
  command(device: DeviceName, command: DeviceCommand): unknown;
  /** Resolves in a later turn of the event loop. */
  pause(): Promise<void>;
}

/** What fields are read with. */
export interface AxlView {
  readonly sources: AxlSources;
  readonly cluster: AxlCluster;
  rowUuid(kind: RowKind, ...names: readonly string[]): string;
}

/** The view of one request. */
export const viewOf = (sources: AxlSources): AxlView => {
  const cluster = sources.cluster();
  return { sources, cluster, rowUuid: (kind, ...names) => rowUuid(cluster.name, kind, ...names) };
};

/** As AXL writes UUIDs. */
export const braced = (uuid: string): string => `{${uuid.toUpperCase()}}`;

/** As labcm keeps UUIDs: of either case, with braces or without. */
export const bareUuid = (text: string): string =>
  text
    .trim()
    .replace(/^\{|\}$/g, '')
    .toLowerCase();

/** The UUID of a row that is new: one that followed from its name may have gone with another to its new name. */
export const unusedUuid = (view: AxlView, kind: KeptKind, name: string): string => {
  let uuid = view.rowUuid(kind, name);
  for (let count = 1; view.sources.kept.byUuid(uuid) !== undefined; count += 1)
    uuid = view.rowUuid(kind, name, String(count));
  return uuid;
};
