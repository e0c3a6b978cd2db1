// The routes of decoded messages.

import { SERVICES } from '../../capture/record.js';
import { parseWallTime, type WallTime } from '../../core/time.js';
import type { DeviceMessagesJson } from './message-shapes.js';
import { captureLine } from './pcap-route.js';
import type { QueryRules } from './query.js';
import { answered, failure, type Route, unknownDevice } from './route.js';

const EVENT_STREAM = { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' };

const MESSAGES_QUERY = {
  since: { meaning: 'ISO 8601 in UTC: only messages that are later; else all that are kept' },
  until: { meaning: 'ISO 8601 in UTC: only messages that are not later' },
  protocols: { meaning: `some of ${SERVICES.join(',')}; else all` },
} as const satisfies QueryRules;

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** The routes take no other zone: `+` in a query is a blank. */
const timeIn = (written: string): WallTime | undefined => (ISO.test(written) ? parseWallTime(written) : undefined);

/** The messages of a device: those that are kept, and those that come. */
export const MESSAGE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/devices/:name/messages',
    about: 'its messages, decoded, without passwords: the newest 200 of those that `capture` keeps',
    query: MESSAGES_QUERY,
    shape: 'DeviceMessagesJson',
    errors: ['query', 'unknown-device', 'not-captured', 'too-many-readings'],
    answer: async (call, { sources: { messages } }) => {
      const who = call.req.param('name') ?? '';
      const query = call.req.query();
      const times = { since: undefined as WallTime | undefined, until: undefined as WallTime | undefined };
      for (const key of ['since', 'until'] as const) {
        const written = query[key];
        if (written === undefined) continue;
        times[key] = timeIn(written);
        if (times[key] === undefined)
          return failure(call, 'query', `${key}: found ${written}, wanted a time such as 2026-11-25T09:00:00.000Z`);
      }
      const protocols: readonly string[] = query.protocols?.toLowerCase().split(',') ?? [...SERVICES, 'tls'];
      const stranger = protocols.find((name) => name !== 'tls' && !SERVICES.some((service) => service === name));
      if (stranger !== undefined)
        return failure(call, 'query', `protocols: found ${stranger}, wanted some of ${SERVICES.join(',')}`);
      const found = await messages.read({ who, ...times, protocols });
      if (found.outcome === 'unknown') return unknownDevice(call);
      if (found.outcome === 'off')
        return failure(call, 'not-captured', `add \`${captureLine(who)}\` to ${found.file} and reload it`);
      if (found.outcome === 'busy')
        return failure(
          call,
          'too-many-readings',
          `${found.unanswered} requests for messages are not answered yet, and this one was dropped; ask again`,
        );
      const { name: device, messages: list, leftOut } = found;
      return answered(call, { device, messages: list, leftOut } satisfies DeviceMessagesJson);
    },
  },
  {
    method: 'GET',
    path: '/api/devices/:name/messages/live',
    about: 'its messages as they come, decoded; its packets are kept while somebody reads',
    query: {},
    isGuarded: true,
    shape: { events: { messages: 'MessageBatch', missed: 'MissedBatches' } },
    errors: ['query', 'token', 'too-many-clients'],
    answer: (call, { messages }) => {
      // Hono answers HEAD with GET's answer and drops the body; this body would never end.
      if (call.req.method === 'HEAD') return call.body(null, 200, EVENT_STREAM);
      const stream = messages.open(call.req.param('name') ?? '');
      return stream === undefined
        ? failure(call, 'too-many-clients', 'as many clients read messages as may')
        : call.body(stream, 200, EVENT_STREAM);
    },
  },
];
