// The schema of the configuration: every key, its kind and its default. Rules over several keys are in `checks.ts`; the
// result is made in `config.ts`.

import * as z from 'zod';
import { DEFAULT_POLICY } from '../devices/index.js';
import { DEFAULT_RECORDS } from '../records/settings.js';
import { callsSchema } from './calls-schema.js';
import { captureSchema } from './capture-schema.js';
import { clusterSchema } from './cluster-schema.js';
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
  model,
  numberOrRange,
  numberRange,
  oneOf,
  settingsByName,
  size,
  text,
  timeZone,
  writtenDuration,
} from './fields.js';
import { httpSchema } from './http-schema.js';
import { injectSchema } from './inject-schema.js';
import { managementSchema } from './management-schema.js';
import { phoneServiceKeys } from './phone-services.js';
import { sccpSchema } from './sccp-schema.js';
import { securitySchema } from './security-schema.js';
import { sipSchema } from './sip-schema.js';
import { tftpSchema } from './tftp-schema.js';

const node = z.strictObject({
  name: text(64, 1).describe('The name by which `self` and `groups` mention it. `ConfigStat` tells it to phones.'),
  address: address().describe('The address that phones are given for it.'),
  description: text(128)
    .default('')
    .describe('A note. Phones see it in their list of call managers. Without one, the name stands there.'),
  sccpPort: integer(1, 65_535)
    .optional()
    .describe('The SCCP port that phones are given for it. Without one: `sccp.port` for this daemon, 2000 for others.'),
  sipPort: integer(1, 65_535)
    .optional()
    .describe(
      'The SIP port that phones are given for it. Without one: `sip.tcp`, else `sip.udp`, for this daemon, 5060 for others.',
    ),
  sipTlsPort: integer(1, 65_535)
    .optional()
    .describe(
      'The SIP port for TLS that phones are given for it. Without one: `sip.tls` for this daemon, 5061 for others.',
    ),
});

const group = z.strictObject({
  name: text(64, 1).describe('The name by which devices mention it.'),
  members: listOf(text(64, 1), 3).describe(
    'Up to three nodes: primary, secondary, tertiary. A phone registers with the first that answers.',
  ),
});

const policy = z.strictObject({
  duplicate: oneOf('newest', 'refuse')
    .default(DEFAULT_POLICY.duplicate)
    .describe(
      'What happens when a device registers that is registered already. `newest`: the old registration ends. `refuse`: the new one is refused.',
    ),
  unknown: oneOf('reject')
    .default('reject')
    .describe('What happens to phones that nobody configured, with auto-registration off.'),
  model: oneOf('match', 'any')
    .default(DEFAULT_POLICY.model)
    .describe('`match`: a phone of another model than configured is refused. `any`: it is taken.'),
  maxDevices: integer(1, 1_000_000)
    .default(DEFAULT_POLICY.maxDevices)
    .describe(
      'The number of registrations at once. One more is refused. Every configured device has a place kept for it, registered or not: a phone that nobody configured is let in only while there are more places than configured devices and others that auto-registration let in.',
    ),
  capabilitiesWithin: duration('1s', '1h')
    .prefault(writtenDuration(DEFAULT_POLICY.capabilitiesWithin))
    .describe('The time that an SCCP phone has from RegisterAck to its capabilities. After it the registration ends.'),
});

const autoRegistration = z.strictObject({
  enabled: flag().default(false).describe('Whether a phone that nobody configured gets a directory number.'),
  range: numberOrRange(999_999_999)
    .optional()
    .describe('The numbers to give, the lowest free one first. Needed when it is enabled.'),
});

const trace = z.strictObject({
  directory: text(4096, 1).default('./logs').describe('The folder of the trace files.'),
  console: oneOf('cucm', 'summary', 'json', 'off')
    .default('cucm')
    .describe(
      'What the console shows: `cucm` the lines of the trace files, `summary` one sentence for each event of interest, `json` the events, `off` nothing.',
    ),
  form: oneOf('sdi', 'sdl', 'both')
    .default('sdi')
    .describe(
      'How calls and registrations are told in files: `sdi` in `ccm.txt`, in the form of older releases of CUCM; `sdl` in `cm/trace/ccm/sdl/SDL001_100_000001.txt` and so on, in the form of newer ones; or `both`. The console, `tftp.txt` and `dhcp.txt` keep the first form.',
    ),
  rotate: z
    .strictObject({
      size: size('64KiB', '4GiB')
        .prefault('2MB')
        .describe('The size at which a trace file is closed and the next one begun.'),
      files: integer(1, 10_000).default(20).describe('The number of files that are kept of each kind.'),
    })
    .prefault({})
    .describe('When a trace file is closed and the next one begun.'),
  callLogs: flag()
    .default(DEFAULT_RECORDS.callLogs)
    .describe('Whether call logs are written: `calllogs_00000001.txt` and so on, beside the trace files.'),
  cdr: z
    .strictObject({
      enabled: flag()
        .default(true)
        .describe('Whether call records are written: CDR and CMR files in the folder `cdr`.'),
      every: duration('1s', '1d')
        .prefault(writtenDuration(DEFAULT_RECORDS.cdr.every))
        .describe('The time after which the next file begins, if there are records for it.'),
      files: integer(1, 100_000)
        .default(DEFAULT_RECORDS.cdr.files)
        .describe('The number of files of each kind that are kept.'),
    })
    .prefault({})
    .describe('Call records as CUCM writes them.'),
  detailsPerSecond: integer(0, 1_000_000)
    .default(1_000)
    .describe(
      'The number of facts in one second that devices tell of themselves (lines, reports) and that are traced. The rest is counted.',
    ),
  level: oneOf('error', 'special', 'state-transition', 'significant', 'entry-exit', 'arbitrary', 'detailed')
    .default('detailed')
    .describe('The least important level that is traced, as CUCM names them.'),
});

