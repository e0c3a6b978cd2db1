// The kinds of values in a configuration: how each is parsed, and the text that says what is wanted. A value comes from
// YAML with its type, or as text from a CSV cell or `--set`; both are parsed the same way.

import * as z from 'zod';
import { slotsOf } from '../calls/park-range.js';
import {
  type DeviceName,
  type DirectoryNumber,
  type Ipv4Address,
  type MacAddress,
  parseDeviceName,
  parseDirectoryNumber,
  parseIpv4Address,
  parseMacAddress,
} from '../core/identifiers.js';
import { type Duration, days, milliseconds, minutes, parseDuration, seconds } from '../core/time.js';
import { findModel, MODELS, type Model } from '../devices/index.js';
import type { AddressRange } from '../dhcp/settings.js';
import type { PortRange } from '../rtp/settings.js';
import { type Ipv4Network, parseAddressRange, parseSubnet } from './addresses.js';
import { FORM, FORMS, type Form, textOf as textForm, wholeFrom } from './forms.js';

/**
 * A kind of value. `parse` returns the value, or `undefined` for a wrong one; `wanted` then says what is wanted.
 * `form` is the same for editors. `I` is the type that a program writes; any other input is checked, too.
 */
export const field = <T, I = unknown>(
  wanted: string,
  form: Form,
  parse: (value: unknown) => T | undefined,
): z.ZodType<T, I> => {
  const read = z.unknown().transform((value, context): T => {
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    context.issues.push({ code: 'custom', input: value, message: wanted });
    return z.NEVER;
  });
  FORMS.add(read, { form: () => ({ ...form, errorMessage: wanted }) });
  return read as unknown as z.ZodType<T, I>;
};

const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
};

/** A kind of value that is written as text. */
const written = <T, I = string>(wanted: string, form: Form, parse: (text: string) => T | undefined) =>
  field<T, I>(wanted, form, (value) => {
    const text = textOf(value);
    return text === undefined ? undefined : parse(text.trim());
  });

type Units = ReadonlyMap<string, number>;

const units = (table: Readonly<Record<string, number>>): Units => new Map(Object.entries(table));

const SIZE_UNITS = units({ B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KIB: 1024, MIB: 1024 ** 2, GIB: 1024 ** 3 });

const scaled = (text: string, scales: Units): number | undefined => {
  const [, count, unit] = /^(\d{1,12}(?:\.\d{1,6})?)\s?([A-Za-z]+)$/.exec(text) ?? [];
  const scale = unit === undefined ? undefined : scales.get(unit);
  return count === undefined || scale === undefined ? undefined : Math.round(Number(count) * scale);
};

const within = (value: number | undefined, least: number, most: number): number | undefined =>
  value !== undefined && value >= least && value <= most ? value : undefined;

/** `30s`, `2m`, `1d`, also `ms` and `h`. The bounds are written the same way. */
export const duration = (least = '0s', most = '366d') =>
  written(`a duration such as 30s, 2m or 1d, from ${least} to ${most}`, FORM.duration, (text): Duration | undefined => {
    const [from = 0, to = 0] = [least, most].map(parseDuration);
    const length = within(parseDuration(text), from, to);
    return length === undefined ? undefined : milliseconds(length);
  });

/** A number of octets: `2MB`, `64KiB`. */
export const size = (least: string, most: string) =>
  written(`a size such as 2MB or 64KiB, from ${least} to ${most}`, FORM.size, (text) => {
    const [from = 0, to = 0] = [least, most].map((bound) => scaled(bound.toUpperCase(), SIZE_UNITS));
    return within(scaled(text.toUpperCase(), SIZE_UNITS), from, to);
  });

/**
 * A duration as `duration` reads it, in the largest unit in which it is a whole number: `90s`, `2m`, `1d`. Defaults are
 * shown this way in the documentation and in the JSON schema.
 */
export const writtenDuration = (length: Duration): string => (length === 0 ? '0s' : writtenIn(length, DURATION_SCALES));

/** A size as `size` reads it, in the largest binary unit in which it is a whole number: `256KiB`. */
export const writtenSize = (octets: number): string => writtenIn(octets, SIZE_SCALES);

/** Octets as `hexadecimal` reads them: `20 f1 fe`. */
export const writtenOctets = (octets: readonly number[]): string =>
  octets.map((octet) => octet.toString(16).padStart(2, '0')).join(' ');

