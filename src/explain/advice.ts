// Advice on a phone that nobody configured: which device it may be, and what to add to the configuration.

import {
  type DirectoryNumber,
  deviceKey,
  type MacAddress,
  parseDeviceName,
  parseDirectoryNumber,
} from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import {
  type DeviceRecord,
  type DeviceRejected,
  type Model,
  modelById,
  type Protocol,
  shortNameOf,
  shownBy,
} from '../devices/index.js';
import { eventOf } from './fact-list.js';
import { nearestNames } from './nearest-name.js';
import type { TimelineStep } from './timelines.js';
import type { UnknownPhone } from './unknown-phones.js';
import { askedName, isFileEvent } from './verdicts/file-events.js';

/** The part of the device database that says whether a name or a number is taken. */
export interface KnownNames {
  byName(name: string): DeviceRecord | undefined;
  byMac(mac: MacAddress): DeviceRecord | undefined;
  byDirectoryNumber(dn: DirectoryNumber): { readonly length: number };
}

/** A phone that nobody configured, with advice. */
export interface UnknownPhoneAdvice {
  /** What it calls itself, else its hardware address, else its address. */
  readonly name: string;
  readonly mac: string | undefined;
  readonly address: string | undefined;
  /** When it was seen for the first and for the last time. */
  readonly since: Instant;
  readonly lastSeenAt: Instant;
  /** Why it was refused last; absent: it did not ask to be registered. */
  readonly refusal: DeviceRejected | undefined;
  readonly model: Model | undefined;
  readonly protocol: Protocol | undefined;
  /** The configured devices that may be meant: one character differs, or it has the same hardware address. */
  readonly near: readonly string[];
  /** That device, if it is one alone. */
  readonly nearest: string | undefined;
  /** One sentence: what to do. */
  readonly advice: string;
  /** The same as YAML to paste. Absent if the phone gives no name that a device may have. */
  readonly snippet: string | undefined;
  readonly steps: readonly TimelineStep[];
}

/** Describes an unknown phone and advises on it. `steps` is its timeline. */
export const adviceOn = (
  phone: UnknownPhone,
  devices: KnownNames,
  steps: readonly TimelineStep[],
): UnknownPhoneAdvice => {
  const { mac, address, since, lastSeenAt: heardAt, refusal } = phone;
  const name = phone.name ?? (mac === undefined ? undefined : `SEP${mac}`);
  const near = nearOf(phone, devices);
  const { model, protocol } = identityOf(phone);
  const isName = name !== undefined && parseDeviceName(name) !== undefined;
  return {
    name: phone.name ?? mac ?? address ?? '',
    mac,
    address,
    since,
    lastSeenAt: heardAt,
    refusal,
    model,
    protocol,
    near,
    nearest: near.length === 1 ? near[0] : undefined,
    advice: adviceFor(phone, near, isName),
    snippet: isName ? snippetOf(name, model, protocol, devices) : undefined,
    steps,
  };
};

const adviceFor = ({ name, mac }: UnknownPhone, near: readonly string[], isName: boolean): string => {
  if (name === undefined && mac === undefined) return 'it gave no name: its other facts tell what it wanted';
  const [nearest] = near;
  if (nearest !== undefined)
    return near.length === 1
      ? `is ${nearest} meant? It is configured; correct its name there, or add this one to devices`
      : `is ${alternatives(near)} meant? They are configured; correct a name there, or add this one to devices`;
  return isName
    ? 'add it to devices'
    : 'no device can have that name: 1 to 15 letters, digits, dots, dashes, underscores';
};

/** Devices that auto-registration made do not count. */
const isConfigured = (record: DeviceRecord | undefined): record is DeviceRecord =>
  record !== undefined && record.origin !== 'auto-registered';

const nearOf = ({ name, mac }: UnknownPhone, devices: KnownNames): readonly string[] => {
  const ofMac = mac === undefined ? undefined : devices.byMac(mac);
  if (isConfigured(ofMac)) return [ofMac.configured.name];
  const written = name ?? (mac === undefined ? undefined : `SEP${mac}`);
  if (written === undefined) return [];
  return nearestNames(deviceKey(written), (candidate) => isConfigured(devices.byName(candidate))).flatMap(
    (candidate) => devices.byName(candidate)?.configured.name ?? [],
  );
};

/** `A, B or C`. */
export const alternatives = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

/** The model and protocol from its Register or Contact, else from what its DHCP messages and its files show. */
const identityOf = ({
  refusal,
  facts,
}: UnknownPhone): { readonly model?: Model | undefined; readonly protocol?: Protocol | undefined } => {
  if (refusal?.typeId !== undefined) return { model: modelById(refusal.typeId), protocol: refusal.protocol };
  const events = facts.map(eventOf);
  const files = events.flatMap((event) => (isFileEvent(event) ? { file: askedName(event) } : []));
  const vendorClass = events.findLast((event) => event.type === 'dhcp.received')?.vendorClass ?? '';
  const { model, protocol } = shownBy({ files, dhcp: { vendorClass } }) ?? {};
  return { model, protocol: refusal?.protocol ?? protocol };
};

const FIRST_NUMBER = 1000;
const LOOK_FOR = 1000;

/** Its name if that is a number, else the lowest free number. */
const numberFor = (name: string, devices: KnownNames): string => {
  const wanted = /^\d+$/.test(name) ? parseDirectoryNumber(name) : undefined;
  if (wanted !== undefined) return wanted;
  for (let number = FIRST_NUMBER; number < FIRST_NUMBER + LOOK_FOR; number += 1)
    if (devices.byDirectoryNumber(String(number) as DirectoryNumber).length === 0) return String(number);
  return String(FIRST_NUMBER);
};

/** Names that YAML reads as text without quotes. */
const PLAIN = /^(?!(?:true|false|null)$)[A-Za-z][A-Za-z0-9._-]*$/i;

const snippetOf = (
  name: string,
  model: Model | undefined,
  protocol: Protocol | undefined,
  devices: KnownNames,
): string =>
  [
    'devices:',
    `  - name: ${PLAIN.test(name) ? name : `"${name}"`}`,
    model === undefined
      ? '    model:                  # it did not say which: a name such as 7962, or a type id'
      : `    model: ${shortNameOf(model)}`,
    ...(protocol === undefined ? [] : [`    protocol: ${protocol}`]),
    `    lines: ["${numberFor(name, devices)}"]          # a directory number of your choice`,
  ].join('\n');
