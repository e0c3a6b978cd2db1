import { milliseconds } from '../../core/time.js';
import type { BootTimer, Timers } from '../timers.js';

const T1 = 500;
const T2 = 4_000;
const GIVE_UP = 32_000;

/** A 200 to an INVITE. */
export interface InviteAnswer {
  readonly text: string;
  /** The CSeq of the INVITE, which its ACK repeats. */
  readonly cseq: number;
  /** It holds the offer: the ACK holds the answer. */
  readonly isOffer: boolean;
}

/** A 200 to an INVITE is sent again until its ACK has come, over streams, too (RFC 3261 §13.3.1.4). */
export class RepeatedInviteAnswer {
  readonly #send: (answer: InviteAnswer) => void;
  readonly #onGivenUp: () => void;
  readonly #timer: BootTimer;
  #answer: InviteAnswer | undefined;
  /** Milliseconds since the first copy, and from the last copy to the next. */
  #waited = 0;
  #interval = T1;

  /** `onGivenUp`: no ACK has come for 32 seconds. */
  constructor(timers: Timers, send: (answer: InviteAnswer) => void, onGivenUp: () => void) {
    this.#send = send;
    this.#onGivenUp = onGivenUp;
    this.#timer = timers.create(() => this.#repeat());
  }

  /** An ACK is waited for. */
  get isOpen(): boolean {
    return this.#answer !== undefined;
  }

  send(answer: InviteAnswer): void {
    this.#answer = answer;
    this.#waited = 0;
    this.#interval = T1;
    this.#timer.startIn(milliseconds(T1));
    this.#send(answer);
  }

  /** The ACK to that CSeq has come. Returns the answer; `undefined`: none waits for it. */
  acknowledged(cseq: number | undefined): InviteAnswer | undefined {
    const answer = this.#answer;
    if (answer === undefined || answer.cseq !== cseq) return undefined;
    this.close();
    return answer;
  }

  close(): void {
    this.#answer = undefined;
    this.#timer.cancel();
  }

  #repeat(): void {
    const answer = this.#answer;
    if (answer === undefined) return;
    this.#waited += this.#interval;
    if (this.#waited >= GIVE_UP) {
      this.close();
      this.#onGivenUp();
      return;
    }
    this.#interval = Math.min(2 * this.#interval, T2);
    this.#timer.startIn(milliseconds(this.#interval));
    this.#send(answer);
  }
}
