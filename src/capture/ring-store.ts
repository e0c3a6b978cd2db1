import { CHUNK_OCTETS, type Chunk, ChunkPool } from './chunks.js';
import { type Octets, Ring } from './ring.js';

/** Whose packets a ring holds: a configured device's, or those of somebody whom nobody configured. */
export type RingKind = 'device' | 'stranger';

/** A ring and whose it is. */
export class OwnedRing extends Ring {
  readonly kind: RingKind;
  /** The keys under which it is found: a name in upper case, a hardware address, an IPv4 address. */
  readonly keys: readonly string[];
  /** Its device is registered: its packets are the first to go when memory is short. */
  isWell = false;
  /** Records that are gone. */
  lost = 0;

  constructor(kind: RingKind, keys: readonly string[]) {
    super();
    this.kind = kind;
    this.keys = keys;
  }
}

/** Octets of all rings together, of one ring, and of the rings of all strangers. */
export interface RingBounds {
  readonly memory: number;
  readonly perDevice: number;
  readonly strangers: number;
}

const NOTHING = Buffer.alloc(0);

/** The end of a long file is kept in a ring without a key. */
const isOfDevice = ({ kind, keys }: OwnedRing): boolean => kind === 'device' && keys.length > 0;

const chunksIn = (octets: number): number => Math.floor(octets / CHUNK_OCTETS);

/**
 * All rings. They never take more octets than `RingBounds` says. When memory is short, the rings of devices that are
 * well lose their oldest chunk first, each in turn; then those of other devices, then those of strangers.
 */
export class RingStore {
  readonly #bounds: RingBounds;
  readonly #pool: ChunkPool;
  /** The rings of devices, by key. There are at most as many as devices. */
  readonly #devices = new Map<string, OwnedRing>();
  /** The rings of strangers that have chunks, by key. */
  readonly #byKey = new Map<string, Set<OwnedRing>>();
  /** The rings that have chunks; the one that gives its oldest chunk next is the first. */
  readonly #well = new Set<OwnedRing>();
  readonly #unwell = new Set<OwnedRing>();
  readonly #strangers = new Set<OwnedRing>();
  #strangerChunks = 0;
  #deviceCount = 0;
  #lost = 0;
  /** Chunks for the record that is being written. */
  readonly #spare: Chunk[] = [];
  readonly #nextSpare = (): Chunk => this.#spare.pop() as Chunk;

  constructor(bounds: RingBounds) {
    this.#bounds = bounds;
    this.#pool = new ChunkPool(bounds.memory);
  }

  /** Octets that rings have. */
  get octets(): number {
    return this.#pool.taken * CHUNK_OCTETS;
  }

  /** Octets that rings of strangers have. */
  get strangerOctets(): number {
    return this.#strangerChunks * CHUNK_OCTETS;
  }

  /** Devices whose rings have something. */
  get devices(): number {
    return this.#deviceCount;
  }

  /** Records that were overwritten or gave way. */
  get lost(): number {
    return this.#lost;
  }

  /** The ring of a device. `key`: its name in upper case. */
  ofDevice(key: string, isWell: () => boolean): OwnedRing {
    const known = this.#devices.get(key);
    if (known !== undefined) return known;
    const ring = new OwnedRing('device', [key]);
    ring.isWell = isWell();
    this.#devices.set(key, ring);
    return ring;
  }

