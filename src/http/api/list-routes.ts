// The routes of the lists: devices, phones that nobody configured, leases and calls. What may be asked of each stands in
// `list-keys.ts`.

import type { DeviceRecord } from '../../devices/device.js';
import { callJson } from './call-json.js';
import type { CallPage } from './call-shapes.js';
import { deviceSummary, leaseJson, type WhyNot } from './device-json.js';
import { CALL_LIST, DEVICE_LIST, LEASE_LIST, UNKNOWN_LIST } from './list-keys.js';
import { isNarrowed, listPage, listQuery } from './lists.js';
import { pageBounds } from './paging.js';
import type { ApiSources } from './ports.js';
import { answered, deviceCalled, failure, type Route, unknownDevice } from './route.js';
import type { DevicePage, LeasePage, UnknownPhonesJson } from './shapes.js';
import { unknownSummary } from './unknown-json.js';

/** What is known of a device besides its record. */
export const whyOf = ({ timelines, verdicts, writer, cluster }: ApiSources, record: DeviceRecord): WhyNot => ({
  ...(cluster.shared === undefined ? {} : { node: cluster.shared.nodeOf(record) ?? null }),
  overrides: writer.overrides(record.configured.name),
  verdict: verdicts.verdictOf(record),
  waitsFor: timelines.waitsFor(record),
});

/** Devices of a list that are looked at in one turn of the event loop: verdicts take time. */
const DEVICES_AT_ONCE = 20;

/** The lists. That of verdicts stands with the other routes of verdicts. */
export const LIST_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/devices',
    about: 'the devices, in the order of configuration',
    query: listQuery(DEVICE_LIST),
    shape: 'DevicePage',
    example: { query: 'model=*7962*&sort=-registeredAt' },
    errors: ['query', 'page'],
    answer: async (call, { sources, turns }) => {
      const { devices } = sources;
      const page = listPage(DEVICE_LIST, devices.devices(), call.req.query(), sources, devices.size);
      if (!page.valid) return failure(call, page.code, page.message);
      return answered(call, {
        ...page.about,
        devices: await turns.map(page.items, DEVICES_AT_ONCE, (record) =>
          page.only(deviceSummary(sources.clock, record, whyOf(sources, record))),
        ),
      } satisfies DevicePage);
    },
  },
  {
    method: 'GET',
    path: '/api/unknown-phones',
    about: 'phones that nobody configured, the most recently seen first',
    query: listQuery(UNKNOWN_LIST),
    shape: 'UnknownPhonesJson',
    errors: ['query', 'page'],
    answer: (call, { sources: { clock, timelines } }) => {
      const query = call.req.query();
      const bounds = pageBounds(query);
      if (typeof bounds === 'string') return failure(call, 'page', bounds);
      const { offset, limit } = bounds;
      // Advice is worked out for each phone that is looked at: for those of the page alone, if that will do.
      const isWhole = isNarrowed(UNKNOWN_LIST, query);
      const phones = timelines.newestUnknown(isWhole ? timelines.unknown : offset + limit);
      const page = listPage(UNKNOWN_LIST, phones, query, undefined);
      if (!page.valid) return failure(call, page.code, page.message);
      return answered(call, {
        ...page.about,
        total: isWhole ? page.about.total : timelines.unknown,
        phones: page.items.map((phone) => page.only(unknownSummary(clock, phone))),
      } satisfies UnknownPhonesJson);
    },
  },
  {
    method: 'GET',
    path: '/api/leases',
    about: 'the DHCP leases',
    query: listQuery(LEASE_LIST),
    shape: 'LeasePage',
    errors: ['query', 'page'],
    answer: (call, { sources }) => {
      const page = listPage(LEASE_LIST, sources.leases(), call.req.query(), undefined);
      if (!page.valid) return failure(call, page.code, page.message);
      return answered(call, {
        ...page.about,
        leases: page.items.map((lease) => page.only(leaseJson(sources.clock, lease))),
      } satisfies LeasePage);
    },
  },
  {
    method: 'GET',
    path: '/api/calls',
    about: 'the calls that stand, the oldest first',
    query: {
      device: { meaning: 'a device that takes part: its name, hardware address or IPv4 address' },
      ...listQuery(CALL_LIST),
    },
    shape: 'CallPage',
    errors: ['query', 'page', 'unknown-device'],
    answer: (call, context) => {
      const { sources } = context;
      const { device, ...query } = call.req.query();
      const record = device === undefined ? undefined : deviceCalled(device, context);
      if (device !== undefined && record === undefined) return unknownDevice(call, device);
      const { calls } = sources;
      const wanted = record === undefined ? calls.calls() : calls.callsOf(record.configured.name);
      const page = listPage(CALL_LIST, wanted, query, undefined);
      if (!page.valid) return failure(call, page.code, page.message);
      return answered(call, {
        ...page.about,
        calls: page.items.map((one) => page.only(callJson(sources.clock, one))),
      } satisfies CallPage);
    },
  },
];
