import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { CapfRegistry } from '../capf/registry.js';
import type { Config } from '../config/index.js';
import type { DeviceName } from '../core/identifiers.js';
import type { DeviceCommand, DeviceRecord } from '../devices/index.js';
import type { CommandAnswer, CommandOutcome, DeviceWrite, WriteAsker, WriteResult } from '../http/index.js';
import type { AxlCertificates } from '../management/axl/sources.js';
import { type LabcmPart, type ManagedCluster, openManagement, type PartitionSpace } from '../management/index.js';
import { LogFolders } from '../net/files/log-folders.js';
import { machineLoad } from '../net/host/machine-load.js';
import { unprovenHandshakes } from '../net/sockets/unproven-handshakes.js';
import { axlCertificates } from './axl-certificates.js';
import { AxlRowsFile } from './axl-rows-file.js';
import { capfView } from './capf-view.js';
import type { DiskWatch } from './disk-watch.js';
import { isEncrypted } from './encrypted-config.js';
import type { DaemonEnvironment } from './environment.js';
import { openSql } from './management-sql.js';
import type { RuntimeDevices } from './runtime-devices.js';
import { type DaemonService, openListener } from './service.js';
import { tlsIdentity } from './tls-identity.js';

/** Values of `webAccess` in the files of phones with which their web pages can be read: on, and read only. */
const WEB_PAGES: ReadonlySet<string | undefined> = new Set(['0', '2']);
const ID_OCTETS = 16;

/** What the management interface sees of the daemon besides its environment, and changes in it. */
export interface ManagedDaemon {
  readonly disks: DiskWatch;
  /** `undefined`: traces and records go to no file. */
  readonly traceDirectory: string | undefined;
  readonly devices: Pick<RuntimeDevices, 'uuidOf' | 'extraOf'>;
  changeDevices(write: DeviceWrite, asker: WriteAsker): Promise<WriteResult>;
  /** Absent: no bus is configured. */
  readonly shared?: ManagedCluster | undefined;
  /** Sends a phone a command, from whichever node holds it. Never rejects. */
  command(device: DeviceName, command: DeviceCommand): CommandOutcome | Promise<CommandAnswer>;
}

const DEFAULT_KEY_SIZE = 2048;

const NO_CALLS = { inProgress: 0, active: 0, conferences: 0, huntLists: 0 };

/** Opens the management interface, which has an account. Rejects with a `BindError`. */
export const openManagementService = async (
  config: Config,
  { clock, bus, database, degradations, calls, capf: registry }: DaemonEnvironment,
  daemon: ManagedDaemon,
): Promise<DaemonService> => {
  let inForce = config;
  const { disks, traceDirectory, shared } = daemon;
  const kept = new AxlRowsFile(config.state.directory, degradations);
  const { address, port, account, rates, users, axl, limits, tls } = config.management;
  if (account === undefined || tls === undefined) throw new Error('the management interface has no account');
  const running: Readonly<Record<LabcmPart, boolean>> = {
    callManager: config.sccp.enabled || config.sip.enabled,
    tftp: config.tftp.enabled,
    dhcp: config.dhcp.enabled,
    management: true,
    traceLogs: traceDirectory !== undefined,
    callRecords: traceDirectory !== undefined && config.calls.enabled && config.records.cdr !== 'off',
  };
  const certificatesOf = (capf: CapfRegistry): AxlCertificates => {
    const isToBeEncrypted = (device: DeviceName): boolean => isEncrypted(inForce, database.byName(device)?.configured);
    const keySize = config.secureMode.capf?.keySize ?? DEFAULT_KEY_SIZE;
    const view = capfView(capf, { ...{ clock, degradations, keySize }, isEncrypted: isToBeEncrypted });
    return axlCertificates(capf, view, isToBeEncrypted);
  };
  let reloads = 0;
  const sql = openSql(
    { clock, bus, database },
    {
      ...{ devices: daemon.devices, kept, shared, user: account.user, users, pause: () => setImmediate() },
      cluster: () => clusterOf(inForce),
      self: () => inForce.self,
      reloads: () => reloads,
    },
  );
  const identity = tlsIdentity('management', tls, config, clock.wallTime(clock.now()));
  const server = await openListener(`Management on ${address}:${port}/tcp`, () =>
    openManagement(
      { address, port, account, rates, users, axl, limits },
      {
        ...identity,
        minVersion: tls.minVersion,
        handshakes: unprovenHandshakes(clock, config.secureMode.unproven),
      },
      {
        ...{ clock, bus, devices: database, shared },
        self: () => inForce.self,
        nodes: () => inForce.nodes,
        hasWebPages: ({ configured }: DeviceRecord) =>
          WEB_PAGES.has((configured.vendorConfig.webAccess ?? inForce.provisioning.vendorConfig.webAccess)?.trim()),
        cluster: () => clusterOf(inForce),
        kept,
        sql: sql.engine,
        layer: {
          write: (write, asker) => daemon.changeDevices(write, asker),
          uuidOf: (name) => daemon.devices.uuidOf(name),
          extraOf: (name) => daemon.devices.extraOf(name),
        },
        ...(registry === undefined ? {} : { certificates: certificatesOf(registry) }),
        command: (device, command) => daemon.command(device, command),
        machine: () => ({ ...machineLoad(), partitions: partitionsOf(disks) }),
        calls: () => calls?.totals ?? NO_CALLS,
        isRunning: (part) => running[part],
        logs: new LogFolders(traceDirectory),
        pause: () => setImmediate(),
        randomId: () => randomBytes(ID_OCTETS).toString('base64url'),
      },
    ),
  );
  return {
    listeners: [{ service: 'Management', transport: 'tls', ...server.local }],
    apply: (fresh) => {
      inForce = fresh;
      reloads += 1;
    },
    close: async () => {
      sql.close();
      await server.close();
      kept.close();
    },
  };
};

const clusterOf = ({ cluster, nodes, provisioning, defaultGroup }: Config) => ({
  ...{ name: cluster, nodes, defaultGroup, urls: { ...provisioning.urls } },
  groups: [...provisioning.groups.values()].map(({ name, members }) => ({
    name,
    members: members.map((member) => member.name),
  })),
});
/** The file system of the state is `Active`, that of the traces `Common`. */
const PARTITIONS = [
  ['Active', 'state'],
  ['Common', 'trace'],
] as const;

const partitionsOf = ({ spaces }: DiskWatch): readonly PartitionSpace[] =>
  PARTITIONS.flatMap(([name, use]) => {
    const space = spaces.get(use);
    return space === undefined ? [] : [{ name, sizeOctets: space.sizeOctets, freeOctets: space.freeOctets }];
  });
