// Which nodes are alive. Each writes a heartbeat; who has not been heard for a while is dead. The engine tells nobody that a
// key has ended, so the silence is measured here, by the monotonic clock of this node alone.

import type { Publisher } from '../core/event-bus.js';
import { after, type Clock, type Instant, milliseconds, seconds, type Timer } from '../core/time.js';
import { keyOf } from './bus-names.js';
import type { ClusterEvent } from './events.js';
import { Mirror, type Mirrored } from './mirror.js';
import type { Bucket, BucketWatcher } from './ports.js';
import { countIn, type Fields, textIn, valueText } from './values.js';

const HEARTBEAT = seconds(2);
const DEAD_AFTER = seconds(6);
/** A node whose name is taken waits so long for a sign of the other: two heartbeats and a little. */
const CLAIM_AFTER = milliseconds(4_500);
const LOOK = milliseconds(500);
const RETRY = milliseconds(500);
/** Earlier starts of a node that are remembered. */
const MOST_STARTS = 16;

/** What a node tells of itself. */
export interface NodeFacts {
  readonly node: string;
  /** Another at each start of the daemon. */
  readonly instance: string;
  readonly version: string;
  /** For people: when it started, in milliseconds of its own wall clock. */
  readonly started: number;
  readonly address: string;
  readonly sccpPort: number;
  readonly sipPort: number;
  /** Where it takes calls of other nodes, over TCP; 0 or absent: nowhere. */
  readonly callPort?: number;
  readonly api: string;
  readonly sccp: number;
  readonly sip: number;
}

/** Another node, as this one knows it. */
export interface KnownNode extends NodeFacts {
  readonly isAlive: boolean;
  /** Since when it is alive or dead. */
  readonly since: Instant;
}

interface Heartbeat extends NodeFacts {
  /** It has stopped in order. */
  readonly hasStopped: boolean;
  /** The revision of its first heartbeat; 0: this is it. */
  readonly claimed: number;
}

interface MutableNode {
  heartbeat: Heartbeat;
  isAlive: boolean;
  since: Instant;
  heardAt: Instant;
  /** It was heard, and not only read in the bucket, where a heartbeat stays after its node has died. */
  wasHeard: boolean;
  /** Its earlier starts, the newest first. */
  earlier: readonly string[];
}

/** What the table of nodes is made of. */
export interface NodeTableDependencies {
  readonly clock: Clock;
  readonly bus: Publisher<ClusterEvent>;
  readonly bucket: Bucket;
  /** What this node tells of itself now. */
  facts(): NodeFacts;
  /** The name of this node is another daemon's: this one must end. */
  nameTaken(by: NodeFacts): void;
  /** Called when the name is this daemon's: from now on it may tell what it holds. */
  claimed(): void;
  /** A node is alive or dead now. */
  changed(node: string): void;
}

/** The nodes of the cluster. */
export class NodeTable implements BucketWatcher {
  readonly #dependencies: NodeTableDependencies;
  readonly #mirror: Mirror<Heartbeat>;
  readonly #nodes = new Map<string, MutableNode>();
  readonly #self: string;
  readonly #instance: string;
  #timer: Timer | undefined;
  #claimAt: Instant | undefined;
  /** The revision of the first heartbeat. */
  #claimed: number | undefined;
  #hasClaimed = false;
  #beatAt: Instant | undefined;
  #isBeating = false;
  #isReachable = false;
  #isClosed = false;

