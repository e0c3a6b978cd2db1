// A disk with room for a number of octets. As a real one, it takes a part of the last write before it reports that it
// is full.

import { writeSync } from 'node:fs';
import type { Disk } from '../../src/net/files/write-all.js';

export class SmallDisk implements Disk {
  /** Octets that it takes at once; a disk may do so at any time. */
  most = Number.POSITIVE_INFINITY;

  constructor(public room = Number.POSITIVE_INFINITY) {}

  write(file: number, bytes: Buffer, from: number): number {
    const length = Math.min(bytes.length - from, this.room, this.most);
    if (length <= 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    this.room -= length;
    return writeSync(file, bytes, from, length);
  }
}
