// Where the octets of an outgoing stream come from: a loop of them, or what the phone itself sent a moment ago. All of
// them go by a tick's 160 octets.

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
/** Octets that it keeps: twice the delay and more, so that what comes early or in a burst has room. A power of two. */
const ECHO_ROOM = 4_096;
/** Octets in which nothing fitted, after which the sender's clock is taken anew: 200 ms. */
const MISFIT = 1_600;

/**
 * What came, 200 ms later. Octets are placed by their timestamp, so packets out of their order, doubled ones and
 * packets of any length are put right and lost ones are silence. What is too late or too early for the buffer is
 * dropped; where that lasts, the sender's clock has run away or was set, and the delay is measured anew.
 */
export class Echo implements Sound {
  readonly #ring: Uint8Array;
  readonly #silence: number;
  /** The number of the octet that is sent next, from 0. */
  #next = 0;
  #ssrc: number | undefined;
  /** The octet of timestamp `#anchor` has number `#place`. */
  #anchor = 0;
  #place = 0;
  /** `#next` when the first of those came that do not fit. */
  #misfitSince: number | undefined;

  constructor(silence: number) {
    this.#silence = silence;
    this.#ring = new Uint8Array(ECHO_ROOM).fill(silence);
  }

  /** Takes the payload of one packet, from `start` to `end`. */
  receive(bytes: Buffer, start: number, end: number, timestamp: number, ssrc: number): void {
    const length = end - start;
    if (length > ECHO_DELAY) return; // no packet of a phone is so long
    if (ssrc !== this.#ssrc) this.#measure(timestamp, ssrc);
    let place = this.#place + ((timestamp - this.#anchor) | 0);
    if (!this.#fits(place, length)) {
      this.#misfitSince ??= this.#next;
      if (this.#next - this.#misfitSince < MISFIT) return;
      this.#measure(timestamp, ssrc);
      place = this.#place;
    }
    this.#misfitSince = undefined;
    for (let index = 0; index < length; index += 1)
      this.#ring[(place + index) % ECHO_ROOM] = bytes[start + index] as number;
  }

  /** Puts octets of ours where those would be that come now. */
  insert(octets: Uint8Array): void {
    const from = this.#next + ECHO_DELAY;
    for (const [index, octet] of octets.entries()) this.#ring[(from + index) % ECHO_ROOM] = octet;
  }

  fill(into: Buffer, at: number, length: number): void {
    for (let index = 0; index < length; index += 1) {
      const place = (this.#next + index) % ECHO_ROOM;
      into[at + index] = this.#ring[place] as number;
      this.#ring[place] = this.#silence;
    }
    this.#next += length;
  }

  skip(octets: number): void {
    for (let index = 0; index < Math.min(octets, ECHO_ROOM); index += 1)
      this.#ring[(this.#next + index) % ECHO_ROOM] = this.#silence;
    this.#next += octets;
  }

  #fits(place: number, length: number): boolean {
    return place >= this.#next && place + length <= this.#next + ECHO_ROOM;
  }

  #measure(timestamp: number, ssrc: number): void {
    this.#ssrc = ssrc;
    this.#anchor = timestamp;
    this.#place = this.#next + ECHO_DELAY;
    this.#misfitSince = undefined;
  }
}
