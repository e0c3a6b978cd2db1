// The routes of faults that labcm makes on purpose.

import type { WallClock } from '../../core/time.js';
import { isoOrNull, isoTime } from './common-json.js';
import { CLIENT_HEADER } from './device-write-routes.js';
import type { ApiFault } from './fault-ports.js';
import type { ClearedFaultsJson, FaultJson, FaultsJson } from './fault-shapes.js';
import { readBody } from './request-body.js';
import { answered, askerOf, failure, type Route } from './route.js';

const faultJson = (clock: WallClock, fault: ApiFault): FaultJson => {
  const { id, rule, says, by, state, matched, injected } = fault;
  return {
    id,
    ...rule,
    ...{ says, by, state, matched, injected },
    addedAt: isoTime(clock, fault.addedAt),
    startsAt: isoTime(clock, fault.startsAt),
    endsAt: isoOrNull(clock, fault.endsAt),
    lastAt: isoOrNull(clock, fault.lastAt),
  };
};

/** All of them. */
export const FAULT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/faults',
    about: 'the rules for faults that labcm makes on purpose, and how often they were made',
    query: {},
    shape: 'FaultsJson',
    errors: ['query'],
    answer: (call, { sources: { clock, faults } }) =>
      answered(call, { faults: faults.all().map((fault) => faultJson(clock, fault)) } satisfies FaultsJson),
  },
  {
    method: 'POST',
    path: '/api/faults',
    about: 'adds a rule; it holds at once, until it is over or cleared, or the daemon stops',
    query: {},
    body: {
      shape: 'FaultRuleJson',
      example: { where: 'sccp', fault: 'drop', message: 'KeepAliveAckMessage', device: 'SEP0011*', for: '1m' },
    },
    shape: 'FaultJson',
    statuses: { 201: 'the rule, with the id that it got' },
    errors: ['query', 'token', 'body', 'faults', 'too-large', 'content-type', 'fault-exists', 'too-many-faults'],
    answer: async (call, { sources: { clock, faults } }) => {
      const body = await readBody(call.env.incoming);
      if (!body.read) return failure(call, body.code, body.message);
      const by = call.req.header(CLIENT_HEADER) === 'cli' ? 'cli' : 'api';
      const result = faults.add(body.value, by, askerOf(call));
      if (result === 'exists') return failure(call, 'fault-exists', 'another rule has this id');
      if (result === 'too-many') return failure(call, 'too-many-faults', 'as many rules hold as may; clear some');
      if ('faults' in result) return failure(call, 'faults', 'the rule has faults', undefined, result.faults);
      return call.json(faultJson(clock, result.added), 201);
    },
  },
  {
    method: 'DELETE',
    path: '/api/faults',
    about: 'takes all rules away',
    query: {},
    shape: 'ClearedFaultsJson',
    errors: ['query', 'token'],
    answer: (call, { sources: { faults } }) =>
      call.json({ cleared: faults.clearAll(askerOf(call)) } satisfies ClearedFaultsJson),
  },
  {
    method: 'DELETE',
    path: '/api/faults/:id',
    about: 'takes a rule away; the answer has its last counts',
    query: {},
    shape: 'FaultJson',
    errors: ['query', 'token', 'unknown-fault'],
    answer: (call, { sources: { clock, faults } }) => {
      const id = call.req.param('id') ?? '';
      const cleared = faults.clear(id, askerOf(call));
      return cleared === undefined
        ? failure(call, 'unknown-fault', `no rule is called ${id}`)
        : call.json(faultJson(clock, cleared));
    },
  },
];
