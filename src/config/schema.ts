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
  integer,
  listOf,
  load,
  numberRange,
  oneOf,
  settingsByName,
  size,
  text,
  timeZone,
} from './fields.js';
import { httpSchema, sccpSchema, sipSchema, tftpSchema } from './service-schemas.js';

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
  detailsPerSecond: integer(0, 1_000_000).default(1_000),
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
      /** By default the user locale's own. */
      langCode: text(16, 1).optional(),
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
  /** Firmware by model. */
  loads: z.record(z.string(), load()).default({}),
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
  /** CUCM: Exclude Digest Credentials in Configuration File. */
  excludeDigestCredentials: flag().default(false),
  cache: size('64KiB', '4GiB').prefault('64MiB'),
});

/** Every section by its key. Devices are read one by one, so that a fault in one hides none in another. */
export const SECTIONS = {
  cluster: text(64, 1).default('StandAloneCluster'),
  nodes: z.array(node).min(1, 'at least one call manager').max(32, 'at most 32 nodes').default([]),
  self: text(64, 1).optional(),
  groups: z.array(group).max(256).default([]),
  dhcp: dhcpSchema.prefault({}),
  tftp: tftpSchema.prefault({}),
  http: httpSchema.prefault({}),
  sccp: sccpSchema.prefault({}),
  sip: sipSchema.prefault({}),
  policy: policy.prefault({}),
  autoRegistration: autoRegistration.prefault({}),
  state: z.strictObject({ directory: text(4096, 1).default('./state') }).prefault({}),
  trace: trace.prefault({}),
  phones: phones.prefault({}),
  devicesFile: text(4096, 1).optional(),
  devices: z.array(deviceSchema).default([]),
} as const;

export type Sections = { readonly [K in keyof typeof SECTIONS]: z.output<(typeof SECTIONS)[K]> };

/** The configuration as a program writes it: what YAML holds, typed. Durations and sizes are texts such as `30s`. */
export type WrittenConfig = { readonly [K in keyof typeof SECTIONS]?: Written<z.input<(typeof SECTIONS)[K]>> };

type Written<T> = T extends readonly (infer U)[]
  ? readonly Written<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Written<T[K]> }
    : T;
