// What a leg has received, counted as RFC 3550 does (appendices A.1, A.3, A.8).

/** RTP clock units in a millisecond. */
const PER_MILLISECOND = 8;
/** A step of the sequence that is larger is a new beginning (appendix A.1, MAX_DROPOUT). */
const LARGEST_STEP = 3_000;

export class Reception {
  packets = 0;
  /** Of payload. */
  octets = 0;
  #ssrc: number | undefined;
  #first = 0;
  /** The highest sequence number, counted on beyond 16 bits. */
  #highest = 0;
  #sinceFirst = 0;
  /** Lost before the sequence began anew. */
  #lostBefore = 0;
  #transit: number | undefined;
  #jitter = 0;

  /**
   * Counts a packet. `isMedia`: its timestamp is the time of its sound; one of a key press is not. `now` in
   * milliseconds.
   */
  count(sequence: number, timestamp: number, ssrc: number, octets: number, isMedia: boolean, now: number): void {
    this.packets += 1;
    this.octets += octets;
    if (ssrc !== this.#ssrc) this.#begin(sequence, ssrc);
    else {
      const step = ((sequence - this.#highest) << 16) >> 16;
      if (Math.abs(step) > LARGEST_STEP) this.#begin(sequence, ssrc);
      else {
        if (step > 0) this.#highest += step;
        this.#sinceFirst += 1;
      }
    }
    if (isMedia) this.#measure(timestamp, now);
  }

  /** Packets that were sent and did not come; late ones that came after all are none. */
  get lost(): number {
    return this.#lostBefore + this.#missing();
  }

  /** Interarrival jitter in whole milliseconds. */
  get jitter(): number {
    return Math.round(this.#jitter / PER_MILLISECOND);
  }

  #missing(): number {
    return this.#ssrc === undefined ? 0 : Math.max(0, this.#highest - this.#first + 1 - this.#sinceFirst);
  }

  #begin(sequence: number, ssrc: number): void {
    this.#lostBefore += this.#missing();
    this.#ssrc = ssrc;
    this.#first = sequence;
    this.#highest = sequence;
    this.#sinceFirst = 1;
    this.#transit = undefined;
  }

  #measure(timestamp: number, now: number): void {
    const transit = (now * PER_MILLISECOND - timestamp) | 0;
    if (this.#transit !== undefined) {
      const difference = Math.abs((transit - this.#transit) | 0);
      this.#jitter += (difference - this.#jitter) / 16;
    }
    this.#transit = transit;
  }
}
