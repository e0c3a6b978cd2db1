// Octets that a phone sent, kept for a while and given out in their order at our own pace.

/** Octets of the longest packet that is taken: 200 ms, more than any phone sends at once. */
const LONGEST_PACKET = 1_600;

/**
 * Octets are placed by their timestamp, so packets out of their order, doubled ones and packets of any length are put right
 * and lost ones are silence. What is too late or too early for the buffer is dropped; where that lasts as long as the delay,
 * the sender's clock has run away or was set, and the delay is measured anew.
 */
export class PlayoutBuffer {
  readonly #ring: Uint8Array;
  readonly #silence: number;
  readonly #delay: number;
  readonly #room: number;
  /** The number of the octet that is given out next, from 0. */
  #next = 0;
  #ssrc: number | undefined;
  /** The octet of timestamp `#anchor` has number `#place`. */
  #anchor = 0;
  #place = 0;
  /** `#next` when the first of those came that do not fit. */
  #misfitSince: number | undefined;

  /** `delay`: octets between what comes and what is given out. `room`: octets that it keeps; twice the delay and more. */
  constructor(silence: number, delay: number, room: number) {
    this.#silence = silence;
    this.#delay = delay;
    this.#room = room;
    this.#ring = new Uint8Array(room).fill(silence);
  }

  /** Takes the payload of one packet, from `start` to `end`. */
  receive(bytes: Uint8Array, start: number, end: number, timestamp: number, ssrc: number): void {
    const length = end - start;
    if (length > LONGEST_PACKET) return; // no packet of a phone is so long
    if (ssrc !== this.#ssrc) this.#measure(timestamp, ssrc);
    let place = this.#place + ((timestamp - this.#anchor) | 0);
    if (!this.#fits(place, length)) {
      this.#misfitSince ??= this.#next;
      if (this.#next - this.#misfitSince < this.#delay) return;
      this.#measure(timestamp, ssrc);
      place = this.#place;
    }
    this.#misfitSince = undefined;
    for (let index = 0; index < length; index += 1)
      this.#ring[(place + index) % this.#room] = bytes[start + index] as number;
  }

  /** Puts octets where those are that are given out after `ahead` others. */
  put(ahead: number, octets: Uint8Array): void {
    const from = this.#next + ahead;
    for (const [index, octet] of octets.entries()) this.#ring[(from + index) % this.#room] = octet;
  }

  fill(into: Uint8Array, at: number, length: number): void {
    for (let index = 0; index < length; index += 1) {
      const place = (this.#next + index) % this.#room;
      into[at + index] = this.#ring[place] as number;
      this.#ring[place] = this.#silence;
    }
    this.#next += length;
  }

  skip(octets: number): void {
    for (let index = 0; index < Math.min(octets, this.#room); index += 1)
      this.#ring[(this.#next + index) % this.#room] = this.#silence;
    this.#next += octets;
  }

  #fits(place: number, length: number): boolean {
    return place >= this.#next && place + length <= this.#next + this.#room;
  }

  #measure(timestamp: number, ssrc: number): void {
    this.#ssrc = ssrc;
    this.#anchor = timestamp;
    this.#place = this.#next + this.#delay;
    this.#misfitSince = undefined;
  }
}
