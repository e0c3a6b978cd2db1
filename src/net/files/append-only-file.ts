import {
  closeSync,
  constants,
  fdatasync,
  fsync,
  mkdirSync,
  open,
  openSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type Disk, GrowingFile, nodeDisk } from './write-all.js';

const MODE = 0o640;
const LINE_FEED = 0x0a;
/** Octets that are read at once, so that a large file is never in memory as a whole. */
const PIECE = 64 * 1024;

/**
 * A file that only grows, and can be replaced by a new one in a single step. For data that must survive a kill at any
 * moment and comes too often to be synced line by line. It does not know what the lines mean.
 */
export class AppendedFile {
  readonly #path: string;
  readonly #disk: Disk;
  readonly #mode: number;
  #file: GrowingFile | undefined;
  #torn = false;
  #syncing = 0;
  #closeLater: GrowingFile[] = [];

  /** The folder is made when the file is first written. `mode`: the permissions of a new file. */
  constructor(path: string, disk: Disk = nodeDisk, mode = MODE) {
    this.#path = path;
    this.#disk = disk;
    this.#mode = mode;
  }

  /** Reads the whole file in pieces that share one buffer: each is valid until the next is read. */
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
    this.#file ??= new GrowingFile(openForAppending(this.#path, 'go on', this.#mode), this.#torn, this.#disk);
    this.#file.append(bytes);
  }

  async sync(): Promise<void> {
    if (this.#file === undefined) return;
    this.#syncing += 1;
    try {
      await synced(this.#file);
    } finally {
      this.#syncing -= 1;
      if (this.#syncing === 0) for (const file of this.#closeLater.splice(0)) file.close();
    }
  }

  /** Begins a new file that takes the place of this one with `commit`. */
  replacement(): AppendedFileReplacement {
    const path = `${this.#path}.new`;
    const fresh = new GrowingFile(openForAppending(path, 'anew', this.#mode), false, this.#disk);
    return new AppendedFileReplacement(path, fresh, (file) => {
      renameSync(path, this.#path);
      this.#release();
      this.#file = file;
      syncFolder(dirname(this.#path));
    });
  }

  close(): void {
    this.#release();
  }

  /** Closes the file, after a sync that is in progress. */
  #release(): void {
    if (this.#file === undefined) return;
    if (this.#syncing > 0) this.#closeLater.push(this.#file);
    else this.#file.close();
    this.#torn = this.#file.torn;
    this.#file = undefined;
  }
}

class AppendedFileReplacement {
  readonly #path: string;
  readonly #file: GrowingFile;
  readonly #takeOver: (file: GrowingFile) => void;

  constructor(path: string, file: GrowingFile, takeOver: (file: GrowingFile) => void) {
    this.#path = path;
    this.#takeOver = takeOver;
    this.#file = file;
  }

  append(bytes: Buffer): void {
    this.#file.append(bytes);
  }

  sync(): Promise<void> {
    return synced(this.#file);
  }

  commit(): void {
    this.#takeOver(this.#file);
  }

  abandon(): void {
    this.#file.close();
    rmSync(this.#path, { force: true });
  }
}

/** `undefined`: it does not exist. */
const openForReading = (path: string): number | undefined => {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } = constants;

/** Appends also after the file was truncated. */
const openForAppending = (path: string, begin: 'anew' | 'go on', mode: number): number => {
  mkdirSync(dirname(path), { recursive: true });
  return openSync(path, O_WRONLY | O_CREAT | O_APPEND | (begin === 'anew' ? O_TRUNC : 0), mode);
};

/** Syncs the new name to the disk, without waiting: until then the old file with everything acknowledged is there. */
const syncFolder = (path: string): void =>
  open(path, 'r', (failed, folder) => {
    if (failed === null) fsync(folder, () => closeSync(folder));
  });

const synced = ({ descriptor }: GrowingFile): Promise<void> =>
  new Promise((resolve, reject) => fdatasync(descriptor, (error) => (error === null ? resolve() : reject(error))));
