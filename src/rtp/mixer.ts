// Conference rooms: each party hears the sum of all others, mixed anew every 20 ms (`docs/protocols/calls.md` §5.5).

import { G711_LAWS, type G711Name } from './g711.js';
import { PlayoutBuffer } from './playout-buffer.js';
import type { Sound } from './sounds.js';

/** Samples in a tick of 20 ms. */
const PER_TICK = 160;
/** Between what comes from a party and what is mixed: 60 ms, so that packets which are a little late have their place. */
const MIX_DELAY = 480;
/** A party's packets may come 200 ms early. */
const MIX_ROOM = 2_048;
/** The range of a sample: what is louder is cut off. */
const LOUDEST = 0x7fff;
const QUIETEST = -0x8000;

/** One party's place in a room: it takes what the party says and gives what the others said. */
export class Seat implements Sound {
  readonly #heard: PlayoutBuffer;
  readonly #law: (typeof G711_LAWS)[G711Name];
  readonly #room: MixedRoom;
  /** One tick of what the party said, as octets and as samples. */
  readonly #octets = new Uint8Array(PER_TICK);
  readonly #samples = new Int16Array(PER_TICK);
  /** Which sample of the tick is given out next. */
  #at = 0;

  constructor(room: MixedRoom, codec: G711Name) {
    this.#room = room;
    this.#law = G711_LAWS[codec];
    this.#heard = new PlayoutBuffer(this.#law.silence, MIX_DELAY, MIX_ROOM);
  }

  /** Takes the payload of one packet, from `start` to `end`. */
  receive(bytes: Uint8Array, start: number, end: number, timestamp: number, ssrc: number): void {
    this.#heard.receive(bytes, start, end, timestamp, ssrc);
  }

  /** Adds the next tick of what the party said to `sum`; `skipped` ticks before it are lost. */
  addTo(sum: Int32Array, skipped: number): void {
    if (skipped > 0) this.#heard.skip(skipped * PER_TICK);
    this.#heard.fill(this.#octets, 0, PER_TICK);
    const { decode } = this.#law;
    for (let index = 0; index < PER_TICK; index += 1) {
      const sample = decode(this.#octets[index] as number);
      this.#samples[index] = sample;
      (sum[index] as number) += sample;
    }
    this.#at = 0;
  }

  fill(into: Buffer, at: number, length: number): void {
    const { sum } = this.#room;
    const { encode } = this.#law;
    const from = this.#at;
    for (let index = 0; index < length; index += 1) {
      const others = (sum[from + index] as number) - (this.#samples[from + index] as number);
      into[at + index] = encode(Math.max(QUIETEST, Math.min(LOUDEST, others)));
    }
    this.#at = (from + length) % PER_TICK;
  }

  /** The room has left out the same time for all of them. */
  skip(): void {}

  /** The party says and hears nothing any more. */
  leave(): void {
    this.#room.leave(this);
  }
}

/** The parties of one conference that send and hear. */
export class MixedRoom {
  readonly #seats = new Set<Seat>();
  /** The present tick of all parties together. */
  readonly sum = new Int32Array(PER_TICK);

  /** How many say and hear something. */
  get size(): number {
    return this.#seats.size;
  }

  /** A party that sends and hears `codec`. */
  enter(codec: G711Name): Seat {
    const seat = new Seat(this, codec);
    this.#seats.add(seat);
    return seat;
  }

  leave(seat: Seat): void {
    this.#seats.delete(seat);
  }

  /** Mixes the next 20 ms; what each party hears of it is then had from its seat. `skipped` ticks before it are lost. */
  mix(skipped: number): void {
    const { sum } = this;
    sum.fill(0);
    for (const seat of this.#seats) seat.addTo(sum, skipped);
  }
}
