// What the numbers of a cluster need of their node.

import type { Publisher } from '../core/event-bus.js';
import type { DeviceName, DirectoryNumber } from '../core/identifiers.js';
import type { Clock } from '../core/time.js';
import type { AutoRegistered } from '../devices/index.js';
import type { ClusterEvent } from './events.js';
import type { Bucket } from './ports.js';
import type { NumberRange } from './reserve.js';

/** The devices of this node, as far as numbers go. */
export interface NumberedDevices {
  /** Whether a device of this node has the number. */
  isTaken(dn: DirectoryNumber): boolean;
  /** What auto-registration made of a device. `undefined`: nothing, or it is configured. */
  entryOf(name: string): AutoRegistered | undefined;
  /** Everything that auto-registration made. */
  entries(): Iterable<AutoRegistered>;
  /** Takes in what another node gave; a phone that has another number gets that one. */
  learn(entry: AutoRegistered): void;
  /** The phone has no number any more: it gets another one when it registers again. */
  forget(name: DeviceName): void;
}

/** What the numbers need of this node. */
export interface ClusterNumbersDependencies {
  readonly clock: Clock;
  readonly bus: Publisher<ClusterEvent>;
  readonly bucket: Bucket;
  readonly self: { readonly node: string; readonly instance: string };
  readonly devices: NumberedDevices;
  /** Whether there is such a node: it is configured, or alive. What another one held in reserve is free. */
  exists(node: string): boolean;
  /** The other nodes of the configuration. */
  others(): readonly string[];
  /** The range of this node. `undefined`: it gives no numbers. */
  range(): NumberRange | undefined;
  /** Why this node cannot give a number, once; `undefined`: it can. */
  degraded(reason: string | undefined): void;
}
