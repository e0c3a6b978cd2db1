// The route that pushes a text, a page or a key to a phone.

import type { ApiPush } from './push-ports.js';
import type { PushJson } from './push-shapes.js';
import { readBody } from './request-body.js';
import { failure, type Route, silentNode, unknownDevice, withDevice } from './route.js';

const KEYS: ReadonlySet<string> = new Set(['text', 'title', 'url', 'execute', 'priority']);
const WAYS = ['text', 'url', 'execute'] as const;
const WANTED =
  'a mapping with one of text, url and execute; title may stand beside text, and priority beside the others';

const REFUSED = {
  'not-registered': 'the device is not registered',
  'too-many-pushes': 'other pushes have not been answered yet',
} as const;

/** The push that a body asks for, or what is wrong with it. */
const pushOf = (body: unknown): ApiPush | string => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return `body: wanted ${WANTED}`;
  const given = body as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((key) => !KEYS.has(key));
  if (unknown !== undefined) return `${unknown}: found an unknown key, wanted one of ${[...KEYS].join(', ')}`;
  if (WAYS.filter((way) => given[way] !== undefined).length !== 1) return `body: wanted ${WANTED}`;
  const { text, title = 'labcm', url, execute, priority = 0 } = given;
  if (text !== undefined)
    return typeof text === 'string' && typeof title === 'string' && given.priority === undefined
      ? { text, title }
      : `text: wanted a text, a title that is one, and no priority`;
  const uris = url === undefined ? (Array.isArray(execute) ? execute : [execute]) : [url];
  if (!uris.every((uri) => typeof uri === 'string')) return 'execute: wanted a URI or a list of them';
  if (given.title !== undefined) return 'title: wanted none beside a URI';
  if (priority !== 0 && priority !== 1 && priority !== 2)
    return `priority: found ${JSON.stringify(priority)}, wanted 0 (at once), 1 (when it is idle) or 2 (only if it is idle)`;
  return { uris, priority };
};

/** The route. */
export const PUSH_ROUTE: Route = {
  method: 'POST',
  path: '/api/devices/:name/push',
  about: 'shows a text on a registered phone, has it open a page, or presses a key',
  query: {},
  body: { shape: 'PushBody', example: { text: 'Lunch is ready', title: 'Kitchen' } },
  shape: 'PushJson',
  errors: [
    ...(['query', 'token', 'unknown-device', 'body', 'faults', 'too-large', 'content-type'] as const),
    ...(['not-registered', 'too-many-pushes', 'node-silent'] as const),
  ],
  answer: (call, context) =>
    withDevice(call, context, async ({ configured: { name } }) => {
      const body = await readBody(call.env.incoming);
      if (!body.read) return failure(call, body.code, body.message);
      const push = pushOf(body.value);
      if (typeof push === 'string') return failure(call, 'body', push);
      const result = await context.sources.push(name, push);
      if (!('refused' in result)) return call.json(result satisfies PushJson);
      if (result.refused === 'unknown-device') return unknownDevice(call);
      if (result.refused === 'node-silent') return silentNode(call, result.node);
      if (result.refused !== 'faults') return failure(call, result.refused, REFUSED[result.refused]);
      const { key, found, wanted } = result;
      return failure(call, 'faults', 'the push cannot be made', undefined, [{ key, found, wanted }]);
    }),
};
