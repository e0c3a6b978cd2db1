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
import { model } from './model-field.js';

const listen = () => address().prefault('0.0.0.0');
const path = () => text(4096, 1).optional();
const count = (least = 1, most = 1_000_000) => integer(least, most);

const connections = (all: number, perSource: number) => ({
  connections: count().default(all),
  connectionsPerSource: count().default(perSource),
});

export const tftpSchema = z.strictObject({
  enabled: flag().default(true),
  listen: listen(),
  port: port().default(69),
  /** The one that labcm ships. */
  root: path(),
  cache: size('0B', '4GiB').prefault('64MiB'),
  timeout: duration('50ms', '255s').prefault('1s'),
  maxTimeout: duration('50ms', '255s').prefault('8s'),
  retries: integer(1, 100).default(5),
  blockSize: integer(8, 65_464).default(1468),
  windowSize: integer(1, 65_535).default(64),
  /** Requests that the trace is told of in one second; the rest is counted. */
  tracedPerSecond: integer(0, 1_000_000).default(1_000),
  limits: z
    .strictObject({
      transfers: count().default(4096),
      transfersPerSource: count().default(512),
      requestsPerSecond: count().default(1000),
      windowOctets: size('1KiB', '1GiB').prefault('1MiB'),
    })
    .prefault({}),
});

const httpLimits = (all: number, perSource: number) => ({
  ...connections(all, perSource),
  requestsPerSecond: count().default(1000),
  headersWithin: duration('100ms', '10m').prefault('10s'),
  requestWithin: duration('100ms', '10m').prefault('15s'),
  keptAlive: duration('100ms', '1h').prefault('15s'),
  idle: duration('100ms', '1h').prefault('30s'),
});

const api = z.strictObject({
  enabled: flag().default(true),
  address: address().prefault('127.0.0.1'),
  port: port().default(8088),
  token: text(256, 16).optional(),
  /** Names, besides addresses and localhost, by which browsers call it. */
  hosts: listOf(text(253, 1), 100).default([]),
  limits: z.strictObject(httpLimits(512, 128)).prefault({}),
});

export const httpSchema = z.strictObject({
  provisioning: z
    .strictObject({
      enabled: flag().default(true),
      listen: listen(),
      port: port().default(6970),
      /** Requests that the trace is told of in one second; the rest is counted. */
      tracedPerSecond: integer(0, 1_000_000).default(1_000),
      limits: z.strictObject({ ...httpLimits(4096, 256), serving: count().default(2048) }).prefault({}),
    })
    .prefault({}),
  api: z.preprocess(asAddress, api).prefault({}),
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
      perSecond: integer(1, 100_000).default(20),
      burst: integer(1, 100_000).default(50),
      wait: duration('1s', '1h').prefault(wait),
    })
    .prefault({});

const tls = {
  tls: portOrOff().optional(),
  certificate: path(),
  key: path(),
};

export const sccpSchema = z.strictObject({
  enabled: flag().default(true),
  listen: listen(),
  port: port().default(2000),
  ...tls,
  keepAlive: duration('1s', '1h').prefault('30s'),
  secondaryKeepAlive: duration('1s', '1h').prefault('60s'),
  /** Silence that ends a registration. */
  patience: duration('1s', '1d').prefault('90s'),
  standbyPatience: duration('1s', '1d').prefault('3m'),
  muteWithin: duration('1s', '1h').prefault('30s'),
  closeWithin: duration('100ms', '1m').prefault('5s'),
  maxProtocolVersion: integer(0, 22).default(22),
  /** The feature bytes of RegisterAck from a version on (`sccp.md` §3). */
  features: z
    .array(z.strictObject({ from: integer(0, 22), bytes: hexadecimal(3, 3) }))
    .min(1, 'the bytes of at least one version')
    .prefault([
      { from: 0, bytes: '00 00 00' },
      { from: 4, bytes: '20 f1 fe' },
      { from: 11, bytes: '20 f1 ff' },
    ]),
  tokens: tokens('60s'),
  throttle: z
    .strictObject({
      messages: count().default(2000),
      within: duration('1s', '1h').prefault('5s'),
    })
    .prefault({}),
  /** SCCP messages that the trace is told of in one second; the rest is counted. */
  tracedPerSecond: integer(0, 1_000_000).default(5_000),
  limits: z
    .strictObject({
      ...connections(65_000, 30_000),
      backlog: size('4KiB', '64MiB').prefault('256KiB'),
      messagesPerTurn: integer(1, 10_000).default(64),
    })
    .prefault({}),
});

