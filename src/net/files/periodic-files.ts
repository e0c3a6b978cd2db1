// Files that each hold the rows of a while, after a head: the next one begins when rows come after the while is over.
// Each has the minute in which it began and a rising number in its name, so that whoever collects them never meets a
// name twice. What the rows say is not known here.

import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, type Clock, type Duration, dateOf, type Instant, type WallTime } from '../../core/time.js';
import type { FileSeries } from './trace-files.js';

export interface PeriodicFilesOptions {
  readonly directory: string;
  /** `cdr_Lab_01` gives `cdr_Lab_01_202006282111_12`. */
  readonly name: string;
  /** Whole lines that each file begins with. */
  readonly head: Buffer;
  /** How long a file takes rows, from its first on. */
  readonly every: Duration;
  /** How many files there may be, the current one included. */
  readonly files: number;
  readonly clock: Clock;
}

const REST = /^\d{12}_(\d{1,12})$/;

/** Every method but `close` rejects with what the file system says. */
export class PeriodicFiles implements FileSeries {
  readonly #options: PeriodicFilesOptions;
  #file: FileHandle | undefined;
  /** Of the current file; `undefined`: the next row begins another. */
  #path: string | undefined;
  #endsAt: Instant;
  #identity = '';
  #size = 0;
  /** Those that there are, the oldest first; `undefined`: not looked up yet. */
  #paths: string[] | undefined;
  /** Of the newest file. */
  #number = 0;

  constructor(options: PeriodicFilesOptions) {
    this.#options = options;
    this.#endsAt = options.clock.now();
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  get size(): number {
    return this.#size;
  }

  /** By time alone. */
  takes(): boolean {
    return this.#options.clock.now() < this.#endsAt;
  }

  /** Goes on with the current file while its time lasts, or begins the next one. */
  async open(): Promise<void> {
    const { directory, head, every, clock } = this.#options;
    await mkdir(directory, { recursive: true });
    if (this.#path !== undefined && this.takes()) {
      this.#file = await open(this.#path, 'a+');
      const { size } = await this.#identify(this.#file);
      if (size < head.length) await this.#begin(this.#file);
      return;
    }
    const paths = this.#paths ?? (await this.#takeUp());
    const now = clock.now();
    const path = join(directory, `${this.#options.name}_${minuteOf(clock.wallTime(now))}_${this.#number + 1}`);
    await this.#makeRoom(paths);
    const file = await open(path, 'a+');
    try {
      await this.#begin(file);
    } catch (error) {
      await file.close().catch(() => {});
      await rm(path, { force: true }).catch(() => {}); // a head without rows helps nobody
      throw error;
    }
    this.#file = file;
    this.#path = path;
    this.#number += 1;
    this.#endsAt = after(now, every);
    paths.push(path);
  }

  async write(parts: readonly Buffer[]): Promise<number> {
    const { bytesWritten = 0 } = (await this.#file?.writev([...parts])) ?? {};
    if (bytesWritten === 0) throw new Error('nothing is taken');
    this.#size += bytesWritten;
    return bytesWritten;
  }

  /** Where even that fails, the file is left as it is, and the next rows go to another. */
  async takeBack(octets: number): Promise<void> {
    const path = this.#path;
    this.#path = undefined;
    await this.#file?.truncate(this.#size - octets);
    this.#path = path;
    this.#size -= octets;
  }

  /** Whoever collected the file has it whole: the next rows go to another. */
  async isGone(): Promise<boolean> {
    if (this.#path === undefined) return false;
    const found = await stat(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (found !== undefined && `${found.dev}:${found.ino}` === this.#identity) return false;
    this.#path = undefined;
    return true;
  }

  async turn(): Promise<void> {
    await this.close();
    this.#path = undefined;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => {});
  }

  /** Writes the head, and what a full disk took of an earlier attempt goes. */
  async #begin(file: FileHandle): Promise<void> {
    await file.truncate(0);
    await file.appendFile(this.#options.head);
    await this.#identify(file);
  }

  async #identify(file: FileHandle): Promise<{ readonly size: number }> {
    const { dev, ino, size } = await file.stat();
    this.#identity = `${dev}:${ino}`;
    this.#size = size;
    return { size };
  }

  /** Finds what earlier runs have left. */
  async #takeUp(): Promise<string[]> {
    const { directory, name } = this.#options;
    const found = (await readdir(directory))
      .map((file) => ({
        file,
        number: file.startsWith(`${name}_`) ? REST.exec(file.slice(name.length + 1))?.[1] : undefined,
      }))
      .flatMap(({ file, number }) =>
        number === undefined ? [] : [{ path: join(directory, file), number: Number(number) }],
      )
      .sort((one, other) => one.number - other.number);
    this.#number = found.at(-1)?.number ?? 0;
    this.#paths = found.map(({ path }) => path);
    return this.#paths;
  }

  /** For one file more. */
  async #makeRoom(paths: string[]): Promise<void> {
    while (paths.length >= this.#options.files) {
      await rm(paths[0] ?? '', { force: true });
      paths.shift();
    }
  }
}

/** `yyyymmddhhmm` in UTC. */
const minuteOf = (at: WallTime): string => dateOf(at).toISOString().slice(0, 16).replace(/\D/g, '');
