// Where phones were last, and when (`docs/protocols/apis.md` §5.4 and §6.3).

import { parseDeviceName } from '../../core/identifiers.js';
import type { DeviceRecord, RegistrationState } from '../../devices/index.js';
import { constant, reference, text, value } from './fields.js';
import { type AxlCall, type AxlObject, type AxlOperation, listing } from './operation.js';
import type { AxlSources, AxlView } from './sources.js';

/** AXL spells two of them otherwise than RisPort70. */
const STATUS: Readonly<Record<RegistrationState, string>> = {
  unknown: 'Unknown',
  registering: 'Unregistered',
  registered: 'Registered',
  unregistered: 'Unregistered',
  rejected: 'Rejected',
  'partially-registered': 'Partial Registered',
};

const addressOf = ({ registration, address, registrations, state }: DeviceRecord): string =>
  (state === 'registered' ? registration?.address : undefined) ?? address ?? registrations.at(-1)?.address ?? '';

/** UNIX seconds; 0 while it is registered, and where nobody has seen it. */
const lastSeen = ({ state, reason, namedAt }: DeviceRecord, { sources: { clock } }: AxlView): number => {
  const at = state === 'registered' || state === 'partially-registered' ? undefined : (reason?.at ?? namedAt);
  return at === undefined ? 0 : Math.floor(clock.wallTime(at) / 1000);
};

/** A phone that never asked for anything has no row. */
const wasSeen = ({ state, registrations, reason }: DeviceRecord): boolean =>
  state === 'registered' || state === 'partially-registered' || registrations.length > 0 || reason !== undefined;

/** The phones that were seen by any node of the cluster, as it knows them. */
function* seenOf(records: readonly DeviceRecord[], { shared }: AxlSources): Iterable<DeviceRecord> {
  for (const known of records) {
    const record = shared?.shown(known) ?? known;
    if (wasSeen(record)) yield record;
  }
}

const REGISTRATION_DYNAMIC: AxlObject<DeviceRecord> = {
  element: 'registrationDynamic',
  title: 'RegistrationDynamic',
  fields: [
    reference('device', ({ configured: { name } }, { sources }) => ({ name, uuid: sources.layer.uuidOf(name) })),
    text('lastKnownIpAddress', addressOf),
    text('lastKnownUcm', (record, { sources }) => sources.shared?.nodeOf(record) ?? sources.self().name),
    text('lastKnownConfigVersion', () => ''),
    constant('locationDetails', ''),
    constant('endpointConnection', ''),
    constant('portOrSsid', ''),
    value('lastSeen', 'integer', lastSeen),
    text('risStatus', ({ state }) => STATUS[state]),
  ],
  keys: ['device'],
  uuidOf: ({ configured: { name } }, view) => view.rowUuid('registrationDynamic', view.sources.layer.uuidOf(name)),
  all: async ({ index, view: { sources } }) => seenOf(await index.phones(), sources),
  byKey: ({ view: { sources } }: AxlCall, name) => {
    const known = parseDeviceName(name) === undefined ? undefined : sources.devices.byName(name);
    const [record] = known === undefined ? [] : seenOf([known], sources);
    return record;
  },
};

/** The operations of registrations. */
export const REGISTRATION_READS: readonly AxlOperation[] = [listing(REGISTRATION_DYNAMIC)];
