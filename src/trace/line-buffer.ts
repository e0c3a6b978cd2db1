// Lines gathered for an output until there are enough of them or a moment has passed: winston and the file system are
// asked once for many. Kept as octets: one character beyond Latin-1 would make a whole page of text twice as large and
// slow to write.

import type { BusEvent } from '../core/event-bus.js';
import { after, type Clock, milliseconds, type Timer, type WallTime } from '../core/time.js';
import { writeEvent } from './json.js';
import { escapeInPlace, LINE_FEED, printable, printableBody, WIDEST } from './line.js';
import type { TraceOutput } from './winston.js';

/** To hand on a page takes the one thread and, in the file system, a core: the fewer, the fewer answers wait for it. */
const FLUSH_AFTER = milliseconds(100);
const FULL_PAGE = 128 * 1024;

export class LineBuffer {
  readonly #output: TraceOutput;
  readonly #clock: Clock;
  readonly #full: number;
  readonly #bytes: Buffer;
  #length = 0;
  #lines = 0;
  #timer: Timer | undefined;

  /** `full`: octets that are handed on at once. */
  constructor(output: TraceOutput, clock: Clock, full = FULL_PAGE) {
    this.#output = output;
    this.#clock = clock;
    this.#full = Math.min(full, FULL_PAGE);
    this.#bytes = Buffer.allocUnsafeSlow(2 * FULL_PAGE);
  }

  /** `text` gets its line break here. `lines`: what it counts as where it is lost. */
  add(text: string, lines: number): void {
    if (!this.#hasRoom(text.length)) {
      this.#output.write(Buffer.from(`${text}\n`), lines);
      return;
    }
    this.#length += this.#bytes.write(text, this.#length);
    this.#endLine(lines);
  }

  /** A fact as a line of JSON, its `at` as the wall clock shows it. `lines`: what it counts as where it is lost. */
  addFact(fact: BusEvent, at: WallTime, lines: number): void {
    const end = writeEvent(this.#bytes, this.#length, fact, at);
    if (end < this.#bytes.length) {
      this.#length = end;
      this.#endLine(lines);
    } else this.add(JSON.stringify({ ...fact, at }), lines);
  }

  /** A line of a trace, `text` as a peer may have written it: its control characters are escaped, but for the line breaks of a body. */
  addTraced(head: string, text: string, isBody: boolean, lines: number): void {
    if (this.#hasRoom(head.length + text.length)) {
      const from = this.#length + this.#bytes.write(head, this.#length);
      const end = escapeInPlace(this.#bytes, from, from + this.#bytes.write(text, from), isBody);
      if (end !== undefined) {
        this.#length = end;
        this.#endLine(lines);
        return;
      }
    }
    this.add(`${head}${isBody ? printableBody(text) : printable(text)}`, lines);
  }

  /** For so many characters and a line break, once what is there is handed on. */
  #hasRoom(characters: number): boolean {
    const octets = characters * WIDEST + 1;
    if (this.#length + octets > this.#bytes.length) this.flush();
    return octets <= this.#bytes.length;
  }

  #endLine(lines: number): void {
    this.#bytes[this.#length] = LINE_FEED;
    this.#length += 1;
    this.#lines += lines;
    if (this.#length >= this.#full) this.flush();
    else this.#timer ??= this.#clock.callAt(after(this.#clock.now(), FLUSH_AFTER), () => this.flush());
  }

  /** Hands on what is written so far. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#length === 0) return;
    const bytes = Buffer.from(this.#bytes.subarray(0, this.#length));
    const lines = this.#lines;
    this.#length = 0;
    this.#lines = 0;
    this.#output.write(bytes, lines);
  }

  async close(): Promise<void> {
    this.flush();
    await this.#output.close();
  }
}
