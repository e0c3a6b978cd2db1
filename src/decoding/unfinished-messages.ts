/** A direction of a connection that waits for the rest of a message. */
export interface UnfinishedMessage {
  /** Forgets what there is of the message. */
  giveUp(): void;
}

/** Octets of unfinished messages in all connections together. */
const MOST = 32 * 1024 * 1024;

/** Bounds what all connections of a capture keep of unfinished messages: the one that has waited longest gives way. */
export class UnfinishedMessages {
  readonly #most: number;
  readonly #waiting = new Map<UnfinishedMessage, number>();
  #octets = 0;

  constructor(most = MOST) {
    this.#most = most;
  }

  get octets(): number {
    return this.#octets;
  }

  /** `message` keeps that many octets now. */
  note(message: UnfinishedMessage, octets: number): void {
    this.#octets += octets - (this.#waiting.get(message) ?? 0);
    if (octets === 0) this.#waiting.delete(message);
    else this.#waiting.set(message, octets);
    while (this.#octets > this.#most) {
      const [oldest] = this.#waiting.keys();
      if (oldest === undefined) break;
      oldest.giveUp();
    }
  }
}
