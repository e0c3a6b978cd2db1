import { ProtocolError } from '../../core/errors.js';

/** A frame of the stream: the id of a message and its body. */
export interface Frame {
  readonly id: number;
  /** The second word of the header: 0, or the negotiated version in newer sessions. Not reliable. */
  readonly headerVersion: number;
  /** A view of the chunk that it came in: valid until that is written to. */
  readonly body: Buffer;
}

/** The highest length word that is accepted. Every known message is shorter (`sccp.md` §1.1 rule 2). */
export const MAX_LENGTH = 4096;
const MIN_LENGTH = 4;
const LENGTH_BYTES = 4;
/** The length word does not count the first two words. */
const UNCOUNTED = 8;
const ID_AT = 8;
const BODY_AT = 12;
const FIRST_CAPACITY = 64;

const EMPTY = Buffer.alloc(0);

const lengthAt = (bytes: Buffer, at: number, max: number): number => {
  const length = bytes.readUInt32LE(at);
  if (length < MIN_LENGTH || length > max)
    throw new ProtocolError('LENGTH', `a length of ${length}, not of ${MIN_LENGTH} to ${max}`);
  return length;
};

const frameAt = (bytes: Buffer, from: number, to: number): Frame => ({
  id: bytes.readUInt32LE(from + ID_AT),
  headerVersion: bytes.readUInt32LE(from + LENGTH_BYTES),
  body: bytes.subarray(from + BODY_AT, to),
});

/**
 * Cuts a stream of octets into frames, however it is segmented (`sccp.md` §1.1): hand it chunks with `push`, and take
 * frames with `next` until there is none.
 *
 * @hot Frames that a chunk holds completely are views of it; only a frame that spans chunks is copied, once.
 * `test/sccp/frame.test.ts` cuts streams in every way.
 */
export class Framer {
  readonly #max: number;
  #chunk: Buffer = EMPTY;
  #at = 0;
  /** Chunks after the present one; none, unless frames were left in that. */
  #waiting: Buffer[] = [];
  /** The beginning of a frame that spans chunks, in the first `#filled` octets. */
  #partial: Buffer = EMPTY;
  #filled = 0;
  #broken: ProtocolError | undefined;

  constructor(max = MAX_LENGTH) {
    this.#max = max;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.#at < this.#chunk.length) this.#waiting.push(chunk);
    else {
      this.#chunk = chunk;
      this.#at = 0;
    }
  }

  /** Octets that were pushed and are not in a frame that `next` has returned. */
  get pending(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, this.#filled + this.#chunk.length - this.#at);
  }

  /**
   * Octets in memory for frames that are not complete: whole chunks count, even if only some of their octets are left.
   */
  get kept(): number {
    let kept = this.#partial.length + (this.#at < this.#chunk.length ? this.#chunk.length : 0);
    for (const { length } of this.#waiting) kept += length;
    return kept;
  }

  /** The octets at the head of the stream, which are no complete frame yet or cannot be one. */
  get rest(): Buffer {
    const ahead = this.#chunk.subarray(this.#at);
    return this.#filled === 0 ? ahead : Buffer.concat([this.#partial.subarray(0, this.#filled), ahead]);
  }

  /**
   * Takes the next whole frame; `undefined`: it has not come yet. Throws a `ProtocolError` if the length is not one of
   * a frame, and again at each later call, since it is unknown where the next frame would begin.
   */
  next(): Frame | undefined {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      return this.#next();
    } catch (error) {
      if (error instanceof ProtocolError) this.#broken = error;
      throw error;
    }
  }

  #next(): Frame | undefined {
    for (;;) {
      const frame = this.#filled === 0 ? this.#whole() : this.#completed();
      if (frame !== undefined) return frame;
      // The chunk is done. It is released, so that an idle link does not keep the last one in memory.
      this.#chunk = this.#waiting.shift() ?? EMPTY;
      this.#at = 0;
      if (this.#chunk.length === 0) return undefined;
    }
  }

  /** The frame at the present position of the chunk; if it is not complete, moves what there is to `#partial`. */
  #whole(): Frame | undefined {
    const { length: end } = this.#chunk;
    const from = this.#at;
    if (end - from >= LENGTH_BYTES) {
      const to = from + lengthAt(this.#chunk, from, this.#max) + UNCOUNTED;
      if (to <= end) {
        this.#at = to;
        return frameAt(this.#chunk, from, to);
      }
    }
    this.#take(end - from);
    return undefined;
  }

  /** Completes the frame in `#partial` from the chunk; `undefined`: the chunk does not hold all of it. */
  #completed(): Frame | undefined {
    this.#take(LENGTH_BYTES - this.#filled);
    if (this.#filled < LENGTH_BYTES) return undefined;
    const total = lengthAt(this.#partial, 0, this.#max) + UNCOUNTED;
    this.#take(total - this.#filled);
    if (this.#filled < total) return undefined;
    const frame = frameAt(this.#partial, 0, total);
    this.#partial = EMPTY;
    this.#filled = 0;
    return frame;
  }

  /** Moves at most `wanted` octets of the chunk into `#partial`, which is enlarged if it is full. */
  #take(wanted: number): void {
    const count = Math.min(wanted, this.#chunk.length - this.#at);
    if (count <= 0) return;
    const needed = this.#filled + count;
    if (needed > this.#partial.length) {
      // Not from node's pool: a small buffer would keep the whole pool in memory.
      const enlarged = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, needed, this.#partial.length * 2));
      enlarged.set(this.#partial.subarray(0, this.#filled));
      this.#partial = enlarged;
    }
    this.#chunk.copy(this.#partial, this.#filled, this.#at, this.#at + count);
    this.#filled = needed;
    this.#at += count;
  }
}
