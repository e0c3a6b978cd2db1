// What the API needs of the other nodes, where a bus connects them. What holds for `ports.ts` holds here.

import type { Instant } from '../../core/time.js';
import type { DeviceRecord, Protocol } from '../../devices/device.js';
import type { ApiFinding, ApiTimelineStep, ApiUnknownVerdict, ApiVerdict, ApiVerdictGroup } from './explain-ports.js';

/** Another node, as it was heard last. */
export interface ApiHeardNode {
  readonly name: string;
  readonly isAlive: boolean;
  /** Since when it is alive or dead, as seen from here. */
  readonly since: Instant;
  readonly version: string;
  readonly address: string;
  readonly sccpPort: number;
  readonly sipPort: number;
  /** How many devices are registered with it, by its own count. */
  readonly registered: Readonly<Record<Protocol, number>>;
}

/** The bus between the nodes, as this one sees it. */
export interface ApiBus {
  /** Where the engine is. */
  readonly address: string;
  readonly isConnected: boolean;
  readonly since: Instant;
  /** Why the engine does not answer. */
  readonly reason: string | undefined;
  /** How many registrations wait to be told to the others. */
  readonly waiting: number;
}

/** What one node knows of a phone. Its times are this node's. */
export interface ApiPhoneAtNode {
  readonly node: string;
  readonly steps: readonly ApiTimelineStep[];
  readonly waitsFor: string | undefined;
  /** `undefined`: it knows no phone of that name. */
  readonly verdict: ApiVerdict | undefined;
}

/** What all nodes know of a phone. */
export interface ApiPhoneEverywhere {
  /** Of all nodes, the oldest first; each step with its node. */
  readonly steps: readonly (ApiTimelineStep & { readonly node: string })[];
  /** What the node says that holds the phone, else the one that heard it last. */
  readonly speaker: ApiPhoneAtNode;
  /** The nodes that did not answer in time. */
  readonly silent: readonly string[];
}

/** The devices of another node with one verdict. */
export interface ApiGroupAtNode extends ApiVerdictGroup {
  /** The first of them. */
  readonly devices: readonly string[];
  /** How many they are. */
  readonly count: number;
}

/** What another node says is wrong with itself, its phones, and those that nobody configured. Its times are this node's. */
export interface ApiVerdictsAtNode {
  readonly node: string;
  readonly daemon: readonly ApiFinding[];
  readonly groups: readonly ApiGroupAtNode[];
  readonly unknown: readonly ApiUnknownVerdict[];
}

/** What all other nodes say is wrong. */
export interface ApiVerdictsElsewhere {
  readonly nodes: readonly ApiVerdictsAtNode[];
  /** The nodes that did not answer in time. */
  readonly silent: readonly string[];
}

/** The nodes that a bus connects. */
export interface SharedView {
  /** The name of this node. */
  readonly self: string;
  readonly bus: ApiBus;
  /** The other nodes that were ever heard. */
  nodes(): readonly ApiHeardNode[];
  /** The node that holds a device, or that told last of it. `undefined`: none has told of it. */
  nodeOf(record: DeviceRecord): string | undefined;
  /** Whether what a record says comes from another node. */
  isElsewhere(record: DeviceRecord): boolean;
  /** Calls `listener` with each device of which another node has told something else. Returns what ends that. */
  onChanged(listener: (device: string) => void): () => void;
  /** Asks all nodes about a device. Never rejects. */
  phone(device: string): Promise<ApiPhoneEverywhere>;
  /** Asks all other nodes what is wrong. Never rejects. */
  verdicts(): Promise<ApiVerdictsElsewhere>;
}