type Scale = readonly [unit: string, scale: number];

const DURATION_SCALES: readonly Scale[] = [
  ['d', days(1)],
  ['h', minutes(60)],
  ['m', minutes(1)],
  ['s', seconds(1)],
  ['ms', milliseconds(1)],
];
const SIZE_SCALES: readonly Scale[] = [
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
  ['B', 1],
];

const writtenIn = (amount: number, scales: readonly Scale[]): string => {
  const [unit, scale] = scales.find(([, each]) => amount >= each && amount % each === 0) ?? ['', 1];
  return `${amount / scale}${unit}`;
};

const wholeNumber = (value: unknown): number | undefined => {
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined;
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value.trim()) ? Number(value) : undefined;
};

/** A whole number in a range; the bounds are included. */
export const integer = (least: number, most: number) =>
  field<number, number>(`a whole number from ${least} to ${most}`, wholeFrom(least, most), (value) =>
    within(wholeNumber(value), least, most),
  );

/** A fraction above 0 and at most 1: `0.5`. */
export const share = () =>
  field<number, number>('a share above 0 and at most 1, such as 0.5', FORM.share, (value) => {
    const number = typeof value === 'string' && /^[01](?:\.\d{1,6})?$/.test(value.trim()) ? Number(value) : value;
    return typeof number === 'number' && number > 0 && number <= 1 ? number : undefined;
  });

/** A port; 0 means any free one. */
export const port = () => integer(0, 65_535);

/** A port, or `off`, which is read as `undefined`. */
export const portOrOff = (): z.ZodType<number | undefined, number | 'off' | false> =>
  field<readonly [number | undefined], number | 'off' | false>(
    'a port from 0 to 65535, or off',
    FORM.portOrOff,
    (value) => {
      if (value === false || value === 'off') return [undefined];
      const number = within(wholeNumber(value), 0, 65_535);
      return number === undefined ? undefined : [number];
    },
  ).transform(([choice]) => choice);

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
  ['yes', true],
  ['no', false],
]);

/** `true` or `false`; `yes` and `no` are accepted, too. */
export const flag = () =>
  field<boolean, boolean>('true or false', FORM.flag, (value) =>
    typeof value === 'boolean' ? value : BOOLEANS.get(textOf(value)?.trim().toLowerCase() ?? ''),
  );

/** Any text on one line. */
export const text = (most = 255, least = 0) =>
  field<string, string | number>(
    least > 0 ? `a text of ${least} to ${most} characters` : `a text of at most ${most} characters`,
    textForm(least, most),
    (value) => {
      const found = textOf(value);
      return found !== undefined && found.length >= least && found.length <= most && !/[\0\r\n]/.test(found)
        ? found
        : undefined;
    },
  );

