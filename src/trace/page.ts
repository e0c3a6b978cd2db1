// Lines gathered for an output until there are enough of them or a moment has passed: winston and the file system are
// asked once for many. Kept as octets: one character beyond Latin-1 would make a whole page of text twice as large and
// slow to write.

import { type Alarm, after, type Clock, milliseconds } from '../core/time.js';
import type { Outlet } from './winston.js';

/** To hand on a page takes the one thread and, in the file system, a core: the fewer, the fewer answers wait for it. */
const TURN_AFTER = milliseconds(100);
const FULL_PAGE = 128 * 1024;
/** Octets that UTF-8 needs at most for a UTF-16 code unit. */
const WIDEST = 3;

export class Page {
  readonly #outlet: Outlet;
  readonly #clock: Clock;
  readonly #full: number;
  readonly #bytes: Buffer;
  #length = 0;
  #lines = 0;
  #alarm: Alarm | undefined;

  /** `full`: octets that are handed on at once. */
  constructor(outlet: Outlet, clock: Clock, full = FULL_PAGE) {
    this.#outlet = outlet;
    this.#clock = clock;
    this.#full = Math.min(full, FULL_PAGE);
    this.#bytes = Buffer.allocUnsafeSlow(2 * FULL_PAGE);
  }

  /** `text` is `lines` whole lines, each with its line break. */
  add(text: string, lines: number): void {
    if (this.#length + text.length * WIDEST > this.#bytes.length) {
      this.turn();
      if (text.length * WIDEST > this.#bytes.length) {
        this.#outlet.write(Buffer.from(text), lines);
        return;
      }
    }
    this.#length += this.#bytes.write(text, this.#length);
    this.#lines += lines;
    if (this.#length >= this.#full) this.turn();
    else this.#alarm ??= this.#clock.wake(after(this.#clock.now(), TURN_AFTER), () => this.turn());
  }

  /** Hands on what is written so far. */
  turn(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (this.#length === 0) return;
    const bytes = Buffer.from(this.#bytes.subarray(0, this.#length));
    const lines = this.#lines;
    this.#length = 0;
    this.#lines = 0;
    this.#outlet.write(bytes, lines);
  }

  async close(): Promise<void> {
    this.turn();
    await this.#outlet.close();
  }
}
