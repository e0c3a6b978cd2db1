// The `sip` section of the configuration: its keys, their kinds, bounds and defaults.

import * as z from 'zod';
import { DEFAULT_POLICY } from '../devices/index.js';
import { DEFAULT_CHALLENGES, DEFAULT_LOCKOUT, DEFAULT_SIP, TRACED_PER_SECOND } from '../sip/settings.js';
import {
  address,
  duration,
  flag,
  headerText,
  integer,
  listOf,
  model,
  oneOf,
  portOrOff,
  size,
  text,
  writtenDuration,
  writtenSize,
} from './fields.js';
import { FORMS } from './forms.js';
import {
  BOUNDS,
  backlog,
  connectionLimits,
  connections,
  count,
  listen,
  tls,
  tokens,
  tracedPerSecond,
} from './shared-keys.js';

/** `failures: 0` or `off`: no lock-out. */
const lockout = z.strictObject({
  failures: integer(0, 1000)
    .default(DEFAULT_LOCKOUT.failures)
    .describe(
      'The number of wrong digest answers within a minute, of one user from one address, that locks them out. 0: nobody is locked out.',
    ),
  for: duration('1s', '1d')
    .prefault(writtenDuration(DEFAULT_LOCKOUT.for))
    .describe('The time for which they are locked out.'),
});

const lockoutOrOff = z.preprocess(offAsNone, lockout);
FORMS.add(lockoutOrOff, { form: (of) => ({ anyOf: [of, { enum: ['off', false] }] }) });

function offAsNone(value: z.input<typeof lockout> | 'off' | false): unknown {
  return value === 'off' || value === false ? { failures: 0 } : value;
}

