// A device in the keys of the configuration again: the least that is read as the same device. For what is laid over a
// device of a file, and for what `labcm export` prints.

import { hash } from 'node:crypto';
import { macOfName } from '../core/identifiers.js';
import {
  type ConfiguredDevice,
  DEFAULT_FORWARD_AFTER,
  type Line,
  type LineForward,
  type Model,
  type SpeedDial,
} from '../devices/index.js';
import { findModel, shortNameOf } from '../devices/models.js';
import { writtenDuration } from './fields.js';
import type { Mapping } from './plain-values.js';

/** Writes a device. What is a default is left out. */
export const writtenDevice = (device: ConfiguredDevice, defaultGroup: string): Mapping => {
  const { name, mac, model, protocol, group, digest, modules } = device;
  return {
    name: String(name),
    ...(mac === undefined || macOfName(name) === mac ? {} : { mac: String(mac) }),
    model: modelText(model),
    ...(model.protocols[0] === protocol ? {} : { protocol }),
    ...(group === defaultGroup ? {} : { group }),
    ...texts(device, ['description']),
    ...list('lines', device.lines.map(writtenLine)),
    ...list('speedDials', device.speedDials.map(writtenSpeedDial)),
    ...list('serviceUrls', device.serviceUrls),
    ...(digest === undefined ? {} : { digest }),
    ...(device.load === undefined ? {} : { load: device.load }),
    ...texts(device, ['phoneLabel', 'ownerUserId']),
    ...(Object.keys(device.vendorConfig).length === 0 ? {} : { vendorConfig: device.vendorConfig }),
    ...texts(device, ['softKeyFile', 'dialTemplate', 'featurePolicyFile']),
    ...list('modules', modules.map(modelText)),
    ...(device.maxProtocolVersion === undefined ? {} : { maxProtocolVersion: device.maxProtocolVersion }),
    ...(device.suspended ? { suspended: true } : {}),
    ...(device.requireTls ? { requireTls: true } : {}),
    ...writtenSecurity(device),
    ...(device.doNotDisturb === undefined ? {} : { doNotDisturb: device.doNotDisturb }),
  };
};

const writtenSecurity = ({ security, requireTls }: ConfiguredDevice): Mapping => {
  const { mode, enrol, encryptedConfig } = security;
  const written = {
    ...(mode === (requireTls ? 'encrypted' : 'none') ? {} : { mode }),
    ...(enrol === 'off' ? {} : { enrol }),
    ...(encryptedConfig === undefined ? {} : { encryptedConfig }),
  };
  return Object.keys(written).length === 0 ? {} : { security: written };
};

/** Its shortest name, unless another model is found by that. */
const modelText = (model: Model): string => {
  const name = shortNameOf(model);
  return findModel(name) === model ? name : String(model.id);
};

type TextKey = 'description' | 'phoneLabel' | 'ownerUserId' | 'softKeyFile' | 'dialTemplate' | 'featurePolicyFile';

const texts = (device: ConfiguredDevice, keys: readonly TextKey[]): Mapping =>
  Object.fromEntries(keys.flatMap((key) => (device[key] === '' ? [] : [[key, device[key]]])));

const list = (key: string, items: readonly unknown[]): Mapping => (items.length === 0 ? {} : { [key]: items });

const writtenLine = ({ dn, label, displayName, ...rest }: Line): Mapping => ({
  dn: String(dn),
  ...(label === dn ? {} : { label }),
  ...(displayName === label ? {} : { displayName }),
  ...(rest.externalMask === '' ? {} : { externalMask: rest.externalMask }),
  ...(rest.voicemail === '' ? {} : { voicemail: rest.voicemail }),
  ...(rest.maxCalls === 4 ? {} : { maxCalls: rest.maxCalls }),
  ...(rest.busyTrigger === 2 ? {} : { busyTrigger: rest.busyTrigger }),
  ...(rest.logMissed ? {} : { logMissed: false }),
  ...(rest.pickupGroup === '' ? {} : { pickupGroup: rest.pickupGroup }),
  ...(rest.autoAnswer === undefined ? {} : { autoAnswer: rest.autoAnswer }),
  ...(rest.privacy === true ? { privacy: true } : {}),
  ...writtenForward(rest.forward),
});

const writtenForward = ({ after, ...numbers }: LineForward): Mapping => {
  const set = Object.entries(numbers).filter(([, number]) => number !== undefined);
  const isUsual = after === DEFAULT_FORWARD_AFTER;
  if (set.length === 0 && isUsual) return {};
  return { forward: { ...Object.fromEntries(set), ...(isUsual ? {} : { after: writtenDuration(after) }) } };
};

const writtenSpeedDial = ({ number, label, busyLampField, intercom }: SpeedDial): Mapping => ({
  number,
  ...(label === number ? {} : { label }),
  ...(busyLampField ? { busyLampField } : {}),
  ...(intercom === true ? { intercom } : {}),
});

/** Equal for devices that are equal by value. */
export const fingerprintOf = (device: ConfiguredDevice, defaultGroup: string): string =>
  hash('sha1', JSON.stringify(writtenDevice(device, defaultGroup)), 'hex').slice(0, 20);
