import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSeries } from './trace-files.js';

/** Where a log is, and how many files it has. */
export interface LogFileOptions {
  readonly directory: string;
  /** `ccm` and `.txt` give `ccm.txt`; full, it becomes `ccm.00000001.txt`, the next `ccm.00000002.txt` and so on. */
  readonly name: string;
  readonly extension: string;
  /** Every file has a number, also the one that grows: `calllogs_00000001.txt`, then `calllogs_00000002.txt`. */
  readonly numbered?: true;
  /** Octets after which the next file begins. */
  readonly size: number;
  /** How many files there may be, the current one included. */
  readonly files: number;
}

export const LINE_FEED = 0x0a;
const NUMBER = /^\d{8}$/;
const LINE_BREAK = Buffer.from('\n');

/**
 * One log on disk: the file that grows, under the log's name or a number, and the full files beside it with numbers. Detects that
 * somebody moved or removed the file, and avoids half lines. The caller decides what to write and when.
 *
 * Every method rejects with the error of the file system, unless it says otherwise.
 */
export class LogFile implements FileSeries {
  readonly #options: LogFileOptions;
  #file: FileHandle | undefined;
  /** Device and inode of the open file, to recognise it. */
  #identity = '';
  #size = 0;
  /** The number of the newest full file, or of the current one where every file is numbered. 0: not looked up yet, or none. */
  #number = 0;
  /** The highest that this run has used. */
  #highest = 0;

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

  takes(octets: number): boolean {
    return this.#size + octets <= this.#options.size;
  }

  /** Opens the file to append. A line that a kill tore gets a line break, so that it damages no other line. */
  async open(): Promise<void> {
    if (this.#number === 0) await this.#takeUp();
    const file = await open(this.#current, 'a+');
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
      const { dev, ino, size } = await stat(this.#current);
      if (`${dev}:${ino}` !== this.#identity) return true;
      this.#size = size; // somebody may have emptied it
      return false;
    } catch (error) {
      unlessMissing(error as NodeJS.ErrnoException);
      return true;
    }
  }

  /** Gives the current, full file a number, or the next one, and removes the oldest one. */
  async turn(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    this.#number += 1;
    if (this.#options.numbered !== true) await rename(this.#current, this.#path(this.#number)).catch(unlessMissing);
    await rm(this.#path(this.#oldest - 1), { force: true });
  }

  /**
   * Closes the file. The numbers are looked up again at the next `open`, since others may change them. Never
   * rejects.
   */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#highest = Math.max(this.#highest, this.#number);
    this.#number = 0;
    await file?.close().catch(() => {});
  }

  /** Finds the newest number, and removes files beyond the limit. */
  async #takeUp(): Promise<void> {
    const { directory, name, extension, numbered } = this.#options;
    await mkdir(directory, { recursive: true });
    const numbers = (await readdir(directory))
      .filter((file) => file.startsWith(`${name}${this.#mark}`) && file.endsWith(extension))
      .map((file) => file.slice(name.length + 1, -extension.length))
      .filter((digits) => NUMBER.test(digits))
      .map(Number);
    this.#number = Math.max(0, ...numbers);
    // The number of a file that was moved away is not given to an older one.
    if (numbered === true) this.#number = Math.max(1, this.#number, this.#highest);
    for (const number of numbers) if (number < this.#oldest) await rm(this.#path(number), { force: true });
  }

  /** The lowest number that may stay: with the current file there are as many as may be. */
  get #oldest(): number {
    const { files, numbered } = this.#options;
    return this.#number - files + (numbered === true ? 1 : 2);
  }

  /** Between the name and a number. */
  get #mark(): string {
    return this.#options.numbered === true ? '_' : '.';
  }

  get #current(): string {
    const { directory, name, extension, numbered } = this.#options;
    return numbered === true ? this.#path(this.#number) : join(directory, `${name}${extension}`);
  }

  #path(number: number): string {
    const { directory, name, extension } = this.#options;
    return join(directory, `${name}${this.#mark}${String(number).padStart(8, '0')}${extension}`);
  }
}

const unlessMissing = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error;
};
