// The schema of a device, one for YAML, CSV and JSON Lines, and the `ConfiguredDevice` that is made of it.

import * as z from 'zod';
import { macOfName } from '../core/identifiers.js';
import {
  type ConfiguredDevice,
  DEFAULT_FORWARD_AFTER,
  type DeviceSecurityProfile,
  type Line,
  type Model,
  NO_FORWARD,
  NO_SECURITY,
  type Protocol,
  type ServiceUrl,
  type SpeedDial,
} from '../devices/index.js';
import {
  autoAnswer,
  deviceName,
  dialledNumberOrNone,
  dialledNumberOrOff,
  directoryNumber,
  duration,
  fileName,
  flag,
  integer,
  listOf,
  load,
  mac,
  model,
  oneOf,
  settingsByName,
  text,
  writtenDuration,
} from './fields.js';
import { FORM, FORMS, type Form } from './forms.js';

const forward = z.strictObject({
  all: dialledNumberOrOff().optional().describe('Where every call goes. The phone does not ring.'),
  busy: dialledNumberOrOff().optional().describe('Where calls go while the line is busy.'),
  noAnswer: dialledNumberOrOff().optional().describe('Where calls go that nobody answers.'),
  unregistered: dialledNumberOrOff().optional().describe('Where calls go while no phone of the line is registered.'),
  after: duration('1s', '5m')
    .prefault(writtenDuration(DEFAULT_FORWARD_AFTER))
    .describe('The time that the line rings before `noAnswer` takes effect.'),
});

const fullLine = z.strictObject({
  dn: directoryNumber().describe('The directory number.'),
  label: text(80).optional().describe('The text beside the key. Without one: the number.'),
  displayName: text(80).optional().describe('The name that others are shown. Without one: the label.'),
  externalMask: text(24)
    .default('')
    .describe('The mask of the external number. The first line’s is shown in the phone’s title bar.'),
  voicemail: dialledNumberOrNone().default('').describe('The number that the messages button dials.'),
  maxCalls: integer(1, 200).default(4).describe('The number of calls that the line can hold.'),
  busyTrigger: integer(1, 200).default(2).describe('The number of calls from which on the line is busy.'),
  logMissed: flag().default(true).describe('Whether the phone lists missed calls of this line.'),
  pickupGroup: text(64).default('').describe('The name of its pick-up group in `calls.pickupGroups`.'),
  autoAnswer: autoAnswer()
    .default('off')
    .describe(
      'Whether the phone answers by itself. `headset`: only while its headset is on. `true` is `speaker`. A phone in a call rings.',
    ),
  privacy: flag().default(false).describe('Whether the other phones of a shared line hide with whom this one talks.'),
  forward: forward
    .optional()
    .describe('Where calls of this line go instead. Each is a number as one would dial it, or off.'),
});

/** Editors offer the mapping and also accept the single text that stands for it. */
const orAlone = (of: Form): Form => ({ anyOf: [of, FORM.text] });

/** A line may be written as its directory number alone: `lines: [5002]`. */
const line = z.preprocess(
  (value: string | number | z.input<typeof fullLine>) =>
    typeof value === 'string' || typeof value === 'number' ? { dn: value } : value,
  fullLine,
);
FORMS.add(line, { form: orAlone });

const fullSpeedDial = z.strictObject({
  number: text(64, 1).describe('The number to dial.'),
  label: text(80).optional().describe('The text beside the key. Without one: the number.'),
  busyLampField: flag().default(false).describe('Whether the key shows the state of that number.'),
  intercom: flag()
    .default(false)
    .describe('Whether the key makes an intercom call: the other phone answers by itself and only listens.'),
});

const speedDial = z.preprocess(
  (value: string | number | z.input<typeof fullSpeedDial>) =>
    typeof value === 'string' || typeof value === 'number' ? { number: value } : value,
  fullSpeedDial,
);
FORMS.add(speedDial, { form: orAlone });

