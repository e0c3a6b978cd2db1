import type { PacketMark } from './tcp-reassembly.js';

/** The distance between two sequence numbers, which wrap around at 2^32 (RFC 9293 §3.4). */
export const sequenceDistance = (from: number, to: number): number => (to - from) | 0;

/** Octets of a direction, or the knowledge that the capture lacks them. */
export interface HeldSegment {
  readonly sequence: number;
  readonly bytes: Buffer;
  /** Octets after `bytes` that the capture lacks. */
  readonly missing: number;
  readonly mark: PacketMark;
}

/** What a held segment costs beside its octets. */
const OVERHEAD = 64;

/** Segments that came before the ones in front of them, by sequence number. */
export class HeldSegments {
  #segments: HeldSegment[] = [];
  #cost = 0;

  get first(): HeldSegment | undefined {
    return this.#segments[0];
  }

  get count(): number {
    return this.#segments.length;
  }

  /** The octets of memory that they need. */
  get cost(): number {
    return this.#cost;
  }

  /** Adds a copy, so that the chunk of the file that it came in is released. Of two that begin at the same place the longer stays. */
  add(segment: HeldSegment): void {
    let at = this.#segments.length;
    while (at > 0 && sequenceDistance((this.#segments[at - 1] as HeldSegment).sequence, segment.sequence) < 0) at -= 1;
    const same = this.#segments[at - 1];
    if (same?.sequence === segment.sequence) {
      if (same.bytes.length >= segment.bytes.length) return;
      this.#cost -= same.bytes.length;
      this.#segments[at - 1] = copyOf(segment);
      this.#cost += segment.bytes.length;
      return;
    }
    this.#segments.splice(at, 0, copyOf(segment));
    this.#cost += segment.bytes.length + OVERHEAD;
  }

  takeFirst(): HeldSegment | undefined {
    const segment = this.#segments.shift();
    if (segment !== undefined) this.#cost -= segment.bytes.length + OVERHEAD;
    return segment;
  }

  clear(): void {
    this.#segments = [];
    this.#cost = 0;
  }
}

const copyOf = (segment: HeldSegment): HeldSegment => ({ ...segment, bytes: Buffer.from(segment.bytes) });
