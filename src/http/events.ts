// The events of the HTTP services, and what all of them have in common.

import type { FileRequestContext } from '../core/files.js';
import type { Instant } from '../core/time.js';

/** A file was requested over HTTP 6970; labcm looks for it now. */
export interface HttpFileRequested {
  readonly type: 'http.request';
  readonly at: Instant;
  readonly context: FileRequestContext;
  readonly method: string;
  /** As the client spelled it, after percent-decoding. */
  readonly file: string;
}

/** A file request over HTTP 6970 was answered, or its answer broke off. */
export interface HttpFileAnswered {
  readonly type: 'http.file';
  readonly at: Instant;
  readonly context: FileRequestContext;
  readonly method: string;
  /** As the client spelled it, after percent-decoding; the canonical name where it was missing. */
  readonly file: string;
  /** As the client spelled it, where `file` is another name. */
  readonly asked?: string;
  readonly status: number;
  /** Octets of the body that were sent. */
  readonly octets: number;
  /** `failed`: the client went away, or the file could not be read to its end. */
  readonly outcome: 'served' | 'refused' | 'failed';
  readonly milliseconds: number;
  /** A miss that every phone of a non-secure cluster causes, e.g. of a trust list. */
  readonly harmless: boolean;
  readonly device?: string;
  /** The version stamp in a file that was made for the device and sent completely. */
  readonly stamp?: string;
}

/** The servers of HTTP: the files on 6970, the API on 8088, and the management interface on 8443. */
export type HttpService = 'HTTP' | 'API' | 'Management';

interface AboutService {
  readonly at: Instant;
  readonly service: HttpService;
}

/** What came is no HTTP request, or stopped in the middle of one. */
export interface HttpMalformed extends AboutService {
  readonly type: 'http.malformed';
  readonly address: string;
  readonly port: number;
  /** The answer. */
  readonly status: number;
  readonly reason: string;
  /** Its start without passwords and credentials, at most 64 octets, in hexadecimal. */
  readonly bytes: string;
}

/** Connections or requests over a limit were refused. One event per source and second. */
export interface HttpThrottled extends AboutService {
  readonly type: 'http.throttled';
  /** `undefined`: the limit on all sources together. */
  readonly address: string | undefined;
  readonly limit: string;
  readonly count: number;
}

/** More requests came in one second than are traced: the number that was not. They were answered like any other. */
export interface HttpUntraced extends AboutService {
  readonly type: 'http.untraced';
  readonly requests: number;
}

/** The API refused a request because of its sender, or because it failed itself. */
export interface ApiRefused {
  readonly type: 'http.api-refused';
  readonly at: Instant;
  readonly address: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly reason: string;
}

/** Somebody had many devices told a command. Each of them is told with a `device.commanded` of its own. */
export interface CommandsBegun {
  readonly type: 'http.commands-begun';
  readonly at: Instant;
  /** Of who asked. */
  readonly address: string;
  /** The number of the run, as `GET /api/commands/{id}` takes it. */
  readonly run: number;
  readonly command: string;
  /** How many devices are meant, and how many are told at most in a second. */
  readonly devices: number;
  readonly perSecond: number;
}

/** A command to many devices has come to its end, or was stopped. */
export interface CommandsEnded {
  readonly type: 'http.commands-ended';
  readonly at: Instant;
  readonly run: number;
  readonly command: string;
  readonly devices: number;
  /** How many were told, and how many were not: they are not registered, or not configured any more. */
  readonly sent: number;
  readonly untold: number;
  /** It was stopped before its end. */
  readonly stopped: boolean;
}

/** Any event of the HTTP services. */
export type HttpEvent =
  | HttpFileRequested
  | HttpFileAnswered
  | HttpMalformed
  | HttpThrottled
  | HttpUntraced
  | ApiRefused
  | CommandsBegun
  | CommandsEnded;