const url = () => text(255).default('');

/** What the file of every phone contains. */
const phones = z.strictObject({
  defaultGroup: text(64, 1)
    .optional()
    .describe('The group of devices that name none, and of unknown phones. Without one: the first group.'),
  dateTime: z
    .strictObject({
      name: text(64, 1)
        .default('CMLocal')
        .describe('The name of the date/time group, as the file tells it to the phone.'),
      template: dateTemplate()
        .prefault('M/D/YA')
        .describe('How phones show the date. `A` at the end asks for a 12-hour clock.'),
      timeZone: timeZone().optional().describe('The IANA name of the time zone. Without one: that of this machine.'),
      windowsTimeZone: text(64, 1)
        .optional()
        .describe(
          'The name of the time zone that old loads look up, such as `W. Europe Standard/Daylight Time`. Without one labcm finds it.',
        ),
      ntp: listOf(text(50, 1), 5).default([]).describe('The time servers for SIP phones, the preferred one first.'),
    })
    .prefault({})
    .describe('How phones show date and time.'),
  locale: z
    .strictObject({
      user: text(64)
        .default('English_United_States')
        .describe('The folder of the user locale: the language of the screen.'),
      langCode: text(16, 1)
        .optional()
        .describe('The language code of the user locale. Without one: the user locale’s own.'),
      charset: text(32, 1).default('utf-8').describe('The character set of the user locale.'),
      network: text(64).default('United_States').describe('The folder of the network locale: tones and cadences.'),
      version: text(64, 1)
        .default('11.0.0.0(1)')
        .describe('The version of the locales. A phone fetches them again only when this text changes.'),
    })
    .prefault({})
    .describe('The language of phones and the tones of their country.'),
  urls: z
    .strictObject({
      authentication: url().describe('The URL that a phone asks whether it may be controlled over HTTP.'),
      directory: url().describe('The URL of the directories button.'),
      idle: url().describe('The URL that an idle phone shows.'),
      information: url().describe('The URL of the help button.'),
      messages: url().describe('The URL of the messages button.'),
      proxyServer: url().describe('The HTTP proxy, as `host:port`.'),
      services: url().describe('The URL of the services button.'),
    })
    .prefault({})
    .describe('What the buttons of phones open.'),
  ...phoneServiceKeys,
  srst: z
    .strictObject({
      enabled: flag()
        .default(false)
        .describe('Whether phones are told of an SRST gateway, to register with when no call manager answers.'),
      addresses: listOf(address(), 3).default([]).describe('The addresses of the SRST gateway.'),
      sccpPort: integer(1, 65_535).default(2000).describe('Its SCCP port.'),
      sipPort: integer(1, 65_535).default(5060).describe('Its SIP port.'),
    })
    .prefault({})
    .describe('The gateway for phones that no call manager answers.'),
  connectionMonitor: duration('0s', '1d')
    .prefault('120s')
    .describe('The time for which a better call manager must answer before a phone goes back to it.'),
  loads: z
    .record(z.string(), load())
    .default({})
    .describe(
      'The firmware load of each model: `7962: SCCP42.9-4-2SR3-1S`. A model without a load keeps what it runs.',
    ),
  encryptedConfig: listOf(model(), 200)
    .default([])
    .describe(
      'Models whose configurations are encrypted for the certificates of their phones, unless a device says otherwise (`security: { encryptedConfig: false }`). Needs `security.itl: on`.',
    ),
  vendorConfig: settingsByName()
    .default({})
    .describe('Elements of `vendorConfig` in every phone’s file. Those of a device go before them.'),
  commonConfig: settingsByName().default({}).describe('Elements of `commonConfig` in every phone’s file.'),
  enterpriseConfig: settingsByName().default({}).describe('Elements of `enterpriseConfig` in every phone’s file.'),
  services: z
    .array(
      z.strictObject({
        name: text(80, 1).describe('The name in the list of services.'),
        url: text(255, 1).describe('The URL of the service.'),
        type: integer(0, 2).default(0).describe('0: a service, 1: directories, 2: messages.'),
      }),
    )
    .max(100)
    .default([])
    .describe('Entries in the list of services, after the built-in ones.'),
  organizationDomain: text(253).default('').describe('The top-level domain of the organization, for SIP phones.'),
  rtpPorts: numberRange(65_535).prefault('16384-32766').describe('The UDP ports that SIP phones use for speech.'),
  ssh: z
    .strictObject({
      user: text(50).default('').describe('The user for SSH to a phone.'),
      password: text(50).default('').describe('The password for SSH to a phone.'),
    })
    .prefault({})
    .describe('The login for SSH to a phone.'),
  password: text(50).default('').describe('The password that unlocks the settings on the phone itself.'),
  excludeDigestCredentials: flag()
    .default(false)
    .describe(
      'Whether digest users and passwords are left out of the files, which anybody may fetch. CUCM: Exclude Digest Credentials in Configuration File.',
    ),
  cache: size('64KiB', '4GiB')
    .prefault('64MiB')
    .describe('The memory for files that were made, so that they need not be made again.'),
});

