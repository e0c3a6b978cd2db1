import type { CapfRegistry } from '../capf/registry.js';
import type { Capture } from '../capture/capture.js';
import type { Degradations } from '../core/degradations.js';
import type { EventBus } from '../core/event-bus.js';
import type { Sequence } from '../core/sequence.js';
import type { Clock } from '../core/time.js';
import type { DeviceDatabase } from '../devices/index.js';
import type { SharedLeases } from '../dhcp/shared-leases.js';
import type { LabcmEvent } from '../events.js';
import type { Injector } from '../injection/injector.js';
import type { DatagramNetwork, InterfaceNetwork, Random, StreamNetwork } from '../net/ports.js';
import type { FileCatalogue } from '../provisioning/catalogue.js';
import type { CallService } from './call-service.js';
import type { LineStateService } from './line-states.js';
import type { SecureCluster } from './phone-issuers.js';

/** What every service of the daemon is built from. */
export interface DaemonEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly datagrams: DatagramNetwork;
  readonly streams: StreamNetwork;
  readonly interfaces: InterfaceNetwork;
  readonly bus: EventBus<LabcmEvent>;
  /** Where a service reports what it cannot do at present. */
  readonly degradations: Degradations;
  readonly database: DeviceDatabase;
  readonly catalogue: FileCatalogue;
  /** What the sockets of the services tell their packets to. */
  readonly capture: Capture;
  /** What the services do wrong on purpose. */
  readonly injector: Injector;
  /** Calls; absent until they are opened, and where `calls.enabled` is false. */
  readonly calls?: CallService | undefined;
  /** The leases of other nodes; absent where there are none. */
  readonly leases?: SharedLeases | undefined;
  /** What directory numbers do, for busy lamps. */
  readonly lineStates: LineStateService;
  /** A bus tells the other nodes of registrations: nothing else need. */
  readonly hasClusterBus?: boolean;
  /** File requests of TFTP and HTTP, numbered together (`provisioning.md` §3.3). */
  readonly requests: Sequence;
  /** The keys of the cluster; absent where trust lists are off. */
  readonly trust?: SecureCluster | undefined;
  /** What CAPF knows of devices; absent where it is off. */
  readonly capf?: CapfRegistry | undefined;
}
