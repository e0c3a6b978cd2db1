// Digits in RTP (RFC 4733 §2.3): each is a few packets of one timestamp, of which the first counts.

/** Events 0 to 15 (RFC 4733 §3.2). */
const DIGITS = '0123456789*#ABCD';

/** Octets of one event: event, end bit, volume, duration. */
const EVENT = 4;

/**
 * The longest duration that one event can have; a longer one goes on in a packet with a timestamp so much later
 * (§2.5.1.3).
 */
const LONGEST_SEGMENT = 0xffff;

export class TelephoneEventReader {
  #ssrc: number | undefined;
  #timestamp = 0;
  #event = -1;

  /**
   * The digit that the payload from `start` to `end` begins: `0` to `9`, `*`, `#`, `A` to `D`. `undefined`: it goes on
   * with one that is known, is late, or is no digit.
   */
  read(bytes: Buffer, start: number, end: number, timestamp: number, ssrc: number): string | undefined {
    if (end - start < EVENT) return undefined;
    const event = bytes[start] as number;
    if (this.#ssrc === ssrc) {
      const later = (timestamp - this.#timestamp) | 0;
      if (later <= 0) return undefined;
      const goesOn = later === LONGEST_SEGMENT && event === this.#event;
      this.#remember(ssrc, timestamp, event);
      if (goesOn) return undefined;
    } else this.#remember(ssrc, timestamp, event);
    return DIGITS[event];
  }

  #remember(ssrc: number, timestamp: number, event: number): void {
    this.#ssrc = ssrc;
    this.#timestamp = timestamp;
    this.#event = event;
  }
}
