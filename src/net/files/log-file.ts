import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a log is, and how many files it has. */
export interface LogFileOptions {
  readonly directory: string;
  /** `ccm` and `.txt` give `ccm.txt`; full, it becomes `ccm.00000001.txt`, the next `ccm.00000002.txt` and so on. */
  readonly name: string;
  readonly extension: string;
  /** How many files there may be, the current one included. */
  readonly files: number;
}

export const LINE_FEED = 0x0a;
const NUMBER = /^\d{8}$/;
const LINE_BREAK = Buffer.from('\n');

/**
 * One log on disk: the file that grows under the log's name, and the full files beside it with numbers. Detects that
 * somebody moved or removed the file, and avoids half lines. The caller decides what to write and when.
 *
 * Every method rejects with the error of the file system, unless it says otherwise.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  #file: FileHandle | undefined;
  /** Device and inode of the open file, to recognise it. */
  #identity = '';
  #size = 0;
  /** The number of the newest full file. 0: not looked up yet, or none. */
  #number = 0;

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /** Octets in the current file. */
  get size(): number {
    return this.#size;
  }

  /** Opens the file to append. A line that a kill tore gets a line break, so that it damages no other line. */
  async open(): Promise<void> {
    if (this.#number === 0) await this.#takeUp();
    const file = await open(this.#path(), 'a+');
    this.#file = file;
    const { dev, ino, size } = await file.stat();
    this.#identity = `${dev}:${ino}`;
    this.#size = size;
    if (size === 0) return;
    const last = Buffer.alloc(1);
    await file.read(last, 0, 1, size - 1);
    if (last[0] !== LINE_FEED) await this.write([LINE_BREAK]);
  }

  /** Writes at the end. Resolves with the octets that were taken: at least one, on a full disk maybe not all. */
  async write(parts: readonly Buffer[]): Promise<number> {
    const { bytesWritten = 0 } = (await this.#file?.writev([...parts])) ?? {};
    if (bytesWritten === 0) throw new Error('nothing is taken');
    this.#size += bytesWritten;
    return bytesWritten;
  }

  /** Removes the last `octets`. */
  async takeBack(octets: number): Promise<void> {
    await this.#file?.truncate(this.#size - octets);
    this.#size -= octets;
  }

  /** Whether another file has the name by now, or none. */
  async isGone(): Promise<boolean> {
    try {
      const { dev, ino, size } = await stat(this.#path());
      if (`${dev}:${ino}` !== this.#identity) return true;
      this.#size = size; // somebody may have emptied it
      return false;
    } catch (error) {
      unlessMissing(error as NodeJS.ErrnoException);
      return true;
    }
  }

  /** Gives the current, full file a number, and removes the oldest one. */
  async turn(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    this.#number += 1;
    await rename(this.#path(), this.#path(this.#number)).catch(unlessMissing);
    await rm(this.#path(this.#number - this.#options.files + 1), { force: true });
  }

  /**
   * Closes the file. The numbers are looked up again at the next `open`, since others may change them. Never
   * rejects.
   */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#number = 0;
    await file?.close().catch(() => {});
  }

  /** Finds the newest number, and removes files beyond the limit. */
  async #takeUp(): Promise<void> {
    const { directory, name, extension, files } = this.#options;
    await mkdir(directory, { recursive: true });
    const numbers = (await readdir(directory))
      .filter((file) => file.startsWith(`${name}.`) && file.endsWith(extension))
      .map((file) => file.slice(name.length + 1, -extension.length))
      .filter((digits) => NUMBER.test(digits))
      .map(Number);
    this.#number = Math.max(0, ...numbers);
    for (const number of numbers) if (number <= this.#number - files + 1) await rm(this.#path(number), { force: true });
  }

  #path(number?: number): string {
    const { directory, name, extension } = this.#options;
    return join(directory, `${name}${number === undefined ? '' : `.${String(number).padStart(8, '0')}`}${extension}`);
  }
}

const unlessMissing = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error;
};
