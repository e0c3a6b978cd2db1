// What the API does in one turn of the event loop, and how it gives way to phones.

/** So many times as long as the API worked it rests, while others keep this process busy: it has a quarter of the time. */
const RESTS = 3;
/** Rests of so many milliseconds together tell whether others are busy: messages of phones come in bursts. */
const LOOK = 10;
/** A loop that idled for such a part of them has nobody else to serve. */
const IDLE = 0.9;
/** What the API works after that without a rest before it looks again, in milliseconds. */
const CREDIT = 100;

/** What `Turns` needs of the event loop. Times are milliseconds, and parts of them, on a clock that never steps. */
export interface TurnLoop {
  now(): number;
  /** How long the loop has waited for something to do, in all. */
  idle(): number;
  /** Calls back in the next turn, after what has arrived meanwhile was handled. */
  next(act: () => void): void;
  /** Calls back after so many whole milliseconds. */
  later(act: () => void, delay: number): void;
}

const LOOP: TurnLoop = {
  now: () => performance.now(),
  idle: () => performance.eventLoopUtilization().idle,
  next: (act) => void setImmediate(act),
  later: (act, delay) => void setTimeout(act, delay),
};

/**
 * Does one thing per turn of the event loop: each may look at many devices, and phones must be served in between. At most
 * `MAX_PENDING` requests of each connection wait here.
 *
 * Clients that ask without a pause would still have nearly all of the processor, and phones would wait longer for each of
 * their answers. So the API rests after its turns, unless the loop idles meanwhile: then nobody needs what it leaves.
 */
export class Turns {
  readonly #loop: TurnLoop;
  readonly #waiting: (() => void)[] = [];
  /** Rest that is due: a timer has whole milliseconds only. */
  #owed = 0;
  /** What the API may work before it owes rest again. */
  #credit = 0;
  /** Of the rests since the last look: how long they were, and how much of it the loop idled. */
  #rested = 0;
  #idled = 0;
  #began = 0;
  #ended = 0;

  constructor(loop: TurnLoop = LOOP) {
    this.#loop = loop;
  }

  /** Does it in a turn of its own. */
  add(act: () => void): void {
    if (this.#waiting.push(act) > 1) return;
    const rested = this.#loop.now() - this.#ended; // nobody asked meanwhile
    this.#owed = Math.max(0, this.#owed - rested);
    this.#goOn();
  }

  /** What `make` makes of each item, `atOnce` of them in a turn. Rejects with what `make` throws. */
  async map<T, U>(items: readonly T[], atOnce: number, make: (item: T) => U): Promise<U[]> {
    const made: U[] = [];
    for (let from = 0; from < items.length; from += atOnce) {
      // The first ones are made in the turn of the request.
      if (from > 0) await new Promise<void>((turn) => this.add(turn));
      for (const item of items.slice(from, from + atOnce)) made.push(make(item));
    }
    return made;
  }

  #goOn(): void {
    const rest = Math.floor(this.#owed);
    if (rest === 0) {
      this.#takeTurn();
      return;
    }
    const { now, idle } = this.#loop;
    const [from, idledFrom] = [now(), idle()];
    this.#loop.later(() => {
      this.#owed -= rest;
      this.#rested += now() - from;
      this.#idled += idle() - idledFrom;
      if (this.#rested >= LOOK) this.#look();
      this.#takeTurn();
    }, rest);
  }

  #look(): void {
    if (this.#idled > IDLE * this.#rested) [this.#owed, this.#credit] = [0, CREDIT];
    [this.#rested, this.#idled] = [0, 0];
  }

  /** The second one runs in the same turn, when what the first one began has come to its end. */
  #takeTurn(): void {
    this.#loop.next(this.#act);
    this.#loop.next(this.#end);
  }

  readonly #act = (): void => {
    this.#began = this.#loop.now();
    this.#waiting[0]?.();
  };

  readonly #end = (): void => {
    this.#ended = this.#loop.now();
    const worked = this.#ended - this.#began;
    if (this.#credit > 0) this.#credit -= worked;
    else this.#owed += RESTS * worked;
    this.#waiting.shift();
    if (this.#waiting.length > 0) this.#goOn();
  };
}
