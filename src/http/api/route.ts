// What the routes of the API have in common: the form of a row of their table, and how a device of the path is found.

import { createHash } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { parseMacAddress } from '../../core/identifiers.js';
import type { DeviceRecord } from '../../devices/device.js';
import { namesTag } from '../entity-tag.js';
import type { AskedFiles } from './asked-files.js';
import type { CommandRuns } from './command-runs.js';
import type { WriteGate } from './device-write-routes.js';
import { ERRORS, type ErrorCode, errorJson, type StatusOf } from './errors.js';
import type { EventFeed } from './event-feed.js';
import type { ApiUnknownPhone } from './explain-ports.js';
import type { FleetChanges } from './fleet-changes.js';
import type { ChangeAccess, GuardedRequest } from './guard.js';
import type { History } from './history.js';
import type { LogFeed } from './log-feed.js';
import type { MetricsCollector } from './metrics-collector.js';
import type { PcapStreams } from './pcap-route.js';
import type { ApiSources } from './ports.js';
import type { QueryRules } from './query.js';

/** What routes read from. */
export interface RouteContext {
  readonly sources: ApiSources;
  readonly fleet: FleetChanges;
  readonly log: LogFeed;
  readonly access: ChangeAccess;
  readonly collector: MetricsCollector;
  readonly feed: EventFeed;
  readonly pcap: PcapStreams;
  readonly history: History;
  readonly files: AskedFiles;
  readonly commands: CommandRuns;
  /** Lets changes of devices in. */
  readonly gate: WriteGate;
  /** Whether a request has the token of the API. */
  hasToken(request: GuardedRequest): boolean;
}

/** One request of the API, as Hono gives it. */
export type ApiCall = Context<{ Bindings: HttpBindings }>;

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
  /** The answer: an interface of the files `*shapes.ts`, or what else it is. */
  readonly shape: string;
  /** What it may answer instead, besides `COMMON_ERRORS`. */
  readonly errors: readonly ErrorCode[];
  readonly answer: (call: ApiCall, context: RouteContext) => Response | Promise<Response>;
}

/** The answer to a request that failed. */
export const failure = <C extends ErrorCode>(
  call: ApiCall,
  code: C,
  message: string,
  status: StatusOf<C> = ERRORS[code].statuses[0],
) => call.json(errorJson(code, message), status);

/**
 * Answers GET with JSON and an ETag; 304 where the client has the answer already. The tag is weak: it is that of the JSON,
 * not of the octets that are sent.
 */
export const answered = (call: ApiCall, value: object): Response => {
  const body = JSON.stringify(value);
  const tag = `W/"${createHash('sha1').update(body).digest('base64url')}"`;
  if (namesTag(call.req.header('If-None-Match'), tag)) return call.body(null, 304, { ETag: tag });
  return call.body(body, 200, { 'Content-Type': 'application/json', ETag: tag });
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
  answer: (record: DeviceRecord) => Response,
  answerUnknown: (phone: ApiUnknownPhone) => Response,
): Response => {
  const record = deviceOf(call, context);
  if (record !== undefined) return answer(record);
  const phone = context.sources.timelines.unknownPhone(call.req.param('name') ?? '');
  return phone === undefined ? unknownDevice(call) : answerUnknown(phone);
};