/** A text that is allowed in a SIP header, also between quotes. */
export const headerText = (most: number) =>
  written(`a text of 1 to ${most} ASCII characters without quotes and backslashes`, FORM.headerText, (found) =>
    found.length <= most && /^[ !#-[\]-~]+$/.test(found) ? found : undefined,
  );

/** One of these choices; case matters. */
export const oneOf = <const W extends string>(...choices: readonly W[]) =>
  written<W, W>(
    choices.length === 1 ? `${choices[0]}` : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`,
    { enum: [...choices] },
    (found) => choices.find((choice) => choice === found),
  );

/** An IPv4 address. */
export const address = () =>
  written('an IPv4 address such as 10.10.210.10', FORM.address, (found): Ipv4Address | undefined =>
    parseIpv4Address(found),
  );

/** By what a phone answers by itself. `true` and `false` stand for `speaker` and `off`. */
export const autoAnswer = () =>
  field<'off' | 'speaker' | 'headset', 'off' | 'speaker' | 'headset' | boolean>(
    'off, speaker or headset',
    { anyOf: [{ enum: ['off', 'speaker', 'headset'] }, FORM.flag] },
    (value) => {
      const written = typeof value === 'boolean' ? String(value) : textOf(value)?.trim();
      const isOn = BOOLEANS.get(written?.toLowerCase() ?? '');
      if (isOn !== undefined) return isOn ? 'speaker' : 'off';
      return written === 'off' || written === 'speaker' || written === 'headset' ? written : undefined;
    },
  );

/** A multicast group that stays in the network of its owner (RFC 2365 §6). */
export const privateGroup = () =>
  written('a group of 239.0.0.0/8 such as 239.1.1.1', FORM.address, (found): string | undefined => {
    const address = parseIpv4Address(found);
    return address?.startsWith('239.') === true ? String(address) : undefined;
  });

/** A hardware address in any of the usual spellings. */
export const mac = () =>
  written('a hardware address such as 00:50:56:A1:03:3D', FORM.mac, (found): MacAddress | undefined =>
    parseMacAddress(found),
  );

/** A device name. */
export const deviceName = () =>
  written(
    'a device name: 1 to 15 letters, digits, dots, dashes or underscores, a letter or digit first',
    FORM.deviceName,
    (found): DeviceName | undefined => parseDeviceName(found),
  );

/** A directory number. Letters alone are refused, since they are rather a name. */
export const directoryNumber = () =>
  written<DirectoryNumber, string | number>(
    'a directory number: 1 to 24 digits, letters, or any of * # + . _ -, not letters alone',
    FORM.directoryNumber,
    (found) => (/[0-9*#]/.test(found) ? parseDirectoryNumber(found) : undefined),
  );

/** The names of models that an editor offers; it takes any other text, too. */
const OFFERED_MODELS: Form = { enum: MODELS.map(({ name, aliases: [short = name] }) => short) };

/** What a user can dial: digits, `*`, `#`, `+` and the letters of directory numbers. */
export const dialledNumber = () =>
  written<string, string | number>(
    'a number to dial: 1 to 24 digits, letters, or any of * # + . _ -',
    FORM.directoryNumber,
    (found) => parseDirectoryNumber(found),
  );

/** A number to dial, or an empty text: none. */
export const dialledNumberOrNone = () =>
  written<string, string | number>(
    'a number to dial: 1 to 24 digits, letters, or any of * # + . _ -, or an empty text',
    { anyOf: [FORM.directoryNumber, { const: '' }] },
    (found) => (found === '' ? found : parseDirectoryNumber(found)),
  );

/** A number to dial, or `off`, which is read as `undefined`. */
export const dialledNumberOrOff = (): z.ZodType<string | undefined, string | number | false> =>
  field<readonly [string | undefined], string | number | false>(
    'a number to dial, such as *41, or off',
    { anyOf: [FORM.directoryNumber, { enum: ['off', false] }] },
    (value) => {
      if (value === false || value === 'off') return [undefined];
      const found = parseDirectoryNumber(textOf(value) ?? '');
      return found === undefined ? undefined : [found];
    },
  ).transform(([choice]) => choice);

/** Numbers of parked calls: `*60-*69`. */
export const parkRange = () =>
  written<string, string>('a range of numbers of one length, such as *60-*69', FORM.text, (found) =>
    slotsOf(found) === undefined ? undefined : found,
  );

/** Numbers of meeting rooms: `*50-*59`; or `off`, which is read as `undefined`. */
export const roomRangeOrOff = (): z.ZodType<string | undefined, string | false> =>
  field<readonly [string | undefined], string | false>(
    'a range of numbers of one length, such as *50-*59, or off',
    { anyOf: [FORM.text, { enum: ['off', false] }] },
    (value) => {
      if (value === false || value === 'off') return [undefined];
      const found = textOf(value) ?? '';
      return slotsOf(found) === undefined ? undefined : [found];
    },
  ).transform(([choice]) => choice);

/** Ports such as `24000-24199`, with a pair of an even and an odd one at least; or `off`, which is read as `undefined`. */
export const portRangeOrOff = (): z.ZodType<PortRange | undefined, string | false> =>
  field<readonly [PortRange | undefined], string | false>(
    'ports such as 24000-24199, from 1024 up, with an even and an odd one at least, or off',
    { anyOf: [FORM.numberRange, { enum: ['off', false] }] },
    (value) => {
      if (value === false || value === 'off') return [undefined];
      const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(textOf(value)?.trim() ?? '') ?? [];
      const [from, to] = [Number(first), Number(last)];
      return from >= 1024 && to <= 65_535 && from + (from % 2) < to ? [{ from, to }] : undefined;
    },
  ).transform(([choice]) => choice);

/** A phone model, by its name, an alias or its type id. */
export const model = () =>
  field<Model, string | number>(
    'a model by name or type id, such as CIPC, 7962 or 30016',
    { anyOf: [OFFERED_MODELS, FORM.text] },
    (value) => (typeof value === 'string' || typeof value === 'number' ? findModel(String(value)) : undefined),
  );

/** An IPv4 network without host bits. */
export const subnet = () =>
  written('a subnet such as 10.10.210.0/24, its host bits zero', FORM.subnet, (found): Ipv4Network | undefined =>
    parseSubnet(found),
  );

/** A range of IPv4 addresses, or a single one. */
export const addressRange = () =>
  written(
    'an address or a range such as 10.10.210.100-10.10.210.199',
    FORM.addressRange,
    (found): AddressRange | undefined => parseAddressRange(found),
  );

/** `1000-1999`: the first number is below the last. */
export const numberRange = (most: number) =>
  written(
    `a range such as 1000-1999, the first number below the last, without leading zeros, at most ${most}`,
    FORM.numberRange,
    (found) => {
      const [, from, to] = /^([1-9]\d*)-([1-9]\d*)$/.exec(found) ?? [];
      const [first, last] = [Number(from), Number(to)];
      return from !== undefined && first < last && last <= most ? { first, last } : undefined;
    },
  );

/** The same; one number is a range, too, written as `7000` or `7000-7000`. */
export const numberOrRange = (most: number) =>
  written<{ readonly first: number; readonly last: number }, string | number>(
    `a number such as 1000 or a range such as 1000-1999, the lower number first, without leading zeros, at most ${most}`,
    FORM.numberOrRange,
    (found) => {
      const [, from, to = from] = /^([1-9]\d*)(?:-([1-9]\d*))?$/.exec(found) ?? [];
      const [first, last] = [Number(from), Number(to)];
      return from !== undefined && first <= last && last <= most ? { first, last } : undefined;
    },
  );

/** The order of day, month and year on phones (`provisioning.md` §4.2 dateTemplate). */
export const dateTemplate = () =>
  written(
    'D, M and Y with /, - or . between, such as M/D/Y, D.M.YY or M/D/YA for a 12-hour clock',
    FORM.dateTemplate,
    (found) => {
      const [, first, , second, third] = /^([DMY]Y?)([/.-])([DMY]Y?)\2([DMY]Y?)A?$/.exec(found) ?? [];
      const parts = [first, second, third].map((part) => (part === 'YY' ? 'Y' : part));
      return parts.sort().join('') === 'DMY' ? found : undefined;
    },
  );

/** The IANA name of a time zone. */
export const timeZone = () =>
  written('a time zone such as Europe/Berlin', FORM.text, (found) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: found }).resolvedOptions().timeZone === '' ? undefined : found;
    } catch {
      return undefined;
    }
  });

