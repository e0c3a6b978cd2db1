import { TAPE_LIMITS, type TapeMessage } from './tape.js';
import { messageLine } from './tape-format.js';

/** What is kept free for the header. */
const HEADER_OCTETS = 4_096;

/** What a tape has room for, so that its file can be read again. Once something had no room nothing has any more. */
export class TapeRoom {
  #lines = 0;
  #octets = HEADER_OCTETS;
  #isFull = false;

  /** Whether something had no room. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Takes the room of a message; `false`: there is none. */
  take(message: TapeMessage): boolean {
    if (this.#isFull) return false;
    this.#lines += 1;
    // One for the end of the line.
    this.#octets += Buffer.byteLength(messageLine(message)) + 1;
    this.#isFull = this.#lines > TAPE_LIMITS.lines || this.#octets > TAPE_LIMITS.octets;
    return !this.#isFull;
  }
}
