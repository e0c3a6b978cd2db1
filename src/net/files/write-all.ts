// Writing that is whole or did not happen. The system may take a part of what it is given and call that no error: a disk
// with two octets left takes two. What is said to be written is written; what was begun and failed is taken back.

import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Where octets go: the machine's file system, or a test's. */
export interface Disk {
  /** Writes octets of `bytes`, beginning with the one at `from`, where the file is. Returns how many: at least one. */
  write(file: number, bytes: Buffer, from: number): number;
}

export const nodeDisk: Disk = { write: (file, bytes, from) => writeSync(file, bytes, from) };

/** Returns when the kernel has all of `bytes`. Throws a `NodeJS.ErrnoException`; then it may have a part. */
export const writeAll = (file: number, bytes: Buffer, disk: Disk = nodeDisk): void => {
  for (let written = 0; written < bytes.length; ) written += disk.write(file, bytes, written);
};

/** A file that only grows, by whole pieces: after a failure it is as long as it was, or known to be torn. */
export class GrowingFile {
  readonly descriptor: number;
  readonly #disk: Disk;
  #length: number;
  #torn: boolean;

  /** `descriptor` is open for appending; `torn`: its last line has no end. */
  constructor(descriptor: number, torn: boolean, disk: Disk = nodeDisk) {
    this.descriptor = descriptor;
    this.#disk = disk;
    this.#torn = torn;
    this.#length = fstatSync(descriptor).size;
  }

  /** Whether something that was never acknowledged stands at its end. */
  get torn(): boolean {
    return this.#torn;
  }

  /** Whole lines. Throws a `NodeJS.ErrnoException` where they cannot be written whole. */
  append(lines: Buffer): void {
    const before = this.#length;
    try {
      // A line break first where a line is torn, so that it damages no other.
      const bytes = this.#torn ? Buffer.concat([LINE_BREAK, lines]) : lines;
      writeAll(this.descriptor, bytes, this.#disk);
      this.#length += bytes.length;
      this.#torn = false;
    } catch (error) {
      this.#cutTo(before);
      throw error;
    }
  }

  /** The same, and returns when the disk has it. */
  appendSynced(lines: Buffer): void {
    const before = this.#length;
    this.append(lines);
    try {
      fsyncSync(this.descriptor);
    } catch (error) {
      this.#cutTo(before);
      throw error;
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }

  #cutTo(length: number): void {
    try {
      ftruncateSync(this.descriptor, length);
      this.#length = length;
    } catch {
      this.#torn = true;
      this.#length = fstatSync(this.descriptor).size;
    }
  }
}

const LINE_BREAK = Buffer.from('\n');

/** A small file, whole or as it was. Returns when the disk has it. Throws a `NodeJS.ErrnoException`. */
export const replaceFile = (path: string, text: string, mode: number, disk: Disk = nodeDisk): void => {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.new`;
  try {
    const file = openSync(fresh, 'w', mode);
    try {
      writeAll(file, Buffer.from(text), disk);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
};
