// How the services that phones speak to are declared: TFTP, HTTP, SCCP, SIP. Each key is one of the service's own
// settings; `test/config/load.test.ts` holds the defaults to the services' own.

import * as z from 'zod';
import {
  address,
  duration,
  flag,
  headerText,
  hexadecimal,
  integer,
  listOf,
  oneOf,
  port,
  portOrOff,
  size,
  text,
} from './fields.js';
import { FORMS } from './forms.js';
import { model } from './model-field.js';

const listen = () =>
  address()
    .prefault('0.0.0.0')
    .describe('The address to listen on. 0.0.0.0: every one, and answers come from the address that was asked.');
const path = () => text(4096, 1).optional();
const count = (least = 1, most = 1_000_000) => integer(least, most);

const connections = (all: number, perSource: number) => ({
  connections: count().default(all).describe('The number of connections at once. One more is closed.'),
  connectionsPerSource: count().default(perSource).describe('The same for one address.'),
});

export const tftpSchema = z.strictObject({
  enabled: flag().default(true).describe('Whether labcm serves files over TFTP.'),
  listen: listen(),
  port: port().default(69).describe('The UDP port for requests.'),
  root: path().describe(
    'The folder of your loads, locales, rings and backgrounds. labcm only reads it. Without one: the folder that labcm ships.',
  ),
  cache: size('0B', '4GiB')
    .prefault('64MiB')
    .describe('The memory for files that were read, so that they need not be read again.'),
  timeout: duration('50ms', '255s')
    .prefault('1s')
    .describe(
      'The time after which an unacknowledged packet is sent again, if the client asks for none (RFC 2349). It doubles each time.',
    ),
  maxTimeout: duration('50ms', '255s').prefault('8s').describe('The longest that it grows to.'),
  retries: integer(1, 100)
    .default(5)
    .describe('The number of times that a packet is sent again before the transfer is given up.'),
  blockSize: integer(8, 65_464).default(1468).describe('The largest block that a client is granted (RFC 2348).'),
  windowSize: integer(1, 65_535)
    .default(64)
    .describe('The largest window that a client is granted, in blocks (RFC 7440).'),
  tracedPerSecond: integer(0, 1_000_000)
    .default(1_000)
    .describe('The number of requests in one second that are traced. The rest is served and counted.'),
  limits: z
    .strictObject({
      transfers: count()
        .default(4096)
        .describe('The number of transfers at once. A request beyond it is answered “busy”.'),
      transfersPerSource: count().default(512).describe('The same for one address.'),
      requestsPerSecond: count()
        .default(1000)
        .describe('The number of requests that one address may send in one second. More are dropped.'),
      windowOctets: size('1KiB', '1GiB')
        .prefault('1MiB')
        .describe('The octets of one window, which leave in one burst.'),
    })
    .prefault({})
    .describe('Bounds, per source and in all.'),
});

const httpLimits = (all: number, perSource: number) => ({
  ...connections(all, perSource),
  requestsPerSecond: count()
    .default(1000)
    .describe('The number of requests that one address may send in one second. More are answered 429.'),
  headersWithin: duration('100ms', '10m')
    .prefault('10s')
    .describe('The time in which a client must send the headers of a request.'),
  requestWithin: duration('100ms', '10m')
    .prefault('15s')
    .describe('The time in which a client must send a whole request.'),
  keptAlive: duration('100ms', '1h')
    .prefault('15s')
    .describe('The time for which a connection stays open without a request.'),
  idle: duration('100ms', '1h')
    .prefault('30s')
    .describe('The time for which nothing may move on a connection while it is served.'),
});

