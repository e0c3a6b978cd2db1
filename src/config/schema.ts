// The configuration's one declaration: every key, its kind and its default. What several keys must agree on is in
// `checks.ts`; what is made of them is in `config.ts`.

import * as z from 'zod';
import { deviceSchema } from './device-schema.js';
import { dhcpSchema } from './dhcp-schema.js';
import {
  address,
  dateTemplate,
  duration,
  flag,
  hexadecimal,
  integer,
  listOf,
  numberRange,
  oneOf,
  port,
  portOrOff,
  settingsByName,
  size,
  text,
  timeZone,
} from './fields.js';

const listen = () => address().prefault('0.0.0.0');
const off = () => portOrOff().optional();

const node = z.strictObject({
  name: text(64, 1),
  address: address(),
  description: text(128).default(''),
  /** Where they are left out: what this daemon listens on for itself, the usual ports for others. */
  sccpPort: integer(1, 65_535).optional(),
  sipPort: integer(1, 65_535).optional(),
  sipTlsPort: integer(1, 65_535).optional(),
});

const group = z.strictObject({
  name: text(64, 1),
  members: listOf(text(64, 1), 3),
});

const connections = (all: number, perSource: number) => ({
  connections: integer(1, 1_000_000).default(all),
  connectionsPerSource: integer(1, 1_000_000).default(perSource),
});

const tftp = z.strictObject({
  enabled: flag().default(true),
  listen: listen(),
  port: port().default(69),
  /** The one that labcm ships. */
  root: text(4096, 1).optional(),
  cache: size('0B', '4GiB').prefault('64MiB'),
  /** First wait for an acknowledgement where the client does not ask for another. */
  timeout: duration('50ms', '255s').prefault('1s'),
  /** Packets sent again before a client is given up. */
  retries: integer(1, 100).default(5),
  blockSize: integer(8, 65_464).default(65_464),
  windowSize: integer(1, 65_535).default(64),
  limits: z
    .strictObject({
      transfers: integer(1, 100_000).default(4096),
      transfersPerSource: integer(1, 100_000).default(512),
      requestsPerSecond: integer(1, 1_000_000).default(1000),
    })
    .prefault({}),
});

const http = z.strictObject({
  provisioning: z
    .strictObject({
      enabled: flag().default(true),
      listen: listen(),
      port: port().default(6970),
      limits: z.strictObject(connections(4096, 512)).prefault({}),
    })
    .prefault({}),
  api: z
    .preprocess(
      asAddress,
      z.strictObject({
        enabled: flag().default(true),
        address: address().prefault('127.0.0.1'),
        port: port().default(8088),
        token: text(256, 16).optional(),
        limits: z.strictObject(connections(1024, 1024)).prefault({}),
      }),
    )
    .prefault({}),
});

/** `listen` means here what it means for every service. */
function asAddress(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('listen' in value) || 'address' in value) return value;
  const { listen: given, ...rest } = value;
  return { ...rest, address: given };
}

const sccp = z.strictObject({
  enabled: flag().default(true),
  listen: listen(),
  port: port().default(2000),
  tls: off(),
  certificate: text(4096, 1).optional(),
  key: text(4096, 1).optional(),
  keepAlive: duration('1s', '1h').prefault('30s'),
  secondaryKeepAlive: duration('1s', '1h').prefault('60s'),
  /** Silence that ends a registration. */
  patience: duration('1s', '1d').prefault('90s'),
  standbyPatience: duration('1s', '1d').prefault('3m'),
  muteWithin: duration('1s', '1h').prefault('30s'),
  closeWithin: duration('100ms', '1m').prefault('5s'),
  maxProtocolVersion: integer(0, 22).default(22),
  /** The feature bytes of RegisterAck from a version on (`sccp.md` §3); the rest as shipped. */
  features: z.array(z.strictObject({ from: integer(0, 22), bytes: hexadecimal(3, 3) })).optional(),
  tokens: z
    .strictObject({
      perSecond: integer(1, 100_000).default(20),
      burst: integer(1, 100_000).default(50),
      wait: duration('1s', '1h').prefault('60s'),
    })
    .prefault({}),
  throttle: z
    .strictObject({
      messages: integer(1, 1_000_000).default(2000),
      within: duration('1s', '1h').prefault('5s'),
    })
    .prefault({}),
  limits: z
    .strictObject({
      ...connections(65_000, 30_000),
      backlog: size('4KiB', '64MiB').prefault('256KiB'),
      messagesPerTurn: integer(1, 10_000).default(64),
    })
    .prefault({}),
});

