const EMPTY = Buffer.alloc(0);

/**
 * Octets of a file that were read and are not used yet. Chunks go in at the end; the front is looked at, taken or
 * skipped. What it returns are views of the chunks where possible.
 */
export class OctetQueue {
  #front: Buffer = EMPTY;
  #later: Buffer[] = [];
  #length = 0;
  #offset = 0;
  /** Octets that are still to be skipped when they come. */
  #skips = 0;

  /** How many octets are here. */
  get length(): number {
    return this.#length;
  }

  /** The offset of the front in the file. */
  get offset(): number {
    return this.#offset;
  }

  /** Octets to skip that the file did not hold yet. */
  get skips(): number {
    return this.#skips;
  }

  push(chunk: Buffer): void {
    const skipped = Math.min(this.#skips, chunk.length);
    this.#skips -= skipped;
    this.#offset += skipped;
    const rest = skipped === 0 ? chunk : chunk.subarray(skipped);
    if (rest.length === 0) return;
    if (this.#length === 0) this.#front = rest;
    else this.#later.push(rest);
    this.#length += rest.length;
  }

  /** The first `count` octets; `undefined`: there are not so many yet. */
  peek(count: number): Buffer | undefined {
    if (count > this.#length) return undefined;
    if (count > this.#front.length) {
      const parts = [this.#front];
      for (let sum = this.#front.length; sum < count; ) {
        const next = this.#later.shift() as Buffer;
        parts.push(next);
        sum += next.length;
      }
      this.#front = Buffer.concat(parts);
    }
    return this.#front.subarray(0, count);
  }

  /** Removes the first `count` octets, of which some may not have come yet. */
  skip(count: number): void {
    let left = Math.min(count, this.#length);
    this.#skips += count - left;
    this.#offset += left;
    this.#length -= left;
    while (left >= this.#front.length && left > 0) {
      left -= this.#front.length;
      this.#front = this.#later.shift() ?? EMPTY;
    }
    this.#front = this.#front.subarray(left);
  }
}
