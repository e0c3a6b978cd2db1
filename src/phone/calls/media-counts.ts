// What a phone counts of the streams of one call, and the statistics that it reports of them.

import { G711_LAWS } from '../../rtp/g711.js';

/** RTP clock units in a millisecond. */
const PER_MILLISECOND = 8;
/** A larger step of the sequence is a new beginning (RFC 3550 appendix A.1). */
const LARGEST_STEP = 3_000;

/** By RTP payload type. */
const G711_DECODERS: ReadonlyMap<number, (octet: number) => number> = new Map([
  [0, G711_LAWS.PCMU.decode],
  [8, G711_LAWS.PCMA.decode],
]);

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

  /** The last packet that came, as octets of its payload type. */
  #last = new Uint8Array(0);
  #lastType = 0;

  /** Keeps what was heard last. */
  hear(payload: Uint8Array, payloadType: number): void {
    if (this.#last.length !== payload.length) this.#last = new Uint8Array(payload.length);
    this.#last.set(payload);
    this.#lastType = payloadType;
  }

  /** How loud the last packet was: the root mean square of its samples, 0 to 32767. `undefined`: none came, or none of G.711. */
  get loudness(): number | undefined {
    const decode = G711_DECODERS.get(this.#lastType);
    const { length } = this.#last;
    if (decode === undefined || length === 0) return undefined;
    return Math.round(Math.sqrt(this.#last.reduce((sum, octet) => sum + decode(octet) ** 2, 0) / length));
  }

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
