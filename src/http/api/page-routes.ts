// The routes that the page reads besides those that everybody reads.

import { peerOf } from '../bounded-server.js';
import { FLEET_COLUMNS, fleetStream, readColumns } from './fleet-rows.js';
import type { SessionJson } from './fleet-shapes.js';
import { lengthOf, someOf } from './query.js';
import { type ApiCall, answered, failure, type Route } from './route.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const EVENT_STREAM = { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' };

/** What `readColumns` reads. */
const COLUMNS_KEY = {
  columns: {
    meaning: `the columns: some of ${FLEET_COLUMNS.join(',')}; else all`,
    schema: someOf(FLEET_COLUMNS),
    longest: lengthOf(FLEET_COLUMNS),
  },
};

const sourceOf = (call: ApiCall): string => peerOf(call.env.incoming.socket).address;

/** Answers with a stream of events. Hono answers HEAD with GET's answer and drops the body, which would never end. */
const streamed = (call: ApiCall, open: () => ReadableStream<Uint8Array> | undefined): Response => {
  if (call.req.method === 'HEAD') return call.body(null, 200, EVENT_STREAM);
  const stream = open();
  return stream === undefined
    ? failure(call, 'too-many-clients', 'as many clients listen as may')
    : call.body(stream, 200, EVENT_STREAM);
};

/** The fleet, its changes, the log, and the session of a browser. */
export const PAGE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/fleet',
    about: 'all devices as rows',
    query: COLUMNS_KEY,
    shape: 'FleetJson',
    isUntagged: true,
    example: { query: 'columns=name,status,since' },
    errors: ['query'],
    answer: (call, { sources }) => {
      const columns = readColumns(call.req.query('columns'));
      if (typeof columns === 'string') return failure(call, 'query', columns);
      if (call.req.method === 'HEAD') return call.body(null, 200, JSON_TYPE);
      return call.body(fleetStream(sources, columns), 200, JSON_TYPE);
    },
  },
  {
    method: 'GET',
    path: '/api/fleet/changes',
    about: 'the rows that change, as they do',
    query: COLUMNS_KEY,
    shape: { events: { rows: 'FleetBatch', sample: 'HistoryEvent', missed: 'MissedBatches' } },
    example: { query: 'columns=name,status,since' },
    errors: ['query', 'too-many-clients'],
    answer: (call, { fleet }) => {
      const columns = readColumns(call.req.query('columns'));
      if (typeof columns === 'string') return failure(call, 'query', columns);
      return streamed(call, () => fleet.open(columns, sourceOf(call)));
    },
  },
  {
    method: 'GET',
    path: '/api/log',
    about: 'the lines of the trace for people, as they are written',
    query: {},
    shape: { events: { lines: 'LogBatch', missed: 'MissedBatches' } },
    errors: ['query', 'too-many-clients'],
    answer: (call, { log }) => streamed(call, () => log.open(sourceOf(call))),
  },
  {
    method: 'GET',
    path: '/api/session',
    about: 'whether this client may change something',
    query: {},
    shape: 'SessionJson',
    errors: ['query'],
    answer: (call, { access }) =>
      answered(call, { changes: access.changes(call.req.header('cookie')) } satisfies SessionJson),
  },
  {
    // The guard has seen the token, or a session that is renewed.
    method: 'POST',
    path: '/api/session',
    about: 'begins the session of a browser that sends the token',
    query: {},
    shape: 'SessionJson',
    answerHeaders: { 'Set-Cookie': 'the session, where the API has a token' },
    errors: ['query', 'token'],
    answer: (call, { access }) => {
      if (access.sessions !== undefined) call.header('Set-Cookie', access.sessions.begin());
      return call.json({ changes: 'allowed' } satisfies SessionJson);
    },
  },
];
