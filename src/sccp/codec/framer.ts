// A stream of bytes becomes frames, whatever its segments are (`sccp.md` §1.1). Whole frames of a chunk are views of it;
// only a frame that spans chunks is copied, once. Knows no message.

import { ProtocolError } from '../../core/errors.js';

export interface Frame {
  readonly id: number;
  /** The second word of the head: 0, or the negotiated version of newer sessions. Not to be relied on. */
  readonly headerVersion: number;
  /** A view of the chunk it came in: valid as long as nobody writes there. */
  readonly body: Buffer;
}

/** Every known message is shorter (`sccp.md` §1.1 rule 2); more is another protocol or an attack. */
export const MAX_LENGTH = 4096;
const MIN_LENGTH = 4;
const LENGTH_BYTES = 4;
/** The length word counts from behind the first two words. */
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

/** Give it chunks with `push`, take frames with `next` until there is none. Holds no more than what was pushed. */
export class Framer {
  readonly #max: number;
  #chunk: Buffer = EMPTY;
  #at = 0;
  /** Chunks that wait behind the present one: none, unless frames are left untaken. */
  #waiting: Buffer[] = [];
  /** A frame that its chunk did not hold whole: what has come of it, in the first `#filled` octets. */
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

  /** Octets pushed and not yet handed out. */
  get pending(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, this.#filled + this.#chunk.length - this.#at);
  }

  /** Octets held in memory for what has no end yet: whole chunks, of which some octets are left. */
  get kept(): number {
    let kept = this.#partial.length + (this.#at < this.#chunk.length ? this.#chunk.length : 0);
    for (const { length } of this.#waiting) kept += length;
    return kept;
  }

  /** What stands at the head of the stream and is no frame yet, or cannot be one. */
  get rest(): Buffer {
    const ahead = this.#chunk.subarray(this.#at);
    return this.#filled === 0 ? ahead : Buffer.concat([this.#partial.subarray(0, this.#filled), ahead]);
  }

  /**
   * The next whole frame; `undefined`: it has not come yet.
   * Throws a ProtocolError where no frame can have the length that stands there, at once and from then on: nobody knows
   * where the next one would begin.
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
      // A chunk that is done is let go: an idle link must not hold on to what it last received.
      this.#chunk = this.#waiting.shift() ?? EMPTY;
      this.#at = 0;
      if (this.#chunk.length === 0) return undefined;
    }
  }

  /** A frame that the chunk holds from here on; else what it has of one is put aside and the chunk is done. */
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

  /** Adds to the frame put aside what the chunk has of it. */
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

  /** Moves at most `wanted` octets of the chunk behind those put aside, doubling their place where it is full. */
  #take(wanted: number): void {
    const count = Math.min(wanted, this.#chunk.length - this.#at);
    if (count <= 0) return;
    const needed = this.#filled + count;
    if (needed > this.#partial.length) {
      // In memory of its own: small ones would share theirs with others, and hold all of it.
      const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, needed, this.#partial.length * 2));
      grown.set(this.#partial.subarray(0, this.#filled));
      this.#partial = grown;
    }
    this.#chunk.copy(this.#partial, this.#filled, this.#at, this.#at + count);
    this.#filled = needed;
    this.#at += count;
  }
}
