// What the owner of the lab may choose of labcm's RTP, with every default in one place.

import { type Duration, minutes, seconds } from '../core/time.js';

/** UDP ports, both ends included. An even one and the odd one after it are a pair: RTP and RTCP. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** Settings of `calls.rtp` and what belongs to it (`docs/protocols/calls.md` §5.5). */
export interface RtpSettings {
  /** `undefined`: labcm makes no RTP, and service numbers with sound do not exist. */
  readonly ports: PortRange | undefined;
  /** Calls to services with sound at a time, whatever number of ports there is. */
  readonly legs: number;
  /** After this a call to a service is ended, with cause 102. */
  readonly longestCall: Duration;
  /** An echo that hears nothing for so long is told once. */
  readonly silentAfter: Duration;
  /**
   * 16 bit samples at 8 kHz that the tone service plays again and again, one at least; `undefined`: the 1 kHz test
   * tone.
   */
  readonly music: Int16Array | undefined;
}

/** The settings of RTP where the configuration says nothing. */
export const DEFAULT_RTP: RtpSettings = {
  ports: { from: 24_000, to: 24_199 },
  legs: 100,
  longestCall: minutes(60),
  silentAfter: seconds(60),
  music: undefined,
};
