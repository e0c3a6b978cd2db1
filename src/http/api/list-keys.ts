// What may be asked of each list of the API: its filters, its orders, and the keys of its items.

import { parseMacAddress } from '../../core/identifiers.js';
import type { DeviceOrigin, DeviceRecord, Protocol } from '../../devices/device.js';
import { RIS_STATUS } from '../../devices/registration.js';
import type { CallJson } from './call-shapes.js';
import type { ApiFinding, ApiUnknownPhone, VerdictsView } from './explain-ports.js';
import { addressOrder, inAnyCase, type ListFilter, type ListKeys, like, numberOrder, oneOf } from './lists.js';
import type { ApiLease, ApiStandingCall, ClusterView } from './ports.js';
import type { DeviceSummary, LeaseJson, UnknownSummary } from './shapes.js';
import { statusOfUnknown } from './unknown-json.js';
import type { VerdictsJson } from './verdict-shapes.js';

const STATUSES = [...new Set(Object.values(RIS_STATUS).map(({ name }) => name))];
const PROTOCOLS = ['SCCP', 'SIP'] as const satisfies readonly Protocol[];
const ORIGINS = ['configured', 'auto-registered', 'runtime'] as const satisfies readonly DeviceOrigin[];
const SEVERITIES: readonly string[] = ['blocking', 'degraded', 'attention'];

/** The keys of a shape. That none is missing is for the compiler to see. */
const keysOf = <J>(keys: Readonly<Record<keyof J, true>>): readonly string[] => Object.keys(keys);

/** A filter by hardware address: in any spelling, or a pattern. */
const byMac = <T>(macOf: (item: T) => string | undefined): ListFilter<T, unknown> => {
  const pattern = like<T, unknown>('its hardware address in any spelling', macOf);
  return { ...pattern, keep: (wanted, sources) => pattern.keep(parseMacAddress(wanted) ?? wanted, sources) };
};

/** Where a device is, as its summary says it. */
const addressOf = ({ registration, address }: DeviceRecord): string | undefined => registration?.address ?? address;

/** What the list of devices looks up besides the records. */
interface DeviceLookups {
  readonly verdicts: Pick<VerdictsView, 'lastVerdictOf'>;
  readonly cluster: Pick<ClusterView, 'shared'>;
}

/** Verdicts as they were worked out last: forty thousand are not worked out for a list. */
const codeOf = (record: DeviceRecord, { verdicts }: DeviceLookups): string | undefined =>
  verdicts.lastVerdictOf(record)?.code;

const nodeOf = (record: DeviceRecord, { cluster }: DeviceLookups): string | undefined => cluster.shared?.nodeOf(record);

/** `GET /api/devices`. */
export const DEVICE_LIST: ListKeys<DeviceRecord, DeviceLookups> = {
  filters: {
    status: oneOf('its status', STATUSES, ({ state }) => RIS_STATUS[state].name),
    protocol: oneOf('its protocol', PROTOCOLS, ({ configured }) => configured.protocol),
    name: like('its name', ({ configured }) => configured.name),
    model: like("its model's name or type id", ({ configured: { model } }) => [model.name, String(model.id)]),
    group: like('its call manager group', ({ configured }) => configured.group),
    dn: like('a directory number of its lines', ({ configured }) => configured.lines.map(({ dn }) => dn)),
    address: like('its IPv4 address', addressOf),
    load: like('the firmware load that it reported', ({ registration }) => registration?.load),
    verdict: like('the code of its verdict (`docs/causes.md`)', codeOf),
    origin: oneOf('who made it', ORIGINS, ({ origin }) => origin),
    node: like('the node that holds it; no device has one where no bus connects the nodes', nodeOf),
  },
  sorts: {
    name: ({ configured }) => inAnyCase(configured.name),
    status: ({ state }) => RIS_STATUS[state].name,
    protocol: ({ configured }) => configured.protocol,
    model: ({ configured }) => inAnyCase(configured.model.name),
    group: ({ configured }) => inAnyCase(configured.group),
    dn: ({ configured }) => numberOrder(configured.lines[0]?.dn),
    address: (record) => addressOrder(addressOf(record)),
    load: ({ registration }) => inAnyCase(registration?.load),
    verdict: codeOf,
    origin: ({ origin }) => origin,
    node: (record, sources) => inAnyCase(nodeOf(record, sources)),
    registeredAt: ({ registration }) => registration?.registeredAt,
  },
  fields: keysOf<DeviceSummary>({
    name: true,
    status: true,
    state: true,
    reason: true,
    lastTrouble: true,
    whyNot: true,
    sharedName: true,
    protocol: true,
    model: true,
    description: true,
    address: true,
    load: true,
    lines: true,
    registeredAt: true,
    lastKeepAlive: true,
    node: true,
  }),
};

