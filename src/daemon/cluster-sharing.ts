// What the nodes of a cluster share with those who ask any one of them: the devices of all, and what is told and asked of
// phones at other nodes. There is none where no bus is configured.

import type { Clock } from '../core/time.js';
import type { DeviceDatabase } from '../devices/index.js';
import type { ApiHeardNode, DevicesView, SharedView, TimelinesView, VerdictsView } from '../http/index.js';
import type { ManagedCluster } from '../management/index.js';
import { SharedDevices } from './cluster-devices.js';
import { ClusterPhones, type ClusterPhonesDependencies } from './cluster-phones.js';
import type { ClusterService } from './cluster-service.js';
import { ClusterVerdicts } from './cluster-verdicts.js';

/** What it needs of the daemon. */
export interface SharingDaemon extends Pick<ClusterPhonesDependencies, 'partOf' | 'command' | 'push'> {
  readonly clock: Clock;
  readonly database: DeviceDatabase;
  readonly self: string;
  /** What this node concludes of phones. `undefined`: nobody asks, since the API is off. */
  verdictsView(): VerdictsView | undefined;
}

/** The shared devices, the phones of other nodes, and the nodes. */
export class ClusterSharing {
  readonly devices: SharedDevices;
  readonly phones: ClusterPhones;
  /** As the API shows them. */
  readonly view: SharedView;
  /** As the management interface shows them. */
  readonly managed: ManagedCluster;

  constructor(cluster: ClusterService, daemon: SharingDaemon) {
    const { clock, database, self } = daemon;
    const { nodes, registrations } = cluster;
    const devices = new SharedDevices({
      ...{ clock, database, self },
      holderOf: (device) => cluster.holderOf(device),
      nodeOf: (name) => nodes.node(name),
      isGone: (node, instance) => nodes.isGone(node, instance),
      onChanged: (listener) => void cluster.onDeviceChanged(listener),
    });
    const phones = new ClusterPhones({
      ...daemon,
      cluster,
      holderElsewhere: (device) => devices.holderElsewhere(device),
    });
    const verdicts = new ClusterVerdicts({
      ...{ clock, cluster },
      verdicts: () => {
        const view = daemon.verdictsView();
        return view === undefined ? undefined : this.verdicts(view);
      },
    });
    this.managed = {
      shown: (record) => devices.shown(record),
      nodeOf: (record) => devices.nodeOf(record),
      isAlive: (name) => nodes.node(name)?.isAlive === true,
      onChanged: (listener) => cluster.onDeviceChanged(listener),
    };
    this.devices = devices;
    this.phones = phones;
    this.view = {
      self,
      get bus() {
        const { address, state } = cluster.bus;
        const { isConnected, since } = state;
        const reason = state.isConnected ? undefined : state.reason;
        return { address, isConnected, since, reason, waiting: registrations.waiting };
      },
      nodes: () =>
        nodes.others().map(({ node, sccp, sip, ...rest }): ApiHeardNode => {
          const { isAlive, since, version, address, sccpPort, sipPort } = rest;
          return {
            name: node,
            isAlive,
            since,
            version,
            address,
            sccpPort,
            sipPort,
            registered: { SCCP: sccp, SIP: sip },
          };
        }),
      nodeOf: (record) => devices.nodeOf(record),
      isElsewhere: (record) => devices.isElsewhere(record),
      onChanged: (listener) => cluster.onDeviceChanged(listener),
      phone: (device) => phones.everywhere(device),
      verdicts: () => verdicts.elsewhere(),
    };
  }

  /** What this node concludes of its own phones. Of those of other nodes it hears too little. */
  verdicts(verdicts: VerdictsView): VerdictsView {
    const { devices } = this;
    return {
      ...verdicts,
      verdictOf: (record) => (devices.isElsewhere(record) ? undefined : verdicts.verdictOf(devices.localOf(record))),
      lastVerdictOf: (record) =>
        devices.isElsewhere(record) ? undefined : verdicts.lastVerdictOf(devices.localOf(record)),
      groups: () =>
        verdicts.groups().flatMap((group) => {
          const here = group.devices.filter((name) => isHere(devices, name));
          if (here.length === group.devices.length) return [group];
          return here.length === 0 ? [] : [{ ...group, devices: here }];
        }),
    };
  }

  /** What phones wait for, of those that this node serves. */
  timelines(timelines: TimelinesView): TimelinesView {
    const { devices } = this;
    return {
      of: (device) => timelines.of(device),
      waitsFor: (record) => (devices.isElsewhere(record) ? undefined : timelines.waitsFor(devices.localOf(record))),
      get unknown() {
        return timelines.unknown;
      },
      newestUnknown: (most) => timelines.newestUnknown(most),
      unknownPhone: (who) => timelines.unknownPhone(who),
    };
  }
}

const isHere = (devices: SharedDevices & DevicesView, name: string): boolean => {
  const record = devices.byName(name);
  return record === undefined || !devices.isElsewhere(record);
};
