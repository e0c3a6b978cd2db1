// Several phones of one captured conversation: each says what it said when the others have said what came before it.

import type { Tape } from '../../src/tapes/tape.js';

/**
 * Turns of the event loop between two phones: what is said leaves at the end of the first, and a server in this process has
 * accepted the connection and read it in the next two.
 */
const APART = 4;

export class PhonesInTurn {
  /** Whose turn it is, and whose after that. */
  readonly #order: string[];
  readonly #phones: number;
  /** Who waits for its turn, by role. */
  readonly #waiting = new Map<string, () => void>();
  readonly #ended: (() => void)[] = [];
  /** Somebody speaks, or has just spoken. */
  #isSpeaking = false;

  /** `tapes`: by role. */
  constructor(tapes: Readonly<Record<string, Tape>>) {
    this.#phones = Object.keys(tapes).length;
    this.#order = Object.entries(tapes)
      .flatMap(([role, { messages }]) =>
        messages.filter(({ from, octets }) => from === 'phone' && octets.length > 0).map(({ at }) => ({ role, at })),
      )
      .sort((a, b) => a.at - b.at)
      .map(({ role }) => role);
  }

  /** The option `turn` of the player of a phone. A phone whose tape is over stays until all are. */
  of(role: string): (at: number) => Promise<() => void> {
    return (at) =>
      new Promise((resolve) => {
        if (at === Number.POSITIVE_INFINITY) {
          this.#ended.push(() => resolve(() => {}));
          if (this.#ended.length === this.#phones) for (const leave of this.#ended) leave();
          return;
        }
        this.#waiting.set(role, () => resolve(() => this.#said()));
        this.#next();
      });
  }

  #said(): void {
    this.#order.shift();
    const pass = (turns: number): void => {
      if (turns > 0) {
        setImmediate(() => pass(turns - 1));
        return;
      }
      this.#isSpeaking = false;
      this.#next();
    };
    pass(APART);
  }

  #next(): void {
    const [role = ''] = this.#order;
    const speak = this.#waiting.get(role);
    if (this.#isSpeaking || speak === undefined) return;
    this.#isSpeaking = true;
    this.#waiting.delete(role);
    speak();
  }
}