/** The schema of the section. */
export const sipSchema = z.strictObject({
  enabled: flag().default(true).describe('Whether labcm serves SIP.'),
  listen: listen(DEFAULT_SIP.address),
  udp: portOrOff()
    .prefault(DEFAULT_SIP.udp ?? 'off')
    .describe('The UDP port, or `off`.'),
  tcp: portOrOff()
    .prefault(DEFAULT_SIP.tcp ?? 'off')
    .describe('The TCP port, or `off`.'),
  ...tls,
  trying: oneOf('always', 'streams')
    .default(DEFAULT_SIP.trying)
    .describe('`always`: a 100 goes before every final answer, as CUCM does. `streams`: not over UDP (RFC 4320 §4.1).'),
  expires: z
    .strictObject({
      granted: duration('1s', '7d')
        .prefault(writtenDuration(DEFAULT_SIP.expires.granted))
        .describe(
          'The expiry that phones are granted which ask for none, or for more. They refresh before it is over.',
        ),
      min: duration('1s', '7d')
        .prefault(writtenDuration(DEFAULT_SIP.expires.min))
        .describe('A phone that asks for less is answered 423.'),
      max: duration('1s', '7d')
        .prefault(writtenDuration(DEFAULT_SIP.expires.max))
        .describe('The longest expiry that is granted at all. `granted` lies between `min` and `max`.'),
    })
    .prefault({})
    .describe('How long a registration lasts without a refresh.'),
  /** See `sip.md` §5.1. */
  grace: duration('0s', '1h')
    .prefault(writtenDuration(DEFAULT_SIP.grace))
    .describe('The time beyond the granted expiry after which a registration ends.'),
  /** See `sip.md` §5.6. */
  hold: duration('0s', '10m')
    .prefault(writtenDuration(DEFAULT_POLICY.hold.SIP))
    .describe('The time for which a registration outlives its connection.'),
  realm: headerText(64).default(DEFAULT_SIP.realm).describe('The realm that digest passwords are asked for.'),
  challenges: listOf(oneOf('MD5', 'SHA-256', 'SHA-512-256'), 3)
    .default([...DEFAULT_CHALLENGES])
    .describe(
      'The digest algorithms that phones of other makers are asked for, the preferred one first. Many phones read the first alone.',
    ),
  lockout: lockoutOrOff.prefault({}).describe('When wrong digest answers lock a user out, or `off`.'),
  tracedPerSecond: tracedPerSecond(TRACED_PER_SECOND, 'messages', 'served'),
  domains: listOf(text(253, 1), 100)
    .optional()
    .describe('Host names and addresses in a Request-URI that stand for this cluster. Without any every one does.'),
  advertised: address()
    .optional()
    .describe('The address that labcm names in its own requests, behind a translated address.'),
  identifyByNumber: flag()
    .default(DEFAULT_SIP.identifyByNumber)
    .describe('Whether a phone that names no device is known by its number, if exactly one device has that number.'),
  product: headerText(64)
    .default(DEFAULT_SIP.product)
    .describe('The name in Server and User-Agent. Cisco’s phones look for CUCM’s.'),
  interfaceVersion: headerText(16)
    .default(DEFAULT_SIP.interfaceVersion)
    .describe('The SIP interface version that phones are told, in Supported.'),
  stampedResets: listOf(model(), 200)
    .default([])
    .describe('The models whose old loads restart only if the version stamps go with the command.'),
  tokens: tokens(DEFAULT_SIP.tokens).describe('How fast phones may come back from another call manager.'),
  muteWithin: duration('1s', '1h')
    .prefault(writtenDuration(DEFAULT_SIP.muteWithin))
    .describe('The time in which a new connection must bring its first octet.'),
  messageWithin: duration('1s', '1h')
    .prefault(writtenDuration(DEFAULT_SIP.messageWithin))
    .describe('The time in which a message must be complete.'),
  idle: duration('1s', '7d')
    .optional()
    .describe(
      'The silence after which a connection is closed. Without one: ten minutes, or three times `expires.granted` if that is longer.',
    ),
  message: z
    .strictObject({
      startLine: integer(256, 65_536)
        .default(DEFAULT_SIP.message.startLine)
        .describe('The octets of the first line of a message.'),
      header: integer(256, 65_536).default(DEFAULT_SIP.message.header).describe('The octets of one header.'),
      headers: integer(1024, 1_048_576).default(DEFAULT_SIP.message.headers).describe('The octets of all headers.'),
      headerCount: integer(16, 10_000).default(DEFAULT_SIP.message.headerCount).describe('The number of headers.'),
      body: integer(0, 16_777_216).default(DEFAULT_SIP.message.body).describe('The octets of the body.'),
    })
    .prefault({})
    .describe('The largest message that is read. A longer one is refused.'),
  transactions: z
    .strictObject({
      all: integer(1, 10_000_000)
        .default(DEFAULT_SIP.transactions.all)
        .describe(
          'The number of answered requests that are kept, in case they come again. With more the oldest is forgotten.',
        ),
      perSource: integer(1, 10_000_000)
        .default(DEFAULT_SIP.transactions.perSource)
        .describe('The same for one address.'),
      octets: size('64KiB', '64GiB')
        .prefault(writtenSize(DEFAULT_SIP.transactions.octets))
        .describe('The memory for them.'),
    })
    .prefault({})
    .describe('The answers that are kept for requests that come again.'),
  limits: z
    .strictObject({
      datagramsPerSecond: count()
        .default(DEFAULT_SIP.limits.datagramsPerSecond)
        .describe('The number of UDP datagrams of one address that are read in one second. The rest is counted.'),
      ...connections(connectionLimits(DEFAULT_SIP.limits)),
      backlog: backlog(DEFAULT_SIP.limits.backlog),
      contacts: integer(1, 1000)
        .default(DEFAULT_SIP.limits.contacts)
        .describe('The number of contacts of one line of a device.'),
      subscriptions: count()
        .default(DEFAULT_SIP.limits.subscriptions)
        .describe('The number of subscriptions. One more is answered 503.'),
      subscriptionsPerSource: count()
        .default(DEFAULT_SIP.limits.subscriptionsPerSource)
        .describe('The same for one address.'),
      publications: count()
        .default(DEFAULT_SIP.limits.publications)
        .describe('The number of publications that are kept. With more the oldest is forgotten.'),
      complaintsPerSecond: integer(1, 10_000)
        .default(DEFAULT_SIP.limits.complaintsPerSecond)
        .describe('The number of bad messages in one second that are traced. The rest is counted.'),
    })
    .prefault({})
    .describe(BOUNDS),
});
