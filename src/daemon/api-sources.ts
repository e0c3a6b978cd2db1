// What the API reads and calls, made of the parts of the daemon.

import type { Config, DevicePlace } from '../config/index.js';
import type { DeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { DeviceCommand } from '../devices/index.js';
import type { DhcpServer } from '../dhcp/server.js';
import type { ApiDoctor, ApiSources, CommandOutcome, DeviceWriter } from '../http/index.js';
import type { ServedDirectory } from '../provisioning/served-directory.js';
import type { SccpServer } from '../sccp/server.js';
import type { SipServer } from '../sip/server.js';
import type { TftpServer } from '../tftp/server.js';
import { callsView } from './call-views.js';
import { capfView } from './capf-view.js';
import { capturesView } from './captures.js';
import type { ClusterSharing } from './cluster-sharing.js';
import { clusterView } from './cluster-view.js';
import { deviceInsight } from './device-insight.js';
import { messagesView } from './device-messages.js';
import type { DiskWatch } from './disk-watch.js';
import { drillControl } from './drill-control.js';
import { isEncrypted } from './encrypted-config.js';
import type { DaemonEnvironment } from './environment.js';
import type { Explaining } from './explaining.js';
import type { HostObserver } from './host-observer.js';
import { lineMessages } from './line-messages.js';
import { logLineOf } from './log-lines.js';
import { daemonMetrics } from './metrics.js';
import { readPageFiles } from './page-files.js';
import type { ServiceListener } from './service.js';
import { trunkViews } from './trunk-views.js';

/** What the API needs of the daemon. Functions give what changes while it runs. */
export interface ApiDaemon {
  readonly version: string;
  readonly startedAt: Instant;
  /** Microseconds of captured packets come from here. */
  readonly preciseNow: () => number;
  readonly environment: DaemonEnvironment;
  readonly root: ServedDirectory;
  readonly host: Pick<HostObserver, 'knockPorts'>;
  readonly explaining: Explaining;
  readonly disks: DiskWatch;
  readonly doctor: ApiDoctor;
  readonly writer: DeviceWriter;
  /** `undefined`: that service is off. */
  readonly tftp: TftpServer | undefined;
  readonly sccp: SccpServer | undefined;
  readonly sip: SipServer | undefined;
  /** `undefined`: it is off, or not open yet: it is the last one to open. */
  dhcp(): DhcpServer | undefined;
  config(): Config;
  listeners(): readonly ServiceListener[];
  /** Where a device stands, whichever place holds. */
  placeOf(name: string): DevicePlace | undefined;
  command(device: DeviceName, command: DeviceCommand): CommandOutcome;
  readonly push: ApiSources['push'];
  readonly faults: ApiSources['faults'];
  /** `undefined`: no bus is configured. */
  readonly sharing: ClusterSharing | undefined;
}

const DEFAULT_KEY_SIZE = 2048;

/** Makes what the API reads, and reads the files of the page. Never rejects. */
export const apiSources = async (daemon: ApiDaemon): Promise<ApiSources> => {
  const { environment, explaining, disks, root, tftp, sccp, sip, sharing } = daemon;
  const { clock, bus, database, catalogue, capture, degradations, calls } = environment;
  const { timelines: localTimelines, verdicts, verdictsView, eventOwners, captureRemarks } = explaining;
  const timelines = sharing?.timelines(localTimelines) ?? localTimelines;
  const { capf: registry } = environment;
  const metrics = daemonMetrics(root, catalogue, degradations, capture);
  const captures = capturesView({
    capture,
    clock,
    preciseNow: daemon.preciseNow,
    config: () => daemon.config(),
    listeners: () => daemon.listeners(),
    remarks: captureRemarks,
  });
  return {
    version: daemon.version,
    startedAt: daemon.startedAt,
    clock,
    bus,
    lineOf: logLineOf,
    page: await readPageFiles(),
    devices: sharing?.devices ?? database,
    command: (device, command) =>
      sharing === undefined ? daemon.command(device, command) : sharing.phones.command(device, command),
    push: (device, push) => (sharing === undefined ? daemon.push(device, push) : sharing.phones.push(device, push)),
    leases: () => (daemon.dhcp()?.leases() ?? []).map((lease) => ({ ...lease, startedAt: lease.since })),
    pools: () => daemon.dhcp()?.pools() ?? [],
    cluster: clusterView(() => daemon.config(), { sccp, sip }, sharing?.view),
    calls: calls?.view ?? callsView(undefined, database),
    lineMessages: lineMessages(database, clock),
    trunks: () => trunkViews(sip?.trunks),
    timelines,
    captures,
    faults: daemon.faults,
    messages: messagesView(captures),
    insight: deviceInsight({
      isElsewhere: (record) => sharing?.devices.isElsewhere(record) === true,
      database,
      catalogue,
      config: () => daemon.config(),
      placeOf: (name) => daemon.placeOf(name),
    }),
    verdicts: sharing?.verdicts(verdictsView) ?? verdictsView,
    writer: daemon.writer,
    ...(registry === undefined
      ? {}
      : {
          capf: capfView(registry, {
            ...{ clock, degradations },
            keySize: daemon.config().secureMode.capf?.keySize ?? DEFAULT_KEY_SIZE,
            isEncrypted: (device) => isEncrypted(daemon.config(), database.byName(device)?.configured),
          }),
        }),
    eventOwners,
    listeners: () => [...daemon.listeners(), ...daemon.host.knockPorts.map((port) => ({ ...port, service: 'KNOCK' }))],
    degradations: () => degradations.current,
    metrics: () => metrics({ dhcp: daemon.dhcp(), tftp, sccp, sip, calls, verdicts, disks }),
    doctor: daemon.doctor,
    drills: drillControl(environment),
    deviceSchema: async () => ({ ...(await import('../config/json-schema.js')).deviceJsonSchema() }),
  };
};
