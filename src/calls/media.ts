// The media of a call: who can receive what and where, and which codec both ends agree on. Each hold, resume and answer
// changes these records; `CallControl` then makes both phones agree with them (`docs/protocols/calls.md` §1.4).

import { CODECS, type CodecName } from './codecs.js';

/** Where a leg receives RTP: dotted decimal and a UDP port. */
export interface MediaAddress {
  readonly address: string;
  readonly port: number;
}

const OCTET = /^(?:0|[1-9]\d{0,2})$/;

/** Whether the address is one host's, and the port one that can be sent to: no group, no broadcast, no reserved one. */
export const canReceive = ({ address, port }: MediaAddress): boolean => {
  const octets = address.split('.');
  if (octets.length !== 4 || octets.some((text) => !OCTET.test(text) || Number(text) > 255)) return false;
  const first = Number(octets[0]);
  return first > 0 && first < 224 && Number.isInteger(port) && port > 0 && port <= 0xffff;
};

/** What a phone on hold names instead of an address (RFC 3264 §8.4), or a stream that it does not want. */
export const isNowhere = ({ address, port }: MediaAddress): boolean => address === '0.0.0.0' || port === 0;

/** A codec that a leg can use. */
export interface CodecCapability {
  readonly codec: CodecName;
  /** The capability number by which an SCCP phone named it: a phone that has only G.729 Annex A is told that one. */
  readonly capability?: number;
  /** The payload type that the leg's SDP gave. */
  readonly payloadType?: number;
  /** The parameters of its `fmtp`, as the leg's SDP wrote them. */
  readonly parameters?: string;
  /** The most milliseconds in a packet that the leg announced. */
  readonly maxMilliseconds?: number;
}

/** What a leg can receive, in its order of preference. */
export interface MediaCapabilities {
  readonly codecs: readonly CodecCapability[];
  /** The payload type of telephone events in RTP; `undefined`: it takes none. */
  readonly telephoneEvent: number | undefined;
}

/** One direction as a leg wants it, in SDP's words (RFC 4566 §6). */
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What both ends of a call agreed on. */
export interface AgreedMedia {
  readonly codec: CodecName;
  readonly milliseconds: number;
  /** Telephone events in RTP, if both ends take them. */
  readonly telephoneEvent: number | undefined;
}

/** What a leg is to send, and where to. */
export interface OutgoingStream extends AgreedMedia {
  readonly to: MediaAddress;
  /** It only listens: what it sends, nobody hears. */
  readonly isListening?: boolean;
  /** It only speaks: the other end sends nothing. */
  readonly isSpeaking?: boolean;
}

/** An SCCP phone that has not told its capabilities takes G.711 µ-law (`docs/protocols/calls.md` §2.7). */
export const ASSUMED_CAPABILITIES: MediaCapabilities = { codecs: [{ codec: 'PCMU' }], telephoneEvent: undefined };

/**
 * The codec for both ends: the first of `preference` that both have. Opus only if `allowOpus`, since between SCCP phones it is
 * never used. `undefined`: they have none in common.
 */
export const agreeOn = (
  one: MediaCapabilities,
  other: MediaCapabilities,
  preference: readonly CodecName[],
  allowOpus: boolean,
): AgreedMedia | undefined => {
  const candidates = allowOpus ? (['opus', ...preference] as const) : preference;
  for (const codec of candidates) {
    const first = one.codecs.find((capability) => capability.codec === codec);
    const second = other.codecs.find((capability) => capability.codec === codec);
    if (first === undefined || second === undefined) continue;
    const most = Math.min(
      first.maxMilliseconds ?? Number.POSITIVE_INFINITY,
      second.maxMilliseconds ?? Number.POSITIVE_INFINITY,
    );
    const telephoneEvent =
      one.telephoneEvent === undefined || other.telephoneEvent === undefined ? undefined : eventPayload(one, other);
    return { codec, milliseconds: packetTime(codec, most), telephoneEvent };
  }
  return undefined;
};

/** The packet time of `codec`, which never exceeds what a phone announced; the codec's own where that would be under 10 ms. */
const packetTime = (codec: CodecName, most: number): number => {
  const usual = CODECS[codec].milliseconds;
  return most >= usual || most < 10 ? usual : Math.floor(most / 10) * 10;
};

/** 101 unless the one side that speaks SDP chose another number. */
const eventPayload = (one: MediaCapabilities, other: MediaCapabilities): number =>
  one.telephoneEvent !== DEFAULT_TELEPHONE_EVENT ? (one.telephoneEvent as number) : (other.telephoneEvent as number);

/** The payload type that nearly everybody gives to telephone events. */
export const DEFAULT_TELEPHONE_EVENT = 101;
