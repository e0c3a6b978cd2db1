// Puts the octets of TCP connections into their order: segments that come out of order, again, overlapping or never.

import type { Endpoint } from '../net/ports.js';
import type { CapturedPacket, PacketTime } from './captured-packet.js';
import { type HeldSegment, HeldSegments, sequenceDistance } from './held-segments.js';
import type { TcpSegment } from './read-frame.js';

/** Which packet of the file something came in. */
export type PacketMark = Pick<CapturedPacket, 'number' | 'time' | 'direction'>;

/** The two directions of a connection: from its first endpoint, and from its second. */
export type TcpDirection = 0 | 1;

/** A connection, as its owner gets to know it at its first packet. */
export interface CapturedConnection {
  /** From 1, in the order of their first packets. */
  readonly number: number;
  /** The sender of the first packet, and its peer. */
  readonly ends: readonly [Endpoint, Endpoint];
}

/** The callbacks for a connection: its octets in order, by direction. */
export interface ConnectionReader {
  /** The callee may keep `bytes` only as a copy. `begins`: they are the first of the direction, right after its SYN. */
  octets(direction: TcpDirection, bytes: Buffer, mark: PacketMark, begins: boolean): void;
  /** The capture lacks octets; how many is unknown if it is 0. What follows comes behind them. */
  gap(direction: TcpDirection, octets: number, mark: PacketMark): void;
  /** There is no more in this direction. Called once for each. */
  end(direction: TcpDirection): void;
}

/** What a reassembly may keep. */
export interface ReassemblyLimits {
  readonly connections: number;
  /** Of a direction: segments, and octets of memory. */
  readonly heldSegments: number;
  readonly held: number;
  /** Octets of memory of all connections. */
  readonly heldInAll: number;
}

const LIMITS: ReassemblyLimits = {
  connections: 65_536,
  heldSegments: 1_024,
  held: 512 * 1024,
  heldInAll: 32 * 1024 * 1024,
};

/** Octets that the peer has acknowledged and the capture does not show for that long never come. */
const LATE_SECONDS = 1;
/** No window of these protocols is larger. Segments that are further behind belong to other numbers. */
const FURTHEST_BEHIND = 4 * 1024 * 1024;

/** One direction of a connection. */
interface Direction {
  /** The next sequence number; `undefined`: no packet of this direction yet. */
  next: number | undefined;
  /** The sequence number of the SYN; `undefined`: it was not captured. */
  initial: number | undefined;
  /** Where the FIN stands. */
  finAt: number | undefined;
  /** What the peer has acknowledged. */
  acknowledged: number | undefined;
  /** Since when it has acknowledged octets that are not here. */
  lacksSince: number | undefined;
  begun: boolean;
  ended: boolean;
  readonly held: HeldSegments;
}

interface Connection {
  readonly key: string;
  readonly known: CapturedConnection;
  readonly reader: ConnectionReader;
  readonly directions: readonly [Direction, Direction];
}

const newDirection = (): Direction => ({
  next: undefined,
  initial: undefined,
  finAt: undefined,
  acknowledged: undefined,
  lacksSince: undefined,
  begun: false,
  ended: false,
  held: new HeldSegments(),
});

/**
 * Reassembles all connections of a capture. What it keeps is bounded; beyond that the oldest hole is given up and told
 * as a gap. A connection whose beginning was not captured begins with its first packet.
 */
export class TcpReassembly {
  readonly #open: (connection: CapturedConnection) => ConnectionReader;
  readonly #limits: ReassemblyLimits;
  readonly #connections = new Map<string, Connection>();
  /** The directions that hold segments, the one that began first in front. */
  readonly #holding = new Map<Direction, Connection>();
  #count = 0;
  #held = 0;

