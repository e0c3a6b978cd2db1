// Files with rising numbers that each begin with a head. The next one begins at a size, with another day, and at each
// start. Finished ones are packed. What head and lines say is not known here.

import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { FileSeries } from './trace-files.js';

export interface HeadedFilesOptions {
  readonly directory: string;
  /** `SDL001_100` and `.txt` give `SDL001_100_000001.txt`, packed `SDL001_100_000001.txt.gz`. */
  readonly name: string;
  readonly extension: string;
  /** Octets after which the next file begins. */
  readonly size: number;
  /** How many files there may be, packed ones and the current one included. */
  readonly files: number;
  /** Whole lines that a file begins with: `first` is what comes after them, `number` the file's. */
  readonly head: (first: Buffer, number: number) => Buffer;
  /** Names the present day: lines of another day belong into another file. */
  readonly day: () => string;
}

const PACKED = '.gz';
/** A packed file that is not finished. */
const PART = '.gz.part';

/** Every method but `close` rejects with what the file system says. */
export class HeadedFiles implements FileSeries {
  readonly #options: HeadedFilesOptions;
  #file: FileHandle | undefined;
  /** Of the current file; `undefined`: the next line begins another. */
  #path: string | undefined;
  #identity = '';
  #size = 0;
  /** When the head of the current file was written. */
  #day = '';
  /** The numbers of the files that there are, rising; `undefined`: not looked up yet. */
  #numbers: number[] | undefined;
  /** What is packed and removed, one file at a time and beside everything else. Never rejects. */
  #tidying: Promise<void> = Promise.resolve();

  constructor(options: HeadedFilesOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  get size(): number {
    return this.#size;
  }

  takes(octets: number): boolean {
    return this.#size + octets <= this.#options.size && this.#options.day() === this.#day;
  }

  /** Goes on with the current file after a trouble, or begins the next one. */
  async open(): Promise<void> {
    await mkdir(this.#options.directory, { recursive: true });
    const numbers = this.#numbers ?? (await this.#takeUp());
    if (this.#path === undefined) {
      const number = (numbers.at(-1) ?? 0) + 1;
      this.#path = this.#pathOf(number);
      numbers.push(number);
      while (numbers.length > this.#options.files) this.#remove(numbers.shift() ?? 0);
    }
    const file = await open(this.#path, 'a+');
    const { dev, ino, size } = await file.stat();
    this.#file = file;
    this.#identity = `${dev}:${ino}`;
    this.#size = size;
  }

  async write(parts: readonly Buffer[]): Promise<number> {
    const head = this.#size === 0 ? this.#head(parts) : undefined;
    const { bytesWritten = 0 } = (await this.#file?.writev(head === undefined ? [...parts] : [head, ...parts])) ?? {};
    const taken = bytesWritten - (head?.length ?? 0);
    if (taken <= 0) {
      if (head !== undefined) await this.#file?.truncate(0); // half a head helps nobody
      throw new Error('nothing is taken');
    }
    this.#size += bytesWritten;
    return taken;
  }

  async takeBack(octets: number): Promise<void> {
    await this.#file?.truncate(this.#size - octets);
    this.#size -= octets;
  }

  /** A file that somebody moved or removed is finished: the next lines go to another. */
  async isGone(): Promise<boolean> {
    if (this.#path === undefined) return true;
    const found = await stat(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (found !== undefined && `${found.dev}:${found.ino}` === this.#identity) {
      this.#size = found.size; // somebody may have emptied it
      return false;
    }
    this.#path = undefined;
    return true;
  }

  /** Waits until the file before this one is packed: there is one at a time, however fast they fill. */
  async turn(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    this.#size = 0;
    const finished = this.#path;
    this.#path = undefined;
    await this.#tidying;
    if (finished !== undefined && this.#options.files > 1) this.#tidy(() => pack(finished));
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => {});
    await this.#tidying;
  }

  #head([first = Buffer.alloc(0)]: readonly Buffer[]): Buffer {
    this.#day = this.#options.day();
    return this.#options.head(first, this.#numbers?.at(-1) ?? 0);
  }

  /** Finds the files of earlier runs, and packs those that are not. */
  async #takeUp(): Promise<number[]> {
    const { directory, name, extension } = this.#options;
    const found = new Map<number, string>();
    for (const file of await readdir(directory)) {
      if (!file.startsWith(`${name}_`)) continue;
      const [digits = '', ...rest] = file.slice(name.length + 1).split('.');
      if (!/^\d{6,9}$/.test(digits)) continue;
      const ending = `.${rest.join('.')}`;
      const path = join(directory, file);
      if (ending === `${extension}${PART}`) this.#tidy(() => rm(path, { force: true }));
      else if (ending === extension || ending === `${extension}${PACKED}`) found.set(Number(digits), ending);
      if (ending === extension) this.#tidy(() => pack(path));
    }
    this.#numbers = [...found.keys()].sort((one, other) => one - other);
    return this.#numbers;
  }

  #remove(number: number): void {
    const path = this.#pathOf(number);
    this.#tidy(async () => {
      await rm(path, { force: true });
      await rm(`${path}${PACKED}`, { force: true });
    });
  }

  #tidy(work: () => Promise<void>): void {
    this.#tidying = this.#tidying.then(work).catch(() => {}); // a file that cannot be packed stays as it is
  }

  #pathOf(number: number): string {
    const { directory, name, extension } = this.#options;
    return join(directory, `${name}_${String(number).padStart(6, '0')}${extension}`);
  }
}

/** Replaces a file by its packed form. Node reads, packs and writes on other threads than this one. */
const pack = async (path: string): Promise<void> => {
  const part = `${path}${PART}`;
  try {
    await pipeline(createReadStream(path), createGzip(), createWriteStream(part));
    await rename(part, `${path}${PACKED}`);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await rm(path, { force: true });
};
