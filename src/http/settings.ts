// The limits of the two HTTP servers, with their defaults. `config/` takes its defaults from here.

import { type Duration, seconds } from '../core/time.js';

/** The limits of one HTTP server. */
export interface HttpLimits {
  /** Connections at once; one more is reset. */
  readonly connections: number;
  /** The same for one address. */
  readonly connectionsPerSource: number;
  /** Requests of one source in one second; more are answered 429. */
  readonly requestsPerSecond: number;
  /** From the first octet of a request to the end of its headers. */
  readonly headersWithin: Duration;
  /** From the first octet of a request to its last. */
  readonly requestWithin: Duration;
  /** How long a connection stays open without a request. */
  readonly keptAlive: Duration;
  /** How long a connection stays open on which nothing moves, in either direction, while it is served. */
  readonly idle: Duration;
}

/** The limits of the file server on 6970. */
export interface FileServerLimits extends HttpLimits {
  /** Requests that are answered at once; one more is answered 503. */
  readonly serving: number;
}

const HTTP_LIMITS: HttpLimits = {
  connections: 4_096,
  connectionsPerSource: 256,
  requestsPerSecond: 1_000,
  headersWithin: seconds(10),
  requestWithin: seconds(15),
  keptAlive: seconds(15),
  idle: seconds(30),
};

/** The default limits of the file server. */
export const FILE_SERVER_LIMITS: FileServerLimits = { ...HTTP_LIMITS, serving: 2_048 };

/** The default limits of the API. It has fewer clients. */
export const API_LIMITS: HttpLimits = { ...HTTP_LIMITS, connections: 512, connectionsPerSource: 128 };

/** Requests of one server that are traced in one second: as many as of TFTP's. */
export const TRACED_PER_SECOND = 1_000;
