// The routes of the HTTP API as one table. Each reads what the daemon shows it and answers in a shape of `shapes.ts`.

import { matchesWildcard } from '../../core/wildcards.js';
import type { DeviceRecord, Protocol } from '../../devices/device.js';
import type { DeviceCommand } from '../../devices/events.js';
import { RIS_STATUS } from '../../devices/registration.js';
import { peerOf } from '../bounded-server.js';
import { callJson } from './call-json.js';
import type { CallPage, DialJson } from './call-shapes.js';
import { isoTime } from './common-json.js';
import type { DiscoveryJson, DoctorJson, HealthJson } from './daemon-shapes.js';
import { deviceDetail, deviceSummary, leaseJson, stepJson, type WhyNot } from './device-json.js';
import { DEVICE_WRITE_ROUTES } from './device-write-routes.js';
import { findingOrNull } from './finding-json.js';
import { buildInfo, renderMetrics } from './metrics.js';
import { PAGE_ROUTES } from './page-routes.js';
import { DEFAULT_LIMIT, isLimit, MAX_LIMIT, pageOf } from './paging.js';
import { captureRequest, PCAP_QUERY, PCAPNG_TYPE } from './pcap-route.js';
import type { ApiSources, CommandOutcome } from './ports.js';
import { PAGE_KEYS } from './query.js';
import {
  type ApiCall,
  deviceCalled,
  failure,
  type Route,
  unknownDevice,
  withDevice,
  withDeviceOrUnknown,
} from './route.js';
import type { CommandJson, DevicePage, LeasePage, TimelineJson, UnknownPhonesJson } from './shapes.js';
import { adviceJson, UNKNOWN_WAITS_FOR, unknownDetail, unknownSummary } from './unknown-json.js';
import { VERDICT_ROUTES } from './verdict-routes.js';

/** What is known of a device besides its record. */
const whyOf = ({ timelines, verdicts, writer }: ApiSources, record: DeviceRecord): WhyNot => ({
  overrides: writer.overrides(record.configured.name),
  verdict: verdicts.verdictOf(record),
  waitsFor: timelines.waitsFor(record),
});

const OUTCOMES = {
  sent: { status: 202, message: 'sent' },
  'not-registered': { status: 409, message: 'the device is not registered' },
  unsupported: { status: 409, message: 'the protocol of the device has no such command' },
} as const satisfies Record<CommandOutcome, { status: number; message: string }>;

const commandRoute = (command: DeviceCommand): Route => ({
  method: 'POST',
  path: `/api/devices/:name/${command}`,
  query: {},
  answer: (call, context) =>
    withDevice(call, context, ({ configured: { name } }) => {
      const outcome = context.sources.command(name, command);
      const { status, message } = OUTCOMES[outcome];
      if (status !== 202) return failure(call, status, outcome, message);
      return call.json({ device: name, command, outcome } satisfies CommandJson, status);
    }),
});

