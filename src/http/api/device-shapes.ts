// The JSON of devices. What holds for `common-shapes.ts` holds here.

import * as z from 'zod';
import type { DeviceOrigin, FileFact, Transport } from '../../devices/device.js';
import type { DeviceCommand } from '../../devices/events.js';
import type { RegistrationState, RisStatus } from '../../devices/registration.js';
import { ModelJson, PROTOCOLS, pageKeys, ReasonJson } from './common-shapes.js';
import { DhcpJson, GivenJson, LoadsJson, OutOfServiceJson, PastRegistrationJson, ShownJson } from './fact-shapes.js';
import { about, IsoTime, type Json, shape } from './shape.js';
import { FindingJson } from './verdict-shapes.js';

const STATUSES = [
  'Unknown',
  'UnRegistered',
  'Registered',
  'Rejected',
  'PartiallyRegistered',
] as const satisfies readonly RisStatus[];
const STATES = [
  'unknown',
  'registering',
  'registered',
  'partially-registered',
  'unregistered',
  'rejected',
] as const satisfies readonly RegistrationState[];
const TRANSPORTS = ['tcp', 'udp', 'tls'] as const satisfies readonly Transport[];
const ORIGINS = ['configured', 'auto-registered', 'runtime'] as const satisfies readonly DeviceOrigin[];
const FILE_OUTCOMES = ['served', 'refused', 'failed', 'asked'] as const satisfies readonly FileFact['outcome'][];
const COMMANDS = ['reset', 'restart', 'apply'] as const satisfies readonly DeviceCommand[];
/** What became of a device of a request. */
export const WRITE_OUTCOMES = ['added', 'changed', 'unchanged', 'removed', 'restored'] as const;

export const SharedNameJson = about(
  shape({
    text: about(z.string(), 'One sentence.', 'another phone at 10.10.0.32:49200 uses the name'),
    first: about(z.string(), '`address:port` of the phone before the present one.', '10.10.0.31:49154'),
    second: about(z.string(), '`address:port` of the present one.', '10.10.0.32:49200'),
    changes: about(z.int(), 'How often the name has changed hands since then.', 4),
    since: about(IsoTime, 'Since when.'),
    at: about(IsoTime, 'Of the last change.'),
  }),
  'Two phones that use the name of one device and end each other’s registration.',
);
export type SharedNameJson = Json<typeof SharedNameJson>;

const lineKeys = shape({
  dn: about(z.string(), 'The directory number.', '5001'),
  label: about(z.string(), 'The text beside the key.', 'Lobby'),
});

export const DeviceSummary = about(
  shape({
    name: about(z.string(), 'Its name.', 'SEP001122334455'),
    node: about(
      z.string().nullable().optional(),
      'The node that holds it, or told last of it; `null`: none has. Missing where no bus connects the nodes.',
    ),
    status: about(z.enum(STATUSES), 'As Cisco’s RIS names it.', 'Registered'),
    state: about(z.enum(STATES), 'The state of the registration machine.', 'registered'),
    reason: about(ReasonJson.nullable(), 'Why it was refused, or why its registration ended, last.', null),
    lastTrouble: about(
      ReasonJson.nullable(),
      'The same as `reason` while a registration is there: why the device was not registered before.',
      null,
    ),
    whyNot: about(
      z.string().nullable(),
      'One sentence: the verdict, else what it waits for; `null`: it is registered and nothing is wrong.',
      null,
    ),
    sharedName: about(SharedNameJson.nullable(), 'Another phone that uses the name.', null),
    protocol: about(z.enum(PROTOCOLS), 'Its signalling protocol.', 'SIP'),
    model: about(ModelJson, 'The phone model that is configured.'),
    description: about(z.string(), 'The note of the configuration.', 'Lobby'),
    address: about(
      z.string().nullable(),
      'Its IPv4 address: of its registration, else the last one that it was seen at.',
      '10.10.0.31',
    ),
    load: about(z.string().nullable(), 'The firmware load that it reported.', 'SIP42.9-4-2SR3-1S'),
    lines: about(z.array(lineKeys), 'Its lines in the order of its keys.'),
    registeredAt: about(IsoTime.nullable(), 'When it was registered.', '2026-11-30T09:00:00.000Z'),
    lastKeepAlive: about(IsoTime.nullable(), 'When its last keepalive or refresh came.', '2026-11-30T09:02:00.000Z'),
  }),
  'A device in a list.',
);
export type DeviceSummary = Json<typeof DeviceSummary>;

