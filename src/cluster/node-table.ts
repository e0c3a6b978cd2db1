// Which nodes are alive. Each writes a heartbeat; who has not been heard for a while is dead. The engine tells nobody that a
// key has ended, so the silence is measured here, by the monotonic clock of this node alone. A silence counts once a heartbeat
// of this node that was written at its end has come back through the same watch: then the bus works, and whatever the other
// had written would have come before.

import type { Publisher } from '../core/event-bus.js';
import { after, type Clock, type Instant, milliseconds, seconds, type Timer } from '../core/time.js';
import { keyOf } from './bus-names.js';
import type { ClusterEvent } from './events.js';
import { claimOf, type Heartbeat, type NodeFacts, readHeartbeat } from './heartbeat.js';
import { Mirror, type Mirrored } from './mirror.js';
import type { Bucket, BucketWatcher } from './ports.js';
import { valueText } from './values.js';

const HEARTBEAT = seconds(2);
const DEAD_AFTER = seconds(6);
/** Within this time a node that is cut off notices nothing, and gives nothing that it has not told. */
const LATELY = seconds(3);
/** A node that was heard for so long since a break has told what it did meanwhile. */
const STEADY_AFTER = seconds(5);
/** A node whose name is taken waits so long for a sign of the other: two heartbeats and a little. */
const CLAIM_AFTER = milliseconds(4_500);
const LOOK = milliseconds(500);
const RETRY = milliseconds(500);
/** Earlier starts of a node that are remembered. */
const MOST_STARTS = 16;
/** Other nodes that are remembered. */
const MOST_NODES = 256;
/** Heartbeats of this node that may be on their way back. */
const MOST_UNDER_WAY = 16;

/** Another node, as this one knows it. */
export interface KnownNode extends NodeFacts {
  readonly isAlive: boolean;
  /** Since when it is alive or dead. */
  readonly since: Instant;
}

interface MutableNode {
  heartbeat: Heartbeat;
  isAlive: boolean;
  since: Instant;
  heardAt: Instant;
  /** The first and the last heartbeat that were heard since a break or a gap. */
  beats: { readonly first: Instant; readonly last: Instant } | undefined;
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
  /** Another daemon has the name. */
  #isTaken = false;
  #beatAt: Instant | undefined;
  #beat = 0;
  /** When the last heartbeats were written, by their number. */
  readonly #written = new Map<number, Instant>();
  /** The heartbeat that is being written. */
  #writing: Promise<void> | undefined;
  readonly #unwatch: () => void;
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
    // Whoever made this process stand still may have done so with the others.
    this.#unwatch = dependencies.clock.onStandstill((_slept, now) => this.#countSilenceFrom(now));
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

