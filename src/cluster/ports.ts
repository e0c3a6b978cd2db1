// What the nodes of a cluster share their knowledge through: buckets of keys and values that every node sees in the same
// order, questions from node to node, and news that may be lost. `nats-bus.ts` is the one between machines,
// `in-process-bus.ts` the one between nodes of one process.

import type { Duration, Instant } from '../core/time.js';

/**
 * The buckets. `file` outlives a restart of the engine; `memory` is empty after it, and then each node writes its own part
 * again (`docs/protocols/cluster.md` §3).
 */
export const BUCKETS = {
  nodes: 'memory',
  registrations: 'memory',
  numbers: 'file',
  lines: 'file',
  leases: 'file',
  devices: 'file',
} as const satisfies Record<string, 'memory' | 'file'>;

/** The name of a bucket. */
export type BucketName = keyof typeof BUCKETS;
/** All of them, in the order in which they are opened. */
export const BUCKET_NAMES = Object.keys(BUCKETS) as readonly BucketName[];

/** The longest value of a key and the longest question or answer, in octets. What is longer is refused. */
export const LONGEST_VALUE = 256 * 1024;

/** What a bucket holds under a key, or that it holds nothing there any more. */
export interface Entry {
  readonly key: string;
  /** JSON; `undefined`: the key was removed. It may be made when it is asked for. */
  readonly value: string | undefined;
  /** Rises with every write to the bucket, whichever node wrote and whatever key: later is greater. */
  readonly revision: number;
}

/** Is told everything that a bucket holds, and then every change. */
export interface BucketWatcher {
  /** All that the bucket holds follows. Comes at the start, and again after each time that the bus was gone. */
  begin(): void;
  entry(entry: Entry): void;
  /** Everything was told: what was told before `begin` and not since is there no more. Changes follow. */
  whole(): void;
}

/** A bucket. Each method rejects with a `BusUnavailable` if the engine does not answer: then it may or may not have been done. */
export interface Bucket {
  /** Resolves with the revision. */
  put(key: string, value: string): Promise<number>;
  /** Writes a key that is not there. Resolves with the revision; `undefined`: it is there, and nothing has changed. */
  create(key: string, value: string): Promise<number | undefined>;
  /** Writes a key that has this revision. Resolves with the new one; `undefined`: it has another, and nothing has changed. */
  update(key: string, value: string, revision: number): Promise<number | undefined>;
  /** Removes a key that has this revision. `false`: it has another, and nothing has changed. */
  remove(key: string, revision: number): Promise<boolean>;
  /** What the engine holds now. `undefined`: nothing. */
  get(key: string): Promise<Entry | undefined>;
}

/** Whether the engine answers. `reason`: why it does not, for people. */
export type BusState =
  | { readonly isConnected: true; readonly since: Instant }
  | { readonly isConnected: false; readonly since: Instant; readonly reason: string };

/** The connection of one node to all others. Nothing that it calls may throw; what throws is reported and goes on. */
export interface ClusterBus {
  readonly state: BusState;
  /** Where the engine is, for people. */
  readonly address: string;
  /** Called with each change of the state. */
  onState(listener: (state: BusState) => void): void;
  /** Connects, and goes on trying until `close`. Returns at once. */
  start(): void;
  bucket(name: BucketName): Bucket;
  /** Call it before `start`. */
  watch(name: BucketName, watcher: BucketWatcher): void;
  /** Tells all nodes, this one too. Lost while the bus is gone. */
  publish(kind: string, news: string): void;
  /** Called with what any node publishes of this kind. */
  subscribe(kind: string, listener: (news: string) => void): void;
  /** Asks a node. Rejects with `NodeSilent` if it has not answered within the time, and with `BusUnavailable`. */
  ask(node: string, question: string, within: Duration): Promise<string>;
  /** Answers what other nodes ask this one. */
  serve(answer: (question: string) => Promise<string>): void;
  close(): Promise<void>;
}

/** The key of an entry, as the engine takes it. */
const KEY = /^[A-Za-z0-9_=-]+(?:\.[A-Za-z0-9_=-]+)*$/;

/** The text. Throws a `RangeError` if it is longer than the bus carries. */
export const checkedText = (text: string): string => {
  if (text.length > LONGEST_VALUE || (text.length * 3 > LONGEST_VALUE && Buffer.byteLength(text) > LONGEST_VALUE))
    throw new RangeError(`${text.length} characters are too long for the bus, which carries ${LONGEST_VALUE} octets`);
  return text;
};

/** The value. Throws a `RangeError` if the bus does not carry it, or if the key was not made by `keyOf`. */
export const checkedEntry = (key: string, value: string): string => {
  if (!KEY.test(key)) throw new RangeError(`${JSON.stringify(key.slice(0, 64))} is no key of the bus`);
  return checkedText(value);
};

/** The engine does not answer at present. */
export class BusUnavailable extends Error {
  override readonly name = 'BusUnavailable';
  readonly code = 'BUS_UNAVAILABLE';
}

/** A node did not answer in time, or is not there. */
export class NodeSilent extends Error {
  override readonly name = 'NodeSilent';
  readonly code = 'NO_ANSWER';
  readonly node: string;

  constructor(node: string) {
    super(`node ${node} did not answer`);
    this.node = node;
  }
}
