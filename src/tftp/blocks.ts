import type { FileContent } from '../core/files.js';

/**
 * A file as numbered blocks, in one of TFTP's two modes. Blocks count from 1; the first that is shorter than the block
 * size is the last. They are read in order, or again from one that was not acknowledged.
 *
 * @hot `read` returns a buffer if the octets are in memory, which is the common case, and a promise only if not: a
 * promise for each block would cost more than the block. Both ways are tested in `test/tftp/transfers.test.ts`.
 */
export interface Blocks {
  /** Returns at once if the octets are in memory. Throws or rejects if the file cannot be read to its end. */
  read(block: number): Buffer | Promise<Buffer>;
  /** Blocks below this one will not be read again. */
  forget(below: number): void;
  /** Octets read as blocks so far, once each. */
  readonly octets: number;
}

/** Octet mode: the file as it is (RFC 1350 §1). */
export class OctetBlocks implements Blocks {
  readonly #content: FileContent;
  readonly #blockSize: number;
  #octets = 0;

  constructor(content: FileContent, blockSize: number) {
    this.#content = content;
    this.#blockSize = blockSize;
  }

  get octets(): number {
    return this.#octets;
  }

  read(block: number): Buffer | Promise<Buffer> {
    const offset = (block - 1) * this.#blockSize;
    const read = this.#content.read(offset, this.#blockSize);
    return read instanceof Promise ? read.then((octets) => this.#whole(offset, octets)) : this.#whole(offset, read);
  }

  forget(): void {}

  #whole(offset: number, octets: Buffer): Buffer {
    const end = offset + octets.length;
    if (octets.length < this.#blockSize && end !== this.#content.size)
      throw new Error(`the file ended after ${end} octets`);
    if (end > this.#octets) this.#octets = end;
    return octets;
  }
}

/** Where a block begins in the file, and the octet of a line end that the block before had no room for. */
interface BlockStart {
  readonly offset: number;
  readonly carried: number | undefined;
  /** Octets of all blocks before this one. */
  readonly sent: number;
}

const CR = 13;
const LF = 10;

/** Netascii: a line feed travels as CR LF, a carriage return as CR NUL (RFC 764). Converted block by block. */
export class NetasciiBlocks implements Blocks {
  readonly #content: FileContent;
  readonly #blockSize: number;
  readonly #starts = new Map<number, BlockStart>([[1, { offset: 0, carried: undefined, sent: 0 }]]);
  #octets = 0;

  constructor(content: FileContent, blockSize: number) {
    this.#content = content;
    this.#blockSize = blockSize;
  }

  get octets(): number {
    return this.#octets;
  }

  read(block: number): Buffer | Promise<Buffer> {
    const beginning = this.#starts.get(block);
    if (beginning === undefined) throw new RangeError(`block ${block} is out of turn`);
    const read = this.#content.read(beginning.offset, this.#blockSize);
    return read instanceof Promise
      ? read.then((octets) => this.#convert(block, beginning, octets))
      : this.#convert(block, beginning, read);
  }

  forget(below: number): void {
    for (const block of this.#starts.keys()) {
      if (block >= below) return;
      this.#starts.delete(block);
    }
  }

  #convert(block: number, { offset, carried, sent }: BlockStart, octets: Buffer): Buffer {
    const size = this.#blockSize;
    if (octets.length < size && offset + octets.length !== this.#content.size)
      throw new Error(`the file ended after ${offset + octets.length} octets`);
    const converted = Buffer.allocUnsafe(size + 1);
    let length = 0;
    let used = 0;
    if (carried !== undefined) converted[length++] = carried;
    while (used < octets.length && length < size) {
      const octet = octets[used++] as number;
      if (octet === LF) converted[length++] = CR;
      converted[length++] = octet;
      if (octet === CR) converted[length++] = 0;
    }
    const result = converted.subarray(0, Math.min(length, size));
    const total = sent + result.length;
    this.#starts.set(block + 1, {
      offset: offset + used,
      carried: length > size ? converted[size] : undefined,
      sent: total,
    });
    if (total > this.#octets) this.#octets = total;
    return result;
  }
}