  /** Whether another node was heard without a gap for a while, up to now: what it does and did goes over the bus. */
  isSteady(name: string): boolean {
    const { isAlive = false, beats } = this.#nodes.get(name) ?? {};
    if (!isAlive || !this.#isReachable || beats === undefined) return false;
    const now = this.#dependencies.clock.now();
    return now - beats.last < LATELY && now - beats.first >= STEADY_AFTER;
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
    for (const node of this.#nodes.values()) node.beats = undefined;
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
    this.#countSilenceFrom(now); // while the bus was gone nobody could be heard
    // The engine may have lost the name with all that was in its memory: then it is claimed anew.
    if (this.#mirror.get(keyOf(this.#self)) === undefined) this.#claimed = undefined;
    if (this.#claimed === undefined) this.#claimAt = this.#isHeldByOther() ? after(now, CLAIM_AFTER) : now;
    this.#written.clear();
    this.#beatAt = now;
    this.#look();
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
    this.#unwatch();
    this.lost();
    await this.#writing;
    if (this.#claimed === undefined || this.#isTaken) return;
    this.#beat += 1;
    await this.#dependencies.bucket.put(keyOf(this.#self), this.#text(true)).catch(() => {});
  }

  #countSilenceFrom(now: Instant): void {
    for (const node of this.#nodes.values()) node.heardAt = now;
  }

  #isHeldByOther(): boolean {
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
    if (known === undefined && this.#nodes.size >= MOST_NODES) return;
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
    const before = isAnotherStart ? undefined : known?.beats;
    const first = before === undefined || at - before.last >= LATELY ? at : before.first;
    const beats = this.#isReachable ? { first, last: at } : undefined;
    this.#nodes.set(heartbeat.node, { heartbeat, isAlive, since, heardAt: at, beats, wasHeard, earlier: remembered });
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
    if (!this.#isReachable) return;
    if (heartbeat.instance === this.#instance) {
      const writtenAt = this.#written.get(heartbeat.beat);
      if (writtenAt !== undefined) this.#buryUntil(writtenAt);
      return;
    }
    if (heartbeat.hasStopped || this.#isTaken) return;
    // It was first if this one has not claimed the name yet, or did so later.
    const own = this.#claimed;
    if (own !== undefined && own <= claimOf(heartbeat, revision)) return;
    this.#isTaken = true;
    this.#dependencies.nameTaken(heartbeat);
  }

  /** What the others had written until then has been told: who was silent by then is dead. */
  #buryUntil(then: Instant): void {
    const { clock, bus, changed } = this.#dependencies;
    const at = clock.now();
    for (const known of this.#nodes.values()) {
      if (!known.isAlive || then - known.heardAt < DEAD_AFTER) continue;
      known.isAlive = false;
      known.since = at;
      const { node, address } = known.heartbeat;
      bus.publish({ type: 'cluster.node-dead', at, node, address, reason: 'silent' });
      changed(node);
    }
  }

  #arm(): void {
    this.#timer?.cancel();
    if (this.#isClosed || !this.#isReachable || this.#isTaken) return;
    const { clock } = this.#dependencies;
    const now = clock.now();
    const due = this.#due;
    const next = due !== undefined && due > now && due < now + LOOK ? due : after(now, LOOK);
    this.#timer = clock.callAt(next, () => {
      this.#look();
      this.#arm();
    });
  }

  /** When the next heartbeat is due, or the claim. */
  get #due(): Instant | undefined {
    return this.#claimed === undefined ? this.#claimAt : this.#beatAt;
  }

  #look(): void {
    if (!this.#isReachable || this.#isTaken || this.#writing !== undefined) return;
    const { clock } = this.#dependencies;
    const now = clock.now();
    const isSilence = [...this.#nodes.values()].some(({ isAlive, heardAt }) => isAlive && now - heardAt >= DEAD_AFTER);
    const due = this.#due;
    if (due === undefined || (due > now && !(isSilence && this.#claimed !== undefined))) return;
    this.#writing = this.#write(now).finally(() => {
      this.#writing = undefined;
    });
  }

  /** Writes a heartbeat; the first one claims the name. */
  async #write(now: Instant): Promise<void> {
    const { clock, bucket } = this.#dependencies;
    this.#beatAt = after(now, HEARTBEAT);
    this.#beat += 1;
    this.#written.set(this.#beat, now);
    const [oldest] = this.#written.keys();
    if (this.#written.size > MOST_UNDER_WAY && oldest !== undefined) this.#written.delete(oldest);
    try {
      if (this.#claimed === undefined) await this.#claim();
      else await bucket.put(keyOf(this.#self), this.#text(false));
    } catch {
      this.#beatAt = after(clock.now(), RETRY);
      if (this.#claimed === undefined) this.#claimAt = this.#beatAt;
    }
  }

  /** Takes the name. Of two that do so at once the engine lets one succeed. */
  async #claim(): Promise<void> {
    const { clock, bucket, claimed } = this.#dependencies;
    const key = keyOf(this.#self);
    const held = this.#mirror.entryOf(key);
    const isOwn = held?.value.instance === this.#instance; // the answer to an earlier attempt was lost
    let revision: number | undefined;
    if (held === undefined) revision = await bucket.create(key, this.#text(false));
    else if (isOwn) revision = claimOf(held.value, held.revision);
    else revision = await bucket.update(key, this.#text(false), held.revision);
    if (revision === undefined) {
      this.#claimAt = after(clock.now(), CLAIM_AFTER); // for a sign of whoever was quicker
      return;
    }
    this.#claimed = revision;
    if (!this.#hasClaimed) claimed();
    this.#hasClaimed = true;
  }

  #text(hasStopped: boolean): string {
    return valueText({
      ...this.#dependencies.facts(),
      ...{ claimed: this.#claimed ?? 0, hasStopped, beat: this.#beat },
    });
  }
}
