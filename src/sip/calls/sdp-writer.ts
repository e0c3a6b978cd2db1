// Writes our SDP as CUCM does (`docs/protocols/calls.md` §3.3): one audio stream, which names the address of the other end,
// in the payload numbers of whoever reads it. Each leg has one session number; its version rises with each SDP.

import {
  CODECS,
  type Codec,
  type CodecCapability,
  type CodecName,
  DEFAULT_TELEPHONE_EVENT,
  type MediaAddress,
  type MediaCapabilities,
  type MediaDirection,
} from '../../calls/index.js';
import { NO_ADDRESS, type StreamLayout } from './sdp.js';

/** One codec of an SDP of ours. */
export interface WrittenCodec {
  readonly codec: CodecName;
  readonly payloadType: number;
  /** The parameters of its `fmtp`; `undefined`: none. */
  readonly parameters: string | undefined;
}

/** What an SDP of ours says. */
export interface WrittenAudio {
  /** Where the reader is to send; port 0: the stream is refused. */
  readonly to: MediaAddress;
  readonly codecs: readonly WrittenCodec[];
  readonly direction: MediaDirection;
  readonly telephoneEvent: number | undefined;
  /** Milliseconds in a packet, where they are not the codec's usual ones. */
  readonly milliseconds?: number;
  /** From a source of music, of which CUCM gives no bandwidth of the whole. */
  readonly isMusic?: boolean;
}

/** The payload numbers that CUCM's phones give, where nobody has given others. */
const DYNAMIC: Readonly<Partial<Record<CodecName, number>>> = { opus: 114, iLBC: 116 };
const AUDIO_ALONE: StreamLayout = { audio: 0, streams: [['audio', '']] };
const NARROW_BANDWIDTH = 64_000;

/** `session`: the number of the leg's session. `host`: our address. `layout`: of the phone's own SDP, if it has sent one. */
export const writeSdp = (
  session: number,
  version: number,
  host: string,
  audio: WrittenAudio,
  layout: StreamLayout = AUDIO_ALONE,
): string => {
  const { to, codecs, direction } = audio;
  const isOpen = direction !== 'inactive' && to.port !== 0;
  const bandwidth = Math.max(8_000, ...codecs.map(({ codec }) => CODECS[codec].bandwidth));
  const head = [
    'v=0',
    `o=CiscoSystemsCCM-SIP ${session} ${version} IN IP4 ${host}`,
    's=SIP Call',
    `c=IN IP4 ${isOpen ? to.address : NO_ADDRESS}`,
    ...(bandwidth === NARROW_BANDWIDTH && audio.isMusic !== true ? ['b=AS:64'] : []),
    't=0 0',
  ];
  const streams = layout.streams.flatMap(([kind, rest], place) =>
    place === layout.audio ? audioLines(audio, bandwidth) : [`m=${kind} 0 ${rest}`],
  );
  return `${[...head, ...streams].join('\r\n')}\r\n`;
};

const audioLines = ({ to, codecs, direction, telephoneEvent, milliseconds }: WrittenAudio, bandwidth: number) => {
  const payloads = codecs.map(({ payloadType }) => payloadType);
  if (telephoneEvent !== undefined) payloads.push(telephoneEvent);
  return [
    `m=audio ${to.port} RTP/AVP ${payloads.join(' ')}`,
    `b=TIAS:${bandwidth}`,
    ...(milliseconds === undefined ? [] : [`a=ptime:${milliseconds}`]),
    ...codecs.flatMap(codecLines),
    ...(direction === 'sendrecv' ? [] : [`a=${direction}`]),
    ...(telephoneEvent === undefined
      ? []
      : [`a=rtpmap:${telephoneEvent} telephone-event/8000`, `a=fmtp:${telephoneEvent} 0-15`]),
  ];
};

const codecLines = ({ codec, payloadType, parameters }: WrittenCodec): readonly string[] => {
  const { name, clockRate, channels }: Codec = CODECS[codec];
  const map = `a=rtpmap:${payloadType} ${name}/${clockRate}${channels === undefined ? '' : `/${channels}`}`;
  // CUCM writes two blanks before the parameters of opus alone.
  const blanks = codec === 'opus' ? '  ' : ' ';
  return parameters === undefined ? [map] : [map, `a=fmtp:${payloadType}${blanks}${parameters}`];
};

/**
 * A codec as it is written to a phone: by the phone's own payload number if it has given one, else by the far end's, with
 * the parameters of the far end, which is who receives it.
 */
export const writtenCodec = (
  codec: CodecName,
  phone: MediaCapabilities | undefined,
  far: MediaCapabilities | undefined,
  milliseconds: number,
): WrittenCodec => {
  const mine = phone?.codecs.find((capability) => capability.codec === codec);
  const theirs = far?.codecs.find((capability) => capability.codec === codec);
  const usual: Codec = CODECS[codec];
  const payloadType = mine?.payloadType ?? theirs?.payloadType ?? usual.payloadType ?? DYNAMIC[codec] ?? 96;
  return { codec, payloadType, parameters: parametersOf(codec, mine, theirs, milliseconds) };
};

const parametersOf = (
  codec: CodecName,
  mine: CodecCapability | undefined,
  theirs: CodecCapability | undefined,
  milliseconds: number,
): string | undefined => {
  if (codec === 'G729') return `annexb=${hasAnnexB(mine) && hasAnnexB(theirs) ? 'yes' : 'no'}`;
  if (codec === 'iLBC') return `mode=${milliseconds === 20 ? 20 : 30}`;
  return theirs?.parameters;
};

/** SCCP names Annex B by its capability; in SDP it is meant where nothing is said (RFC 4856 §2.1.9). */
const hasAnnexB = (capability: CodecCapability | undefined): boolean => {
  if (capability === undefined) return false;
  if (capability.capability !== undefined) return capability.capability >= 15;
  return capability.payloadType !== undefined && !/annexb=no/i.test(capability.parameters ?? '');
};

/** The payload number of telephone events for a phone: its own, else the agreed one. */
export const eventPayloadFor = (
  agreed: number | undefined,
  phone: MediaCapabilities | undefined,
): number | undefined => {
  if (agreed === undefined) return undefined;
  return phone === undefined ? agreed : (phone.telephoneEvent ?? DEFAULT_TELEPHONE_EVENT);
};
