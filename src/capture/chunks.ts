// The memory of all rings: chunks of one size, cut from larger pieces, and never more of them than allowed.

/** Octets of a chunk. A record may lie in several. */
export const CHUNK_OCTETS = 4096;

const CHUNKS_OF_A_PIECE = 64;

/** A part of a ring. */
export interface Chunk {
  readonly octets: Buffer;
  /** Octets that are in use. */
  used: number;
  /** Where the first of its records begins. Without a record it has no meaning. */
  first: number;
  /** How many records begin in it. */
  records: number;
  next: Chunk | undefined;
}

/** Gives chunks and takes them back. */
export class ChunkPool {
  readonly #most: number;
  readonly #free: Chunk[] = [];
  #made = 0;

  /** `octets`: what all chunks together may have. */
  constructor(octets: number) {
    this.#most = Math.floor(octets / CHUNK_OCTETS);
  }

  /** Chunks that somebody has. */
  get taken(): number {
    return this.#made - this.#free.length;
  }

  /** An empty chunk. `undefined`: all are taken. */
  take(): Chunk | undefined {
    if (this.#free.length === 0) this.#makeMore();
    return this.#free.pop();
  }

  /** Takes back a chunk that is in no ring. */
  give(chunk: Chunk): void {
    this.#free.push(chunk);
  }

  #makeMore(): void {
    const count = Math.min(CHUNKS_OF_A_PIECE, this.#most - this.#made);
    if (count <= 0) return;
    const piece = Buffer.allocUnsafeSlow(count * CHUNK_OCTETS);
    for (let at = 0; at < piece.length; at += CHUNK_OCTETS) {
      const octets = piece.subarray(at, at + CHUNK_OCTETS);
      this.#free.push({ octets, used: 0, first: 0, records: 0, next: undefined });
    }
    this.#made += count;
  }
}
