import { CHUNK_OCTETS, type Chunk } from './chunks.js';

/** Octets, or latin1 text. */
export type Octets = Buffer | string;

/**
 * Records in the order in which they came, in chunks. The oldest chunk goes when it is needed elsewhere, and with it
 * the records that begin in it. Each record begins with its length, four octets, little-endian. Where chunks come from
 * and where they go is the business of `RingStore`.
 */
export class Ring {
  #head: Chunk | undefined;
  #tail: Chunk | undefined;
  #chunks = 0;
  #records = 0;

  get chunks(): number {
    return this.#chunks;
  }

  get records(): number {
    return this.#records;
  }

  /** Octets that can be written before another chunk is needed. */
  get room(): number {
    return this.#tail === undefined ? 0 : CHUNK_OCTETS - this.#tail.used;
  }

  /** Removes the oldest chunk with its records and returns it empty. `undefined`: there is none. */
  dropHead(): Chunk | undefined {
    const head = this.#head;
    if (head === undefined) return undefined;
    this.#records -= head.records;
    this.#head = head.next;
    if (this.#head === undefined) this.#tail = undefined;
    this.#chunks -= 1;
    head.used = 0;
    head.records = 0;
    head.next = undefined;
    return head;
  }

  /**
   * Writes a record: `head`, then `payload` from `start` to `end`. `next` gives the empty chunks that are needed beyond
   * `room`.
   */
  write(head: Buffer, payload: Octets, start: number, end: number, next: () => Chunk): void {
    if (this.room === 0) this.#add(next());
    const tail = this.#tail as Chunk;
    if (tail.records === 0) tail.first = tail.used;
    tail.records += 1;
    this.#records += 1;
    // Nearly every record fits, and a payload is nearly always whole.
    if (tail.used + head.length + end - start <= CHUNK_OCTETS && start === 0 && end === payload.length) {
      tail.octets.set(head, tail.used);
      if (typeof payload === 'string') tail.octets.write(payload, tail.used + head.length, end, 'latin1');
      else tail.octets.set(payload, tail.used + head.length);
      tail.used += head.length + end;
      return;
    }
    this.#put(head, 0, head.length, next);
    this.#put(payload, start, end, next);
  }

  /** Removes the oldest record. `release` gets the chunks that are empty then. */
  shift(release: (chunk: Chunk) => void): void {
    this.#dropRests(release);
    const head = this.#head;
    if (head === undefined || head.records === 0) return;
    const length = lengthAt(head, head.first);
    head.records -= 1;
    this.#records -= 1;
    // If it is followed by another one in this chunk, it ended in it.
    if (head.records > 0) head.first += length;
    this.#dropRests(release);
    if (this.#records === 0 && this.#head !== undefined) this.#head.used = 0;
  }

  /** Copies of the records, the oldest first. */
  *read(): Generator<Buffer> {
    let chunk = this.#head;
    while (chunk !== undefined && chunk.records === 0) chunk = chunk.next;
    let at = chunk?.first ?? 0;
    for (let left = this.#records; left > 0 && chunk !== undefined; left -= 1) {
      const record = Buffer.allocUnsafe(lengthAt(chunk, at));
      let copied = 0;
      while (copied < record.length && chunk !== undefined) {
        const count: number = chunk.octets.copy(record, copied, at, Math.min(chunk.used, at + record.length - copied));
        copied += count;
        at += count;
        if (at < chunk.used) break;
        chunk = chunk.next;
        at = 0;
      }
      yield record;
    }
  }

  /** Removes chunks at the start that hold nothing but the end of a record whose beginning is gone. */
  #dropRests(release: (chunk: Chunk) => void): void {
    while (this.#head !== undefined && this.#head.records === 0 && this.#head !== this.#tail)
      release(this.dropHead() as Chunk);
  }

  #add(chunk: Chunk): void {
    if (this.#tail === undefined) this.#head = chunk;
    else this.#tail.next = chunk;
    this.#tail = chunk;
    this.#chunks += 1;
  }

  #put(source: Octets, start: number, end: number, next: () => Chunk): void {
    for (let from = start; from < end; ) {
      if (this.room === 0) this.#add(next());
      const tail = this.#tail as Chunk;
      const count = Math.min(end - from, CHUNK_OCTETS - tail.used);
      if (typeof source === 'string') tail.octets.write(source.slice(from, from + count), tail.used, count, 'latin1');
      else source.copy(tail.octets, tail.used, from, from + count);
      tail.used += count;
      from += count;
    }
  }
}

/** The length word at `at` of a chunk, which may lie in two of them. */
const lengthAt = (chunk: Chunk, at: number): number => {
  if (at + 4 <= chunk.used) return chunk.octets.readUInt32LE(at);
  let length = 0;
  let current: Chunk | undefined = chunk;
  for (let index = 0, place = at; index < 4; index += 1, place += 1) {
    if (current !== undefined && place === current.used) {
      current = current.next;
      place = 0;
    }
    length += (current?.octets[place] ?? 0) * 2 ** (8 * index);
  }
  return length;
};
