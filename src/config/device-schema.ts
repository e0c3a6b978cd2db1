// How a device is declared, and the `ConfiguredDevice` that comes of it. One declaration for YAML, CSV and JSON Lines.

import * as z from 'zod';
import { macOfName } from '../core/identity.js';
import type { ConfiguredDevice, Line, Model, Protocol, ServiceUrl, SpeedDial } from '../devices/index.js';
import {
  deviceName,
  directoryNumber,
  fileName,
  flag,
  integer,
  listOf,
  load,
  mac,
  oneOf,
  settingsByName,
  text,
} from './fields.js';
import { model } from './model-field.js';

const fullLine = z.strictObject({
  dn: directoryNumber(),
  label: text(80).optional(),
  displayName: text(80).optional(),
  externalMask: text(24).default(''),
  voicemail: text(24).default(''),
  maxCalls: integer(1, 200).default(4),
  busyTrigger: integer(1, 200).default(2),
  logMissed: flag().default(true),
});

/** A directory number alone stands for a line without further wishes: `lines: [5002]`. */
const line = z.preprocess(
  (value: string | number | z.input<typeof fullLine>) =>
    typeof value === 'string' || typeof value === 'number' ? { dn: value } : value,
  fullLine,
);

const fullSpeedDial = z.strictObject({
  number: text(64, 1),
  label: text(80).optional(),
  busyLampField: flag().default(false),
});

const speedDial = z.preprocess(
  (value: string | number | z.input<typeof fullSpeedDial>) =>
    typeof value === 'string' || typeof value === 'number' ? { number: value } : value,
  fullSpeedDial,
);

export const deviceSchema = z.strictObject({
  name: deviceName(),
  mac: mac().optional(),
  model: model(),
  protocol: oneOf('SCCP', 'SIP').optional(),
  group: text(64, 1).optional(),
  description: text(128).default(''),
  lines: listOf(line, 200).optional(),
  speedDials: listOf(speedDial, 200).optional(),
  serviceUrls: z
    .array(z.strictObject({ name: text(80, 1), url: text(255, 1) }))
    .max(200)
    .optional(),
  digest: z.strictObject({ user: text(64, 1), password: text(128, 1) }).optional(),
  load: load().optional(),
  phoneLabel: text(12).default(''),
  ownerUserId: text(64).default(''),
  vendorConfig: settingsByName().optional(),
  softKeyFile: fileName().default(''),
  dialTemplate: fileName().default(''),
  featurePolicyFile: fileName().default(''),
  modules: listOf(model(), 3).optional(),
  maxProtocolVersion: integer(0, 22).optional(),
  suspended: flag().default(false),
  requireTls: flag().default(false),
});

export type DeclaredDevice = z.output<typeof deviceSchema>;

// Forty thousand devices share what none of them has.
const NO_LINES: readonly Line[] = Object.freeze([]);
const NO_SPEED_DIALS: readonly SpeedDial[] = Object.freeze([]);
const NO_SERVICES: readonly ServiceUrl[] = Object.freeze([]);
const NO_MODULES: readonly Model[] = Object.freeze([]);
const NO_SETTINGS: Readonly<Record<string, string>> = Object.freeze({});

/** What its owner left out is filled in: the group, the protocol that the model speaks first, labels from numbers. */
export const configuredDevice = (declared: DeclaredDevice, defaultGroup: string): ConfiguredDevice => ({
  name: declared.name,
  mac: declared.mac ?? macOfName(declared.name),
  model: declared.model,
  protocol: protocolOf(declared),
  group: declared.group ?? defaultGroup,
  description: declared.description,
  lines:
    declared.lines?.map(
      ({ dn, label = dn, displayName = label, ...rest }): Line => ({ dn, label, displayName, ...rest }),
    ) ?? NO_LINES,
  speedDials:
    declared.speedDials?.map(({ number, label = number, busyLampField }) => ({ number, label, busyLampField })) ??
    NO_SPEED_DIALS,
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
});

/** Where the owner does not say: the first that the model speaks. */
export const protocolOf = ({ protocol, model: { protocols } }: DeclaredDevice): Protocol =>
  protocol ?? protocols[0] ?? 'SCCP';