export const RegistrationJson = about(
  shape({
    generation: about(z.int(), 'Rises by one with each accepted registration attempt, over all devices.', 1),
    protocol: about(z.enum(PROTOCOLS), 'What the phone speaks.', 'SIP'),
    protocolVersion: about(z.int().nullable(), 'The negotiated SCCP version.', null),
    transport: about(z.enum(TRANSPORTS), 'What carries it.', 'tcp'),
    address: about(z.string(), 'Where the phone is.', '10.10.0.31'),
    port: about(z.int(), 'Its port.', 49_154),
    model: about(z.int(), 'The type id that the phone reported.', 404),
    load: about(z.string(), 'The firmware load that it reported; empty: none.', 'SIP42.9-4-2SR3-1S'),
    startedAt: about(IsoTime, 'When it began.'),
    registeredAt: about(IsoTime.nullable(), 'When it was complete.', '2026-11-30T09:00:00.000Z'),
    lastHeardAt: about(IsoTime, 'When its last message came.'),
    keepAlives: about(z.int(), 'Keepalives or refreshes so far.', 1),
    jitter: about(z.int(), 'How unevenly they come, in milliseconds (RFC 3550 §6.4.1).', 0),
    lines: about(z.array(z.string()), 'The directory numbers that are bound.', ['5001']),
    heard: about(z.string().nullable(), 'The name of the last message from the phone; `null`: none yet.', 'REGISTER'),
    said: about(z.string().nullable(), 'The name of the last message to it; `null`: none yet.', '200'),
    clockSkew: about(
      z.union([z.number(), z.literal('none')]).nullable(),
      'SIP: milliseconds by which the phone’s clock is ahead; `none`: it has no time; `null`: it does not say.',
      0,
    ),
    capabilities: about(
      z.array(shape({ payload: z.int(), maxFrames: z.int() })),
      'SCCP: its codecs, as payload types and frames per packet.',
      [],
    ),
  }),
  'The registration that a device has now.',
);
export type RegistrationJson = Json<typeof RegistrationJson>;

export const FileJson = about(
  shape({
    at: about(IsoTime, 'When it ended; of one in progress, when it was requested.'),
    file: about(z.string(), 'Its name.', 'SEP001122334455.cnf.xml'),
    transport: about(z.enum(['TFTP', 'HTTP']), 'What it was asked for over.', 'TFTP'),
    outcome: about(
      z.enum(FILE_OUTCOMES),
      '`asked`: it is being sent, or its request was put off because too many came.',
      'served',
    ),
    octets: about(z.int(), 'Octets that were sent.', 6204),
    reason: about(z.string().optional(), 'Why it was refused or failed: `file not found`, `timeout`, `client-error`…'),
    harmless: about(z.boolean().optional(), 'A refusal that every phone of a non-secure cluster causes.'),
    milliseconds: about(z.number().optional(), 'From its request to its end.', 31),
    resent: about(z.int().optional(), 'TFTP: packets that were sent again.'),
    blockSize: about(z.int().optional(), 'TFTP: octets of a block.'),
    errorCode: about(z.int().optional(), 'TFTP: the code of the ERROR packet by which the client ended it.'),
  }),
  'A file that a device asked for.',
);
export type FileJson = Json<typeof FileJson>;

export const SpeedDialJson = shape({
  number: about(z.string(), 'What it dials.', '5002'),
  label: about(z.string(), 'The text beside the key.', 'Gate'),
  busyLampField: about(z.boolean(), 'Whether the key shows the state of that number.', false),
});

export const ForwardJson = shape({
  dn: about(z.string(), 'The line.', '5001'),
  all: about(z.string().nullable(), 'Where every call goes.', '5003'),
  busy: about(z.string().nullable(), 'Where calls go while the line is busy.', null),
  noAnswer: about(z.string().nullable(), 'Where calls go that nobody answers.', null),
  unregistered: about(z.string().nullable(), 'Where calls go while no phone of the line is registered.', null),
});

export const ReportJson = shape({
  value: about(z.union([z.string(), z.number(), z.boolean()]), 'What it reported.'),
  at: about(IsoTime, 'When it was given or reported.'),
});

