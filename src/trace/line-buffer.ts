import type { BusEvent } from '../core/event-bus.js';
import { after, type Clock, milliseconds, type Timer, type WallTime } from '../core/time.js';
import { writeEvent } from './json.js';
import { escapeInPlace, LINE_FEED, printable, printableBody, WIDEST } from './line.js';
import type { TraceOutput } from './winston.js';

/** A flush blocks the only thread. The fewer there are, the fewer answers wait for one. */
const FLUSH_AFTER = milliseconds(100);
const FULL = 128 * 1024;

/**
 * Collects the lines of an output until there are many or a moment has passed, so that winston and the file system
 * are called once for many lines.
 *
 * @hot Lines are kept as octets: one character beyond Latin-1 would make a string of the whole buffer twice as large
 * and slow to write (decisions 8 and 17).
 */
export class LineBuffer {
  readonly #output: TraceOutput;
  readonly #clock: Clock;
  readonly #full: number;
  readonly #bytes: Buffer;
  #length = 0;
  #lines = 0;
  #timer: Timer | undefined;

  /** `full`: with so many octets the buffer is flushed. */
  constructor(output: TraceOutput, clock: Clock, full = FULL) {
    this.#output = output;
    this.#clock = clock;
    this.#full = Math.min(full, FULL);
    this.#bytes = Buffer.allocUnsafeSlow(2 * FULL);
  }

  /** Adds `text` and a line break. `lines`: how many lines it counts as if it is lost. */
  add(text: string, lines: number): void {
    if (!this.#hasRoom(text.length)) {
      this.#output.write(Buffer.from(`${text}\n`), lines);
      return;
    }
    this.#length += this.#bytes.write(text, this.#length);
    this.#endLine(lines);
  }

  /**
   * Adds an event as a line of JSON, with the wall time as its `at`. `lines`: how many lines it counts as if it is
   * lost.
   */
  addFact(fact: BusEvent, at: WallTime, lines: number): void {
    const end = writeEvent(this.#bytes, this.#length, fact, at);
    if (end < this.#bytes.length) {
      this.#length = end;
      this.#endLine(lines);
    } else this.add(JSON.stringify({ ...fact, at }), lines);
  }

  /**
   * Adds a trace line. Control characters in `text`, which a peer may have written, are escaped, except line breaks
   * of a body.
   */
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

  /** Whether so many characters and a line break fit. Flushes first if necessary. */
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

  /** Hands the lines so far to the output. */
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