  /** `open` is called at the first packet of each connection. */
  constructor(open: (connection: CapturedConnection) => ConnectionReader, limits: Partial<ReassemblyLimits> = {}) {
    this.#open = open;
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Octets of memory in segments that wait for those before them. */
  get held(): number {
    return this.#held;
  }

  /** Takes the next segment of the file. */
  add(segment: TcpSegment, mark: PacketMark): void {
    const from = `${segment.source.address}:${segment.source.port}`;
    const to = `${segment.destination.address}:${segment.destination.port}`;
    const key = from < to ? `${from} ${to}` : `${to} ${from}`;
    let connection = this.#connections.get(key);
    if (connection !== undefined && startsAnew(segment, connection)) {
      this.#close(connection, mark);
      connection = undefined;
    }
    connection ??= this.#begin(key, segment, mark);
    const { ends } = connection.known;
    const side = ends[0].address === segment.source.address && ends[0].port === segment.source.port ? 0 : 1;
    this.#take(connection, side, segment, mark);
    const peer = connection.directions[side === 0 ? 1 : 0];
    if (segment.acknowledged !== undefined) peer.acknowledged = segment.acknowledged;
    this.#giveUpLate(connection, side === 0 ? 1 : 0, mark);
    if (segment.rst) this.#close(connection, mark);
  }

  /** The file has ended: what waits is given out with its gaps. */
  end(mark: PacketMark): void {
    for (const connection of [...this.#connections.values()]) this.#close(connection, mark);
  }

  #begin(key: string, { source, destination }: TcpSegment, mark: PacketMark): Connection {
    if (this.#connections.size >= this.#limits.connections) {
      const [oldest] = this.#connections.values();
      if (oldest !== undefined) this.#close(oldest, mark);
    }
    this.#count += 1;
    const known: CapturedConnection = { number: this.#count, ends: [source, destination] };
    const directions = [newDirection(), newDirection()] as const;
    const connection = { key, known, reader: this.#open(known), directions };
    this.#connections.set(key, connection);
    return connection;
  }

  #take(connection: Connection, side: TcpDirection, segment: TcpSegment, mark: PacketMark): void {
    const direction = connection.directions[side];
    if (direction.ended) return;
    let { sequence } = segment;
    if (segment.syn) {
      direction.initial ??= sequence;
      sequence = (sequence + 1) >>> 0;
    }
    direction.next ??= sequence;
    const { bytes, missing } = segment;
    if (segment.fin) direction.finAt = (sequence + bytes.length + missing) >>> 0;
    if (bytes.length + missing > 0) {
      const ahead = sequenceDistance(direction.next, sequence);
      if (ahead < -FURTHEST_BEHIND) {
        // Other numbers than before: something between was lost, or the capture is faulty.
        this.#release(direction);
        direction.next = sequence;
        connection.reader.gap(side, 0, mark);
      }
      if (ahead > 0) this.#hold(connection, direction, { sequence, bytes, missing, mark });
      else {
        this.#deliver(connection, side, { sequence, bytes, missing, mark });
        this.#drain(connection, side);
      }
    }
    while (direction.held.count > this.#limits.heldSegments || direction.held.cost > this.#limits.held)
      this.#giveUp(connection, side);
    this.#endIfDone(connection, side);
  }

  #hold(connection: Connection, direction: Direction, segment: HeldSegment): void {
    const before = direction.held.cost;
    direction.held.add(segment);
    this.#held += direction.held.cost - before;
    if (!this.#holding.has(direction)) this.#holding.set(direction, connection);
    while (this.#held > this.#limits.heldInAll) {
      const [oldest] = this.#holding;
      if (oldest === undefined) break;
      const [slowest, owner] = oldest;
      this.#giveUp(owner, owner.directions[0] === slowest ? 0 : 1);
    }
  }

  /** Gives out what is new of a segment that begins at or before the next octet. */
  #deliver(connection: Connection, side: TcpDirection, { sequence, bytes, missing, mark }: HeldSegment): void {
    const direction = connection.directions[side];
    const known = -sequenceDistance(direction.next as number, sequence);
    const fresh = bytes.subarray(Math.min(known, bytes.length));
    const lacking = missing - Math.max(0, known - bytes.length);
    if (fresh.length > 0) {
      const begins = !direction.begun && direction.initial !== undefined;
      direction.begun = true;
      connection.reader.octets(side, fresh, mark, begins);
    }
    if (lacking > 0) {
      direction.begun = true;
      connection.reader.gap(side, lacking, mark);
    }
    const moved = fresh.length + Math.max(0, lacking);
    if (moved === 0) return;
    direction.next = ((direction.next as number) + moved) >>> 0;
    direction.lacksSince = undefined;
  }

  /** Gives out the held segments that are next now. */
  #drain(connection: Connection, side: TcpDirection): void {
    const direction = connection.directions[side];
    for (;;) {
      const { first } = direction.held;
      if (first === undefined || sequenceDistance(direction.next as number, first.sequence) > 0) break;
      const before = direction.held.cost;
      direction.held.takeFirst();
      this.#held += direction.held.cost - before;
      this.#deliver(connection, side, first);
    }
    if (direction.held.count === 0) this.#holding.delete(direction);
  }

  /** Stops to wait for the octets before the first held segment. */
  #giveUp(connection: Connection, side: TcpDirection): void {
    const direction = connection.directions[side];
    const { first } = direction.held;
    if (first === undefined) return;
    direction.begun = true;
    connection.reader.gap(side, sequenceDistance(direction.next as number, first.sequence), first.mark);
    direction.next = first.sequence;
    direction.lacksSince = undefined;
    this.#drain(connection, side);
  }

  /** Gives up octets that the peer has had for so long that the capture cannot only have them out of order. */
  #giveUpLate(connection: Connection, side: TcpDirection, { time }: PacketMark): void {
    const direction = connection.directions[side];
    if (direction.held.count === 0 || direction.acknowledged === undefined || time === undefined) return;
    if (sequenceDistance(direction.next as number, direction.acknowledged) <= 0) return;
    const now = secondsOf(time);
    direction.lacksSince ??= now;
    if (now - direction.lacksSince <= LATE_SECONDS) return;
    this.#giveUp(connection, side);
    this.#endIfDone(connection, side);
  }

