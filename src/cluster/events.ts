// The events of the cluster. That the bus is gone and back is a degradation of the daemon (`core/degradations.ts`).

import type { Instant } from '../core/time.js';
import type { BucketName } from './ports.js';

/** Another node is there, for the first time or again. */
export interface ClusterNodeAlive {
  readonly type: 'cluster.node-alive';
  readonly at: Instant;
  readonly node: string;
  readonly address: string;
  readonly version: string;
}

/** Another node has fallen silent, or has stopped in order. */
export interface ClusterNodeDead {
  readonly type: 'cluster.node-dead';
  readonly at: Instant;
  readonly node: string;
  readonly address: string;
  readonly reason: 'silent' | 'stopped';
}

/** A value of a bucket cannot be read. */
export interface ClusterValueBroken {
  readonly type: 'cluster.value-broken';
  readonly at: Instant;
  readonly bucket: BucketName;
  readonly key: string;
}

/** The engine has lost what it had answered to be written, and told less after a break. This node writes again what it knows. */
export interface ClusterValuesLost {
  readonly type: 'cluster.values-lost';
  readonly at: Instant;
  readonly bucket: BucketName;
  /** How many this node knows of. */
  readonly keys: number;
}

/** News of another node cannot be read. */
export interface ClusterNewsBroken {
  readonly type: 'cluster.news-broken';
  readonly at: Instant;
  readonly kind: string;
  /** How many since the last of these events, with this one: there is one in a second. */
  readonly count: number;
}

/** A value of this node cannot be written, whatever the engine does. */
export interface ClusterValueUnwritten {
  readonly type: 'cluster.value-unwritten';
  readonly at: Instant;
  readonly bucket: BucketName;
  readonly key: string;
  readonly reason: string;
}

/** Devices that another node has written are refused by the configuration of this one. It goes on without them. */
export interface ClusterDevicesRefused {
  readonly type: 'cluster.devices-refused';
  readonly at: Instant;
  readonly node: string;
  /** How many, and the first few. */
  readonly devices: number;
  readonly names: readonly string[];
  /** Of the first one. */
  readonly reason: string;
}

/** Devices with a password were written, and the bus has no TLS or no credentials: the other nodes are not told of them. */
export interface ClusterSecretsWithheld {
  readonly type: 'cluster.secrets-withheld';
  readonly at: Instant;
  /** How many, and the first few. */
  readonly devices: number;
  readonly names: readonly string[];
}

/** A device has registered with another node. */
export interface ClusterRegisteredElsewhere {
  readonly type: 'cluster.registered-elsewhere';
  readonly at: Instant;
  readonly device: string;
  readonly node: string;
  readonly address: string;
  readonly protocol: string;
  /** It had a registration here, which this ended. */
  readonly ended: boolean;
}

/** The events of the cluster. */
export type ClusterEvent =
  | ClusterNodeAlive
  | ClusterNodeDead
  | ClusterValueBroken
  | ClusterValuesLost
  | ClusterNewsBroken
  | ClusterValueUnwritten
  | ClusterDevicesRefused
  | ClusterSecretsWithheld
  | ClusterRegisteredElsewhere;
