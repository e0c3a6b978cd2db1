// The events of the TFTP service: one per request, refusal and end of a transfer, none per block.

import type { FileRequestContext } from '../core/files.js';
import type { Instant } from '../core/time.js';

interface AboutRequest {
  readonly at: Instant;
  readonly context: FileRequestContext;
  /** As the client spelled it. */
  readonly file: string;
  /** The device that the file or the client's address belongs to, if there is one. */
  readonly device?: string;
}

/** A read or write request was understood. */
export interface TftpRequest extends AboutRequest {
  readonly type: 'tftp.request';
  readonly opcode: 1 | 2;
  /** As the client spelled it. */
  readonly mode: string;
  /** Length of the whole request in octets. */
  readonly octets: number;
  /** Transfers in progress before this one. */
  readonly serving: number;
  /** Sockets the service has open. */
  readonly sockets: number;
}

/** The request was answered by an ERROR packet. `file` is the canonical name that was looked for. */
export interface TftpRefused extends AboutRequest {
  readonly type: 'tftp.refused';
  /** As the client spelled it, where that is another name. */
  readonly asked?: string;
  /** RFC 1350 error code. */
  readonly code: number;
  readonly reason: string;
  /** A miss that every phone of a non-secure cluster causes, e.g. of a trust list. */
  readonly harmless: boolean;
}

/** A file was sent and acknowledged to its end. */
export interface TftpCompleted extends AboutRequest {
  readonly type: 'tftp.completed';
  /** Octets of the file, once each. */
  readonly octets: number;
  readonly blocks: number;
  /** Packets sent again by the timer. */
  readonly resent: number;
  readonly milliseconds: number;
  /** Our port, which stands for the socket. */
  readonly socket: number;
  readonly blockSize: number;
  readonly windowSize: number;
  /** The version stamp in it, if it was made for the device. */
  readonly stamp?: string;
}

export type TftpFailure =
  | 'timeout' // the client fell silent
  | 'client-error' // it sent an ERROR packet
  | 'superseded' // it asked for another file from the same port
  | 'gave-way' // it acknowledged nothing, and another client needed its place
  | 'read-error' // the file could not be read to its end
  | 'stopped'; // the service ended

/** A transfer ended before the file did. */
export interface TftpFailed extends AboutRequest {
  readonly type: 'tftp.failed';
  readonly reason: TftpFailure;
  readonly detail: string;
  /** Blocks acknowledged. */
  readonly blocks: number;
  readonly resent: number;
  /** Milliseconds since the request. */
  readonly milliseconds: number;
  /** Octets of a block, once the options are agreed upon. */
  readonly blockSize?: number;
  /** `client-error`: the code of the client's ERROR packet (RFC 1350 §5), if it has one. */
  readonly errorCode?: number;
}

/** A datagram that is not TFTP, or a packet for a transfer that its sender does not have. */
export interface TftpMalformed {
  readonly type: 'tftp.malformed';
  readonly at: Instant;
  readonly address: string;
  readonly port: number;
  readonly reason: string;
  /** The start of the datagram, at most 64 octets, in hexadecimal. */
  readonly bytes: string;
}

/**
 * Requests of one source, or of all, were over a limit and answered «busy» or not at all. Told once per source and
 * second.
 */
export interface TftpThrottled {
  readonly type: 'tftp.throttled';
  readonly at: Instant;
  /** `undefined`: the limit on all sources together. */
  readonly address: string | undefined;
  readonly limit: string;
  readonly count: number;
}

/** More requests came in a second than appear in the trace; this is the number of the others. They were served. */
export interface TftpUntraced {
  readonly type: 'tftp.untraced';
  readonly at: Instant;
  readonly requests: number;
}

/** Every event of the TFTP server. */
export type TftpEvent =
  | TftpRequest
  | TftpRefused
  | TftpCompleted
  | TftpFailed
  | TftpMalformed
  | TftpThrottled
  | TftpUntraced;
