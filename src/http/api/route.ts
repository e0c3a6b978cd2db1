// What the routes of the API have in common: the form of a row of their table, and how a device of the path is found.

import { hash } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { parseMacAddress } from '../../core/identifiers.js';
import type { DeviceRecord } from '../../devices/device.js';
import { peerOf } from '../bounded-server.js';
import { namesTag } from '../entity-tag.js';
import type { AskedFiles } from './asked-files.js';
import type { CommandRuns } from './command-runs.js';
import type { DeviceChanges } from './device-changes.js';
import type { WriteGate } from './device-write-routes.js';
import { ERRORS, type ErrorCode, errorJson, type StatusOf } from './errors.js';
import type { EventFeed } from './event-feed.js';
import type { ApiUnknownPhone } from './explain-ports.js';
import type { FleetChanges } from './fleet-changes.js';
import type { ChangeAccess, GuardedRequest } from './guard.js';
import type { History } from './history.js';
import type { LogFeed } from './log-feed.js';
import type { MessageStreams } from './message-streams.js';
import type { MetricsCollector } from './metrics-collector.js';
import type { PcapStreams } from './pcap-route.js';
import type { ApiSources } from './ports.js';
import type { QueryRules } from './query.js';
import type { Revisions } from './revisions.js';
import type { ShapeName, WriteFault } from './shapes.js';
import type { Turns } from './turns.js';

/** What routes read from. */
export interface RouteContext {
  readonly sources: ApiSources;
  readonly fleet: FleetChanges;
  readonly log: LogFeed;
  readonly access: ChangeAccess;
  readonly collector: MetricsCollector;
  readonly feed: EventFeed;
  readonly pcap: PcapStreams;
  /** `/api/openapi.json`. */
  document(): Promise<object>;
  /** Names the configurations of devices, for `If-Match`. */
  readonly revisions: Revisions;
  readonly messages: MessageStreams;
  readonly deviceChanges: DeviceChanges;
  readonly history: History;
  readonly files: AskedFiles;
  readonly commands: CommandRuns;
  /** Lets changes of devices in. */
  readonly gate: WriteGate;
  /** Divides what takes long among turns of the event loop. */
  readonly turns: Turns;
  /** Whether a request has the token of the API. */
  hasToken(request: GuardedRequest): boolean;
}

/** One request of the API, as Hono gives it. */
export type ApiCall = Context<{ Bindings: HttpBindings }>;

/** The address of who asks. */
export const askerOf = (call: ApiCall): string => peerOf(call.env.incoming.socket).address;

/** The bodies that are made of the schema of a device in the configuration (`openapi/schemas.ts`). */
export type DeviceBodyName = 'NewDevices' | 'WholeDevice' | 'DevicePatch';

/**
 * What a route answers with: JSON of a shape, or of one of several; a stream of events, by name, with the shape of their data (`*`: any
 * other name); or something of another media type, and the name of a file to keep it in.
 */
export type AnswerShape =
  | ShapeName
  | readonly ShapeName[]
  | { readonly events: Readonly<Record<string, ShapeName>> }
  | { readonly media: string; readonly file?: string };

/** One row of the table. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** What it is for, as `docs/api.md` says it. */
  readonly about: string;
  /** The keys that its query may have; absent: the query is not checked. */
  readonly query?: QueryRules;
  /** It needs the token as a change does: its answer holds secrets. */
  readonly isGuarded?: true;
  /** Headers of the request that it looks at, with what they mean. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body of the request: a shape, or one of the schemas of devices. `example` is for the documentation. */
  readonly body?: { readonly shape: ShapeName | DeviceBodyName; readonly example: object };
  /** What it answers with. */
  readonly shape: AnswerShape;
  /** The statuses of that, with what they mean; else 200. */
  readonly statuses?: Readonly<Partial<Record<200 | 201 | 202, string>>>;
  /** Headers of the answer, with what they mean. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** The answer to GET has no `ETag`: it is sent piece by piece. */
  readonly isUntagged?: true;
  /** Anybody may ask, by any name. */
  readonly isOpen?: true;
  /** For the documentation; without an answer, one is put together from the examples of the shape. */
  readonly example?: { readonly query?: string; readonly answer?: unknown };
  /** What it may answer instead, besides `COMMON_ERRORS`. */
  readonly errors: readonly ErrorCode[];
  readonly answer: (call: ApiCall, context: RouteContext) => Response | Promise<Response>;
}

