// The codecs of simulated phones: one row each, with its names in both protocols (`docs/protocols/calls.md` §4.3) and
// what 20 ms of it are.

import { G711_LAWS } from '../../rtp/g711.js';

/** What a phone sends while it talks. */
export type PhoneSound = 'tone' | 'silence' | 'none';

/** One codec. */
export interface PhoneCodec {
  readonly name: string;
  /** Its SCCP payload capabilities, the one that is announced first. */
  readonly payloads: readonly number[];
  /** Its RTP payload type. */
  readonly payloadType: number;
  /** The payload of a packet of 20 ms. */
  readonly silence: Uint8Array;
  readonly tone: Uint8Array;
}

const PACKET_MILLISECONDS = 20;
const SAMPLES = 8 * PACKET_MILLISECONDS;
/** Hz. A packet holds twenty whole periods, so that the same octets follow each other without a click. */
const PITCH = 1_000;
const LOUDNESS = 8_000;

const SINE = Int16Array.from({ length: SAMPLES }, (_, at) =>
  Math.round(LOUDNESS * Math.sin((2 * Math.PI * PITCH * at) / 8_000)),
);

const g711 = (name: keyof typeof G711_LAWS, payload: number, payloadType: number): PhoneCodec => ({
  name,
  payloads: [payload],
  payloadType,
  silence: new Uint8Array(SAMPLES).fill(G711_LAWS[name].silence),
  tone: Uint8Array.from(SINE, G711_LAWS[name].encode),
});

/** A codec that is not encoded here: its packets have the right size, and nothing that anybody could listen to. */
const counted = (name: string, payloads: readonly number[], payloadType: number, octets: number): PhoneCodec => {
  const filling = new Uint8Array(octets);
  return { name, payloads, payloadType, silence: filling, tone: filling };
};

/** In the order in which SIP phones offer them. */
export const PHONE_CODECS: readonly PhoneCodec[] = [
  counted('G722', [6], 9, SAMPLES),
  g711('PCMU', 4, 0),
  g711('PCMA', 2, 8),
  counted('G729', [11, 12, 15, 16], 18, 20),
];

/** The codec of that name in any case; `undefined`: no row has it. */
export const codecNamed = (name: string): PhoneCodec | undefined =>
  PHONE_CODECS.find((codec) => codec.name === name.toUpperCase());

/** The codec of that SCCP payload; one that no row has is sent as packets of its number without octets. */
export const codecOfPayload = (payload: number): PhoneCodec =>
  PHONE_CODECS.find(({ payloads }) => payloads.includes(payload)) ?? counted(`payload ${payload}`, [payload], 96, 0);
