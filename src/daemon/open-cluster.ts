// Makes this daemon a member of its cluster where the configuration names a bus; else nothing of the cluster is loaded.

import { randomUUID } from 'node:crypto';
import type { ClusterBus } from '../cluster/ports.js';
import type { BusSettings } from '../cluster/settings.js';
import type { Config } from '../config/index.js';
import { BusUnreachableError } from '../core/errors.js';
import { after, type Clock, formatDuration, seconds } from '../core/time.js';
import { nodeStreams } from '../net/sockets/node-streams.js';
import { busFiles } from './bus-files.js';
import { busProbe } from './bus-probe.js';
import type { ClusterDaemon, ClusterService } from './cluster-service.js';

/** So long a daemon that must have the bus waits for it. */
const REQUIRED_WITHIN = seconds(15);
const REPORT_EVERY = seconds(10);

/** What the membership needs of the daemon. */
export interface ClusterOwner extends Omit<ClusterDaemon, 'instance'> {
  /** Without the bus the daemon does not start. */
  readonly isRequired: boolean;
}

/**
 * `given`: the connection to take in place of the one that the configuration names. `undefined`: this daemon is alone.
 * Rejects with a `ConfigError` if a file of the bus cannot be used, and with a `BusUnreachableError` if the bus is required and
 * not there.
 */
export const openCluster = async (
  config: Config,
  given: ClusterBus | undefined,
  { isRequired, ...daemon }: ClusterOwner,
): Promise<ClusterService | undefined> => {
  const { clusterBus: settings } = config;
  const bus = given ?? (settings === undefined ? undefined : await natsBus(config, settings, daemon.clock));
  if (bus === undefined) return undefined;
  const { ClusterService } = await import('./cluster-service.js');
  const service = new ClusterService(bus, { ...daemon, instance: randomUUID() });
  const isConnected = isRequired ? connected(bus, daemon.clock) : true;
  service.start();
  if (await isConnected) return service;
  const { state, address } = bus;
  await service.close();
  throw new BusUnreachableError(address, state.isConnected ? '' : state.reason, formatDuration(REQUIRED_WITHIN));
};

const natsBus = async (config: Config, settings: BusSettings, clock: Clock): Promise<ClusterBus> => {
  const files = await busFiles(settings, config.file);
  const { NatsBus } = await import('../cluster/nats-bus.js');
  const { cluster, self } = config;
  return new NatsBus({
    ...{ clock, settings, files, cluster, node: self.name },
    greets: busProbe(nodeStreams, clock),
    failed: failureReports(clock),
  });
};

/** Resolves with whether the bus is reached in time. */
const connected = (bus: ClusterBus, clock: Clock): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = clock.callAt(after(clock.now(), REQUIRED_WITHIN), () => resolve(false));
    bus.onState((state) => {
      if (!state.isConnected) return;
      timer.cancel();
      resolve(true);
    });
  });

/** Reports faults of this program on stderr, one in a while: the bus goes on. */
const failureReports = (clock: Clock): ((error: unknown) => void) => {
  let nextAt = clock.now();
  return (error) => {
    const now = clock.now();
    if (now < nextAt) return;
    nextAt = after(now, REPORT_EVERY);
    process.stderr.write(`labcm: the cluster failed: ${error instanceof Error ? error.stack : String(error)}\n`);
  };
};