  constructor(dependencies: NodeTableDependencies) {
    this.#dependencies = dependencies;
    const { node, instance } = dependencies.facts();
    this.#self = node;
    this.#instance = instance;
    this.#mirror = new Mirror<Heartbeat>({
      read: readHeartbeat,
      changed: (_key, now) => now !== undefined && this.#heard(now),
      broken: (key) =>
        dependencies.bus.publish({ type: 'cluster.value-broken', at: dependencies.clock.now(), bucket: 'nodes', key }),
    });
  }

  /** Whether the name of this node is known to be its own. */
  get isClaimed(): boolean {
    return this.#hasClaimed;
  }

  /** The other nodes that were ever heard. */
  others(): readonly KnownNode[] {
    return [...this.#nodes.values()].map(({ heartbeat, isAlive, since }) => ({ ...heartbeat, isAlive, since }));
  }

  /** `undefined`: it was never heard. */
  node(name: string): KnownNode | undefined {
    const found = this.#nodes.get(name);
    return found === undefined ? undefined : { ...found.heartbeat, isAlive: found.isAlive, since: found.since };
  }

  /**
   * Whether that start of a node is known to have ended. A start that was never heard of is not: its heartbeat may come after
   * what else it tells.
   */
  isGone(name: string, instance: string): boolean {
    if (name === this.#self) return instance !== this.#instance;
    const found = this.#nodes.get(name);
    if (found === undefined) return false;
    return found.heartbeat.instance === instance ? !found.isAlive : found.earlier.includes(instance);
  }

  begin(): void {
    this.#isReachable = false;
    this.#mirror.begin();
  }

  entry(entry: Parameters<BucketWatcher['entry']>[0]): void {
    this.#mirror.entry(entry);
  }

  whole(): void {
    const { clock } = this.#dependencies;
    const now = clock.now();
    this.#mirror.whole();
    this.#isReachable = true;
    // Silence counts from here: while the bus was gone nobody could be heard.
    for (const node of this.#nodes.values()) node.heardAt = now;
    // The engine may have lost the name with all that was in its memory: then it is claimed anew.
    if (this.#mirror.get(keyOf(this.#self)) === undefined) this.#claimed = undefined;
    if (this.#claimed === undefined) this.#claimAt = this.#isTaken() ? after(now, CLAIM_AFTER) : now;
    this.#beatAt = now;
    this.#arm();
  }

  /** The bus is gone: nobody is declared dead for it. */
  lost(): void {
    this.#isReachable = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Tells the others that this node stops in order. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.lost();
    if (this.#claimed === undefined) return;
    await this.#dependencies.bucket.put(keyOf(this.#self), this.#text(true)).catch(() => {});
  }

  #isTaken(): boolean {
    const held = this.#mirror.get(keyOf(this.#self));
    return held !== undefined && held.instance !== this.#instance && !held.hasStopped;
  }

  #heard({ value: heartbeat, revision }: Mirrored<Heartbeat>): void {
    if (heartbeat.node === this.#self) {
      this.#heardOfSelf(heartbeat, revision);
      return;
    }
    const { clock, bus, changed } = this.#dependencies;
    const at = clock.now();
    const known = this.#nodes.get(heartbeat.node);
    const isAlive = !heartbeat.hasStopped;
    if (!this.#isReachable && known?.heartbeat.instance === heartbeat.instance) {
      known.heartbeat = heartbeat; // what was said while the bus was gone; its next heartbeat tells whether it is alive
      if (isAlive) return;
    }
    const isAnotherStart = known?.heartbeat.instance !== heartbeat.instance;
    const isChange = known?.isAlive !== isAlive;
    const wasHeard = this.#isReachable || !isAlive;
    const isNews = wasHeard && (isChange || isAnotherStart || known?.wasHeard === false);
    const since = isChange || isAnotherStart ? at : known.since;
    const earlier = known === undefined ? [] : known.earlier;
    const others = isAnotherStart && known !== undefined ? [known.heartbeat.instance, ...earlier] : earlier;
    const remembered = others.slice(0, MOST_STARTS);
    this.#nodes.set(heartbeat.node, { heartbeat, isAlive, since, heardAt: at, wasHeard, earlier: remembered });
    if (!isNews && !(isChange || isAnotherStart)) return;
    const { node, address, version } = heartbeat;
    if (!isNews || (known === undefined && !isAlive)) {
      changed(node);
      return;
    }
    if (isAlive) bus.publish({ type: 'cluster.node-alive', at, node, address, version });
    else bus.publish({ type: 'cluster.node-dead', at, node, address, reason: 'stopped' });
    changed(node);
  }

  /** Somebody writes under the name of this node: itself, its start before, or a second daemon. */
  #heardOfSelf(heartbeat: Heartbeat, revision: number): void {
    if (heartbeat.instance === this.#instance || heartbeat.hasStopped || !this.#isReachable) return;
    const own = this.#claimed;
    // It was first if this one has not claimed the name yet, or did so later.
    const other = heartbeat.claimed === 0 ? revision : heartbeat.claimed;
    if (own === undefined || (own !== 0 && other < own)) this.#dependencies.nameTaken(heartbeat);
  }

  #arm(): void {
    if (this.#isClosed || !this.#isReachable) return;
    const { clock } = this.#dependencies;
    const now = clock.now();
    const due = this.#isBeating ? undefined : this.#claimed === undefined ? this.#claimAt : this.#beatAt;
    const next = Math.min(now + LOOK, Math.max(now, due ?? now + LOOK)) as Instant;
    this.#timer?.cancel();
    this.#timer = clock.callAt(next, () => {
      this.#look();
      this.#arm();
    });
  }

  #look(): void {
    const { clock, bus, changed } = this.#dependencies;
    const now = clock.now();
    if (this.#claimed === undefined) {
      if (this.#claimAt !== undefined && this.#claimAt <= now) void this.#beat();
    } else if (this.#beatAt !== undefined && this.#beatAt <= now) void this.#beat();
    for (const known of this.#nodes.values()) {
      if (!known.isAlive || now - known.heardAt < DEAD_AFTER) continue;
      known.isAlive = false;
      known.since = now;
      const { node, address } = known.heartbeat;
      bus.publish({ type: 'cluster.node-dead', at: now, node, address, reason: 'silent' });
      changed(node);
    }
  }

  async #beat(): Promise<void> {
    if (this.#isBeating) return;
    this.#isBeating = true;
    const { clock, bucket, claimed } = this.#dependencies;
    this.#beatAt = after(clock.now(), HEARTBEAT);
    try {
      const revision = await bucket.put(keyOf(this.#self), this.#text(false));
      if (this.#claimed === undefined && !this.#isClosed) {
        this.#claimed = revision;
        if (!this.#hasClaimed) claimed();
        this.#hasClaimed = true;
      }
    } catch {
      this.#beatAt = after(clock.now(), RETRY);
    } finally {
      this.#isBeating = false;
    }
  }

  #text(hasStopped: boolean): string {
    return valueText({ ...this.#dependencies.facts(), claimed: this.#claimed ?? 0, hasStopped });
  }
}

const readHeartbeat = (fields: Fields): Heartbeat | undefined => {
  const [node, instance, address] = [textIn(fields, 'node', 64), textIn(fields, 'instance'), textIn(fields, 'address')];
  if (node === undefined || instance === undefined || address === undefined) return undefined;
  return {
    node,
    instance,
    address,
    version: textIn(fields, 'version') ?? '',
    started: countIn(fields, 'started') ?? 0,
    sccpPort: countIn(fields, 'sccpPort') ?? 0,
    sipPort: countIn(fields, 'sipPort') ?? 0,
    callPort: countIn(fields, 'callPort') ?? 0,
    api: textIn(fields, 'api') ?? '',
    sccp: countIn(fields, 'sccp') ?? 0,
    sip: countIn(fields, 'sip') ?? 0,
    hasStopped: fields.hasStopped === true,
    claimed: countIn(fields, 'claimed') ?? 0,
  };
};