/** The schema of a device: every key, its kind and its default. */
export const deviceSchema = z.strictObject({
  name: deviceName().describe(
    'The device name, such as SEP001122334455: SEP and the hardware address. A phone registers under it and asks for `<name>.cnf.xml`.',
  ),
  mac: mac().optional().describe('The hardware address. Needed only when the name does not hold it.'),
  model: model().describe('The model. A phone of another model is refused unless `policy.model` is `any`.'),
  protocol: oneOf('SCCP', 'SIP')
    .optional()
    .describe('The protocol that its load speaks. Without one: SCCP if the model speaks it, else SIP.'),
  group: text(64, 1).optional().describe('Its call manager group. Without one: `phones.defaultGroup`.'),
  description: text(128).default('').describe('A note, such as where it stands. Its file tells it to the phone.'),
  lines: listOf(line, 200)
    .optional()
    .describe('Its lines in the order of its keys. A number alone is a line: `lines: [5002]`.'),
  speedDials: listOf(speedDial, 200)
    .optional()
    .describe('Its speed dials, on the keys behind the lines. A number alone is a speed dial.'),
  serviceUrls: z
    .array(
      z.strictObject({
        name: text(80, 1).describe('The text beside the key.'),
        url: text(255, 1).describe('The URL to open.'),
      }),
    )
    .max(200)
    .optional()
    .describe('Its service URL buttons, on the keys behind the speed dials.'),
  digest: z
    .strictObject({
      user: text(64, 1).describe('The digest user.'),
      password: text(128, 1).describe('The digest password.'),
    })
    .optional()
    .describe('The digest user and password of a SIP phone. With them the registrar asks for a password.'),
  load: load()
    .optional()
    .describe('Its firmware load. Without one: that of its model in `phones.loads`. `.loads` at the end is left out.'),
  phoneLabel: text(12).default('').describe('The text in the title bar of a SIP phone.'),
  ownerUserId: text(64).default('').describe('The user whose phone this is. The file tells it to the phone.'),
  vendorConfig: settingsByName()
    .optional()
    .describe('Elements of `vendorConfig` in its file, before those of `phones.vendorConfig`.'),
  softKeyFile: fileName().default('').describe('The soft key file of a SIP phone. Without one: the standard one.'),
  dialTemplate: fileName().default('').describe('The dial rule file of a SIP phone.'),
  featurePolicyFile: fileName().default('').describe('The feature policy file.'),
  modules: listOf(model(), 3).optional().describe('Its expansion modules, the nearest first.'),
  maxProtocolVersion: integer(0, 22)
    .optional()
    .describe('The highest SCCP version that is spoken with it, if lower than `sccp.maxProtocolVersion`.'),
  suspended: flag().default(false).describe('Whether its registrations are refused.'),
  requireTls: flag()
    .default(false)
    .describe(
      'Whether it may register over TLS alone. Its file then sends it to the TLS port. In mixed mode it stands for `security: { mode: encrypted }`.',
    ),
  security: z
    .strictObject({
      mode: oneOf('none', 'authenticated', 'encrypted')
        .optional()
        .describe(
          'Its device security mode, which counts with `security.mode: mixed`. `authenticated` and `encrypted`: it registers over TLS with a certificate of its own; `encrypted`: with a cipher that encrypts.',
        ),
      enrol: oneOf('off', 'null-string', 'mic')
        .default('off')
        .describe(
          'How it gets a certificate of this cluster while it has none. `null-string`: whoever names itself so on the network gets it. `mic`: it proves itself by the certificate of its factory.',
        ),
      encryptedConfig: flag()
        .optional()
        .describe(
          'Whether its configuration is encrypted for the certificate of its phone, and not served in clear any more. Without this key: as `phones.encryptedConfig` says of its model. Needs `security.itl: on`.',
        ),
    })
    .optional()
    .describe('Its security profile.'),
  doNotDisturb: oneOf('ringer-off', 'reject', 'off')
    .optional()
    .describe(
      'What it does with calls while its user does not want to be disturbed. `ringer-off`: it shows them and keeps quiet. `reject`: it is busy.',
    ),
});

/** A device as it was parsed, before `configuredDevice` fills it in. */
export type DeclaredDevice = z.output<typeof deviceSchema>;

// Shared by all devices that have none: there may be forty thousand.
const NO_LINES: readonly Line[] = Object.freeze([]);
const NO_SPEED_DIALS: readonly SpeedDial[] = Object.freeze([]);
const NO_SERVICES: readonly ServiceUrl[] = Object.freeze([]);
const NO_MODULES: readonly Model[] = Object.freeze([]);
const NO_SETTINGS: Readonly<Record<string, string>> = Object.freeze({});

/** Fills in what is left out: the group, the first protocol of the model, and labels from numbers. */
export const configuredDevice = (declared: DeclaredDevice, defaultGroup: string): ConfiguredDevice => ({
  name: declared.name,
  mac: declared.mac ?? macOfName(declared.name),
  model: declared.model,
  protocol: protocolOf(declared),
  group: declared.group ?? defaultGroup,
  description: declared.description,
  lines:
    declared.lines?.map(
      ({ dn, label = dn, displayName = label, forward = NO_FORWARD, autoAnswer, privacy, ...rest }): Line => ({
        ...{ dn, label, displayName, forward },
        ...rest,
        ...(autoAnswer === 'off' ? {} : { autoAnswer }),
        ...(privacy ? { privacy } : {}),
      }),
    ) ?? NO_LINES,
  speedDials:
    declared.speedDials?.map(({ number, label = number, busyLampField, intercom }) => ({
      ...{ number, label, busyLampField },
      ...(intercom ? { intercom } : {}),
    })) ?? NO_SPEED_DIALS,
  serviceUrls: declared.serviceUrls ?? NO_SERVICES,
  digest: declared.digest,
  load: declared.load,
  phoneLabel: declared.phoneLabel,
  ownerUserId: declared.ownerUserId,
  vendorConfig: declared.vendorConfig ?? NO_SETTINGS,
  softKeyFile: declared.softKeyFile,
  dialTemplate: declared.dialTemplate,
  featurePolicyFile: declared.featurePolicyFile,
  modules: declared.modules ?? NO_MODULES,
  maxProtocolVersion: declared.maxProtocolVersion,
  suspended: declared.suspended,
  requireTls: declared.requireTls,
  security: securityOf(declared),
  doNotDisturb: declared.doNotDisturb === 'off' ? undefined : declared.doNotDisturb,
});

/** Equal profiles of devices are one object: there may be forty thousand. */
const PROFILES = new Map<string, DeviceSecurityProfile>([['none off', NO_SECURITY]]);

const securityOf = ({ security, requireTls }: DeclaredDevice): DeviceSecurityProfile => {
  const { mode = requireTls ? 'encrypted' : 'none', enrol = 'off', encryptedConfig } = security ?? {};
  const isUsual = encryptedConfig === undefined;
  const key = isUsual ? `${mode} ${enrol}` : `${mode} ${enrol} ${encryptedConfig}`;
  const profile = PROFILES.get(key) ?? Object.freeze({ mode, enrol, ...(isUsual ? {} : { encryptedConfig }) });
  PROFILES.set(key, profile);
  return profile;
};

/** The configured protocol, else the first one of the model. */
export const protocolOf = ({ protocol, model: { protocols } }: DeclaredDevice): Protocol =>
  protocol ?? protocols[0] ?? 'SCCP';
