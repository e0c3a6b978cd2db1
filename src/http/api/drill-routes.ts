// The routes for drills: what happens to a call manager, on purpose.

import { days, milliseconds } from '../../core/time.js';
import { isoTime } from './common-json.js';
import type { ClockJson, ExpiredJson } from './drill-shapes.js';
import type { ApiSources } from './ports.js';
import { readBody } from './request-body.js';
import { askerOf, failure, type Route } from './route.js';

const FARTHEST = days(3650);
const WANTED = `an object such as { "ahead": 3600000 }, in milliseconds, from -${FARTHEST} to ${FARTHEST}`;

/** What a body asks for; `undefined`: it is no such object. */
const aheadIn = (body: unknown): number | undefined => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const { ahead, ...others } = body as Readonly<Record<string, unknown>>;
  const isRight = Number.isInteger(ahead) && Math.abs(Number(ahead)) <= FARTHEST && Object.keys(others).length === 0;
  return isRight ? Number(ahead) : undefined;
};

const clockJson = ({ clock, drills }: ApiSources): ClockJson => ({
  now: isoTime(clock, clock.now()),
  ahead: drills.ahead(),
});

/** All of them. */
export const DRILL_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/api/registrations/expire',
    about: 'ends every registration of this node as if its phone had fallen silent',
    query: {},
    shape: 'ExpiredJson',
    errors: ['query', 'token'],
    answer: (call, { sources }) => call.json({ ended: sources.drills.expireAll(askerOf(call)) } satisfies ExpiredJson),
  },
  {
    method: 'GET',
    path: '/api/clock',
    about: 'the time that people read, and how far it is ahead of the clock of the machine',
    query: {},
    shape: 'ClockJson',
    // It is another one each time.
    isUntagged: true,
    errors: ['query'],
    answer: (call, { sources }) => call.json(clockJson(sources)),
  },
  {
    method: 'PUT',
    path: '/api/clock',
    about: 'sets the time that people read, until the next restart; what is measured does not know of it',
    query: {},
    body: { shape: 'ClockBody', example: { ahead: 3_600_000 } },
    shape: 'ClockJson',
    errors: ['query', 'token', 'body', 'too-large', 'content-type'],
    answer: async (call, { sources }) => {
      const body = await readBody(call.env.incoming);
      if (!body.read) return failure(call, body.code, body.message);
      const ahead = aheadIn(body.value);
      if (ahead === undefined)
        return failure(
          call,
          'body',
          `body: found ${JSON.stringify(body.value)?.slice(0, 80) ?? 'nothing'}, wanted ${WANTED}`,
        );
      sources.drills.setAhead(milliseconds(ahead), askerOf(call));
      return call.json(clockJson(sources));
    },
  },
];
