// A small file of JSON lines that only grows: read once at the start, one line written and synced per entry. For facts
// that are rare and must survive a kill at any moment.

import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export class JsonLinesFile {
  readonly #path: string;
  #torn = false;

  /** The folder is made when the first line is written; a file that is not there holds nothing. */
  constructor(path: string) {
    this.#path = path;
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

  /** Returns when the line is on the disk; `read` comes first. Throws a `NodeJS.ErrnoException` where it cannot be written. */
  append(value: unknown): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    const file = openSync(this.#path, 'a', 0o640);
    try {
      // A line break first where a kill tore the last line, so that it damages no other.
      writeSync(file, `${this.#torn ? '\n' : ''}${JSON.stringify(value)}\n`);
      this.#torn = false;
      fsyncSync(file);
    } finally {
      closeSync(file);
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
