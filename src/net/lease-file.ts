// A file that only grows and can be replaced by a fresh one in a single step: what must survive a kill at any moment and
// is too busy to be synced line by line. What its lines say is not known here.

import {
  closeSync,
  fdatasync,
  fsync,
  mkdirSync,
  open,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

const MODE = 0o640;
const LINE_FEED = 0x0a;
/** Octets that are read at once: a file that is held whole costs the start more than its lines do. */
const PIECE = 64 * 1024;

export class AppendedFile {
  readonly #path: string;
  #file: number | undefined;
  #torn = false;
  #syncing = 0;
  #closeLater: number[] = [];

  /** The folder is made when the file is first written. */
  constructor(path: string) {
    this.#path = path;
  }

  /** All that it holds, in pieces that share one buffer: each is good until the next is taken. */
  *read(): Generator<Buffer> {
    const file = openForReading(this.#path);
    if (file === undefined) return;
    try {
      const piece = Buffer.allocUnsafeSlow(PIECE);
      for (let length = readSync(file, piece); length > 0; length = readSync(file, piece)) {
        this.#torn = piece[length - 1] !== LINE_FEED;
        yield piece.subarray(0, length);
      }
    } finally {
      closeSync(file);
    }
  }

  append(bytes: Buffer): void {
    this.#file ??= openForAppending(this.#path, 'a');
    if (this.#torn) writeAll(this.#file, Buffer.from('\n')); // so that the torn line damages no other
    this.#torn = false;
    writeAll(this.#file, bytes);
  }

  async sync(): Promise<void> {
    if (this.#file === undefined) return;
    this.#syncing += 1;
    try {
      await synced(this.#file);
    } finally {
      this.#syncing -= 1;
      if (this.#syncing === 0) for (const file of this.#closeLater.splice(0)) closeSync(file);
    }
  }

  replacement(): AppendedFileReplacement {
    return new AppendedFileReplacement(`${this.#path}.new`, (file, path) => {
      renameSync(path, this.#path);
      this.#release();
      this.#file = file;
      this.#torn = false;
      syncFolder(dirname(this.#path));
    });
  }

  close(): void {
    this.#release();
  }

  /** Closes the file, but not under a sync that is in progress. */
  #release(): void {
    if (this.#file === undefined) return;
    if (this.#syncing > 0) this.#closeLater.push(this.#file);
    else closeSync(this.#file);
    this.#file = undefined;
  }
}

class AppendedFileReplacement {
  readonly #path: string;
  readonly #file: number;
  readonly #takeOver: (file: number, path: string) => void;

  constructor(path: string, takeOver: (file: number, path: string) => void) {
    this.#path = path;
    this.#takeOver = takeOver;
    this.#file = openForAppending(path, 'w');
  }

  append(bytes: Buffer): void {
    writeAll(this.#file, bytes);
  }

  sync(): Promise<void> {
    return synced(this.#file);
  }

  commit(): void {
    this.#takeOver(this.#file, this.#path);
  }

  abandon(): void {
    closeSync(this.#file);
    rmSync(this.#path, { force: true });
  }
}

/** `undefined`: it is not there. */
const openForReading = (path: string): number | undefined => {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const openForAppending = (path: string, flags: 'a' | 'w'): number => {
  mkdirSync(dirname(path), { recursive: true });
  return openSync(path, flags, MODE);
};

const writeAll = (file: number, bytes: Buffer): void => {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
};

/** Tells the disk of the new name, without waiting: until it knows, the old file with all that was acknowledged is there. */
const syncFolder = (path: string): void =>
  open(path, 'r', (failed, folder) => {
    if (failed === null) fsync(folder, () => closeSync(folder));
  });

const synced = (file: number): Promise<void> =>
  new Promise((resolve, reject) => fdatasync(file, (error) => (error === null ? resolve() : reject(error))));
