// What phones count of a call: asked when its streams are closed, taken until two seconds after the leg's end
// (`docs/protocols/calls.md` §2.8).

import type { CallStatistics, Leg } from '../../calls/index.js';
import { after, type Instant, seconds } from '../../core/time.js';
import type { Fields } from '../messages/catalogue.js';
import type { Station } from '../station.js';
import { STATS_PROCESSING } from '../tables/enumerations.js';

const ANSWERED_WITHIN = seconds(2);
/** A phone that never answers is not remembered for more calls than this. */
const MOST_AWAITED = 16;

interface Awaited {
  readonly leg: Leg;
  /** Answers of this leg that are still to come. */
  count: number;
}

/** The answers that one phone owes. */
export class AwaitedStatistics {
  readonly #awaited = new Map<number, Awaited>();

  /** Asks the phone what it counted of `leg` and has it count anew. */
  ask(station: Station, leg: Leg, now: Instant): void {
    const fields = { directoryNum: leg.dn, callReference: leg.ci, statsProcessingMode: STATS_PROCESSING.Clear };
    station.send('ConnectionStatisticsReqMessage', fields, now);
    const awaited = this.#awaited.get(leg.ci);
    if (awaited !== undefined) {
      awaited.count += 1;
      return;
    }
    const [oldest] = this.#awaited.keys();
    if (this.#awaited.size >= MOST_AWAITED && oldest !== undefined) this.#awaited.delete(oldest);
    this.#awaited.set(leg.ci, { leg, count: 1 });
  }

  /** The leg that an answer is about; `undefined`: nobody asked, or it comes too late. */
  take(callReference: number, now: Instant): Leg | undefined {
    const awaited = this.#awaited.get(callReference);
    if (awaited === undefined) return undefined;
    awaited.count -= 1;
    if (awaited.count === 0) this.#awaited.delete(callReference);
    const { leg } = awaited;
    return leg.endedAt !== undefined && now > this.untilAfter(leg.endedAt) ? undefined : leg;
  }

  /** Until when answers about a leg are taken that ended at `end`. */
  untilAfter(end: Instant): Instant {
    return after(end, ANSWERED_WITHIN);
  }

  /** Nothing is awaited of the leg any more. */
  forget({ ci }: Leg): void {
    this.#awaited.delete(ci);
  }

  isAwaiting({ ci }: Leg): boolean {
    return this.#awaited.has(ci);
  }
}

/** The counts as call records write them. */
export const statisticsOf = (counts: Fields<'ConnectionStatisticsResMessage'>): CallStatistics => ({
  packetsSent: counts.numberPacketsSent,
  octetsSent: counts.numberOctetsSent,
  packetsReceived: counts.numberPacketsReceived,
  octetsReceived: counts.numberOctetsReceived,
  packetsLost: counts.numberPacketsLost,
  jitter: counts.jitter,
  latency: counts.latency,
  quality: counts.data,
});