/** No failures: nobody is locked out. */
const lockout = z.strictObject({
  failures: integer(0, 1000).default(10),
  for: duration('1s', '1d').prefault('30s'),
});

function offAsNone(value: z.input<typeof lockout> | 'off' | false): unknown {
  return value === 'off' || value === false ? { failures: 0 } : value;
}

export const sipSchema = z.strictObject({
  enabled: flag().default(true),
  listen: listen(),
  udp: portOrOff().prefault(5060),
  tcp: portOrOff().prefault(5060),
  ...tls,
  trying: oneOf('always', 'streams').default('always'),
  expires: z
    .strictObject({
      granted: duration('1s', '7d').prefault('120s'),
      min: duration('1s', '7d').prefault('60s'),
      max: duration('1s', '7d').prefault('3600s'),
    })
    .prefault({}),
  /** Beyond what was granted, before a registration ends (`sip.md` §5.1). */
  grace: duration('0s', '1h').prefault('15s'),
  /** How long a registration outlives its connection (`sip.md` §5.6). */
  hold: duration('0s', '10m').prefault('5s'),
  realm: headerText(64).default('ccmsipline'),
  /** What phones of other makers are asked for, the preferred first; many read the first alone. */
  challenges: listOf(oneOf('MD5', 'SHA-256', 'SHA-512-256'), 3).default(['MD5']),
  /** Wrong digest answers within a minute, from one address for one user, after which it is not looked at for so long. */
  lockout: z.preprocess(offAsNone, lockout).prefault({}),
  /** SIP messages that the trace is told of in one second; the rest is counted. */
  tracedPerSecond: integer(0, 1_000_000).default(1_000),
  /** Names and addresses in a Request-URI that stand for this cluster; where they are left out, any do. */
  domains: listOf(text(253, 1), 100).optional(),
  /** For a daemon behind a translated address. */
  advertised: address().optional(),
  identifyByNumber: flag().default(true),
  product: headerText(64).default('Cisco-CUCM12.5'),
  interfaceVersion: headerText(16).default('9.1.0'),
  stampedResets: listOf(model(), 200).default([]),
  tokens: tokens('30s'),
  muteWithin: duration('1s', '1h').prefault('10s'),
  messageWithin: duration('1s', '1h').prefault('30s'),
  /** Where it is left out: ten minutes, or three times what is granted. */
  idle: duration('1s', '7d').optional(),
  message: z
    .strictObject({
      startLine: integer(256, 65_536).default(4096),
      header: integer(256, 65_536).default(8192),
      headers: integer(1024, 1_048_576).default(32_768),
      headerCount: integer(16, 10_000).default(128),
      body: integer(0, 16_777_216).default(65_536),
    })
    .prefault({}),
  transactions: z
    .strictObject({
      all: integer(1, 10_000_000).default(65_536),
      perSource: integer(1, 10_000_000).default(2048),
      octets: size('64KiB', '64GiB').prefault('128MiB'),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** Over UDP, of one address; more are not read. */
      datagramsPerSecond: count().default(5000),
      ...connections(65_000, 30_000),
      backlog: size('4KiB', '64MiB').prefault('256KiB'),
      contacts: integer(1, 1000).default(32),
      subscriptions: count().default(100_000),
      subscriptionsPerSource: count().default(20_000),
      publications: count().default(100_000),
      complaintsPerSecond: integer(1, 10_000).default(10),
    })
    .prefault({}),
});
