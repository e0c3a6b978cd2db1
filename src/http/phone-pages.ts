// The pages for phones on the port of their files: what a request for one is, and how its answer leaves. Which pages there
// are is the business of the services for phones, which fit these interfaces.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PerSecondBudget } from '../core/rate-limit.js';
import type { Clock } from '../core/time.js';
import { peerOf } from './bounded-server.js';
import { fileNameOf, queryOf } from './request-target.js';

/** A request for a page. */
export interface PhonePageRequest {
  /** Percent-decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The phone's address. */
  readonly address: string;
  /** `host:port` as the phone called it; `undefined`: it did not say, or said nothing that a host can be. */
  readonly host: string | undefined;
  readonly acceptCharset: string | undefined;
  /** Whether an event is published of it: in a flood only some are. */
  readonly isTraced: boolean;
}

/** The answer. */
export interface PhonePageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The pages of phones. */
export interface PhonePages {
  /** `undefined`: there is no page at this path. Never throws. */
  answer(request: PhonePageRequest): PhonePageAnswer | undefined;
}

const HOST = /^[a-z0-9.-]{1,253}(?::\d{1,5})?$/i;

/** Answers the requests for pages. */
export class PageServer {
  readonly #pages: PhonePages;
  readonly #traceBudget: PerSecondBudget;
  readonly #clock: Clock;

  constructor(pages: PhonePages, traceBudget: PerSecondBudget, clock: Clock) {
    this.#pages = pages;
    this.#traceBudget = traceBudget;
    this.#clock = clock;
  }

  /** Answers a request, and returns whether it was for a page. */
  answer({ method, url = '', headers, socket }: IncomingMessage, response: ServerResponse): boolean {
    if (method !== 'GET' && method !== 'HEAD') return false;
    const name = fileNameOf(url);
    // The name of a file has no such beginning, so a request for a file costs two comparisons.
    if (name === undefined || !/^(?:phone|ccmcip)\//i.test(name)) return false;
    const { host, 'accept-charset': acceptCharset } = headers;
    const answer = this.#pages.answer({
      path: `/${name}`,
      query: queryOf(url),
      address: peerOf(socket).address,
      host: host !== undefined && HOST.test(host) ? host : undefined,
      acceptCharset: typeof acceptCharset === 'string' ? acceptCharset : undefined,
      isTraced: this.#traceBudget.take(this.#clock.now()),
    });
    if (answer === undefined) return false;
    response.writeHead(answer.status, { ...answer.headers, 'Content-Length': answer.body.length });
    response.end(method === 'HEAD' ? undefined : answer.body);
    return true;
  }
}