const api = z.strictObject({
  enabled: flag().default(true).describe('Whether labcm has an API. `labcm status` and its neighbours need it.'),
  address: address()
    .prefault('127.0.0.1')
    .describe('The address to listen on. Beyond loopback a token is needed. `listen` means the same.'),
  port: port().default(8088).describe('The TCP port.'),
  token: text(256, 16).optional().describe('The token that clients must send, as `Authorization: Bearer …`.'),
  hosts: listOf(text(253, 1), 100)
    .default([])
    .describe('Host names by which browsers call it, beside addresses and `localhost`.'),
  limits: z.strictObject(httpLimits(512, 128)).prefault({}).describe('Bounds, per source and in all.'),
});

const reachableApi = z.preprocess(asAddress, api);
FORMS.add(reachableApi, {
  form: ({ properties, ...of }) => ({ ...of, properties: { ...properties, listen: properties?.address ?? {} } }),
});

export const httpSchema = z.strictObject({
  provisioning: z
    .strictObject({
      enabled: flag().default(true).describe('Whether phones may fetch their files over HTTP.'),
      listen: listen(),
      port: port().default(6970).describe('The TCP port. Phones know 6970 alone.'),
      tracedPerSecond: integer(0, 1_000_000)
        .default(1_000)
        .describe('The number of requests in one second that are traced. The rest is answered and counted.'),
      limits: z
        .strictObject({
          ...httpLimits(4096, 256),
          serving: count()
            .default(2048)
            .describe('The number of files that are being sent at once. One more is answered 503.'),
        })
        .prefault({})
        .describe('Bounds, per source and in all.'),
    })
    .prefault({})
    .describe('The files for phones over HTTP.'),
  api: reachableApi.prefault({}).describe('The HTTP API and the metrics.'),
});

/** `listen` means here what it means for every service. */
function asAddress(value: z.input<typeof api> & { readonly listen?: string }): unknown {
  if (typeof value !== 'object' || value === null || !('listen' in value) || 'address' in value) return value;
  const { listen: given, ...rest } = value;
  return { ...rest, address: given };
}

const tokens = (wait: string) =>
  z
    .strictObject({
      perSecond: integer(1, 100_000)
        .default(20)
        .describe('The number of phones in one second that may come back from another call manager.'),
      burst: integer(1, 100_000)
        .default(50)
        .describe('The number of phones that may come back at once after a quiet time.'),
      wait: duration('1s', '1h')
        .prefault(wait)
        .describe('The time after which a phone that was put off may ask again.'),
    })
    .prefault({});

const tls = {
  tls: portOrOff().optional().describe('The TCP port for TLS. Off by default.'),
  certificate: path().describe(
    'A file with your certificate, in PEM. Without one labcm makes its own and keeps it in `state.directory`.',
  ),
  key: path().describe('The file with its private key, in PEM.'),
};

