// Makes this daemon a member of its cluster where the configuration names a bus; else nothing of the cluster is loaded.

import { randomUUID } from 'node:crypto';
import type { ClusterBus } from '../cluster/ports.js';
import type { Config } from '../config/index.js';
import type { ClusterDaemon, ClusterService } from './cluster-service.js';

/** `given`: the connection to take in place of the one that the configuration names. `undefined`: this daemon is alone. */
export const openCluster = async (
  config: Config,
  given: ClusterBus | undefined,
  daemon: Omit<ClusterDaemon, 'instance'>,
): Promise<ClusterService | undefined> => {
  const { clusterBus: settings, cluster, self } = config;
  if (given === undefined && settings === undefined) return undefined;
  const { ClusterService } = await import('./cluster-service.js');
  if (given === undefined) throw new Error(`no bus is made for ${cluster} ${self.name} yet`);
  const service = new ClusterService(given, { ...daemon, instance: randomUUID() });
  service.start();
  return service;
};
