// The `http` section of the configuration: the files for phones, and the API.

import * as z from 'zod';
import { API_LIMITS, FILE_SERVER_LIMITS, type HttpLimits, TRACED_PER_SECOND } from '../http/settings.js';
import { address, duration, flag, listOf, port, portOrOff, text, writtenDuration } from './fields.js';
import { FORMS } from './forms.js';
import { BOUNDS, connections, count, listen, tracedPerSecond } from './shared-keys.js';

/** The keys of the limits of an HTTP server. */
export const httpLimits = (limits: HttpLimits) => ({
  ...connections(limits),
  requestsPerSecond: count()
    .default(limits.requestsPerSecond)
    .describe('The number of requests that one address may send in one second. More are answered 429.'),
  headersWithin: duration('100ms', '10m')
    .prefault(writtenDuration(limits.headersWithin))
    .describe('The time in which a client must send the headers of a request.'),
  requestWithin: duration('100ms', '10m')
    .prefault(writtenDuration(limits.requestWithin))
    .describe('The time in which a client must send a whole request.'),
  keptAlive: duration('100ms', '1h')
    .prefault(writtenDuration(limits.keptAlive))
    .describe('The time for which a connection stays open without a request.'),
  idle: duration('100ms', '1h')
    .prefault(writtenDuration(limits.idle))
    .describe('The time for which nothing may move on a connection while it is served.'),
});

const api = z.strictObject({
  enabled: flag()
    .default(true)
    .describe('Whether labcm has an API. `labcm status` and its neighbours need it, and so does the page.'),
  address: address()
    .prefault('127.0.0.1')
    .describe('The address to listen on. Beyond loopback a token is needed. `listen` means the same.'),
  port: port().default(8088).describe('The TCP port.'),
  token: text(256, 16).optional().describe('The token that clients must send, as `Authorization: Bearer …`.'),
  hosts: listOf(text(253, 1), 100)
    .default([])
    .describe('Host names by which browsers call it, beside addresses and `localhost`.'),
  limits: z.strictObject(httpLimits(API_LIMITS)).prefault({}).describe(BOUNDS),
});

const reachableApi = z.preprocess(asAddress, api);
FORMS.add(reachableApi, {
  form: ({ properties, ...of }) => ({ ...of, properties: { ...properties, listen: properties?.address ?? {} } }),
});

/** The schema of the section. */
export const httpSchema = z.strictObject({
  provisioning: z
    .strictObject({
      enabled: flag().default(true).describe('Whether phones may fetch their files over HTTP.'),
      listen: listen('0.0.0.0'),
      port: port().default(6970).describe('The TCP port. Phones know 6970 alone.'),
      https: portOrOff()
        .optional()
        .describe(
          'The port, usually 6972, from which Jabber and other clients that hold no trust list get the same files over HTTPS. They are shown the certificate of the call manager where there are trust lists, else the one that labcm made for this node. Off by default. Desk phones have `security.https`.',
        ),
      tracedPerSecond: tracedPerSecond(TRACED_PER_SECOND, 'requests', 'answered'),
      limits: z
        .strictObject({
          ...httpLimits(FILE_SERVER_LIMITS),
          serving: count()
            .default(FILE_SERVER_LIMITS.serving)
            .describe('The number of files that are being sent at once. One more is answered 503.'),
        })
        .prefault({})
        .describe(BOUNDS),
    })
    .prefault({})
    .describe('The files for phones over HTTP.'),
  api: reachableApi.prefault({}).describe('The page in a browser, the HTTP API and the metrics.'),
});

/** Accepts `listen`, as the other services call it, for `address`. */
function asAddress(value: z.input<typeof api> & { readonly listen?: string }): unknown {
  if (typeof value !== 'object' || value === null || !('listen' in value) || 'address' in value) return value;
  const { listen: given, ...rest } = value;
  return { ...rest, address: given };
}
