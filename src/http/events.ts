// What may happen on the HTTP side of the file service.

import type { Instant } from '../core/time.js';
import type { RequestContext } from '../tftp/events.js';

/** A file request over HTTP 6970 was answered. */
export interface HttpFileAnswered {
  readonly type: 'http.file';
  readonly at: Instant;
  readonly context: RequestContext;
  readonly method: string;
  readonly file: string;
  readonly status: number;
  readonly octets: number;
  readonly harmless: boolean;
  readonly device?: string;
}

export type HttpEvent = HttpFileAnswered;
