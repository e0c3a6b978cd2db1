// The session descriptions of phones (RFC 8866, RFC 3264): one audio stream. A small reader and writer of their own, so
// that a mistake of the server's is not made twice.

import { codecNamed, PHONE_CODECS, type PhoneCodec } from '../calls/codecs.js';

/** Who sends: this side, seen from the description. */
export type SdpDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** A codec with the payload type that a description gives it. */
export interface OfferedCodec {
  readonly codec: PhoneCodec;
  readonly payloadType: number;
}

/** What a far description says of its audio. */
export interface FarMedia {
  readonly address: string;
  /** 0: it wants no audio. */
  readonly port: number;
  readonly direction: SdpDirection;
  /** Those that phones know, in its order. */
  readonly codecs: readonly OfferedCodec[];
}

const NOWHERE = '0.0.0.0';
const DIRECTIONS: ReadonlySet<string> = new Set(['sendrecv', 'sendonly', 'recvonly', 'inactive']);

/** Reads a description; `undefined`: there is no audio in it. Never throws. */
export const readDescription = (text: string): FarMedia | undefined => {
  const [session = [], ...media] = sections(text.split(/\r?\n/));
  const audio = media.find(([first]) => first?.startsWith('m=audio '));
  const [, port, , ...formats] = audio?.[0]?.split(' ') ?? [];
  if (audio === undefined || port === undefined) return undefined;
  const address = connectionOf(audio) ?? connectionOf(session) ?? NOWHERE;
  const written = directionOf(audio) ?? directionOf(session) ?? 'sendrecv';
  return {
    address,
    port: Number.parseInt(port, 10) || 0,
    // An old way to put on hold.
    direction: address === NOWHERE && written === 'sendrecv' ? 'sendonly' : written,
    codecs: formats.flatMap((format) => codecOf(audio, Number(format))),
  };
};

/** The lines of the session, then those of each medium. */
const sections = (lines: readonly string[]): string[][] => {
  const all: string[][] = [[]];
  for (const line of lines) {
    if (line.startsWith('m=')) all.push([]);
    all.at(-1)?.push(line);
  }
  return all;
};

const connectionOf = (lines: readonly string[]): string | undefined =>
  lines.map((line) => /^c=IN IP4 ([\d.]+)/.exec(line)?.[1]).find((address) => address !== undefined);

const directionOf = (lines: readonly string[]): SdpDirection | undefined =>
  lines.map((line) => line.slice(2)).find((attribute) => DIRECTIONS.has(attribute)) as SdpDirection | undefined;

const codecOf = (lines: readonly string[], payloadType: number): readonly OfferedCodec[] => {
  const name = lines
    .map((line) => /^a=rtpmap:(\d+) ([^/]+)\/8000/.exec(line))
    .find((found) => found?.[1] === `${payloadType}`);
  const codec = name?.[2] === undefined ? staticCodec(payloadType) : codecNamed(name[2]);
  return codec === undefined ? [] : [{ codec, payloadType }];
};

/** The codec of a payload type that needs no rtpmap (RFC 3551 §6). */
const staticCodec = (payloadType: number): PhoneCodec | undefined =>
  payloadType < 96 ? PHONE_CODECS.find((codec) => codec.payloadType === payloadType) : undefined;

/** What a phone writes about its own audio. */
export interface OwnMedia {
  /** `cisco`: as Cisco's phones write it; `generic`: the shortest. */
  readonly form: 'cisco' | 'generic';
  readonly session: number;
  readonly version: number;
  readonly address: string;
  readonly port: number;
  readonly direction: SdpDirection;
  readonly codecs: readonly OfferedCodec[];
}

const EVENTS = 101;

/** A description, every line with its end. An answer names the codec that was chosen alone. */
export const writeDescription = ({ form, session, version, address, port, direction, codecs }: OwnMedia): string => {
  const isCisco = form === 'cisco';
  const formats = [...codecs.map(({ payloadType }) => payloadType), EVENTS].join(' ');
  const lines = [
    'v=0',
    `o=${isCisco ? 'Cisco-SIPUA' : '-'} ${session} ${version} IN IP4 ${address}`,
    `s=${isCisco ? 'SIP Call' : '-'}`,
    ...(isCisco ? ['b=AS:4064'] : [`c=IN IP4 ${address}`]),
    't=0 0',
    `m=audio ${port} RTP/AVP ${formats}`,
    ...(isCisco ? [`c=IN IP4 ${address}`, 'b=TIAS:64000'] : []),
    ...codecs.map(({ codec, payloadType }) => `a=rtpmap:${payloadType} ${codec.name}/8000`),
    ...codecs.flatMap(({ codec, payloadType }) => (codec.name === 'G729' ? [`a=fmtp:${payloadType} annexb=no`] : [])),
    `a=rtpmap:${EVENTS} telephone-event/8000`,
    `a=fmtp:${EVENTS} 0-15`,
    `a=${direction}`,
  ];
  return lines.map((line) => `${line}\r\n`).join('');
};

/** The direction of an answer (RFC 3264 §6.1). `isHolding`: this side has the other on hold. */
export const answeringDirection = (offered: SdpDirection, isHolding: boolean): SdpDirection => {
  if (offered === 'inactive') return 'inactive';
  if (offered === 'recvonly') return 'sendonly';
  if (offered === 'sendonly') return isHolding ? 'inactive' : 'recvonly';
  return isHolding ? 'sendonly' : 'sendrecv';
};