/** The answer to a request that failed. Who asks too often may try again in a second. */
export const failure = <C extends ErrorCode>(
  call: ApiCall,
  code: C,
  message: string,
  status: StatusOf<C> = ERRORS[code].statuses[0],
  faults?: readonly WriteFault[],
) => {
  if (status === 429) call.header('Retry-After', '1');
  return call.json(errorJson(code, message, faults), status);
};

/** Tells `@hono/node-server` that node has the answer already. */
const ALREADY_SENT = new Response(null, { headers: { 'x-hono-already-sent': 'true' } });

/**
 * Answers GET with JSON and an ETag; 304 where the client has the answer already. The tag is weak: it is that of the JSON,
 * not of the octets that are sent. `revision` stands before it, with a dot: that of what PUT, PATCH and DELETE change. The
 * body goes straight to node: a `Response` would make a stream of it first, which takes a
 * seventh of the time of such an answer.
 */
export const answered = (call: ApiCall, value: object, revision?: string): Response => {
  const body = JSON.stringify(value);
  const tag = `W/"${revision === undefined ? '' : `${revision}.`}${hash('sha1', body, 'base64url')}"`;
  if (namesTag(call.req.header('If-None-Match'), tag)) return call.body(null, 304, { ETag: tag });
  const { outgoing } = call.env;
  outgoing.setHeader('Content-Type', 'application/json').setHeader('ETag', tag);
  outgoing.setHeader('Content-Length', Buffer.byteLength(body)).end(body);
  return ALREADY_SENT;
};

/** Finds a device: by name in any case, by hardware address in any spelling, or by IP address. */
export const deviceCalled = (who: string, { sources: { devices } }: RouteContext): DeviceRecord | undefined => {
  const mac = parseMacAddress(who);
  return devices.byName(who) ?? (mac === undefined ? devices.byAddress(who) : devices.byMac(mac));
};

const deviceOf = (call: ApiCall, context: RouteContext): DeviceRecord | undefined =>
  deviceCalled(call.req.param('name') ?? '', context);

/** 404: nobody is called so. */
export const unknownDevice = (call: ApiCall, who = call.req.param('name') ?? '') =>
  failure(call, 'unknown-device', `no device is called ${who}`);

/** 504: the device is registered with that node, which did not answer. */
export const silentNode = (call: ApiCall, node: string) =>
  failure(call, 'node-silent', `the device is registered with node ${node}, which did not answer`);

/** Calls `answer` with the device of the path, or answers 404. */
export const withDevice = (
  call: ApiCall,
  context: RouteContext,
  answer: (record: DeviceRecord) => Response | Promise<Response>,
): Response | Promise<Response> => {
  const record = deviceOf(call, context);
  return record === undefined ? unknownDevice(call) : answer(record);
};

/** The same, but calls `answerUnknown` where the path names a phone that labcm has seen and nobody configured. */
export const withDeviceOrUnknown = (
  call: ApiCall,
  context: RouteContext,
  answer: (record: DeviceRecord) => Response | Promise<Response>,
  answerUnknown: (phone: ApiUnknownPhone) => Response,
): Response | Promise<Response> => {
  const record = deviceOf(call, context);
  if (record !== undefined) return answer(record);
  const phone = context.sources.timelines.unknownPhone(call.req.param('name') ?? '');
  return phone === undefined ? unknownDevice(call) : answerUnknown(phone);
};
