// The routes of the HTTP API as one table. Each reads what the daemon shows it and answers in a shape of `shapes.ts`. `/api/openapi.json`
// and `docs/api.md` are made of this table.

import type { DeviceCommand } from '../../devices/events.js';
import { peerOf } from '../bounded-server.js';
import { trunkJson } from './call-json.js';
import type { DialJson } from './call-shapes.js';
import { CAPF_ROUTES } from './capf-routes.js';
import { COMMAND_ROUTES } from './command-routes.js';
import { DAEMON_ROUTES } from './daemon-routes.js';
import { deviceDetail } from './device-json.js';
import { unknownTimelineJson, wholeTimelineJson } from './device-view-json.js';
import { DEVICE_VIEW_ROUTES } from './device-view-routes.js';
import { DEVICE_WRITE_ROUTES } from './device-write-routes.js';
import { DRILL_ROUTES } from './drill-routes.js';
import { FAULT_ROUTES } from './fault-routes.js';
import { FILE_ROUTES } from './file-routes.js';
import { LINE_ROUTES } from './line-routes.js';
import { LIST_ROUTES, whyOf } from './list-routes.js';
import { MESSAGE_ROUTES } from './message-routes.js';
import { NODE_ROUTES } from './node-routes.js';
import { PAGE_ROUTES } from './page-routes.js';
import { captureLine, captureRequest, PCAP_QUERY, PCAPNG_TYPE } from './pcap-route.js';
import type { CommandOutcome } from './ports.js';
import { PUSH_ROUTE } from './push-route.js';
import {
  type ApiCall,
  answered,
  deviceCalled,
  failure,
  type Route,
  silentNode,
  unknownDevice,
  withDevice,
  withDeviceOrUnknown,
} from './route.js';
import type { CommandJson, TrunksJson } from './shapes.js';
import { unknownDetail } from './unknown-json.js';
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
  statuses: { 202: 'it was sent' },
  errors: ['query', 'token', 'unknown-device', 'not-registered', 'unsupported', 'node-silent'],
  answer: (call, context) =>
    withDevice(call, context, async ({ configured: { name } }) => {
      const outcome = await context.sources.command(name, command);
      if (typeof outcome === 'object') return silentNode(call, outcome.silent);
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
  `add \`${captureLine(who)}\` to ${file} and reload it, or use --follow`;

const DIALLED = /^[0-9A-Za-z*#+]{1,64}$/;
const WANTED_NUMBER = '1 to 64 of digits, letters, *, # and +';

/** Characters of all types that a client of the feed names: each event is compared with them. */
const LONGEST_TYPES = 1_024;

/** All routes. A path with another method is answered 405. */
export const ROUTES: readonly Route[] = [
  ...DAEMON_ROUTES,
  ...LIST_ROUTES,
  ...DRILL_ROUTES,
  {
    method: 'GET',
    path: '/api/devices/:name',
    about: 'all that is known of a device, or of a phone that nobody configured',
    query: {},
    shape: ['DeviceDetail', 'UnknownDetail'],
    errors: ['query', 'unknown-device'],
    answer: (call, context) =>
      withDeviceOrUnknown(
        call,
        context,
        (record) =>
          answered(
            call,
            deviceDetail(context.sources.clock, record, whyOf(context.sources, record)),
            context.revisions.of(record.configured),
          ),
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
        async (record) => answered(call, await wholeTimelineJson(context.sources, record)),
        (phone) => answered(call, unknownTimelineJson(context.sources, phone)),
      ),
  },
  ...DEVICE_WRITE_ROUTES,
  ...LINE_ROUTES,
  ...PAGE_ROUTES,
  ...VERDICT_ROUTES,
  ...DEVICE_VIEW_ROUTES,
  ...MESSAGE_ROUTES,
  ...FILE_ROUTES,
  ...NODE_ROUTES,
  ...CAPF_ROUTES,
  ...COMMAND_ROUTES,
  ...FAULT_ROUTES,
  {
    method: 'GET',
    path: '/api/devices/:name/pcap',
    about: 'its packets, as a file or as they come',
    query: PCAP_QUERY,
    isGuarded: true,
    shape: { media: PCAPNG_TYPE, file: 'phone.pcapng' },
    answerHeaders: {
      'Content-Disposition': 'a name for the file',
      'X-Labcm-Packets': 'how many packets the file has; missing where packets are sent as they come',
    },
    example: { query: 'since=10m&redact=true' },
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
  PUSH_ROUTE,
  {
    method: 'GET',
    path: '/api/dial',
    about: 'what a number would do',
    query: {
      number: {
        meaning: `what is dialled: ${WANTED_NUMBER}`,
        isRequired: true,
        schema: { type: 'string', pattern: DIALLED.source },
      },
      from: { meaning: 'the device that dials: its name, hardware address or IPv4 address; else nobody' },
    },
    shape: 'DialJson',
    example: { query: 'number=5002&from=SEP001122334455' },
    errors: ['query', 'number', 'unknown-device'],
    answer: (call, context) => {
      const { number = '', from } = call.req.query();
      if (!DIALLED.test(number)) {
        const fault = { key: 'number', found: JSON.stringify(number), wanted: WANTED_NUMBER };
        return failure(call, 'number', `number: found ${fault.found}, wanted ${fault.wanted}`, undefined, [fault]);
      }
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
    path: '/api/events',
    about: 'what happens, as it does',
    query: {
      type: {
        meaning: 'types of events (`docs/events.md`), such as `device.registered,device.rejected`; else all',
        longest: LONGEST_TYPES,
      },
      step: { meaning: 'steps of a boot, such as `dhcp,tftp`; else all' },
      device: { meaning: 'a device: its name, hardware address or IPv4 address; else everything' },
    },
    headers: { 'Last-Event-ID': 'the `id` of the last event that the client got: it goes on from there' },
    shape: { events: { '*': 'EventJson', missed: 'MissedEvents' } },
    example: { query: 'device=SEP001122334455&type=device.*' },
    errors: ['query', 'too-many-clients'],
    answer: (call, context) => {
      const { sources, feed } = context;
      const [types, steps] = [listed(call, 'type'), listed(call, 'step')];
      const { length } = types.join(',');
      if (length > LONGEST_TYPES)
        return failure(call, 'query', `type: found ${length} characters, wanted at most ${LONGEST_TYPES}`);
      const unknown = steps.find((step) => !sources.eventOwners.steps.includes(step));
      if (unknown !== undefined)
        return failure(call, 'query', `step: found ${unknown}, wanted one of ${sources.eventOwners.steps.join(', ')}`);
      // Hono answers HEAD with GET's answer and drops the body; this body would never end.
      if (call.req.method === 'HEAD') return call.body(null, 200, EVENT_STREAM);
      const who = call.req.query('device');
      const device = who === undefined ? undefined : (deviceCalled(who, context)?.configured.name ?? who);
      const { address } = peerOf(call.env.incoming.socket);
      const stream = feed.open({ types, steps, device }, address, lastEventId(call));
      if (stream === undefined) return failure(call, 'too-many-clients', 'as many clients listen as may');
      return call.body(stream, 200, EVENT_STREAM);
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
