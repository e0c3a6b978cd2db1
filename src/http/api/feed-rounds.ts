// When the clients of the feed are served.

import { after, type Clock, type Duration, milliseconds, type Timer } from '../../core/time.js';

/** While many events come, clients are served so often. A hundred clients cost too much if each event is sent alone. */
export const ROUND_INTERVAL: Duration = milliseconds(50);

/** Clients that are served in one turn of the event loop, so that phones are served in between. */
const CLIENTS_AT_ONCE = 4;

/** Serves clients in rounds. The first event after a quiet time is sent at once. */
export class FeedRounds<T> {
  readonly #clock: Clock;
  readonly #clients: ReadonlySet<T>;
  readonly #serve: (client: T) => void;
  /** Those that this round has not come to. */
  #left: T[] = [];
  #isWoken = false;
  #timer: Timer | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(clock: Clock, clients: ReadonlySet<T>, serve: (client: T) => void) {
    this.#clock = clock;
    this.#clients = clients;
    this.#serve = serve;
  }

  /** There is something to send. */
  wake(): void {
    this.#isWoken = true;
    if (this.#timer === undefined && this.#turn === undefined && this.#clients.size > 0) this.#begin();
  }

  /** Nobody is served any more, until it is woken. */
  stop(): void {
    this.#timer?.cancel();
    clearImmediate(this.#turn);
    [this.#timer, this.#turn, this.#left] = [undefined, undefined, []];
  }

  #begin(): void {
    this.#isWoken = false;
    this.#timer = this.#clock.callAt(after(this.#clock.now(), ROUND_INTERVAL), () => {
      this.#timer = undefined;
      this.#again();
    });
    this.#left = [...this.#clients];
    this.#next();
  }

  #next(): void {
    for (const client of this.#left.splice(0, CLIENTS_AT_ONCE)) if (this.#clients.has(client)) this.#serve(client);
    if (this.#left.length > 0)
      this.#turn = setImmediate(() => {
        this.#turn = undefined;
        this.#next();
      });
    else this.#again();
  }

  /** The next round, once this one has ended and its time is over. */
  #again(): void {
    if (this.#isWoken) this.wake();
  }
}
