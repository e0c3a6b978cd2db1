import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Disk, GrowingFile, nodeDisk } from './write-all.js';

/**
 * A small file of JSON lines that only grows: read once at the start, then one line is written and synced per entry.
 * For facts that are rare and must survive a kill at any moment.
 */
export class JsonLinesFile {
  readonly #path: string;
  readonly #disk: Disk;
  #torn = false;

  /** The folder is made when the first line is written. A missing file counts as empty. */
  constructor(path: string, disk: Disk = nodeDisk) {
    this.#path = path;
    this.#disk = disk;
  }

  /** Every whole line's value, in order. A torn or damaged line is left out: it was never acknowledged. */
  read(): unknown[] {
    const text = this.#text();
    this.#torn = text !== '' && !text.endsWith('\n');
    return text.split('\n').flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as unknown];
      } catch {
        return [];
      }
    });
  }

  /**
   * Appends a line. Returns when the whole line is on the disk. Call `read` first. Throws a `NodeJS.ErrnoException` if
   * it cannot be written; then `read` will not find it.
   */
  append(value: unknown): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    const file = new GrowingFile(openSync(this.#path, 'a', 0o640), this.#torn, this.#disk);
    try {
      file.appendSynced(Buffer.from(`${JSON.stringify(value)}\n`));
    } finally {
      this.#torn = file.torn;
      file.close();
    }
  }

  #text(): string {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    }
  }
}
