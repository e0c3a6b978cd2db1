// Questions on a terminal, each with a proposal that Enter takes.

import type { CliEnvironment } from './environment.js';

export class Questions {
  readonly #environment: CliEnvironment;
  readonly #input: AsyncIterator<string | Uint8Array>;
  #typed = '';

  /** `undefined`: nobody can be asked, since this is no terminal. */
  static of(environment: CliEnvironment): Questions | undefined {
    return environment.stdin.isTTY === true && environment.stderr.isTTY === true
      ? new Questions(environment)
      : undefined;
  }

  private constructor(environment: CliEnvironment) {
    this.#environment = environment;
    this.#input = environment.stdin[Symbol.asyncIterator]();
  }

  /** Asks until `read` takes the answer. At the end of the input the proposal is the answer. */
  async ask<Answer>(
    question: string,
    proposal: string,
    read: (answer: string) => Answer | undefined,
    wanted: string,
  ): Promise<Answer | undefined> {
    for (;;) {
      this.#environment.stderr.write(`${question} [${proposal}]: `);
      const line = await this.#line();
      const answer = read(line?.trim() || proposal);
      if (answer !== undefined || line === undefined) return answer;
      this.#environment.stderr.write(`wanted ${wanted}\n`);
    }
  }

  /** No more questions: the process need not wait for the terminal. */
  async close(): Promise<void> {
    await this.#input.return?.();
  }

  /** `undefined`: the input has ended. */
  async #line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#typed.indexOf('\n');
      if (end >= 0 || this.#typed.length > LONGEST) {
        const line = this.#typed.slice(0, end < 0 ? LONGEST : end);
        this.#typed = end < 0 ? '' : this.#typed.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#input.next();
      if (done === true) return undefined;
      this.#typed += typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
    }
  }
}

/** Characters of an answer; what is longer is no answer. */
const LONGEST = 1_000;