const sip = z.strictObject({
  enabled: flag().default(true),
  listen: listen(),
  udp: portOrOff().prefault(5060),
  tcp: portOrOff().prefault(5060),
  tls: off(),
  certificate: text(4096, 1).optional(),
  key: text(4096, 1).optional(),
  trying: oneOf('always', 'streams').default('always'),
  expires: z
    .strictObject({
      granted: duration('1s', '7d').prefault('120s'),
      min: duration('1s', '7d').prefault('60s'),
      max: duration('1s', '7d').prefault('3600s'),
    })
    .prefault({}),
  /** Beyond what was granted, before a registration ends (`sip.md` §14). */
  grace: duration('0s', '1h').prefault('15s'),
  /** How long a registration outlives its connection. */
  hold: duration('0s', '10m').prefault('5s'),
  realm: text(64, 1).default('ccmsipline'),
  nonceTime: duration('1s', '1d').prefault('600s'),
  retryAfter: duration('1s', '1h').prefault('35s'),
  /** Largest message by UDP (RFC 3261 §18.1.1) and at all. */
  mtu: integer(500, 65_507).default(1300),
  maxMessage: size('1KiB', '1MiB').prefault('64KiB'),
  /** A connection's silence: before its first octet, within a message, between messages. */
  firstWithin: duration('1s', '1h').prefault('10s'),
  messageWithin: duration('1s', '1h').prefault('30s'),
  idle: duration('1s', '7d').prefault('3h'),
  limits: z
    .strictObject({
      ...connections(65_000, 30_000),
      backlog: size('4KiB', '64MiB').prefault('256KiB'),
      transactions: integer(1, 10_000_000).default(200_000),
      transactionsPerSource: integer(1, 10_000_000).default(50_000),
      contactsPerAddress: integer(1, 1000).default(32),
      messagesPerTurn: integer(1, 10_000).default(64),
    })
    .prefault({}),
});

const policy = z.strictObject({
  duplicate: oneOf('newest', 'refuse').default('newest'),
  unknown: oneOf('reject').default('reject'),
  model: oneOf('match', 'any').default('match'),
  maxDevices: integer(1, 1_000_000).default(60_000),
  /** From the acknowledged Register to the capabilities. */
  capabilitiesWithin: duration('1s', '1h').prefault('30s'),
});

const autoRegistration = z.strictObject({
  enabled: flag().default(false),
  range: numberRange(999_999_999).optional(),
});

const trace = z.strictObject({
  directory: text(4096, 1).default('./logs'),
  console: oneOf('cucm', 'summary', 'json', 'off').default('cucm'),
  rotate: z
    .strictObject({
      size: size('64KiB', '4GiB').prefault('2MB'),
      files: integer(1, 10_000).default(20),
    })
    .prefault({}),
  level: oneOf('error', 'special', 'state-transition', 'significant', 'entry-exit', 'arbitrary', 'detailed').default(
    'detailed',
  ),
});

const url = () => text(255).default('');

/** What every phone's file says of the cluster. */
const phones = z.strictObject({
  defaultGroup: text(64, 1).optional(),
  dateTime: z
    .strictObject({
      name: text(64, 1).default('CMLocal'),
      template: dateTemplate().prefault('M/D/YA'),
      /** IANA; where it is left out, the machine's own. */
      timeZone: timeZone().optional(),
      /** As old phones know it, e.g. `W. Europe Standard/Daylight Time`. */
      windowsTimeZone: text(64, 1).optional(),
      ntp: listOf(text(50, 1), 5).default([]),
    })
    .prefault({}),
  locale: z
    .strictObject({
      user: text(64).default('English_United_States'),
      langCode: text(16, 1).default('en_US'),
      charset: text(32, 1).default('utf-8'),
      network: text(64).default('United_States'),
      version: text(64, 1).default('11.0.0.0(1)'),
    })
    .prefault({}),
  urls: z
    .strictObject({
      authentication: url(),
      directory: url(),
      idle: url(),
      information: url(),
      messages: url(),
      proxyServer: url(),
      services: url(),
    })
    .prefault({}),
  srst: z
    .strictObject({
      enabled: flag().default(false),
      addresses: listOf(address(), 3).default([]),
      sccpPort: integer(1, 65_535).default(2000),
      sipPort: integer(1, 65_535).default(5060),
    })
    .prefault({}),
  connectionMonitor: duration('0s', '1d').prefault('120s'),
  /** Firmware by model, without `.loads`. */
  loads: z.record(z.string(), text(64)).default({}),
  vendorConfig: settingsByName().default({}),
  commonConfig: settingsByName().default({}),
  enterpriseConfig: settingsByName().default({}),
  services: z
    .array(z.strictObject({ name: text(80, 1), url: text(255, 1), type: integer(0, 2).default(0) }))
    .max(100)
    .default([]),
  organizationDomain: text(253).default(''),
  rtpPorts: numberRange(65_535).prefault('16384-32766'),
  ssh: z.strictObject({ user: text(50).default(''), password: text(50).default('') }).prefault({}),
  password: text(50).default(''),
  cache: size('64KiB', '4GiB').prefault('64MiB'),
});

/** Every section by its key. Devices are read one by one, so that a fault in one hides none in another. */
export const SECTIONS = {
  cluster: text(64, 1).default('StandAloneCluster'),
  nodes: z.array(node).min(1, 'at least one call manager').max(32, 'at most 32 nodes').default([]),
  self: text(64, 1).optional(),
  groups: z.array(group).max(256).default([]),
  dhcp: dhcpSchema.prefault({}),
  tftp: tftp.prefault({}),
  http: http.prefault({}),
  sccp: sccp.prefault({}),
  sip: sip.prefault({}),
  policy: policy.prefault({}),
  autoRegistration: autoRegistration.prefault({}),
  state: z.strictObject({ directory: text(4096, 1).default('./state') }).prefault({}),
  trace: trace.prefault({}),
  phones: phones.prefault({}),
  devicesFile: text(4096, 1).optional(),
  devices: z.array(deviceSchema).default([]),
} as const;

export type Sections = { readonly [K in keyof typeof SECTIONS]: z.output<(typeof SECTIONS)[K]> };
