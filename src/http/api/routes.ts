// The routes of the HTTP API, as one table: each reads what the daemon lets it see, and shapes it as JSON.

import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { parseMacAddress } from '../../core/identifiers.js';
import { matchesWildcard } from '../../core/wildcards.js';
import type { DeviceRecord, Protocol } from '../../devices/device.js';
import type { DeviceCommand } from '../../devices/events.js';
import { RIS_STATUS } from '../../devices/registration.js';
import { peerOf } from '../bounded-server.js';
import { deviceDetail, deviceSummary, isoTime, leaseJson, stepJson } from './device-json.js';
import type { EventFeed } from './event-feed.js';
import { buildInfo, renderMetrics } from './metrics.js';
import type { MetricsCollector } from './metrics-collector.js';
import { DEFAULT_LIMIT, isLimit, MAX_LIMIT, pageOf } from './paging.js';
import type { ApiSources, ApiUnknownPhone, CommandOutcome } from './ports.js';
import { PAGE_KEYS, type QueryRules } from './query.js';
import type {
  CommandJson,
  DevicePage,
  ErrorJson,
  HealthJson,
  LeasePage,
  TimelineJson,
  UnknownPhonesJson,
} from './shapes.js';
import { adviceJson, UNKNOWN_WAITS_FOR, unknownDetail, unknownSummary } from './unknown-json.js';

/** What routes answer from. */
export interface RouteContext {
  readonly sources: ApiSources;
  readonly collector: MetricsCollector;
  readonly feed: EventFeed;
}

export type ApiCall = Context<{ Bindings: HttpBindings }>;

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** What its query may hold; absent: it is not looked at. */
  readonly query?: QueryRules;
  readonly answer: (call: ApiCall, context: RouteContext) => Response | Promise<Response>;
}

export const failure = (
  call: ApiCall,
  status: 400 | 401 | 403 | 404 | 405 | 409 | 500 | 503,
  code: string,
  message: string,
) => call.json({ error: { code, message } } satisfies ErrorJson, status);

/** The device that the path names: by its name in any case, its hardware address in any spelling, or its address. */
const deviceOf = (call: ApiCall, { sources: { devices } }: RouteContext): DeviceRecord | undefined => {
  const who = call.req.param('name') ?? '';
  const mac = parseMacAddress(who);
  return devices.byName(who) ?? (mac === undefined ? devices.byAddress(who) : devices.byMac(mac));
};

const unknownDevice = (call: ApiCall) =>
  failure(call, 404, 'unknown-device', `no device is called ${call.req.param('name') ?? ''}`);

/** Calls back with the device of the path, or answers that there is none. */
const withDevice = (
  call: ApiCall,
  context: RouteContext,
  answer: (record: DeviceRecord) => Response | Promise<Response>,
): Response | Promise<Response> => {
  const record = deviceOf(call, context);
  return record === undefined ? unknownDevice(call) : answer(record);
};

/** The same; of somebody who was heard of and is no device, with that. */
const withDeviceOrUnknown = (
  call: ApiCall,
  context: RouteContext,
  answer: (record: DeviceRecord) => Response,
  answerUnknown: (phone: ApiUnknownPhone) => Response,
): Response => {
  const record = deviceOf(call, context);
  if (record !== undefined) return answer(record);
  const phone = context.sources.timelines.unknownPhone(call.req.param('name') ?? '');
  return phone === undefined ? unknownDevice(call) : answerUnknown(phone);
};

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

const STATUSES = [...new Set(Object.values(RIS_STATUS).map(({ name }) => name))];
const PROTOCOLS = ['SCCP', 'SIP'] as const satisfies readonly Protocol[];

export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/healthz',
    answer: (call, { sources }) => {
      const { version, startedAt, clock, devices } = sources;
      const listeners = sources.listeners();
      const registered = devices.registered;
      const degradations = sources.degradations();
      // 200 either way: phones are served, and whoever restarts what is not healthy would end that.
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
        devices: items.map((record) => deviceSummary(sources.clock, record, sources.timelines.waitsFor(record))),
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
        (record) => call.json(deviceDetail(context.sources.clock, record, context.sources.timelines.waitsFor(record))),
        (phone) => call.json(unknownDetail(context.sources.clock, phone)),
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
          } satisfies TimelineJson);
        },
        (phone) =>
          call.json({
            device: phone.name,
            steps: phone.steps.map((step) => stepJson(context.sources.clock, step)),
            waitsFor: UNKNOWN_WAITS_FOR,
            unknown: adviceJson(context.sources.clock, phone),
          } satisfies TimelineJson),
      ),
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
    path: '/api/events',
    query: { type: undefined, device: undefined },
    answer: (call, { feed }) => {
      // Hono answers HEAD by GET's answer without its body, which here would never end.
      if (call.req.method === 'HEAD') return call.body(null, 200, EVENT_STREAM);
      const types = call.req.queries('type')?.flatMap((list) => list.split(',')) ?? [];
      const { address } = peerOf(call.env.incoming.socket);
      const stream = feed.open({ types, device: call.req.query('device') }, address);
      if (stream === undefined) return failure(call, 503, 'too-many-clients', 'as many clients listen as may');
      return call.body(stream, 200, EVENT_STREAM);
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    answer: async (call, { sources, collector: counts }) => {
      const { text, contentType } = await renderMetrics([
        buildInfo(sources.version),
        ...counts.metrics(),
        ...sources.metrics(),
      ]);
      return call.body(text, 200, { 'Content-Type': contentType });
    },
  },
];

function* filter<T>(items: Iterable<T>, keep: (item: T) => boolean): Iterable<T> {
  for (const item of items) if (keep(item)) yield item;
}