/** The schema of each section. Devices are parsed one by one, so that a fault in one does not hide faults in others. */
export const SECTIONS = {
  cluster: clusterSchema.describe(
    'The name of the cluster, as a text; or a mapping with its name and the bus through which its nodes share what they know.',
  ),
  nodes: z
    .array(node)
    .min(1, 'at least one call manager')
    .max(32, 'at most 32 nodes')
    .default([])
    .describe('The call managers that phones are told of. Without any there is one, CM1 on 127.0.0.1.'),
  self: text(64, 1).optional().describe('Which of the nodes this daemon is. Needed when there are several.'),
  groups: z
    .array(group)
    .max(256)
    .default([])
    .describe('Call manager groups. Without any there is one, Default, of the first three nodes, this one first.'),
  dhcp: dhcpSchema.prefault({}).describe('The DHCP service.'),
  tftp: tftpSchema.prefault({}).describe('The TFTP service.'),
  http: httpSchema.prefault({}).describe('The files for phones over HTTP, and the API.'),
  management: managementSchema
    .prefault({})
    .describe('The management interface of CUCM, for scripts and tools that are made for it. Off without an account.'),
  sccp: sccpSchema.prefault({}).describe('The SCCP service.'),
  sip: sipSchema.prefault({}).describe('The SIP registrar.'),
  calls: callsSchema.prefault({}).describe('Calls between phones, and service numbers.'),
  security: securitySchema.prefault({}).describe('Trust lists and signed files. Off unless you ask for them.'),
  policy: policy.prefault({}).describe('Who may register.'),
  autoRegistration: autoRegistration.prefault({}).describe('Directory numbers for phones that nobody configured.'),
  state: z
    .strictObject({
      directory: text(4096, 1)
        .default('./state')
        .describe('The folder of leases, of numbers that were given, and of a certificate that labcm made.'),
    })
    .prefault({})
    .describe('What labcm keeps.'),
  knocks: flag()
    .default(true)
    .describe(
      'Whether labcm listens on the usual ports of SCCP and SIP that it does not serve, to tell which phones try them. It does so only for phones on a network, at ports that are free, and answers nothing.',
    ),
  trace: trace.prefault({}).describe('What is traced, and where to.'),
  capture: captureSchema
    .prefault({})
    .describe('What labcm keeps in memory of what it receives and sends, for Wireshark.'),
  inject: injectSchema
    .default([])
    .describe('Faults that labcm makes on purpose, for tests of phones and monitoring. See `faults.md`.'),
  phones: phones.prefault({}).describe('What the file of every phone says.'),
  devicesFile: text(4096, 1).optional().describe('A CSV or JSON file with more devices. See `devices-file.md`.'),
  devices: z.array(deviceSchema).default([]).describe('The devices. What many of them share stands in `phones`.'),
} as const;

/** The parsed sections. */
export type Sections = { readonly [K in keyof typeof SECTIONS]: z.output<(typeof SECTIONS)[K]> };

/** The configuration as a program writes it: the type of the YAML. Durations and sizes are texts such as `30s`. */
export type WrittenConfig = { readonly [K in keyof typeof SECTIONS]?: Written<z.input<(typeof SECTIONS)[K]>> };

type Written<T> = T extends readonly (infer U)[]
  ? readonly Written<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Written<T[K]> }
    : T;