export const sccpSchema = z.strictObject({
  enabled: flag().default(true).describe('Whether labcm serves SCCP.'),
  listen: listen(),
  port: port().default(2000).describe('The TCP port.'),
  ...tls,
  keepAlive: duration('1s', '1h')
    .prefault('30s')
    .describe('The time between keepalives that phones are told, to the call manager that they are registered with.'),
  secondaryKeepAlive: duration('1s', '1h')
    .prefault('60s')
    .describe('The same, to the call manager that they stand by for.'),
  patience: duration('1s', '1d')
    .prefault('90s')
    .describe('The silence after which a registration ends. More than `keepAlive`.'),
  standbyPatience: duration('1s', '1d')
    .prefault('3m')
    .describe('The silence after which a standby connection ends. More than `secondaryKeepAlive`.'),
  muteWithin: duration('1s', '1h')
    .prefault('30s')
    .describe('The time in which a new connection must bring its first octet.'),
  closeWithin: duration('100ms', '1m')
    .prefault('5s')
    .describe(
      'The time that a phone has to close its connection after a reset, an unregistration or a refusal. Then labcm closes it.',
    ),
  maxProtocolVersion: integer(0, 22)
    .default(22)
    .describe('The highest SCCP version that is spoken. The phone may speak a lower one.'),
  /** The feature bytes of RegisterAck from a version on (`sccp.md` §3). */
  features: z
    .array(
      z.strictObject({
        from: integer(0, 22).describe('The SCCP version from which on they are sent.'),
        bytes: hexadecimal(3, 3).describe('The bytes.'),
      }),
    )
    .min(1, 'the bytes of at least one version')
    .prefault([
      { from: 0, bytes: '00 00 00' },
      { from: 4, bytes: '20 f1 fe' },
      { from: 11, bytes: '20 f1 ff' },
    ])
    .describe('The feature bytes of RegisterAck. Those of the highest version apply that is not above the one spoken.'),
  tokens: tokens('60s').describe('How fast phones may come back from another call manager.'),
  throttle: z
    .strictObject({
      messages: count()
        .default(2000)
        .describe(
          'The number of messages that one phone may send in that time. With more its registration ends, reason 12.',
        ),
      within: duration('1s', '1h').prefault('5s').describe('That time.'),
    })
    .prefault({})
    .describe('How much one phone may send.'),
  tracedPerSecond: integer(0, 1_000_000)
    .default(5_000)
    .describe('The number of messages in one second that are traced. The rest is served and counted.'),
  limits: z
    .strictObject({
      ...connections(65_000, 30_000),
      backlog: size('4KiB', '64MiB')
        .prefault('256KiB')
        .describe('The octets that may wait for a phone that does not read. With more its connection is closed.'),
      messagesPerTurn: integer(1, 10_000)
        .default(64)
        .describe('The number of messages of one connection that are served before the others have their turn.'),
    })
    .prefault({})
    .describe('Bounds, per source and in all.'),
});

/** No failures: nobody is locked out. */
const lockout = z.strictObject({
  failures: integer(0, 1000)
    .default(10)
    .describe(
      'The number of wrong digest answers within a minute, of one user from one address, that locks them out. 0: nobody is locked out.',
    ),
  for: duration('1s', '1d').prefault('30s').describe('The time for which they are locked out.'),
});

const lockoutOrOff = z.preprocess(offAsNone, lockout);
FORMS.add(lockoutOrOff, { form: (of) => ({ anyOf: [of, { enum: ['off', false] }] }) });

function offAsNone(value: z.input<typeof lockout> | 'off' | false): unknown {
  return value === 'off' || value === false ? { failures: 0 } : value;
}

