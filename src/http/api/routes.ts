// The routes of the HTTP API as one table. Each reads what the daemon shows it and answers in a shape of `shapes.ts`.

import type { DeviceCommand } from '../../devices/events.js';
import { peerOf } from '../bounded-server.js';
import { trunkJson } from './call-json.js';
import type { DialJson, TrunksJson } from './call-shapes.js';
import { isoTime } from './common-json.js';
import type { DiscoveryJson, DoctorJson, HealthJson } from './daemon-shapes.js';
import { deviceDetail, stepJson } from './device-json.js';
import { DEVICE_WRITE_ROUTES } from './device-write-routes.js';
import { findingOrNull } from './finding-json.js';
import { LIST_ROUTES, whyOf } from './list-routes.js';
import { buildInfo, renderMetrics } from './metrics.js';
import { PAGE_ROUTES } from './page-routes.js';
import { captureRequest, PCAP_QUERY, PCAPNG_TYPE } from './pcap-route.js';
import type { CommandOutcome } from './ports.js';
import {
  type ApiCall,
  answered,
  deviceCalled,
  failure,
  type Route,
  unknownDevice,
  withDevice,
  withDeviceOrUnknown,
} from './route.js';
import type { CommandJson, TimelineJson } from './shapes.js';
import { adviceJson, UNKNOWN_WAITS_FOR, unknownDetail } from './unknown-json.js';
import { VERDICT_ROUTES } from './verdict-routes.js';

const NOT_SENT = {
  'not-registered': 'the device is not registered',
  unsupported: 'the protocol of the device has no such command',
} as const satisfies Record<Exclude<CommandOutcome, 'sent'>, string>;

