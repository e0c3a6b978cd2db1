// A line on a terminal that says how far a command has got. It goes away when the command has its result.

import type { CliEnvironment } from './environment.js';

const ERASED = '\r\u001b[K';

/** The line. Nothing is written where messages do not go to a terminal. */
export class LiveLine {
  readonly #environment: CliEnvironment;
  /** Whether messages go to a terminal, and the caller wants the line. */
  readonly isLive: boolean;
  #isShown = false;

  /** `isWanted`: whether the caller has somebody who reads it; else nothing is written. */
  constructor(environment: CliEnvironment, isWanted = true) {
    this.#environment = environment;
    this.isLive = isWanted && environment.stderr.isTTY === true;
  }

  /** Shows this instead of what is there. */
  show(text: string): void {
    if (!this.isLive) return;
    this.#isShown = true;
    this.#environment.stderr.write(`${ERASED}${text}`);
  }

  /** Takes it away. */
  clear(): void {
    if (this.#isShown) this.#environment.stderr.write(ERASED);
    this.#isShown = false;
  }
}