export const DeviceDetail = about(
  shape({
    ...DeviceSummary.shape,
    mac: about(z.string().nullable(), 'Its hardware address.', '001122334455'),
    group: about(z.string(), 'Its call manager group.', 'Default'),
    origin: about(
      z.enum(ORIGINS),
      'Who made it: a file, auto-registration, or somebody while the daemon runs.',
      'configured',
    ),
    overrides: about(
      shape({ file: z.string(), line: z.int().nullable() }).nullable(),
      'The place in a file of a device that was changed at runtime: that entry does not hold.',
      null,
    ),
    suspended: about(z.boolean(), 'Whether its registrations are refused.', false),
    securityMode: about(
      z.enum(['none', 'authenticated', 'encrypted']),
      'Its device security mode, which counts in mixed mode.',
      'none',
    ),
    encryptedConfig: about(
      z.boolean().nullable(),
      'Whether its configuration is encrypted; null: as `phones.encryptedConfig` says of its model.',
      null,
    ),
    forwards: about(z.array(ForwardJson), 'Its lines that forward calls, each with where to.', []),
    doNotDisturb: about(
      z.enum(['off', 'ringer-off', 'reject']),
      'What it does with calls while its user does not want to be disturbed; `off`: its user may be.',
      'off',
    ),
    speedDials: about(z.array(SpeedDialJson), 'Its speed dials.', []),
    digestUser: about(z.string().nullable(), 'Its digest user.', null),
    registration: about(RegistrationJson.nullable(), 'The registration that it has now.'),
    lease: about(
      shape({
        address: about(z.string(), 'The address.', '10.10.0.31'),
        mac: about(z.string(), 'The hardware address of the client that has it.', '001122334455'),
        at: about(IsoTime, 'When it was given or reported.'),
        until: about(IsoTime, 'When it ends.', '2026-12-01T09:00:00.000Z'),
      }).nullable(),
      'Its DHCP lease.',
    ),
    files: about(z.array(FileJson), 'The last files that it asked for.'),
    given: about(GivenJson.nullable(), 'The configuration file that it received last.'),
    dhcp: about(DhcpJson.nullable(), 'Its last DHCP messages.', null),
    outOfService: about(OutOfServiceJson.nullable(), 'Why it was out of service last, as it said itself.', null),
    loads: about(LoadsJson, 'The names of its firmware loads.'),
    registrations: about(
      z.array(PastRegistrationJson),
      'The last registrations that have ended, the oldest first.',
      [],
    ),
    shown: about(ShownJson.nullable(), 'What it shows of its model and protocol before it registers.', null),
    reports: about(z.record(z.string(), ReportJson), 'What it reported, by name: `alarm`, `location`, …', {}),
    verdict: about(
      FindingJson.nullable(),
      'Why it is not registered, or what is wrong; `null`: nothing, or it is still within its time.',
      null,
    ),
  }),
  'Everything that is known of a device, except its passwords.',
);
export type DeviceDetail = Json<typeof DeviceDetail>;

export const DevicePage = about(
  shape({ ...pageKeys, devices: z.array(DeviceSummary) }),
  'A page of the devices, in the order of configuration.',
);
export type DevicePage = Json<typeof DevicePage>;

export const DeviceWritesJson = about(
  shape({
    devices: about(
      z.array(
        shape({
          name: about(z.string(), 'Its name.', 'SEP001122334455'),
          uuid: about(z.string(), 'Its UUID.', '5b8c2c62-6c0e-5b6c-8f0c-9c5d3a0c9b11'),
          outcome: about(z.enum(WRITE_OUTCOMES), 'What became of it.', 'added'),
        }),
      ),
      'In the order of the request.',
    ),
  }),
  'What became of the devices of a request.',
);
export type DeviceWritesJson = Json<typeof DeviceWritesJson>;

export const CommandJson = about(
  shape({
    device: about(z.string(), 'Its name.', 'SEP001122334455'),
    command: about(z.enum(COMMANDS), 'What it was told.', 'reset'),
    outcome: about(z.literal('sent'), 'It was sent; what the phone does is in its timeline.', 'sent'),
  }),
  'The answer to a command that was sent.',
);
export type CommandJson = Json<typeof CommandJson>;
