// Reads the SDP of phones (RFC 4566, RFC 3264): bounded, linear, and only what a call needs. The first audio stream that
// labcm can serve is the call's; of the others their places are kept, since an answer refuses each in its place
// (`docs/protocols/calls.md` §3.3, §8.3).

import {
  type CodecCapability,
  type CodecName,
  codecOfEncoding,
  type MediaAddress,
  type MediaCapabilities,
  type MediaDirection,
} from '../../calls/index.js';
import { isUnicast } from '../message/via.js';

export const SDP_TYPE = 'application/sdp';
const MOST_OCTETS = 4_096;
const MOST_STREAMS = 16;
const MOST_FORMATS = 64;
/** Parameters that go to the far phone: plain text, and no more than anybody's codec has. */
const PARAMETERS = /^[\x20-\x7e]{1,255}$/;
const HIGHEST_PORT = 65_535;
/** By it a phone says that nothing is to be sent (RFC 2543's hold). */
export const NO_ADDRESS = '0.0.0.0';

/** Why an SDP cannot be used; each is answered with 488. */
export type SdpFault = 'too-large' | 'too-many-streams' | 'malformed' | 'no-audio' | 'ipv6' | 'secure' | 'no-codec';

/** The streams of an SDP in their order, by which ours are written in the same places. */
export interface StreamLayout {
  /** The place of the call's audio. */
  readonly audio: number;
  /** What stands in each `m=` line beside the port: `video 0 RTP/AVP 96` is `['video', 'RTP/AVP 96']`. */
  readonly streams: readonly (readonly [kind: string, rest: string])[];
}

/** What a phone says of the call's audio. */
export interface RemoteAudio {
  /** Where it receives; port 0 or address 0.0.0.0: nowhere now. */
  readonly receive: MediaAddress;
  /** As written, but `inactive` where it receives nowhere. */
  readonly direction: MediaDirection;
  readonly capabilities: MediaCapabilities;
  readonly layout: StreamLayout;
}

/** Whether the phone sends to nobody or wants nothing: it is on hold. */
export const isHold = ({ direction }: RemoteAudio): boolean => direction === 'sendonly' || direction === 'inactive';

interface Stream {
  readonly kind: string;
  readonly rest: string;
  readonly protocol: string;
  readonly port: number;
  readonly formats: readonly number[];
  address: string | undefined;
  direction: MediaDirection | undefined;
  readonly encodings: Map<number, string>;
  readonly parameters: Map<number, string>;
  mostMilliseconds: number | undefined;
}

const DIRECTIONS: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

/** The encodings that need no `rtpmap` (RFC 3551 §6), of those that labcm knows. */
const STATIC: Readonly<Record<number, string>> = { 0: 'PCMU/8000', 8: 'PCMA/8000', 9: 'G722/8000', 18: 'G729/8000' };

/** Reads a body. */
export const readSdp = (body: Buffer): RemoteAudio | SdpFault => {
  if (body.length > MOST_OCTETS) return 'too-large';
  const lines = body.toString('latin1').split(/\r\n|\n|\r/);
  if (lines[0] !== 'v=0') return 'malformed';
  const streams: Stream[] = [];
  let address: string | undefined;
  let direction: MediaDirection | undefined;
  for (const line of lines) {
    const stream = streams.at(-1);
    const value = line.slice(2);
    if (line.startsWith('m=')) {
      if (streams.length >= MOST_STREAMS) return 'too-many-streams';
      const next = readStream(value);
      if (next === undefined) return 'malformed';
      streams.push(next);
    } else if (line.startsWith('c=')) {
      if (stream === undefined) address = value;
      else stream.address = value;
    } else if (line.startsWith('a=')) {
      if (stream !== undefined) readAttribute(stream, value);
      else if (DIRECTIONS.includes(value)) direction = value as MediaDirection;
    }
  }
  return audioOf(streams, address, direction);
};

