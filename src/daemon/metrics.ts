// The metrics of the services.

import type { Capture } from '../capture/capture.js';
import type { Degradations } from '../core/degradations.js';
import type { DhcpServer } from '../dhcp/server.js';
import type { Verdicts } from '../explain/index.js';
import { type Metric, single } from '../http/index.js';
import { connectionPlaces } from '../net/sockets/connection-places.js';
import type { FileCatalogue } from '../provisioning/catalogue.js';
import type { ServedDirectory } from '../provisioning/served-directory.js';
import type { SccpServer } from '../sccp/server.js';
import type { SipServer } from '../sip/server.js';
import type { TftpServer } from '../tftp/server.js';
import type { CallService } from './call-service.js';
import type { DiskWatch } from './disk-watch.js';
import { trunkMetrics, trunkViews } from './trunk-views.js';

interface Running {
  readonly dhcp: DhcpServer | undefined;
  readonly tftp: TftpServer | undefined;
  readonly sccp: SccpServer | undefined;
  readonly sip: SipServer | undefined;
  readonly calls: CallService | undefined;
  readonly verdicts: Verdicts;
  readonly disks: DiskWatch;
}

/** Returns a function that reads the metrics of this moment. */
export const daemonMetrics =
  (root: ServedDirectory, catalogue: FileCatalogue, degradations: Degradations, capture: Capture) =>
  ({ dhcp, tftp, sccp, sip, calls, verdicts, disks }: Running): Metric[] => [
    ...(dhcp === undefined ? [] : dhcpMetrics(dhcp)),
    single(
      'gauge',
      'labcm_degradations',
      'Parts that do not work as they should; /healthz says which and why',
      degradations.current.length,
    ),
    {
      kind: 'gauge',
      name: 'labcm_degraded',
      help: 'Whether a part does not work as it should, of those that ever did not',
      labels: ['part'],
      values: [...degradations.parts()].map(({ part, degraded }) => ({ labels: { part }, value: degraded ? 1 : 0 })),
    },
    {
      kind: 'gauge',
      name: 'labcm_verdicts',
      help: 'Devices with a verdict, by its code (docs/causes.md) and severity',
      labels: ['code', 'severity'],
      values: verdicts.counts.map(({ code, severity, devices }) => ({ labels: { code, severity }, value: devices })),
    },
    ...(calls?.metrics() ?? []),
    ...trunkMetrics(trunkViews(sip?.trunks)),
    ...captureMetrics(capture),
    ...disks.metrics(),
    single('gauge', 'labcm_connections', 'Connections of all services', connectionPlaces.occupancy.taken),
    single(
      'gauge',
      'labcm_connections_limit',
      'Connections that the open file limit leaves room for',
      connectionPlaces.occupancy.all,
    ),
    single('gauge', 'labcm_tftp_transfers', 'TFTP transfers in progress', tftp?.transfers ?? 0),
    single('gauge', 'labcm_sccp_links', 'SCCP connections, standby links among them', sccp?.links ?? 0),
    {
      kind: 'counter',
      name: 'labcm_messages_total',
      help: 'Messages that came in, by protocol',
      labels: ['protocol'],
      values: [
        { labels: { protocol: 'SCCP' }, value: sccp?.messages ?? 0 },
        { labels: { protocol: 'SIP' }, value: sip?.messages ?? 0 },
      ],
    },
    single('gauge', 'labcm_sip_links', 'SIP connections over TCP and TLS', sip?.links ?? 0),
    single('gauge', 'labcm_file_pages_octets', 'Octets of served files in memory', root.cachedOctets),
    single('gauge', 'labcm_device_files', 'Device files made and kept', catalogue.kept.files),
    single('gauge', 'labcm_device_files_octets', 'Octets of device files made and kept', catalogue.kept.octets),
  ];

const captureMetrics = ({ state }: Capture): Metric[] => [
  {
    kind: 'gauge',
    name: 'labcm_capture_octets',
    help: 'Memory of the packets that are kept, of configured devices and of strangers',
    labels: ['of'],
    values: [
      { labels: { of: 'devices' }, value: state.octets - state.strangerOctets },
      { labels: { of: 'strangers' }, value: state.strangerOctets },
    ],
  },
  single('gauge', 'labcm_capture_devices', 'Configured devices of which packets are kept', state.devices),
  single('gauge', 'labcm_capture_followers', 'Clients that follow the packets of a device', state.followers),
  single('counter', 'labcm_capture_lost_total', 'Packets that were kept and overwritten', state.lost),
];

const dhcpMetrics = (server: DhcpServer): Metric[] => [
  {
    kind: 'counter',
    name: 'labcm_dhcp_messages_total',
    help: 'DHCP messages that came in, by what was decided and why; strangers are silent not-allowed',
    labels: ['decision', 'reason'],
    values: [...server.counts.values()].map(({ decision, reason, count }) => ({
      labels: { decision, reason },
      value: count,
    })),
  },
  {
    kind: 'gauge',
    name: 'labcm_dhcp_addresses',
    help: 'Addresses for anybody, by subnet: all of them, leased, and offered',
    labels: ['subnet', 'state'],
    values: server
      .occupancy()
      .flatMap(({ subnet, size, bound, offered }) =>
        Object.entries({ size, bound, offered }).map(([state, value]) => ({ labels: { subnet, state }, value })),
      ),
  },
];
