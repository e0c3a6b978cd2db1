// What a phone counts of the streams of one call, and the statistics that it reports of them.

/** RTP clock units in a millisecond. */
const PER_MILLISECOND = 8;
/** A larger step of the sequence is a new beginning (RFC 3550 appendix A.1). */
const LARGEST_STEP = 3_000;

/** Counts of both directions. Octets are those of payload. */
export interface MediaTotals {
  readonly sent: number;
  readonly sentOctets: number;
  readonly received: number;
  readonly receivedOctets: number;
  readonly lost: number;
  /** Milliseconds. */
  readonly jitter: number;
}

/** Counts the packets of one call, over all its ports. A stream begins anew with each SSRC. */
export class MediaCounts implements MediaTotals {
  sent = 0;
  sentOctets = 0;
  received = 0;
  receivedOctets = 0;
  lost = 0;
  #ssrc: number | undefined;
  #expected = 0;
  #transit = 0;
  #jitter = 0;

  get jitter(): number {
    return Math.round(this.#jitter / PER_MILLISECOND);
  }

  addSent(octets: number): void {
    this.sent += 1;
    this.sentOctets += octets;
  }

  /** `now`: milliseconds. A packet that was counted as lost and comes late is taken back. */
  addReceived(sequence: number, timestamp: number, ssrc: number, octets: number, now: number): void {
    this.received += 1;
    this.receivedOctets += octets;
    const step = ((sequence - this.#expected) << 16) >> 16;
    const transit = (now * PER_MILLISECOND - timestamp) | 0;
    if (ssrc !== this.#ssrc || Math.abs(step) > LARGEST_STEP) {
      this.#ssrc = ssrc;
      this.#expected = (sequence + 1) & 0xffff;
    } else {
      if (step >= 0) {
        this.lost += step;
        this.#expected = (sequence + 1) & 0xffff;
      } else if (this.lost > 0) this.lost -= 1;
      this.#jitter += (Math.abs((transit - this.#transit) | 0) - this.#jitter) / 16;
    }
    this.#transit = transit;
  }

  /** The counts as they are now. */
  totals(): MediaTotals {
    const { sent, sentOctets, received, receivedOctets, lost, jitter } = this;
    return { sent, sentOctets, received, receivedOctets, lost, jitter };
  }
}

/** What was counted since an earlier look. */
export const since = (before: MediaTotals | undefined, now: MediaTotals): MediaTotals =>
  before === undefined
    ? now
    : {
        sent: now.sent - before.sent,
        sentOctets: now.sentOctets - before.sentOctets,
        received: now.received - before.received,
        receivedOctets: now.receivedOctets - before.receivedOctets,
        lost: Math.max(0, now.lost - before.lost),
        jitter: now.jitter,
      };
