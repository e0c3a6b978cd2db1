// Kept files in memory, with a disk that may fail.

import type { KeptFolder } from '../../src/net/ports.js';

export class MemoryFolder implements KeptFolder {
  readonly #owners = new Map<string, Map<string, Buffer>>();
  writes = 0;
  /** Thrown by everything. */
  failure: Error | undefined;

  files(owner: string): Map<string, Buffer> {
    const files = this.#owners.get(owner) ?? new Map<string, Buffer>();
    this.#owners.set(owner, files);
    return files;
  }

  read(owner: string, names: readonly string[]): ReadonlyMap<string, Buffer> {
    if (this.failure !== undefined) throw this.failure;
    return new Map([...this.files(owner)].filter(([name]) => names.includes(name)));
  }

  write(owner: string, name: string, content: Buffer): void {
    if (this.failure !== undefined) throw this.failure;
    this.writes += 1;
    this.files(owner).set(name, Buffer.from(content));
  }

  remove(owner: string, name: string): void {
    if (this.failure !== undefined) throw this.failure;
    this.files(owner).delete(name);
  }
}
