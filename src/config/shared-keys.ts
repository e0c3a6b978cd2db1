// Keys that several services have. Each is described once; the default comes from the service.

import * as z from 'zod';
import type { Duration } from '../core/time.js';
import { OLDEST_TLS, TLS_VERSIONS } from '../core/tls-versions.js';
import { address, duration, integer, oneOf, portOrOff, size, text, writtenDuration, writtenSize } from './fields.js';

/** The description of `limits`. */
export const BOUNDS = 'Bounds, per source and in all.';

/** The address of a listener. */
export const listen = (fallback: string) =>
  address()
    .prefault(fallback)
    .describe('The address to listen on. 0.0.0.0: every one, and answers come from the address that was asked.');

/** A path, relative to the configuration's folder. */
export const path = () => text(4096, 1).optional();

/** A limit: at least one. */
export const count = () => integer(1, 1_000_000);

interface ConnectionLimits {
  readonly connections: number;
  readonly connectionsPerSource: number;
}

/** Limits on connections. */
export const connections = (fallback: ConnectionLimits) => ({
  connections: count().default(fallback.connections).describe('The number of connections at once. One more is closed.'),
  connectionsPerSource: count().default(fallback.connectionsPerSource).describe('The same for one address.'),
});

/** The limits of SCCP and SIP, which say links where the configuration says connections. */
export const connectionLimits = (limits: {
  readonly links: number;
  readonly linksPerSource: number;
}): ConnectionLimits => ({ connections: limits.links, connectionsPerSource: limits.linksPerSource });

/** A limit on traced messages or requests. */
export const tracedPerSecond = (fallback: number, what: 'messages' | 'requests', done: 'served' | 'answered') =>
  integer(0, 1_000_000)
    .default(fallback)
    .describe(`The number of ${what} in one second that are traced. The rest is ${done} and counted.`);

/** A limit on unsent octets. */
export const backlog = (fallback: number) =>
  size('4KiB', '64MiB')
    .prefault(writtenSize(fallback))
    .describe('The octets that may wait for a phone that does not read. With more its connection is closed.');

/** How fast phones may return from another call manager (`sccp.md` §6.3). */
export const tokens = (fallback: { readonly perSecond: number; readonly burst: number; readonly wait: Duration }) =>
  z
    .strictObject({
      perSecond: integer(1, 100_000)
        .default(fallback.perSecond)
        .describe('The number of phones in one second that may come back from another call manager.'),
      burst: integer(1, 100_000)
        .default(fallback.burst)
        .describe('The number of phones that may come back at once after a quiet time.'),
      wait: duration('1s', '1h')
        .prefault(writtenDuration(fallback.wait))
        .describe('The time after which a phone that was put off may ask again.'),
    })
    .prefault({});

/** A TLS listener with its certificate and key. */
export const tls = {
  tls: portOrOff().optional().describe('The TCP port for TLS. Off by default.'),
  tlsMinVersion: oneOf(...TLS_VERSIONS)
    .default(OLDEST_TLS)
    .describe(
      'The oldest version of TLS that is spoken. Phones of the 79xx series speak nothing newer than TLSv1. Below TLSv1.2 the security level of OpenSSL is 0, which weakens every connection of this listener: it may have old ciphers and short keys.',
    ),
  certificate: path().describe(
    'A file with your certificate, in PEM. Without one labcm makes its own and keeps it in `state.directory`.',
  ),
  key: path().describe('The file with its private key, in PEM.'),
};
