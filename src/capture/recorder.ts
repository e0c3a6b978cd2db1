import type { FlowTable, PacketFlow } from './flow.js';
import { HeadWriter, type RecordedPacket, type RecordHead, type RecordKind, readRecord, setLeftOut } from './record.js';
import type { Octets } from './ring.js';
import { OwnedRing, type RingStore } from './ring-store.js';

/** So many packets at the start and at the end of a file are kept. */
export const FILE_PACKETS = 8;

/** Called with each packet that somebody follows. */
export type PacketListener = (packet: RecordedPacket) => void;

/**
 * Writes packets into rings, and hands them to those who follow their device.
 *
 * @hot A packet costs one copy of its octets. The head is one object that is filled in anew.
 */
export class Recorder {
  readonly store: RingStore;
  readonly #now: () => number;
  readonly #writer = new HeadWriter();
  readonly #head: RecordHead = {
    at: 0,
    order: 0,
    kind: 'datagram',
    service: 'dhcp',
    outgoing: false,
    secure: false,
    reset: false,
    localAddress: 0,
    localPort: 0,
    remoteAddress: 0,
    remotePort: 0,
    flow: 0,
    sentBefore: 0,
    receivedBefore: 0,
    leftOut: 0,
  };
  /** Those who follow, by the keys of the rings that they follow. */
  readonly #listeners = new Map<string, ReadonlySet<PacketListener>>();
  #order = 0;

  /** `now`: milliseconds on the clock of this process, with their fraction. */
  constructor(store: RingStore, now: () => number) {
    this.store = store;
    this.#now = now;
  }

  /** Calls `listener` with each packet of these keys. Returns how to end that. */
  listen(keys: readonly string[], listener: PacketListener): () => void {
    for (const key of keys) this.#listeners.set(key, new Set([...(this.#listeners.get(key) ?? []), listener]));
    return () => {
      for (const key of keys) {
        const rest = new Set(this.#listeners.get(key));
        rest.delete(listener);
        if (rest.size === 0) this.#listeners.delete(key);
        else this.#listeners.set(key, rest);
      }
    };
  }

  /** Whether somebody follows this key. */
  isFollowed(key: string): boolean {
    return this.#listeners.has(key);
  }

  /** Says between which ends the next datagram went: IPv4 addresses as numbers, and ports. */
  between(localAddress: number, localPort: number, remoteAddress: number, remotePort: number): void {
    const head = this.#head;
    head.localAddress = localAddress;
    head.localPort = localPort;
    head.remoteAddress = remoteAddress;
    head.remotePort = remotePort;
  }

  /** Records a datagram. */
  datagram(flow: PacketFlow, outgoing: boolean, payload: Buffer, start: number, end: number): void {
    this.#record(flow, 'datagram', outgoing, payload, start, end);
  }

  /** Records what happened on a connection. */
  stream(
    flow: PacketFlow,
    kind: RecordKind,
    outgoing: boolean,
    payload: Octets,
    start: number,
    end: number,
    reset = false,
  ): void {
    this.between(flow.localAddress, flow.localPort, flow.remoteAddress, flow.remotePort);
    this.#head.reset = reset;
    this.#record(flow, kind, outgoing, payload, start, end);
    this.#head.reset = false;
  }

  /** The present file of a flow is over: what was kept of its end goes into the ring of the flow. */
  endFile(flow: PacketFlow): void {
    const { fileEnd, ring } = flow;
    let leftOut = flow.leftOut + (fileEnd?.lost ?? 0);
    flow.filePackets = 0;
    flow.fileEnd = undefined;
    flow.leftOut = 0;
    if (fileEnd === undefined) return;
    if (ring !== undefined)
      for (const record of fileEnd.read()) {
        setLeftOut(record, leftOut);
        leftOut = 0;
        this.store.append(ring, record);
      }
    this.store.remove(fileEnd);
  }

  /** From now on the packets of the flow go to `ring`; those of a flow that had no name so far are moved there. */
  assign(flow: PacketFlow, ring: OwnedRing | undefined): void {
    const { ring: from, isNamed } = flow;
    flow.isNamed = true;
    if (from === ring) return;
    if (flow.fileEnd !== undefined) this.endFile(flow);
    flow.ring = ring;
    if (from === undefined || isNamed) return;
    if (ring === undefined) {
      this.store.remove(from);
      return;
    }
    if (this.#listeners.size > 0) {
      const knew = this.#listenersOf(from);
      for (const listener of this.#listenersOf(ring))
        if (!knew.has(listener)) for (const record of from.read()) listener(readRecord(record));
    }
    this.store.move(from, ring);
  }

  /** The packets of the rings under these keys since `since`, in their order, and how many are lost. */
  read(keys: readonly string[], tables: Iterable<FlowTable>, since: number): CapturedRecords {
    const rings = this.store.find(keys);
    const packets: RecordedPacket[] = [];
    let lost = 0;
    for (const ring of rings) {
      lost += ring.lost;
      for (const record of ring.read()) packets.push(readRecord(record));
    }
    for (const table of tables)
      for (const { ring, fileEnd, leftOut } of table.all()) {
        if (fileEnd === undefined || ring === undefined || !rings.has(ring)) continue;
        let before = leftOut + fileEnd.lost;
        for (const record of fileEnd.read()) {
          packets.push({ ...readRecord(record), leftOut: before });
          before = 0;
        }
      }
    const wanted = packets.filter(({ at }) => at >= since);
    return { packets: wanted.sort((one, other) => one.order - other.order), lost };
  }

  #record(flow: PacketFlow, kind: RecordKind, outgoing: boolean, payload: Octets, start: number, end: number): void {
    const { ring } = flow;
    if (ring === undefined) return;
    const head = this.#head;
    head.at = this.#now();
    head.order = this.#order++;
    head.kind = kind;
    head.service = flow.service;
    head.outgoing = outgoing;
    head.secure = flow.secure;
    head.flow = flow.number;
    head.sentBefore = flow.sent;
    head.receivedBefore = flow.received;
    const octets = this.#writer.write(head, end - start);
    if (this.#listeners.size > 0) this.#tell(ring, payload, start, end);
    if (flow.carriesFiles && (kind === 'data' || kind === 'datagram') && ++flow.filePackets > FILE_PACKETS)
      this.#keepEnd(flow, ring, payload, start, end);
    else this.store.append(ring, octets, payload, start, end);
  }

  /** Keeps a packet of a long file as one of the last ones. */
  #keepEnd(flow: PacketFlow, ring: OwnedRing, payload: Octets, start: number, end: number): void {
    flow.fileEnd ??= new OwnedRing(ring.kind, []);
    const { fileEnd } = flow;
    this.store.append(fileEnd, this.#writer.octets, payload, start, end);
    if (fileEnd.records <= FILE_PACKETS) return;
    this.store.shift(fileEnd);
    flow.leftOut += 1;
  }

  #tell(ring: OwnedRing, payload: Octets, start: number, end: number): void {
    const listeners = this.#listenersOf(ring);
    if (listeners.size === 0) return;
    const octets =
      typeof payload === 'string' ? Buffer.from(payload.slice(start, end), 'latin1') : payload.subarray(start, end);
    const packet = readRecord(Buffer.concat([this.#writer.octets, octets]));
    for (const listener of listeners) listener(packet);
  }

  #listenersOf({ keys }: OwnedRing): ReadonlySet<PacketListener> {
    const found = keys.flatMap((key) => this.#listeners.get(key) ?? []);
    return found.length === 1 ? (found[0] as ReadonlySet<PacketListener>) : new Set(found.flatMap((some) => [...some]));
  }
}

/** What the rings have of somebody. */
export interface CapturedRecords {
  /** In their order. */
  readonly packets: readonly RecordedPacket[];
  /** Packets that were overwritten. */
  readonly lost: number;
}
