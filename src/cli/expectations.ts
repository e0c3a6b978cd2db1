// What `labcm assert` can expect: one row per key of `expectations.yaml`, with its schema, its comparison, and how the
// expected and the found value are printed. The command reads the file and asks the daemon.

import * as z from 'zod';
import { parseSubnet } from '../config/addresses.js';
import { directoryNumber, field, listOf, oneOf, text } from '../config/fields.js';
import { FORM } from '../config/forms.js';
import { type CountRange, isIn, parseCountRange } from '../core/count-range.js';
import { parseIpv4Address } from '../core/identifiers.js';
import { RIS_STATUS } from '../devices/registration.js';
import { statusOf } from '../devices/status.js';
import type { ListedCall } from './call-schemas.js';
import type { DeviceAnswer, ListedDevice } from './device-schemas.js';

/** One expectation, and how to judge it. */
export interface Expectation {
  /** The name of the device; `undefined`: it is about all devices. */
  readonly device: string | undefined;
  readonly key: string;
  readonly expected: string;
  /** It is about calls. */
  readonly needsCalls: boolean;
  judge(seen: Seen): Judgement;
}

/** Whether an expectation holds, and what was found. */
export interface Judgement {
  readonly holds: boolean;
  readonly found: string;
}

/** What the daemon showed. */
export interface Seen {
  /** A device by the name in the expectation; `undefined`: there is none. */
  device(name: string): DeviceAnswer | undefined;
  /** All devices; empty if no counts are expected. */
  readonly devices: readonly ListedDevice[];
  /** The calls that stand; empty if no expectation is about calls. */
  readonly calls: readonly ListedCall[];
}

interface Row<W> {
  readonly schema: z.ZodType<W>;
  readonly expected: (wanted: W) => string;
  readonly found: (device: DeviceAnswer, legs: readonly CallLeg[]) => string;
  readonly holds: (wanted: W, device: DeviceAnswer, legs: readonly CallLeg[]) => boolean;
  /** It is about the device's legs of calls. */
  readonly needsCalls?: true;
}

/** A device's part in a call that stands. */
type CallLeg = ListedCall['legs'][number];

const row = <W>(of: Row<W>): Row<W> => of;

const either = (choices: readonly string[]): string => choices.join(' or ');
const list = (choices: readonly string[]): string => (choices.length === 0 ? 'none' : choices.join(', '));
const count = () => field<CountRange>('a number such as 2, ">= 2", "<= 5" or "2-5"', FORM.text, parseCountRange);

const STATUSES = [...new Set(Object.values(RIS_STATUS).map(({ name }) => name))];

const ROWS = {
  /** One of these. */
  status: row({
    schema: listOf(oneOf(...STATUSES)),
    expected: either,
    found: (device) => statusOf(device),
    holds: (wanted, { status }) => wanted.some((choice) => choice === status),
  }),
  /** Why it is not registered: one of these names or numbers, or `none`. */
  reason: row({
    schema: listOf(text(64, 1)),
    expected: either,
    found: ({ reason }) => (reason === null ? 'none' : `${reason.number} ${reason.name}: ${reason.text}`),
    holds: (wanted, { reason }) =>
      wanted.some((choice) =>
        reason === null
          ? choice === 'none'
          : choice.toLowerCase() === reason.name.toLowerCase() || choice === `${reason.number}`,
      ),
  }),
  protocol: row({
    schema: oneOf('SCCP', 'SIP'),
    expected: String,
    found: ({ protocol }) => protocol ?? 'none',
    holds: (wanted, { protocol }) => wanted === protocol,
  }),
  transport: row({
    schema: oneOf('tcp', 'udp', 'tls'),
    expected: String,
    found: ({ registration }) => registration?.transport ?? 'no registration',
    holds: (wanted, { registration }) => wanted === registration?.transport,
  }),
  /** Its name or type id. */
  model: row({
    schema: text(64, 1),
    expected: String,
    found: ({ model }) => (model === null ? 'none' : `${model.name} (${model.id})`),
    holds: (wanted, { model }) =>
      model !== null && (wanted === `${model.id}` || wanted.toLowerCase() === model.name.toLowerCase()),
  }),
  /** Its numbers, in the order of its buttons. */
  lines: row({
    schema: listOf(directoryNumber()),
    expected: list,
    found: ({ lines }) => list(lines.map(({ dn }) => dn)),
    holds: (wanted, { lines }) => wanted.join(' ') === lines.map(({ dn }) => dn).join(' '),
  }),
  /** One of these addresses or networks. */
  address: row({
    schema: listOf(
      field<string, string>('an address or a network such as 10.1.0.0/16', FORM.text, (value) =>
        typeof value === 'string' && (parseIpv4Address(value) ?? parseSubnet(value)) !== undefined ? value : undefined,
      ),
    ),
    expected: either,
    found: ({ address }) => address ?? 'none',
    holds: (wanted, { address }) => address !== null && wanted.some((place) => isAt(address, place)),
  }),
  /** The firmware load that it runs; `*` matches anything. */
  load: row({
    schema: text(128, 1),
    expected: String,
    found: ({ load }) => load ?? 'none',
    holds: (wanted, { load }) => load !== null && wildcard(wanted).test(load),
  }),
  /** All of these are among the last files that it was served; `*` matches anything. */
  files: row({
    schema: listOf(text(255, 1)),
    expected: list,
    found: ({ files }) =>
      list(files.map(({ file, outcome }) => (outcome === 'served' ? file : `${file} (${outcome})`))),
    holds: (wanted, { files }) =>
      wanted.every((name) => files.some(({ file, outcome }) => outcome === 'served' && wildcard(name).test(file))),
  }),
  keepAlives: row({
    schema: count(),
    expected: ({ text: written }) => written,
    found: ({ registration }) => (registration === null ? 'no registration' : `${registration.keepAlives}`),
    holds: (wanted, { registration }) => registration !== null && isIn(registration.keepAlives, wanted),
  }),
  /** How many calls it has. */
  calls: row({
    schema: count(),
    expected: ({ text: written }) => written,
    found: (_device, legs) => `${legs.length}`,
    holds: (wanted, _device, legs) => isIn(legs.length, wanted),
    needsCalls: true,
  }),
  /** The state of one of its calls is one of these; `none`: it has no call. */
  callState: row({
    schema: listOf(text(32, 1)),
    expected: either,
    found: (_device, legs) => list(legs.map(({ state }) => state)),
    holds: (wanted, _device, legs) =>
      wanted.some((choice) =>
        choice === 'none' ? legs.length === 0 : legs.some(({ state }) => state.toLowerCase() === choice.toLowerCase()),
      ),
    needsCalls: true,
  }),
};

