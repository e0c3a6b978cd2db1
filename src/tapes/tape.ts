// What a tape is: the messages of one phone, both ways, with their times.

import type { CapturedProtocol } from '../decoding/captured-message.js';
import type { Endpoint } from '../net/ports.js';

/** The protocols that are on tapes, in the order of a boot. */
export const TAPE_PROTOCOLS = ['dhcp', 'tftp', 'http', 'sccp', 'sip'] as const satisfies readonly CapturedProtocol[];
/** A protocol that is on tapes. */
export type TapeProtocol = (typeof TAPE_PROTOCOLS)[number];

/** Who said something. */
export type TapeSide = 'phone' | 'server';

/** The first line of a tape (`docs/tapes.md`). */
export interface TapeHeader {
  /** The version of the format. */
  readonly tape: 1;
  /** The name of the phone, or whatever it was asked for by. */
  readonly device: string;
  /** Cisco's name of its model; `null`: nothing on the tape says it. */
  readonly model: string | null;
  /** What it registers by; `null`: it does not register on this tape. */
  readonly protocol: 'SCCP' | 'SIP' | null;
  /** Whether a daemon heard it, or a capture file. */
  readonly source: 'daemon' | 'capture';
  /** The program that made the tape, such as `labcm 1.2.0`. */
  readonly program: string;
  /** When it begins, ISO 8601 in UTC; `null`: the capture does not say. */
  readonly begin: string | null;
  /** What was replaced by `x`. */
  readonly masked: readonly string[];
}

/** A message, or a piece of the body of an HTTP message, whose name is then `body`. */
export interface TapeMessage {
  /** Milliseconds since the begin of the tape. */
  readonly at: number;
  readonly from: TapeSide;
  readonly protocol: TapeProtocol;
  readonly transport: 'udp' | 'tcp';
  /** Messages with the same number are of one connection, transfer or pair of endpoints. */
  readonly conversation: number;
  readonly phone: Endpoint;
  readonly server: Endpoint;
  /** As `labcm decode` names it. */
  readonly name: string;
  /** Without secrets; empty where they were left out. */
  readonly octets: Buffer;
  /** How many octets were left out; 0: none. */
  readonly leftOut: number;
}

/** All of one tape. */
export interface Tape {
  readonly header: TapeHeader;
  /** In the order of their times. */
  readonly messages: readonly TapeMessage[];
}

/** What a tape may hold. What is longer is not recorded, and not read. */
export const TAPE_LIMITS = {
  /** Lines below the header. */
  lines: 100_000,
  /** Octets of the file. */
  octets: 64 * 1024 * 1024,
  /** Octets of one message. */
  message: 131_072,
  /** Octets of one file that a phone fetches; of what follows only the length is kept. */
  file: 256 * 1024,
} as const;

/** The name of a piece of the body of an HTTP message. */
export const BODY = 'body';

/** What recording replaces by as many `x`. */
export const MASKED_CONTENT: readonly string[] = [
  'passwords in files and URLs',
  'digest responses',
  'credentials in Authorization and Proxy-Authorization',
  'digits that are dialled over SCCP while a call is connected',
];