/** Of an `m=` line: `audio 22018 RTP/AVP 114 9 101`. */
const readStream = (value: string): Stream | undefined => {
  const [kind, port, protocol, ...formats] = value.trim().split(/ +/);
  if (kind === undefined || port === undefined || protocol === undefined) return undefined;
  const number = /^\d{1,5}(?:\/\d{1,3})?$/.test(port) ? Number.parseInt(port, 10) : HIGHEST_PORT + 1;
  if (number > HIGHEST_PORT || formats.length === 0 || formats.length > MOST_FORMATS) return undefined;
  return {
    kind,
    rest: `${protocol} ${formats.join(' ')}`,
    protocol: protocol.toUpperCase(),
    port: number,
    formats: formats.flatMap((text) => (/^\d{1,3}$/.test(text) && Number(text) < 128 ? [Number(text)] : [])),
    address: undefined,
    direction: undefined,
    encodings: new Map(),
    parameters: new Map(),
    mostMilliseconds: undefined,
  };
};

const readAttribute = (stream: Stream, value: string): void => {
  if (DIRECTIONS.includes(value)) {
    stream.direction = value as MediaDirection;
    return;
  }
  const [, name, payload, rest = ''] = /^(rtpmap|fmtp):(\d{1,3})[ \t]+(.*)$/.exec(value) ?? [];
  if (name === 'rtpmap') stream.encodings.set(Number(payload), rest.trim());
  else if (name === 'fmtp') {
    const text = rest.trim();
    if (PARAMETERS.test(text)) stream.parameters.set(Number(payload), text);
  } else {
    const most = /^maxptime:(\d{1,4})/.exec(value)?.[1];
    if (most !== undefined) stream.mostMilliseconds = Number(most);
  }
};

const audioOf = (
  streams: readonly Stream[],
  sessionAddress: string | undefined,
  sessionDirection: MediaDirection | undefined,
): RemoteAudio | SdpFault => {
  const served = streams.filter(({ kind, protocol }) => kind === 'audio' && protocol === 'RTP/AVP');
  const stream = served.find(({ port }) => port !== 0) ?? served[0];
  if (stream === undefined)
    return streams.some(({ kind, protocol }) => kind === 'audio' && protocol.startsWith('RTP/SAVP'))
      ? 'secure'
      : 'no-audio';
  const [network, family, written] = (stream.address ?? sessionAddress ?? '').trim().split(/ +/);
  if (network !== 'IN' || written === undefined) return 'malformed';
  if (family === 'IP6') return 'ipv6';
  const address = written.split('/', 1)[0] ?? '';
  if (family !== 'IP4' || (address !== NO_ADDRESS && !isUnicast(address))) return 'malformed';
  const capabilities = capabilitiesOf(stream);
  if (capabilities.codecs.length === 0 && stream.port !== 0) return 'no-codec';
  const isDeaf = address === NO_ADDRESS || stream.port === 0;
  return {
    receive: { address, port: stream.port },
    direction: isDeaf ? 'inactive' : (stream.direction ?? sessionDirection ?? 'sendrecv'),
    capabilities,
    layout: {
      audio: streams.indexOf(stream),
      streams: streams.map(({ kind, rest }) => [kind, rest] as const),
    },
  };
};

const TELEPHONE_EVENT = /^telephone-event\/8000/i;

const capabilitiesOf = ({ formats, encodings, parameters, mostMilliseconds }: Stream): MediaCapabilities => {
  const codecs: CodecCapability[] = [];
  let telephoneEvent: number | undefined;
  for (const payloadType of formats) {
    const encoding = encodings.get(payloadType) ?? STATIC[payloadType];
    if (encoding === undefined) continue;
    if (TELEPHONE_EVENT.test(encoding)) telephoneEvent ??= payloadType;
    const codec = codecOfRtpmap(encoding);
    if (codec === undefined || codecs.some((known) => known.codec === codec)) continue;
    const written = parameters.get(payloadType);
    const most = codec === 'iLBC' && /mode=20\b/.test(written ?? '') ? 20 : mostMilliseconds;
    codecs.push({
      codec,
      payloadType,
      ...(written === undefined ? {} : { parameters: written }),
      ...(most === undefined ? {} : { maxMilliseconds: most }),
    });
  }
  return { codecs, telephoneEvent };
};

const codecOfRtpmap = (encoding: string): CodecName | undefined => {
  const [name = '', clock = ''] = encoding.split('/');
  return codecOfEncoding(name, Number(clock));
};