/** The counts over all devices. */
const COUNTS = {
  devices: () => true,
  registered: ({ status }) => status === 'Registered',
  partiallyRegistered: ({ status }) => status === 'PartiallyRegistered',
  unRegistered: ({ status }) => status === 'UnRegistered',
  rejected: ({ status }) => status === 'Rejected',
  unknown: ({ status }) => status === 'Unknown',
  /** Registered over SCCP. */
  sccp: ({ status, protocol }) => status === 'Registered' && protocol === 'SCCP',
  sip: ({ status, protocol }) => status === 'Registered' && protocol === 'SIP',
} as const satisfies Readonly<Record<string, (device: ListedDevice) => boolean>>;

/** The counts over all calls that stand. */
const CALL_COUNTS = {
  calls: () => true,
  /** Both sides talk. */
  connectedCalls: ({ legs }) => legs.length > 1 && legs.every(({ state }) => state === 'connected'),
  /** A phone rings. */
  ringingCalls: ({ legs }) => legs.some(({ role, state }) => role === 'called' && state === 'ring-in'),
} as const satisfies Readonly<Record<string, (call: ListedCall) => boolean>>;

const optional = <S extends Readonly<Record<string, z.ZodType>>>(schemas: S) => z.strictObject(schemas).partial();

/** The schema of the file. */
export const expectationsSchema = z.strictObject({
  devices: z.record(z.string(), optional(mapped(ROWS, ({ schema }) => schema as z.ZodType))).default({}),
  counts: optional({ ...mapped(COUNTS, count), ...mapped(CALL_COUNTS, count) }).default({}),
});

/** The expectations in the order of the file. */
export const expectationsOf = ({ devices, counts }: z.output<typeof expectationsSchema>): readonly Expectation[] => [
  ...Object.entries(devices).flatMap(([name, wanted]) =>
    Object.entries(wanted).map(([key, value]) => ofDevice(name, key, value)),
  ),
  ...Object.entries(counts).flatMap(([key, wanted]) =>
    wanted === undefined ? [] : [ofCount(key as keyof typeof COUNTS | keyof typeof CALL_COUNTS, wanted)],
  ),
];

const NO_DEVICE: Judgement = { holds: false, found: 'no device of that name' };

const ofDevice = (name: string, key: string, wanted: unknown): Expectation => {
  const { expected, found, holds, needsCalls = false } = ROWS[key as keyof typeof ROWS] as unknown as Row<unknown>;
  return {
    device: name,
    key,
    expected: expected(wanted),
    needsCalls,
    judge: (seen) => {
      const device = seen.device(name);
      if (device === undefined) return NO_DEVICE;
      const legs = seen.calls.flatMap((call) => call.legs).filter((leg) => leg.device === device.name);
      return { holds: holds(wanted, device, legs), found: found(device, legs) };
    },
  };
};

const isOfCalls = (key: string): key is keyof typeof CALL_COUNTS => Object.hasOwn(CALL_COUNTS, key);

const ofCount = (key: keyof typeof COUNTS | keyof typeof CALL_COUNTS, wanted: CountRange): Expectation => ({
  device: undefined,
  key,
  expected: wanted.text,
  needsCalls: isOfCalls(key),
  judge: ({ devices, calls }) => {
    const found = isOfCalls(key) ? calls.filter(CALL_COUNTS[key]).length : devices.filter(COUNTS[key]).length;
    return { holds: isIn(found, wanted), found: `${found}` };
  },
});

const isAt = (address: string, place: string): boolean => {
  const subnet = parseSubnet(place);
  if (subnet === undefined) return address === place;
  const bits = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - subnet.prefix);
  return Math.floor(bits(address) / size) === Math.floor(bits(subnet.network) / size);
};

const wildcard = (written: string): RegExp =>
  new RegExp(`^${written.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 'i');

function mapped<K extends string, A, B>(table: Readonly<Record<K, A>>, make: (value: A) => B): Record<K, B> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, make(value as A)])) as Record<K, B>;
}
