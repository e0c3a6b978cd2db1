// The routes of lines: the messages that wait for their users.

import type { LineMessages } from '../../devices/messages-waiting.js';
import type { LineMessagesJson } from './call-shapes.js';
import { CLIENT_HEADER } from './device-write-routes.js';
import { readBody } from './request-body.js';
import { type ApiCall, answered, failure, type Route, type RouteContext } from './route.js';
import type { WriteFault } from './shapes.js';

/** The highest count, as the device layer has it. */
const MOST = 65_535;
const WANTED_COUNT = `a whole number from 0 to ${MOST}`;

const dnOf = (call: ApiCall): string => call.req.param('dn') ?? '';

const unknownLine = (call: ApiCall) => failure(call, 'unknown-line', `no device has the line ${dnOf(call)}`);

const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MOST;

/** Reads the body: the messages of a line, or every fault. Without counts, a lit lamp means one new message. */
const messagesIn = (body: unknown): LineMessages | readonly WriteFault[] => {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return [
      { key: 'body', found: JSON.stringify(body), wanted: 'an object such as { "waiting": true, "new": 2, "old": 0 }' },
    ];
  const { waiting, new: count = waiting === true ? 1 : 0, old = 0, ...others } = body as Record<string, unknown>;
  const faults: WriteFault[] = Object.keys(others).map((key) => ({
    key,
    found: 'an unknown key',
    wanted: 'waiting, new or old',
  }));
  if (typeof waiting !== 'boolean')
    faults.push({ key: 'waiting', found: JSON.stringify(waiting) ?? 'nothing', wanted: 'true or false' });
  for (const [key, value] of [
    ['new', count],
    ['old', old],
  ] as const)
    if (!isCount(value)) faults.push({ key, found: JSON.stringify(value), wanted: WANTED_COUNT });
  if (faults.length > 0) return faults;
  return { waiting: waiting === true, new: Number(count), old: Number(old) };
};

const messagesJson = (dn: string, { waiting, new: count, old }: LineMessages): LineMessagesJson => ({
  dn,
  waiting,
  new: count,
  old,
});

/** Sets the messages of the line of the path. */
const put = async (call: ApiCall, { sources }: RouteContext): Promise<Response> => {
  const body = await readBody(call.env.incoming);
  if (!body.read) return failure(call, body.code, body.message);
  const messages = messagesIn(body.value);
  if (!('waiting' in messages))
    return failure(call, 'faults', 'the messages cannot be set: nothing has changed', undefined, messages);
  const by = call.req.header(CLIENT_HEADER) === 'cli' ? 'cli' : 'api';
  const outcome = sources.lineMessages.set(dnOf(call), messages, by);
  if (outcome === 'unknown-line') return unknownLine(call);
  if (outcome === 'not-written')
    return failure(call, 'not-written', 'the messages could not be kept; nothing has changed');
  return call.json(messagesJson(dnOf(call), messages));
};

const PATH = '/api/lines/:dn/messages';

/** All of them. */
export const LINE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: PATH,
    about: 'the messages that wait for the user of a line',
    query: {},
    shape: 'LineMessagesJson',
    errors: ['query', 'unknown-line'],
    answer: (call, { sources }) => {
      const messages = sources.lineMessages.of(dnOf(call));
      return messages === undefined ? unknownLine(call) : answered(call, messagesJson(dnOf(call), messages));
    },
  },
  {
    method: 'PUT',
    path: PATH,
    about: 'sets them: the message lamps of its phones',
    query: {},
    body: { shape: 'LineMessagesBody', example: { waiting: true, new: 2 } },
    shape: 'LineMessagesJson',
    errors: [
      'query',
      'token',
      'body',
      'faults',
      'too-large',
      'content-type',
      'unknown-line',
      'too-many-writes',
      'not-written',
    ],
    answer: async (call, context) => {
      const answer = await context.gate.pass(context, () => put(call, context));
      if (answer !== undefined) return answer;
      return failure(call, 'too-many-writes', 'changes come faster than the disk takes them');
    },
  },
];
