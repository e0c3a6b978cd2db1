// A lease file in memory that can be made to fail, or be cut off as after a kill.

import type { LeaseFile } from '../../src/dhcp/lease-journal.js';

export class MemoryLeaseFile implements LeaseFile {
  content = Buffer.alloc(0);
  /** Octets that are read at once. */
  piece = 1024;
  /** Appending raises while this is set. */
  failure: Error | undefined;
  syncs = 0;
  appends = 0;
  replacements = 0;
  abandoned = 0;
  closed = false;

  *read(): Generator<Buffer> {
    for (let at = 0; at < this.content.length; at += this.piece) yield this.content.subarray(at, at + this.piece);
  }

  append(bytes: Buffer): void {
    if (this.failure !== undefined) throw this.failure;
    this.appends += 1;
    this.content = Buffer.concat([this.content, bytes]);
  }

  async sync(): Promise<void> {
    this.syncs += 1;
  }

  replacement() {
    if (this.failure !== undefined) throw this.failure;
    let fresh = Buffer.alloc(0);
    return {
      append: (bytes: Buffer) => {
        if (this.failure !== undefined) throw this.failure;
        fresh = Buffer.concat([fresh, bytes]);
      },
      sync: async () => {},
      commit: () => {
        this.content = fresh;
        this.replacements += 1;
      },
      abandon: () => {
        this.abandoned += 1;
      },
    };
  }

  close(): void {
    this.closed = true;
  }

  get lines(): number {
    return this.content.toString('latin1').split('\n').length - 1;
  }
}