  #endIfDone(connection: Connection, side: TcpDirection): void {
    const direction = connection.directions[side];
    if (direction.ended || direction.finAt === undefined || direction.next !== direction.finAt) return;
    this.#release(direction);
    direction.ended = true;
    connection.reader.end(side);
  }

  #close(connection: Connection, mark: PacketMark): void {
    this.#connections.delete(connection.key);
    for (const side of [0, 1] as const) {
      const direction = connection.directions[side];
      if (direction.ended) continue;
      while (direction.held.count > 0) this.#giveUp(connection, side);
      const lacking = direction.finAt === undefined ? 0 : sequenceDistance(direction.next ?? 0, direction.finAt);
      if (direction.next !== undefined && lacking > 0) connection.reader.gap(side, lacking, mark);
      direction.ended = true;
      connection.reader.end(side);
    }
  }

  #release(direction: Direction): void {
    this.#held -= direction.held.cost;
    direction.held.clear();
    this.#holding.delete(direction);
  }
}

/** Whether a SYN is the first of a new connection between the same ports. */
const startsAnew = (
  { syn, acknowledged, sequence, source }: TcpSegment,
  { known, directions }: Connection,
): boolean => {
  if (!syn || acknowledged !== undefined) return false;
  const [first] = known.ends;
  const direction = directions[first.address === source.address && first.port === source.port ? 0 : 1];
  return direction.initial !== undefined ? direction.initial !== sequence : direction.next !== undefined;
};

const secondsOf = ({ seconds, nanoseconds }: PacketTime): number => seconds + nanoseconds / 1e9;
