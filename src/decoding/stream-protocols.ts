// How the messages of each protocol are found in a stream: one row each.

import { detectProtocol } from '../core/protocol-detection.js';
import * as http from '../http/decode.js';
import * as sccp from '../sccp/decode.js';
import * as sip from '../sip/decode.js';
import type { CapturedProtocol } from './captured-message.js';
import type { FrameDecoder } from './decoders.js';
import { HttpBodies } from './http-bodies.js';

/** Octets that follow a message and are not shown. */
export interface SkippedBody {
  /** How many of these octets belong to it. */
  take(bytes: Buffer): number;
  /** Whether it has ended. */
  readonly done: boolean;
}

/** Knows which messages of a connection have a body that is not shown. */
export interface BodyKeeper {
  /** The body after a message of that direction; `undefined`: none. */
  after(decoded: ReturnType<FrameDecoder['decodeFrame']>): SkippedBody | undefined;
}

/** How to cut a stream of a protocol. */
export interface StreamProtocol {
  readonly protocol: CapturedProtocol;
  readonly decoder: FrameDecoder;
  /** Octets of the first message; 0: more are needed; -1: none can start so. */
  readonly messageLength: (bytes: Buffer) => number;
  /** Where a message starts in octets of which the beginning was lost; -1: none does. `likely`: where a segment starts; -1: nowhere. */
  readonly messageStart: (bytes: Buffer, likely: number) => number;
  /** Octets between messages. */
  readonly fillerLength?: (bytes: Buffer) => number;
  /** Octets in which a message may begin that cannot be recognised yet. */
  readonly tail: number;
  /** For each connection. */
  readonly bodies?: () => BodyKeeper;
}

const SCCP: StreamProtocol = { ...sccp, protocol: 'sccp', decoder: sccp, tail: 11 };
const SIP: StreamProtocol = { ...sip, protocol: 'sip', decoder: sip, tail: 4_096 };
const HTTP: StreamProtocol = { ...http, protocol: 'http', decoder: http, tail: 4_096, bodies: () => new HttpBodies() };

/** By port: what is spoken there, where the octets do not say. */
const PORTS: ReadonlyMap<number, StreamProtocol | 'tls'> = new Map<number, StreamProtocol | 'tls'>([
  [2000, SCCP],
  [2443, 'tls'],
  [5060, SIP],
  [5061, 'tls'],
  [6970, HTTP],
  [6972, 'tls'],
]);

const DETECTED: Readonly<Record<string, StreamProtocol | 'tls' | 'other'>> = {
  TLS: 'tls',
  HTTP,
  SIP,
  SSH: 'other',
};

/** No protocol needs more octets to be recognised. */
const ENOUGH = 24;
/** Types of TLS records: change cipher spec, alert, handshake, application data (RFC 8446 §5.1). */
const isTlsRecord = ([type = 0, major = 0, minor = 255]: Buffer): boolean =>
  type >= 0x14 && type <= 0x17 && major === 3 && minor <= 4;

/**
 * What a connection carries, by the first octets that one side sent and by the ports. Octets go before ports: SCCP on
 * the port of TLS is read. `undefined`: more octets are needed.
 */
export const streamProtocolOf = (
  bytes: Buffer,
  ports: readonly number[],
  ended: boolean,
): StreamProtocol | 'tls' | 'other' | undefined => {
  const byPort = ports.map((port) => PORTS.get(port)).find((found) => found !== undefined);
  if (isTlsRecord(bytes)) return 'tls';
  const detected = detectProtocol(bytes);
  if (detected === 'SCCP' && (byPort === SCCP || sccp.messageStart(bytes, 0) === 0)) return SCCP;
  if (detected !== undefined && detected !== 'SCCP') return DETECTED[detected];
  if (bytes.length < ENOUGH && !ended) return undefined;
  return byPort ?? 'other';
};
