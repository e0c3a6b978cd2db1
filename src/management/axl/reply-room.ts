// Bounds replies as CUCM does: one has at most 8 MB, and all that wait for their readers have 16 MB
// (`docs/protocols/apis.md` §5.7).

import { memoryConsumed, tooLarge } from './fault.js';

const MOST_OF_ONE = 8 * 1024 * 1024;
const MOST_OF_ALL = 16 * 1024 * 1024;
const PIECE = 64 * 1024;
/** Of the rows that fitted, other ones may be longer. */
const SURE = 0.95;

/** The octets of all replies that are being made or sent. */
export class ReplyRoom {
  #octets = 0;

  /** Begins a reply. */
  begin(): ReplyPieces {
    return new ReplyPieces((octets) => {
      if (octets > 0 && this.#octets + octets > MOST_OF_ALL) throw memoryConsumed();
      this.#octets += octets;
    });
  }
}

/** The pieces of a reply. */
export class ReplyPieces {
  readonly pieces: string[] = [];
  readonly #take: (octets: number) => void;
  #octets = 0;
  #rows = 0;
  #open = '';
  #isFull = false;
  /** How many rows are in the pieces. */
  #fitting = 0;

  constructor(take: (octets: number) => void) {
    this.#take = take;
  }

  /** Adds a row of a list. A row that does not fit is only counted, and not written. Throws an `AxlFault`. */
  addRow(write: () => string): void {
    this.#rows += 1;
    if (!this.#isFull) this.add(write());
  }

  /** How many rows were added. */
  get rows(): number {
    return this.#rows;
  }

  /** Adds a text. Throws an `AxlFault`. */
  add(text: string): void {
    this.#open += text;
    if (this.#open.length >= PIECE) this.#close();
  }

  /** Ends it. Throws an `AxlFault` for a reply that is too large. */
  end(text: string): readonly string[] {
    if (!this.#isFull) {
      this.add(text);
      this.#close();
    }
    if (this.#isFull) throw tooLarge(this.#rows, Math.max(1, Math.floor(this.#fitting * SURE)));
    return this.pieces;
  }

  /** Gives the room back. */
  release(): void {
    this.#take(-this.#octets);
    this.#octets = 0;
    this.pieces.length = 0;
  }

  #close(): void {
    const octets = Buffer.byteLength(this.#open);
    if (this.#octets + octets > MOST_OF_ONE) {
      this.#isFull = true;
      this.#open = '';
      this.release();
      return;
    }
    this.#take(octets);
    this.#octets += octets;
    this.pieces.push(this.#open);
    this.#fitting = this.#rows;
    this.#open = '';
  }
}