export const sipSchema = z.strictObject({
  enabled: flag().default(true).describe('Whether labcm serves SIP.'),
  listen: listen(),
  udp: portOrOff().prefault(5060).describe('The UDP port, or `off`.'),
  tcp: portOrOff().prefault(5060).describe('The TCP port, or `off`.'),
  ...tls,
  trying: oneOf('always', 'streams')
    .default('always')
    .describe('`always`: a 100 goes before every final answer, as CUCM does. `streams`: not over UDP (RFC 4320 §4.1).'),
  expires: z
    .strictObject({
      granted: duration('1s', '7d')
        .prefault('120s')
        .describe(
          'The expiry that phones are granted which ask for none, or for more. They refresh before it is over.',
        ),
      min: duration('1s', '7d').prefault('60s').describe('A phone that asks for less is answered 423.'),
      max: duration('1s', '7d')
        .prefault('3600s')
        .describe('The longest expiry that is granted at all. `granted` lies between `min` and `max`.'),
    })
    .prefault({})
    .describe('How long a registration lasts without a refresh.'),
  /** Beyond what was granted, before a registration ends (`sip.md` §5.1). */
  grace: duration('0s', '1h')
    .prefault('15s')
    .describe('The time beyond the granted expiry after which a registration ends.'),
  /** How long a registration outlives its connection (`sip.md` §5.6). */
  hold: duration('0s', '10m').prefault('5s').describe('The time for which a registration outlives its connection.'),
  realm: headerText(64).default('ccmsipline').describe('The realm that digest passwords are asked for.'),
  challenges: listOf(oneOf('MD5', 'SHA-256', 'SHA-512-256'), 3)
    .default(['MD5'])
    .describe(
      'The digest algorithms that phones of other makers are asked for, the preferred one first. Many phones read the first alone.',
    ),
  lockout: lockoutOrOff.prefault({}).describe('When wrong digest answers lock a user out, or `off`.'),
  tracedPerSecond: integer(0, 1_000_000)
    .default(1_000)
    .describe('The number of messages in one second that are traced. The rest is served and counted.'),
  domains: listOf(text(253, 1), 100)
    .optional()
    .describe('Host names and addresses in a Request-URI that stand for this cluster. Without any every one does.'),
  advertised: address()
    .optional()
    .describe('The address that labcm names in its own requests, behind a translated address.'),
  identifyByNumber: flag()
    .default(true)
    .describe('Whether a phone that names no device is known by its number, if exactly one device has that number.'),
  product: headerText(64)
    .default('Cisco-CUCM12.5')
    .describe('The name in Server and User-Agent. Cisco’s phones look for CUCM’s.'),
  interfaceVersion: headerText(16)
    .default('9.1.0')
    .describe('The SIP interface version that phones are told, in Supported.'),
  stampedResets: listOf(model(), 200)
    .default([])
    .describe('The models whose old loads restart only if the version stamps go with the command.'),
  tokens: tokens('30s').describe('How fast phones may come back from another call manager.'),
  muteWithin: duration('1s', '1h')
    .prefault('10s')
    .describe('The time in which a new connection must bring its first octet.'),
  messageWithin: duration('1s', '1h').prefault('30s').describe('The time in which a message must be complete.'),
  idle: duration('1s', '7d')
    .optional()
    .describe(
      'The silence after which a connection is closed. Without one: ten minutes, or three times `expires.granted` if that is longer.',
    ),
  message: z
    .strictObject({
      startLine: integer(256, 65_536).default(4096).describe('The octets of the first line of a message.'),
      header: integer(256, 65_536).default(8192).describe('The octets of one header.'),
      headers: integer(1024, 1_048_576).default(32_768).describe('The octets of all headers.'),
      headerCount: integer(16, 10_000).default(128).describe('The number of headers.'),
      body: integer(0, 16_777_216).default(65_536).describe('The octets of the body.'),
    })
    .prefault({})
    .describe('The largest message that is read. A longer one is refused.'),
  transactions: z
    .strictObject({
      all: integer(1, 10_000_000)
        .default(65_536)
        .describe(
          'The number of answered requests that are kept, in case they come again. With more the oldest is forgotten.',
        ),
      perSource: integer(1, 10_000_000).default(2048).describe('The same for one address.'),
      octets: size('64KiB', '64GiB').prefault('128MiB').describe('The memory for them.'),
    })
    .prefault({})
    .describe('The answers that are kept for requests that come again.'),
  limits: z
    .strictObject({
      datagramsPerSecond: count()
        .default(5000)
        .describe('The number of UDP datagrams of one address that are read in one second. The rest is counted.'),
      ...connections(65_000, 30_000),
      backlog: size('4KiB', '64MiB')
        .prefault('256KiB')
        .describe('The octets that may wait for a phone that does not read. With more its connection is closed.'),
      contacts: integer(1, 1000).default(32).describe('The number of contacts of one line of a device.'),
      subscriptions: count().default(100_000).describe('The number of subscriptions. One more is answered 503.'),
      subscriptionsPerSource: count().default(20_000).describe('The same for one address.'),
      publications: count()
        .default(100_000)
        .describe('The number of publications that are kept. With more the oldest is forgotten.'),
      complaintsPerSecond: integer(1, 10_000)
        .default(10)
        .describe('The number of bad messages in one second that are traced. The rest is counted.'),
    })
    .prefault({})
    .describe('Bounds, per source and in all.'),
});