  /** The ring of a stranger that is called or addressed so. */
  ofStranger(key: string): OwnedRing {
    for (const ring of this.#byKey.get(key) ?? []) if (ring.keys.length === 1) return ring;
    return new OwnedRing('stranger', [key]);
  }

  /** The rings that are found under one of these keys and have something. */
  find(keys: readonly string[]): ReadonlySet<OwnedRing> {
    const devices = keys.flatMap((key) => this.#devices.get(key) ?? []).filter(({ chunks }) => chunks > 0);
    return new Set([...devices, ...keys.flatMap((key) => [...(this.#byKey.get(key) ?? [])])]);
  }

  /** Notes whether a device is well. */
  setWell(key: string, isWell: boolean): void {
    const ring = this.#devices.get(key);
    if (ring === undefined || ring.isWell === isWell) return;
    this.#setOf(ring).delete(ring);
    ring.isWell = isWell;
    if (ring.chunks > 0) this.#setOf(ring).add(ring);
  }

  /** Appends a record: `head`, then `payload` from `start` to `end`. `false`: there was no room, and it is lost. */
  append(ring: OwnedRing, head: Buffer, payload: Octets = NOTHING, start = 0, end = payload.length): boolean {
    const total = head.length + end - start;
    while (ring.room + this.#spare.length * CHUNK_OCTETS < total) {
      const chunk = this.#chunkFor(ring);
      if (chunk === undefined) {
        for (const unused of this.#spare.splice(0)) this.#pool.give(unused);
        this.#lost += 1;
        ring.lost += 1;
        return false;
      }
      this.#spare.push(chunk);
    }
    const before = ring.chunks;
    ring.write(head, payload, start, end, this.#nextSpare);
    this.#count(ring, ring.chunks - before);
    if (before === 0) this.#enter(ring);
    else if (ring.kind === 'stranger') this.#moveToEnd(this.#strangers, ring);
    return true;
  }

  /** Removes the oldest record. It is not counted as lost. */
  shift(ring: OwnedRing): void {
    const before = ring.chunks;
    ring.shift((chunk) => this.#pool.give(chunk));
    this.#count(ring, ring.chunks - before);
  }

  /** Moves the records of one ring to the end of the other. */
  move(from: OwnedRing, to: OwnedRing): void {
    for (const record of from.read()) this.append(to, record);
    to.lost += from.lost;
    this.remove(from);
  }

  /** Removes everything of a ring. It is not counted as lost. */
  remove(ring: OwnedRing): void {
    const { chunks } = ring;
    for (let chunk = ring.dropHead(); chunk !== undefined; chunk = ring.dropHead()) this.#pool.give(chunk);
    this.#count(ring, -chunks);
    if (chunks > 0) this.#leave(ring);
    const [key = ''] = ring.keys;
    if (this.#devices.get(key) === ring) this.#devices.delete(key);
  }

  /** Removes the ring of a device, if it has one. */
  removeDevice(key: string): void {
    const ring = this.#devices.get(key);
    if (ring !== undefined) this.remove(ring);
  }

  /** Removes the rings of devices for which `keeps` is false. */
  keepDevices(keeps: (key: string) => boolean): void {
    for (const [key, ring] of [...this.#devices]) if (!keeps(key)) this.remove(ring);
  }

  /** A chunk for this ring. It may be one that this ring had. `undefined`: there is none for it. */
  #chunkFor(ring: OwnedRing): Chunk | undefined {
    const { perDevice, strangers } = this.#bounds;
    const isStranger = ring.kind === 'stranger';
    const reserved = this.#spare.length;
    const most = chunksIn(isStranger ? Math.min(perDevice, strangers) : perDevice);
    if (ring.chunks + reserved >= most) return this.#takeOldest(ring);
    if (isStranger && this.#strangerChunks + reserved >= chunksIn(strangers))
      return this.#takeFrom(this.#strangers, ring) ?? this.#takeOldest(ring);
    return (
      this.#pool.take() ??
      this.#takeFrom(this.#well, ring) ??
      this.#takeFrom(this.#unwell, ring) ??
      this.#takeFrom(this.#strangers, ring) ??
      this.#takeOldest(ring)
    );
  }

  /** The oldest chunk of the first ring of the set that is another one. */
  #takeFrom(rings: Set<OwnedRing>, except: OwnedRing): Chunk | undefined {
    for (const ring of rings)
      if (ring !== except) {
        const chunk = this.#takeOldest(ring);
        if (ring.chunks > 0) this.#moveToEnd(rings, ring);
        return chunk;
      }
    return undefined;
  }

  #takeOldest(ring: OwnedRing): Chunk | undefined {
    const { records } = ring;
    const chunk = ring.dropHead();
    if (chunk === undefined) return undefined;
    this.#lost += records - ring.records;
    ring.lost += records - ring.records;
    this.#count(ring, -1);
    if (ring.chunks === 0) this.#leave(ring);
    return chunk;
  }

  #count(ring: OwnedRing, chunks: number): void {
    if (ring.kind === 'stranger') this.#strangerChunks += chunks;
  }

  #moveToEnd(rings: Set<OwnedRing>, ring: OwnedRing): void {
    rings.delete(ring);
    rings.add(ring);
  }

  #setOf(ring: OwnedRing): Set<OwnedRing> {
    if (ring.kind === 'stranger') return this.#strangers;
    return ring.isWell ? this.#well : this.#unwell;
  }

  #enter(ring: OwnedRing): void {
    this.#setOf(ring).add(ring);
    if (isOfDevice(ring)) this.#deviceCount += 1;
    if (ring.kind === 'stranger')
      for (const key of ring.keys) {
        const rings = this.#byKey.get(key);
        if (rings === undefined) this.#byKey.set(key, new Set([ring]));
        else rings.add(ring);
      }
  }

  #leave(ring: OwnedRing): void {
    this.#setOf(ring).delete(ring);
    if (isOfDevice(ring)) this.#deviceCount -= 1;
    if (ring.kind === 'stranger')
      for (const key of ring.keys) {
        const rings = this.#byKey.get(key);
        rings?.delete(ring);
        if (rings?.size === 0) this.#byKey.delete(key);
      }
  }
}