/** A firmware load without `.loads`, which phones append themselves (`provisioning.md` §3.6). */
export const load = () => text(64).transform((name) => name.trim().replace(/\.loads$/i, ''));

/** The name of a file for a phone. A folder in it may not lead upwards. */
export const fileName = () =>
  text().refine((name) => !/(?:^|[\\/])\.\.(?:[\\/]|$)|^[\\/]/.test(name), 'a file name below the served directory');

/** Octets in hexadecimal; `:` and blanks between them are ignored. The result has neither. */
export const hexadecimal = (least: number, most: number) =>
  written(`${least === most ? least : `${least} to ${most}`} octets in hexadecimal`, FORM.hexadecimal, (found) => {
    const digits = found.replace(/[\s:]/g, '');
    if (!/^(?:[0-9A-Fa-f]{2})*$/.test(digits)) return undefined;
    const octets = Buffer.from(digits, 'hex');
    return octets.length >= least && octets.length <= most ? octets.toString('hex') : undefined;
  });

/** Settings that are passed through to phones by name, in the order given. */
export const settingsByName = () =>
  z.record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9._-]{0,63}$/, 'the name of an XML element'),
    field<string, string | number | boolean>('a text, number, true or false', FORM.scalar, (value) =>
      typeof value === 'boolean' ? String(value) : textOf(value),
    ),
  );

/** A list. A single item may be written without brackets. */
export const listOf = <T extends z.ZodType>(item: T, most = 1000) => {
  const list = z.preprocess(
    (value: z.input<T> | readonly z.input<T>[]) => (isAlone(value) ? [value] : value),
    z.array(item).max(most, `at most ${most} items`),
  );
  FORMS.add(list, { form: (of) => ({ anyOf: [of.items as Form, of] }) });
  return list;
};

const isAlone = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';
