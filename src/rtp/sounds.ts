// Where the octets of an outgoing stream come from: a loop of them, or what the phone itself sent a moment ago. All of
// them go by a tick's 160 octets.

import { PlayoutBuffer } from './playout-buffer.js';

/** A source of G.711 octets at 8,000 a second. */
export interface Sound {
  /** Writes the next `length` octets into `into` at `at`. */
  fill(into: Buffer, at: number, length: number): void;
  /** So many octets are not sent: their time has passed. */
  skip(octets: number): void;
}

/** Octets again and again. */
export class Loop implements Sound {
  readonly #octets: Uint8Array;
  #place = 0;

  /** `octets`: one at least. */
  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  fill(into: Buffer, at: number, length: number): void {
    const octets = this.#octets;
    let place = this.#place;
    for (let index = 0; index < length; index += 1) {
      into[at + index] = octets[place] as number;
      place += 1;
      if (place === octets.length) place = 0;
    }
    this.#place = place;
  }

  skip(octets: number): void {
    this.#place = (this.#place + octets) % this.#octets.length;
  }
}

/** Octets between what is heard and what is sent: 200 ms. */
export const ECHO_DELAY = 1_600;
/** Octets that it keeps: twice the delay and more, so that what comes early or in a burst has room. */
const ECHO_ROOM = 4_096;

/** What came, 200 ms later. */
export class Echo extends PlayoutBuffer implements Sound {
  constructor(silence: number) {
    super(silence, ECHO_DELAY, ECHO_ROOM);
  }

  /** Puts octets of ours where those would be that come now. */
  insert(octets: Uint8Array): void {
    this.put(ECHO_DELAY, octets);
  }
}
