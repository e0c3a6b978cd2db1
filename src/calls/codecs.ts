// The audio codecs that labcm knows, one row each: the number that SCCP and call records use, and what SDP says.

/** How a codec is packed and named. */
export interface AudioCodec {
  /** The name in `calls.codecs` and in SDP's `rtpmap` (RFC 3551 §6). */
  readonly name: string;
  /** Its payload capabilities in SCCP and call records; the first is the one that labcm gives (`docs/protocols/calls.md` §4.3). */
  readonly capabilities: readonly number[];
  /** The static RTP payload type, or `undefined`: dynamic, from 96 up. */
  readonly payloadType: number | undefined;
  /** SDP's clock rate in Hz, which for G.722 is not the sampling rate (RFC 3551 §4.5.2). */
  readonly clockRate: number;
  /** After the clock rate in `rtpmap`, where SDP wants it. */
  readonly channels?: number;
  /** Milliseconds of audio in a packet. */
  readonly milliseconds: number;
  /** `annexb=no` and the like: the parameters that labcm offers. */
  readonly parameters?: string;
  /** Bits a second, for records and `b=TIAS`. */
  readonly bandwidth: number;
}

/** By preference where the configuration says nothing. */
export const CODECS = {
  opus: {
    name: 'opus',
    capabilities: [90],
    payloadType: undefined,
    clockRate: 48_000,
    channels: 2,
    milliseconds: 20,
    bandwidth: 64_000,
  },
  G722: { name: 'G722', capabilities: [6], payloadType: 9, clockRate: 8_000, milliseconds: 20, bandwidth: 64_000 },
  PCMU: { name: 'PCMU', capabilities: [4], payloadType: 0, clockRate: 8_000, milliseconds: 20, bandwidth: 64_000 },
  PCMA: { name: 'PCMA', capabilities: [2], payloadType: 8, clockRate: 8_000, milliseconds: 20, bandwidth: 64_000 },
  G729: {
    name: 'G729',
    capabilities: [11, 12, 15, 16],
    payloadType: 18,
    clockRate: 8_000,
    milliseconds: 20,
    parameters: 'annexb=no',
    bandwidth: 8_000,
  },
  iLBC: {
    name: 'iLBC',
    capabilities: [86],
    payloadType: undefined,
    clockRate: 8_000,
    milliseconds: 30,
    parameters: 'mode=30',
    bandwidth: 15_200,
  },
} as const satisfies Record<string, AudioCodec>;

export type CodecName = keyof typeof CODECS;

/** The payload capability by which an SCCP phone says that it takes telephone events in RTP (RFC 4733). */
export const TELEPHONE_EVENT_CAPABILITY = 257;

const BY_CAPABILITY: ReadonlyMap<number, CodecName> = new Map(
  Object.entries(CODECS).flatMap(([name, { capabilities }]) => capabilities.map((id) => [id, name as CodecName])),
);

/** The codec of a payload capability; `undefined`: none that labcm negotiates. */
export const codecOfCapability = (capability: number): CodecName | undefined => BY_CAPABILITY.get(capability);

const BY_ENCODING: ReadonlyMap<string, CodecName> = new Map(
  (Object.keys(CODECS) as CodecName[]).map((name) => [name.toLowerCase(), name]),
);

/** The codec that SDP's `rtpmap` names, in any case. */
export const codecOfEncoding = (encoding: string, clockRate: number): CodecName | undefined => {
  const name = BY_ENCODING.get(encoding.toLowerCase());
  return name !== undefined && CODECS[name].clockRate === clockRate ? name : undefined;
};
