// The names that this node has written while the bus of the cluster was away: they are sent when it is back, over restarts, too.

import { join } from 'node:path';
import type { Degradations } from '../core/degradations.js';
import { AppendedFile } from '../net/files/append-only-file.js';
import { type Disk, nodeDisk } from '../net/files/write-all.js';

/** Lines that are history, so that the file is not written anew all the time. */
const SLACK = 1_000;

/** A set of names in a file of the state directory, one line for each that comes or goes. */
export class UnsentNames {
  readonly path: string;
  readonly #part: string;
  readonly #degradations: Degradations;
  readonly #file: AppendedFile;
  readonly #names = new Set<string>();
  #lines = 0;

  /** `part`: what does not work while the file cannot be written, for people. */
  constructor(stateDirectory: string, file: string, part: string, degradations: Degradations, disk: Disk = nodeDisk) {
    this.path = join(stateDirectory, file);
    this.#part = part;
    this.#degradations = degradations;
    this.#file = new AppendedFile(this.path, disk);
  }

  /** Reads the file. What cannot be read is as if it were not there. */
  open(): void {
    try {
      const pieces = [...this.#file.read()].map((piece) => Buffer.from(piece));
      for (const line of Buffer.concat(pieces).toString().split('\n')) {
        if (line === '') continue;
        this.#lines += 1;
        const change = parseLine(line);
        if (change === undefined) continue;
        if (change.sent) this.#names.delete(change.name);
        else this.#names.add(change.name);
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  get size(): number {
    return this.#names.size;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  all(): readonly string[] {
    return [...this.#names];
  }

  /** Resolves when they are on the disk, or cannot be: then they are known until this daemon ends. */
  async add(names: readonly string[]): Promise<void> {
    const fresh = names.filter((name) => !this.#names.has(name));
    for (const name of fresh) this.#names.add(name);
    await this.#write(fresh, false);
  }

  async delete(names: readonly string[]): Promise<void> {
    const gone = names.filter((name) => this.#names.delete(name));
    await this.#write(gone, true);
  }

  close(): void {
    this.#file.close();
  }

  async #write(names: readonly string[], sent: boolean): Promise<void> {
    if (names.length === 0) return;
    try {
      if (this.#names.size === 0 || this.#lines + names.length > 2 * this.#names.size + SLACK) await this.#rewrite();
      else {
        this.#file.append(Buffer.from(names.map((name) => lineOf(name, sent)).join('')));
        await this.#file.sync();
        this.#lines += names.length;
      }
      this.#degradations.end(this.#part);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #rewrite(): Promise<void> {
    const fresh = this.#file.replacement();
    try {
      const text = this.all().map((name) => lineOf(name, false));
      if (text.length > 0) fresh.append(Buffer.from(text.join('')));
      await fresh.sync();
      fresh.commit();
      this.#lines = this.#names.size;
    } catch (error) {
      fresh.abandon();
      throw error;
    }
  }

  #failed(error: unknown): void {
    this.#degradations.begin(this.#part, `${this.path}: ${(error as Error).message}`);
  }
}

const lineOf = (name: string, sent: boolean): string => `${JSON.stringify(sent ? { name, sent } : { name })}\n`;

/** `undefined`: the line is none, for example one that was cut. */
const parseLine = (line: string): { readonly name: string; readonly sent: boolean } | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const { name, sent } = value as Record<string, unknown>;
    return typeof name === 'string' && name.length <= 64 ? { name, sent: sent === true } : undefined;
  } catch {
    return undefined;
  }
};
