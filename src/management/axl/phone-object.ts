// Phones in AXL: what is listed and got.

import { parseDeviceName } from '../../core/identifiers.js';
import type { DeviceRecord } from '../../devices/index.js';
import type { AxlCall, AxlObject } from './operation.js';
import { type AxlPhone, phoneOf } from './phone.js';
import { PHONE_FIELDS } from './phone-fields.js';
import type { PhoneDraft } from './phone-takes.js';
import type { AxlSources } from './sources.js';

const phoneNamed = ({ view: { sources } }: AxlCall, name: string): AxlPhone | undefined => {
  const record = parseDeviceName(name) === undefined ? undefined : sources.devices.byName(name);
  return record && phoneOf(sources, record);
};

function* phonesOf(sources: AxlSources, records: readonly DeviceRecord[]): Iterable<AxlPhone> {
  for (const record of records) yield phoneOf(sources, record);
}

/** Every device is a phone. */
export const PHONE: AxlObject<AxlPhone, PhoneDraft> = {
  element: 'phone',
  title: 'Phone',
  fields: PHONE_FIELDS,
  keys: ['name'],
  uuidOf: ({ uuid }) => uuid,
  // A number that stays with the phone, as CUCM's does.
  attributes: { ctiid: ({ uuid }) => String(Number.parseInt(uuid.slice(0, CTI_DIGITS), 16)) },
  all: async ({ index, view: { sources } }) => phonesOf(sources, await index.phones()),
  byKey: phoneNamed,
  byUuid: async ({ index, view: { sources } }, uuid) => {
    const record = await index.phoneOfUuid(uuid);
    return record && phoneOf(sources, record);
  },
};

/** So many hexadecimal digits fit into what clients take for a number. */
const CTI_DIGITS = 7;