const commandRoute = (command: DeviceCommand): Route => ({
  method: 'POST',
  path: `/api/devices/:name/${command}`,
  about: `sends a registered device ${command}`,
  query: {},
  shape: 'CommandJson',
  errors: ['query', 'token', 'unknown-device', 'not-registered', 'unsupported'],
  answer: (call, context) =>
    withDevice(call, context, ({ configured: { name } }) => {
      const outcome = context.sources.command(name, command);
      if (outcome !== 'sent') return failure(call, outcome, NOT_SENT[outcome]);
      return call.json({ device: name, command, outcome } satisfies CommandJson, 202);
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

/** All routes. A path with another method is answered 405. */
export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/healthz',
    about: 'whether the daemon works, and what it listens on; for anybody',
    shape: 'HealthJson',
    errors: [],
    answer: (call, { sources }) => {
      const { version, startedAt, clock, devices } = sources;
      const listeners = sources.listeners();
      const registered = devices.registered;
      const degradations = sources.degradations();
      // 200 even if degraded: phones are served, and a supervisor that restarts labcm would interrupt that.
      return answered(call, {
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
  ...LIST_ROUTES,
  {
    method: 'GET',
    path: '/api/devices/:name',
    about: 'all that is known of a device, or of a phone that nobody configured',
    query: {},
    shape: 'DeviceDetail, UnknownDetail',
    errors: ['query', 'unknown-device'],
    answer: (call, context) =>
      withDeviceOrUnknown(
        call,
        context,
        (record) => answered(call, deviceDetail(context.sources.clock, record, whyOf(context.sources, record))),
        (phone) =>
          answered(call, unknownDetail(context.sources.clock, phone, context.sources.verdicts.of(phone.name)?.verdict)),
      ),
  },
  {
    method: 'GET',
    path: '/api/devices/:name/timeline',
    about: 'its boot over all protocols, and what it waits for now',
    query: {},
    shape: 'TimelineJson',
    errors: ['query', 'unknown-device'],
    answer: (call, context) =>
      withDeviceOrUnknown(
        call,
        context,
        ({ configured: { name } }) => {
          const { steps = [], waitsFor = null } = context.sources.timelines.of(name) ?? {};
          return answered(call, {
            device: name,
            steps: steps.map((step) => stepJson(context.sources.clock, step)),
            waitsFor,
            verdict: findingOrNull(context.sources.clock, context.sources.verdicts.of(name)?.verdict),
          } satisfies TimelineJson);
        },
        (phone) =>
          answered(call, {
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
    about: 'its packets, as a file or as they come',
    query: PCAP_QUERY,
    isGuarded: true,
    shape: 'pcapng',
    errors: ['query', 'token', 'unknown-device', 'not-captured', 'too-many-clients'],
    answer: (call, { sources, pcap }) => {
      const who = call.req.param('name') ?? '';
      const request = captureRequest(who, call.req.query());
      if (typeof request === 'string') return failure(call, 'query', request);
      if (request.follow) {
        if (call.req.method === 'HEAD') return call.body(null, 200, { 'Content-Type': PCAPNG_TYPE });
        const opened = pcap.open(request);
        if (opened === undefined) return failure(call, 'too-many-clients', 'as many clients follow as may');
        return call.body(opened.body, 200, pcapHeaders(opened.name));
      }
      const capture = sources.captures.file(request);
      if (capture.outcome === 'unknown') return unknownDevice(call);
      if (capture.outcome === 'off') return failure(call, 'not-captured', toCapture(who, capture.file));
      const headers = { ...pcapHeaders(capture.name), 'X-Labcm-Packets': String(capture.packets) };
      return call.body(new Uint8Array(capture.octets), 200, headers);
    },
  },
  commandRoute('reset'),
  commandRoute('restart'),
  commandRoute('apply'),
  {
    method: 'GET',
    path: '/api/dial',
    about: 'what a number would do',
    query: {
      number: { meaning: `what is dialled: ${WANTED_NUMBER}` },
      from: { meaning: 'the device that dials: its name, hardware address or IPv4 address; else nobody' },
    },
    shape: 'DialJson',
    errors: ['query', 'number', 'unknown-device'],
    answer: (call, context) => {
      const { number = '', from } = call.req.query();
      if (!DIALLED.test(number)) return failure(call, 'number', `number: found ${number}, wanted ${WANTED_NUMBER}`);
      const caller = from === undefined ? undefined : deviceCalled(from, context);
      if (from !== undefined && caller === undefined) return unknownDevice(call, from);
      const { number: target, ...result } = context.sources.calls.dial(number, caller?.configured.name);
      return answered(call, { dialled: number, number: target ?? null, ...result } satisfies DialJson);
    },
  },
  {
    method: 'GET',
    path: '/api/trunks',
    about: 'the trunks to other PBXs, and whether they are up',
    query: {},
    shape: 'TrunksJson',
    errors: ['query'],
    answer: (call, { sources: { clock, trunks } }) =>
      answered(call, { trunks: trunks().map((trunk) => trunkJson(clock, trunk)) } satisfies TrunksJson),
  },
  {
    method: 'GET',
    path: '/api/doctor',
    about: 'what `labcm doctor` asks of the daemon',
    query: {},
    shape: 'DoctorJson',
    errors: ['query'],
    answer: (call, { sources: { clock, doctor } }) => {
      const { readAt, refused, ...facts } = doctor.facts();
      return answered(call, {
        ...facts,
        readAt: isoTime(clock, readAt),
        refused: refused === undefined ? null : { at: isoTime(clock, refused.at), faults: refused.faults },
      } satisfies DoctorJson);
    },
  },
  {
    method: 'POST',
    path: '/api/doctor/discover',
    about: 'what other DHCP servers offer',
    query: { interface: { meaning: 'the network interface; else that of the DHCP service' } },
    shape: 'DiscoveryJson',
    errors: ['query', 'token'],
    answer: async (call, { sources: { doctor } }) =>
      call.json((await doctor.discover(call.req.query('interface'))) satisfies DiscoveryJson),
  },
  {
    method: 'GET',
    path: '/api/events',
    about: 'what happens, as it does',
    query: {
      type: { meaning: 'types of events (`docs/events.md`), such as `device.registered,device.rejected`; else all' },
      step: { meaning: 'steps of a boot, such as `dhcp,tftp`; else all' },
      device: { meaning: 'a device: its name, hardware address or IPv4 address; else everything' },
    },
    shape: 'events',
    errors: ['query', 'too-many-clients'],
    answer: (call, context) => {
      const { sources, feed } = context;
      const steps = listed(call, 'step');
      const unknown = steps.find((step) => !sources.eventOwners.steps.includes(step));
      if (unknown !== undefined)
        return failure(call, 'query', `step: found ${unknown}, wanted one of ${sources.eventOwners.steps.join(', ')}`);
      // Hono answers HEAD with GET's answer and drops the body; this body would never end.
      if (call.req.method === 'HEAD') return call.body(null, 200, EVENT_STREAM);
      const who = call.req.query('device');
      const device = who === undefined ? undefined : (deviceCalled(who, context)?.configured.name ?? who);
      const { address } = peerOf(call.env.incoming.socket);
      const stream = feed.open({ types: listed(call, 'type'), steps, device }, address, lastEventId(call));
      if (stream === undefined) return failure(call, 'too-many-clients', 'as many clients listen as may');
      return call.body(stream, 200, EVENT_STREAM);
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    about: 'counters for Prometheus',
    shape: 'text',
    errors: [],
    answer: async (call, { sources, collector: counts }) => {
      const { text, contentType } = await renderMetrics(
        [buildInfo(sources.version), ...counts.metrics(), ...sources.metrics()],
        counts.histograms,
      );
      return call.body(text, 200, { 'Content-Type': contentType });
    },
  },
];

/** `?type=a,b&type=c` has three. */
const listed = (call: ApiCall, key: string): readonly string[] =>
  call.req.queries(key)?.flatMap((list) => list.split(',')) ?? [];

/** The event that a client got last (HTML §9.2.4). `undefined`: it says none, or one that is none of ours. */
const lastEventId = (call: ApiCall): number | undefined => {
  const written = call.req.header('Last-Event-ID') ?? '';
  return /^\d{1,16}$/.test(written) ? Number(written) : undefined;
};
