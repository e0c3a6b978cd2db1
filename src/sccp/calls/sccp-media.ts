// The streams of one leg on its phone's link: where it receives, and what it was told to send. Every receive channel has a
// party of its own, which its transmission bears, too (`docs/protocols/calls.md` §2.7).

import { type AgreedMedia, CODECS, type Leg, type OutgoingStream } from '../../calls/index.js';
import type { Instant } from '../../core/time.js';
import type { Station } from '../station.js';
import { PORT_HANDLING } from '../tables/enumerations.js';

/** What every server sends (`sccp.md` §9.13). */
const DTMF_TYPE = 10;
/** The octet of DSCP EF (RFC 3246) in the IP header. */
const EXPEDITED = 184;
/** A phone has few old channels that it could still name. */
const MOST_CLOSED = 8;

/** How a party that a phone names stands to the leg. */
export type PartyState = 'opening' | 'open' | 'closed' | 'unknown';

/** The streams of a leg. Every method but `answered` and `stateOf` sends at once. */
export class SccpMedia {
  readonly #station: Station;
  readonly #leg: Leg;
  readonly #nextParty: () => number;
  #party: number | undefined;
  #isOpen = false;
  /** The party of the transmission: that of the receive channel in whose time it began. */
  #sending: number | undefined;
  readonly #closed: number[] = [];

  constructor(station: Station, leg: Leg, nextParty: () => number) {
    this.#station = station;
    this.#leg = leg;
    this.#nextParty = nextParty;
  }

  /** Has the phone open a port. What was open before, or asked for in vain, is closed. `source`: where the voice will come from, as far as known. */
  open(media: AgreedMedia, source: string, now: Instant): void {
    if (this.#isOpen) this.#stop(now);
    this.#closeReceive(now);
    const { ci } = this.#leg;
    this.#party = this.#nextParty();
    const fields = {
      conferenceId: ci,
      passThruPartyId: this.#party,
      millisecondPacketSize: media.milliseconds,
      compressionType: this.#capabilityOf(media),
      qualifierIn: { echoCancellation: 0 },
      callReference: ci,
      streamPassThroughId: 0,
      associatedStreamId: 0,
      rfc2833PayloadType: media.telephoneEvent ?? 0,
      dtmfType: DTMF_TYPE,
      mixingMode: 0,
      partyDirection: 0,
      sourceIpAddr: source,
      sourcePortNumber: 0,
      requestedIpAddrType: 0,
    };
    this.#station.send('OpenReceiveChannelMessage', fields, now);
  }

  /** The phone answers for `party`. `opening`: it is what was asked for. */
  answered(party: number): PartyState {
    if (party === this.#party) {
      const was = this.#isOpen ? 'open' : 'opening';
      this.#isOpen = true;
      return was;
    }
    return this.stateOf(party);
  }

  stateOf(party: number): PartyState {
    if (party === this.#party) return this.#isOpen ? 'open' : 'opening';
    return this.#closed.includes(party) ? 'closed' : 'unknown';
  }

  /** Has the phone send there, and stop what it sent before. */
  transmit(stream: OutgoingStream, now: Instant): void {
    this.#stop(now);
    const { ci } = this.#leg;
    this.#party ??= this.#nextParty();
    this.#sending = this.#party;
    const fields = {
      conferenceId: ci,
      passThruPartyId: this.#party,
      remoteIpAddr: stream.to.address,
      remotePortNumber: stream.to.port,
      millisecondPacketSize: stream.milliseconds,
      compressionType: this.#capabilityOf(stream),
      qualifierOut: { precedenceValue: EXPEDITED, silenceSuppression: 0, maxFramesPerPacket: 0 },
      callReference: ci,
      streamPassThroughId: 0,
      associatedStreamId: 0,
      rfc2833PayloadType: stream.telephoneEvent ?? 0,
      dtmfType: DTMF_TYPE,
      mixingMode: 0,
      partyDirection: 0,
    };
    this.#station.send('StartMediaTransmissionMessage', fields, now);
  }

  /** Closes both directions. Returns whether any was open. */
  close(now: Instant): boolean {
    const wasOpen = this.#party !== undefined || this.#sending !== undefined;
    this.#closeReceive(now);
    this.#stop(now);
    return wasOpen;
  }

  /** Has the phone close a port, whether it is one of this leg or one that nobody asked for. */
  closeParty(party: number, now: Instant): void {
    this.#station.send('CloseReceiveChannelMessage', this.#channel(party), now);
  }

  #closeReceive(now: Instant): void {
    const party = this.#party;
    if (party === undefined) return;
    this.closeParty(party, now);
    this.#party = undefined;
    this.#isOpen = false;
    this.#closed.push(party);
    if (this.#closed.length > MOST_CLOSED) this.#closed.shift();
  }

  #stop(now: Instant): void {
    if (this.#sending === undefined) return;
    this.#station.send('StopMediaTransmissionMessage', this.#channel(this.#sending), now);
    this.#sending = undefined;
  }

  #channel(party: number) {
    const { ci } = this.#leg;
    return { conferenceId: ci, passThruPartyId: party, callReference: ci, portHandlingFlag: PORT_HANDLING.Close };
  }

  /** By the number under which the phone knows the codec. */
  #capabilityOf({ codec }: AgreedMedia): number {
    const known = this.#leg.capabilities?.codecs.find((capability) => capability.codec === codec)?.capability;
    return known ?? CODECS[codec].capabilities[0];
  }
}