/** `GET /api/leases`. */
export const LEASE_LIST: ListKeys<ApiLease, unknown> = {
  filters: {
    address: like('its IPv4 address', ({ address }) => address),
    mac: byMac(({ mac }) => mac),
    device: like('the device that holds it', ({ device }) => device),
    state: like('its state', ({ state }) => state),
  },
  sorts: {
    address: ({ address }) => addressOrder(address),
    mac: ({ mac }) => mac,
    device: ({ device }) => inAnyCase(device),
    state: ({ state }) => state,
    startedAt: ({ startedAt }) => startedAt,
    until: ({ until }) => until,
  },
  fields: keysOf<LeaseJson>({
    address: true,
    mac: true,
    clientId: true,
    device: true,
    state: true,
    ended: true,
    startedAt: true,
    until: true,
  }),
};

/** `GET /api/calls`. */
export const CALL_LIST: ListKeys<ApiStandingCall, unknown> = {
  filters: {
    dn: like('the directory number of either end', ({ legs }) => legs.map(({ dn }) => dn)),
    dialled: like('what was dialled', ({ dialled }) => dialled),
    state: like('the state of either end', ({ legs }) => legs.map(({ state }) => state)),
    codec: like('its codec', ({ codec }) => codec),
    conference: like('the conference that it is a part of', ({ conference }) => conference),
  },
  sorts: {
    id: ({ id }) => id,
    dialled: ({ dialled }) => numberOrder(dialled),
    codec: ({ codec }) => codec,
    startedAt: ({ startedAt }) => startedAt,
    answeredAt: ({ answeredAt }) => answeredAt,
  },
  fields: keysOf<CallJson>({
    id: true,
    dialled: true,
    startedAt: true,
    answeredAt: true,
    codec: true,
    conference: true,
    legs: true,
  }),
};

/** A device with its verdict. */
export interface JudgedDevice {
  readonly device: string;
  readonly finding: ApiFinding;
}

/** The devices of `GET /api/verdicts`. */
export const VERDICT_LIST = {
  filters: {
    code: like('the code of the verdict (`docs/causes.md`)', ({ finding }) => finding.code),
    severity: oneOf('its severity', SEVERITIES, ({ finding }) => finding.severity),
    device: like('the name of the device', ({ device }) => device),
  },
  sorts: {
    device: ({ device }) => inAnyCase(device),
    code: ({ finding }) => finding.code,
    // The worst first.
    severity: ({ finding }) => SEVERITIES.indexOf(finding.severity),
    since: ({ finding }) => finding.since,
  },
  fields: keysOf<VerdictsJson['devices'][number]>({ device: true, verdict: true }),
} as const satisfies ListKeys<JudgedDevice, unknown>;

/** `GET /api/unknown-phones`. */
export const UNKNOWN_LIST: ListKeys<ApiUnknownPhone, unknown> = {
  filters: {
    status: oneOf('whether it was refused', ['Unknown', 'Rejected'], statusOfUnknown),
    protocol: oneOf('its protocol', PROTOCOLS, ({ protocol }) => protocol),
    name: like('its name', ({ name }) => name),
    mac: byMac(({ mac }) => mac),
    address: like('its IPv4 address', ({ address }) => address),
    model: like("its model's name or type id", ({ model }) =>
      model === undefined ? undefined : [model.name, String(model.id)],
    ),
  },
  sorts: {
    name: ({ name }) => inAnyCase(name),
    status: statusOfUnknown,
    protocol: ({ protocol }) => protocol,
    mac: ({ mac }) => mac,
    address: ({ address }) => addressOrder(address),
    model: ({ model }) => inAnyCase(model?.name),
    since: ({ since }) => since,
    heardAt: ({ lastSeenAt }) => lastSeenAt,
  },
  fields: keysOf<UnknownSummary>({
    name: true,
    status: true,
    state: true,
    reason: true,
    lastTrouble: true,
    whyNot: true,
    sharedName: true,
    protocol: true,
    model: true,
    description: true,
    mac: true,
    address: true,
    load: true,
    lines: true,
    registeredAt: true,
    lastKeepAlive: true,
    unknown: true,
  }),
};