const EVENT_STREAM = { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' };

const pcapHeaders = (name: string) => ({
  'Content-Type': PCAPNG_TYPE,
  'Content-Disposition': `attachment; filename="${name.replace(/[^\w.-]/g, '_')}.pcapng"`,
  'X-Accel-Buffering': 'no',
});

/** What to do so that packets are kept. */
const toCapture = (who: string, file: string): string =>
  `add \`capture: { devices: [${JSON.stringify(who)}] }\` to ${file} and reload it, or use --follow`;

const DIALLED = /^[0-9A-Za-z*#+]{1,64}$/;
const WANTED_NUMBER = '1 to 64 of digits, letters, *, # and +';

const STATUSES = [...new Set(Object.values(RIS_STATUS).map(({ name }) => name))];
const PROTOCOLS = ['SCCP', 'SIP'] as const satisfies readonly Protocol[];

/** All routes. A path with another method is answered 405. */
export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/healthz',
    answer: (call, { sources }) => {
      const { version, startedAt, clock, devices } = sources;
      const listeners = sources.listeners();
      const registered = devices.registered;
      const degradations = sources.degradations();
      // 200 even if degraded: phones are served, and a supervisor that restarts labcm would interrupt that.
      return call.json({
        status: degradations.length === 0 ? 'ok' : 'degraded',
        degradations: degradations.map(({ since, ...about }) => ({ ...about, since: isoTime(clock, since) })),
        version,
        startedAt: isoTime(clock, startedAt),
        devices: devices.size,
        registered,
        listeners,
      } satisfies HealthJson);
    },
  },
  {
    method: 'GET',
    path: '/api/devices',
    query: { status: STATUSES, protocol: PROTOCOLS, name: undefined, ...PAGE_KEYS },
    answer: (call, { sources }) => {
      const { status, protocol, name } = call.req.query();
      const filtered = filter(sources.devices.devices(), (record) => {
        if (name !== undefined && !matchesWildcard(name, record.configured.name)) return false;
        if (protocol !== undefined && record.configured.protocol.toLowerCase() !== protocol.toLowerCase()) return false;
        return status === undefined || RIS_STATUS[record.state].name.toLowerCase() === status.toLowerCase();
      });
      const page = pageOf(filtered, call.req.query());
      if (!page.valid) return failure(call, 400, 'page', page.message);
      const { items, ...about } = page;
      return call.json({
        total: about.total,
        offset: about.offset,
        limit: about.limit,
        devices: items.map((record) => deviceSummary(sources.clock, record, whyOf(sources, record))),
      } satisfies DevicePage);
    },
  },
  {
    method: 'GET',
    path: '/api/devices/:name',
    query: {},
    answer: (call, context) =>
      withDeviceOrUnknown(
        call,
        context,
        (record) => call.json(deviceDetail(context.sources.clock, record, whyOf(context.sources, record))),
        (phone) =>
          call.json(unknownDetail(context.sources.clock, phone, context.sources.verdicts.of(phone.name)?.verdict)),
      ),
  },
  {
    method: 'GET',
    path: '/api/devices/:name/timeline',
    query: {},
    answer: (call, context) =>
      withDeviceOrUnknown(
        call,
        context,
        ({ configured: { name } }) => {
          const { steps = [], waitsFor = null } = context.sources.timelines.of(name) ?? {};
          return call.json({
            device: name,
            steps: steps.map((step) => stepJson(context.sources.clock, step)),
            waitsFor,
            verdict: findingOrNull(context.sources.clock, context.sources.verdicts.of(name)?.verdict),
          } satisfies TimelineJson);
        },
        (phone) =>
          call.json({
            device: phone.name,
            steps: phone.steps.map((step) => stepJson(context.sources.clock, step)),
            waitsFor: UNKNOWN_WAITS_FOR,
            verdict: findingOrNull(context.sources.clock, context.sources.verdicts.of(phone.name)?.verdict),
            unknown: adviceJson(context.sources.clock, phone),
          } satisfies TimelineJson),
      ),
  },
  ...DEVICE_WRITE_ROUTES,
  ...PAGE_ROUTES,
  ...VERDICT_ROUTES,
  {
    method: 'GET',
    path: '/api/devices/:name/pcap',
    query: PCAP_QUERY,
    isGuarded: true,
    answer: (call, { sources, pcap }) => {
      const who = call.req.param('name') ?? '';
      const request = captureRequest(who, call.req.query());
      if (typeof request === 'string') return failure(call, 400, 'query', request);
      if (request.follow) {
        if (call.req.method === 'HEAD') return call.body(null, 200, { 'Content-Type': PCAPNG_TYPE });
        const opened = pcap.open(request);
        if (opened === undefined) return failure(call, 503, 'too-many-clients', 'as many clients follow as may');
        return call.body(opened.body, 200, pcapHeaders(opened.name));
      }
      const capture = sources.captures.file(request);
      if (capture.outcome === 'unknown') return unknownDevice(call);
      if (capture.outcome === 'off') return failure(call, 409, 'not-captured', toCapture(who, capture.file));
      const headers = { ...pcapHeaders(capture.name), 'X-Labcm-Packets': String(capture.packets) };
      return call.body(new Uint8Array(capture.octets), 200, headers);
    },
  },
  commandRoute('reset'),
  commandRoute('restart'),
  commandRoute('apply'),
  {
    method: 'GET',
    path: '/api/unknown-phones',
    query: { limit: undefined },
    answer: (call, { sources: { clock, timelines } }) => {
      const limit = call.req.query('limit') ?? String(DEFAULT_LIMIT);
      if (!isLimit(limit)) return failure(call, 400, 'page', `limit: found ${limit}, wanted 1 to ${MAX_LIMIT}`);
      const phones = timelines.newestUnknown(Number(limit)).map((phone) => unknownSummary(clock, phone));
      return call.json({ total: timelines.unknown, phones } satisfies UnknownPhonesJson);
    },
  },
  {
    method: 'GET',
    path: '/api/leases',
    query: PAGE_KEYS,
    answer: (call, { sources }) => {
      const page = pageOf(sources.leases(), call.req.query());
      if (!page.valid) return failure(call, 400, 'page', page.message);
      const { items, ...about } = page;
      return call.json({
        total: about.total,
        offset: about.offset,
        limit: about.limit,
        leases: items.map((lease) => leaseJson(sources.clock, lease)),
      } satisfies LeasePage);
    },
  },
  {
    method: 'GET',
    path: '/api/calls',
    query: { ...PAGE_KEYS, device: undefined },
    answer: (call, context) => {
      const { sources } = context;
      const { device, ...query } = call.req.query();
      const record = device === undefined ? undefined : deviceCalled(device, context);
      if (device !== undefined && record === undefined) return unknownDevice(call, device);
      const standing = sources.calls.calls();
      const wanted =
        record === undefined
          ? standing
          : standing.filter(({ legs }) => legs.some((leg) => leg.device === record.configured.name));
      const page = pageOf(wanted, query);
      if (!page.valid) return failure(call, 400, 'page', page.message);
      const { items, ...about } = page;
      return call.json({
        total: about.total,
        offset: about.offset,
        limit: about.limit,
        calls: items.map((standing) => callJson(sources.clock, standing)),
      } satisfies CallPage);
    },
  },
  {
    method: 'GET',
    path: '/api/dial',
    query: { number: undefined, from: undefined },
    answer: (call, context) => {
      const { number = '', from } = call.req.query();
      if (!DIALLED.test(number))
        return failure(call, 400, 'number', `number: found ${number}, wanted ${WANTED_NUMBER}`);
      const caller = from === undefined ? undefined : deviceCalled(from, context);
      if (from !== undefined && caller === undefined) return unknownDevice(call, from);
      const { number: target, ...result } = context.sources.calls.dial(number, caller?.configured.name);
      return call.json({ dialled: number, number: target ?? null, ...result } satisfies DialJson);
    },
  },
  {
    method: 'GET',
    path: '/api/doctor',
    query: {},
    answer: (call, { sources: { clock, doctor } }) => {
      const { readAt, refused, ...facts } = doctor.facts();
      return call.json({
        ...facts,
        readAt: isoTime(clock, readAt),
        refused: refused === undefined ? null : { at: isoTime(clock, refused.at), faults: refused.faults },
      } satisfies DoctorJson);
    },
  },
  {
    method: 'POST',
    path: '/api/doctor/discover',
    query: { interface: undefined },
    answer: async (call, { sources: { doctor } }) =>
      call.json((await doctor.discover(call.req.query('interface'))) satisfies DiscoveryJson),
  },
  {
    method: 'GET',
    path: '/api/events',
    query: { type: undefined, step: undefined, device: undefined },
    answer: (call, context) => {
      const { sources, feed } = context;
      const steps = listed(call, 'step');
      const unknown = steps.find((step) => !sources.eventOwners.steps.includes(step));
      if (unknown !== undefined)
        return failure(
          call,
          400,
          'query',
          `step: found ${unknown}, wanted one of ${sources.eventOwners.steps.join(', ')}`,
        );
      // Hono answers HEAD with GET's answer and drops the body; this body would never end.
      if (call.req.method === 'HEAD') return call.body(null, 200, EVENT_STREAM);
      const who = call.req.query('device');
      const device = who === undefined ? undefined : (deviceCalled(who, context)?.configured.name ?? who);
      const { address } = peerOf(call.env.incoming.socket);
      const stream = feed.open({ types: listed(call, 'type'), steps, device }, address, lastEventId(call));
      if (stream === undefined) return failure(call, 503, 'too-many-clients', 'as many clients listen as may');
      return call.body(stream, 200, EVENT_STREAM);
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    answer: async (call, { sources, collector: counts }) => {
      const { text, contentType } = await renderMetrics(
        [buildInfo(sources.version), ...counts.metrics(), ...sources.metrics()],
        counts.histograms,
      );
      return call.body(text, 200, { 'Content-Type': contentType });
    },
  },
];

function* filter<T>(items: Iterable<T>, keep: (item: T) => boolean): Iterable<T> {
  for (const item of items) if (keep(item)) yield item;
}

/** `?type=a,b&type=c` has three. */
const listed = (call: ApiCall, key: string): readonly string[] =>
  call.req.queries(key)?.flatMap((list) => list.split(',')) ?? [];

/** The event that a client got last (HTML §9.2.4). `undefined`: it says none, or one that is none of ours. */
const lastEventId = (call: ApiCall): number | undefined => {
  const written = call.req.header('Last-Event-ID') ?? '';
  return /^\d{1,16}$/.test(written) ? Number(written) : undefined;
};
