// What comes to a leg's RTP port: packets of its call, from the address that its phone named, and nothing else.

import type { MediaAddress } from '../calls/index.js';
import type { Instant } from '../core/time.js';
import type { Endpoint } from '../net/ports.js';
import { RtpReader } from './packet.js';
import { Reception } from './reception.js';
import { TelephoneEventReader } from './telephone-event.js';

/** What is done with what comes. */
export interface IncomingHandler {
  /** The sound of one packet, from `start` to `end`. */
  sound(bytes: Buffer, start: number, end: number, timestamp: number, ssrc: number): void;
  /** A key was pressed. */
  digit(digit: string, now: Instant): void;
}

/** One for all legs: a packet is read and done with before the next. */
const READER = new RtpReader();

export class Incoming {
  readonly reception = new Reception();
  /** Datagrams that were no packets of the call. */
  dropped = 0;
  /** When the last packet came, or the first was to be expected. */
  lastAt: Instant;
  readonly #handler: IncomingHandler;
  readonly #events = new TelephoneEventReader();
  #from: MediaAddress | undefined;
  #payloadType = 0;
  #eventType: number | undefined;

  constructor(handler: IncomingHandler, now: Instant) {
    this.#handler = handler;
    this.lastAt = now;
  }

  /** Takes packets of these payload types from there. */
  listen(from: MediaAddress, payloadType: number, eventType: number | undefined, now: Instant): void {
    this.#from = from;
    this.#payloadType = payloadType;
    this.#eventType = eventType;
    this.lastAt = now;
  }

  /** Takes nothing. */
  stop(): void {
    this.#from = undefined;
  }

  received(bytes: Buffer, from: Endpoint, now: Instant): void {
    if (!this.#take(bytes, from, now)) this.dropped += 1;
  }

  #take(bytes: Buffer, from: Endpoint, now: Instant): boolean {
    if (this.#from === undefined || from.port !== this.#from.port || from.address !== this.#from.address) return false;
    if (READER.read(bytes) !== undefined) return false;
    const { payloadType, sequence, timestamp, ssrc, start, end } = READER;
    const isMedia = payloadType === this.#payloadType;
    if (!isMedia && payloadType !== this.#eventType) return false;
    this.lastAt = now;
    this.reception.count(sequence, timestamp, ssrc, end - start, isMedia, now);
    if (isMedia) this.#handler.sound(bytes, start, end, timestamp, ssrc);
    else {
      const digit = this.#events.read(bytes, start, end, timestamp, ssrc);
      if (digit !== undefined) this.#handler.digit(digit, now);
    }
    return true;
  }
}
