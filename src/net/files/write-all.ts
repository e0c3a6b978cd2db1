// Writes that happen as a whole or not at all. The system may take a part of what it is given without an error: a
// disk with two octets left takes two. What is reported as written is written; a write that fails is undone.

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
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The file system that octets are written to; a test has its own. */
export interface Disk {
  /** Writes octets of `bytes` from index `from` at the position of the file. Returns how many: at least one. */
  write(file: number, bytes: Buffer, from: number): number;
}

/** The file system of this machine. */
export const nodeDisk: Disk = { write: (file, bytes, from) => writeSync(file, bytes, from) };

/** Returns when the kernel has all of `bytes`. Throws a `NodeJS.ErrnoException`; then a part may be written. */
export const writeAll = (file: number, bytes: Buffer, disk: Disk = nodeDisk): void => {
  for (let written = 0; written < bytes.length; ) written += disk.write(file, bytes, written);
};

/** A file that grows by whole lines. After a failure it is as long as before, or marked as torn. */
export class GrowingFile {
  readonly descriptor: number;
  readonly #disk: Disk;
  #length: number;
  #torn: boolean;

  /** `descriptor` is open for appending. `torn`: the last line has no end. */
  constructor(descriptor: number, torn: boolean, disk: Disk = nodeDisk) {
    this.descriptor = descriptor;
    this.#disk = disk;
    this.#torn = torn;
    this.#length = fstatSync(descriptor).size;
  }

  /** Whether the file ends with something that was never acknowledged. */
  get torn(): boolean {
    return this.#torn;
  }

  /** Appends whole lines. Throws a `NodeJS.ErrnoException` if they cannot be written as a whole. */
  append(lines: Buffer): void {
    const before = this.#length;
    try {
      // After a torn line a line break comes first, so that it damages no other line.
      const bytes = this.#torn ? Buffer.concat([LINE_BREAK, lines]) : lines;
      writeAll(this.descriptor, bytes, this.#disk);
      this.#length += bytes.length;
      this.#torn = false;
    } catch (error) {
      this.#cutTo(before);
      throw error;
    }
  }

  /** The same, but returns only when the data is on the disk. */
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

/**
 * Replaces a small file as a whole. Returns when it is on the disk. Throws a `NodeJS.ErrnoException`; then the old
 * file stays.
 */
export const replaceFile = (path: string, content: string | Buffer, mode: number, disk: Disk = nodeDisk): void => {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.new`;
  try {
    const file = openSync(fresh, 'w', mode);
    try {
      writeAll(file, typeof content === 'string' ? Buffer.from(content) : content, disk);
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

/**
 * The same while the process does other things. Rejects with a `NodeJS.ErrnoException`; then the old file stays. Only one may be under
 * way for a path.
 */
export const replaceFileLater = async (path: string, content: string, mode: number): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  const fresh = `${path}.new`;
  try {
    const file = await open(fresh, 'w', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
};
