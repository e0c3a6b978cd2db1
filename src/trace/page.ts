// Lines gathered for an output until there are enough of them or a moment has passed: winston and the file system are
// asked once for many.

import { type Alarm, after, type Clock, milliseconds } from '../core/time.js';
import type { Outlet } from './winston.js';

const TURN_AFTER = milliseconds(20);
const FULL_PAGE = 64 * 1024;

export class Page {
  readonly #outlet: Outlet;
  readonly #clock: Clock;
  readonly #full: number;
  #text = '';
  #lines = 0;
  #alarm: Alarm | undefined;

  /** `full`: octets that are handed on at once. */
  constructor(outlet: Outlet, clock: Clock, full = FULL_PAGE) {
    this.#outlet = outlet;
    this.#clock = clock;
    this.#full = Math.min(full, FULL_PAGE);
  }

  /** `text` is `lines` whole lines, each with its line break. */
  add(text: string, lines: number): void {
    this.#text += text;
    this.#lines += lines;
    if (this.#text.length >= this.#full) this.turn();
    else this.#alarm ??= this.#clock.wake(after(this.#clock.now(), TURN_AFTER), () => this.turn());
  }

  /** Hands on what is written so far. */
  turn(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (this.#text === '') return;
    const text = this.#text;
    const lines = this.#lines;
    this.#text = '';
    this.#lines = 0;
    this.#outlet.write(text, lines);
  }

  async close(): Promise<void> {
    this.turn();
    await this.#outlet.close();
  }
}
