// One route as an operation of OpenAPI.

import { ERRORS, type ErrorCode } from '../errors.js';
import type { Route } from '../route.js';
import type { ShapeName } from '../shapes.js';
import { exampleOf } from './examples.js';
import { refTo, type Schema, type Schemas } from './schemas.js';

/** A parameter of an operation: of its path, its query, or a header of the request. */
export interface ApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly required?: boolean;
  readonly schema: Schema;
  /** Lists are written with commas. */
  readonly style?: 'form';
  readonly explode?: false;
}

/** A body in one media type. `x-events`: the events of a stream, by name. */
interface Media {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly 'x-events'?: Readonly<Record<string, Schema>>;
}

/** What an operation may answer with one status. `x-codes`: the codes of its errors. */
export interface ApiAnswer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>;
  readonly content?: Readonly<Record<string, Media>>;
  readonly 'x-codes'?: readonly ErrorCode[];
}

/** An operation. */
export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly ApiParameter[];
  readonly requestBody?: { readonly required: true; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, ApiAnswer>>;
  readonly 'x-codeSamples': readonly { readonly lang: string; readonly source: string }[];
}

/** The path of a route as OpenAPI writes it. */
export const pathOf = ({ path }: Pick<Route, 'path'>): string => path.replace(/:(\w+)/g, '{$1}');

/** Whether its answers have an ETag. */
export const isTagged = ({ method, shape, isUntagged }: Route): boolean =>
  method === 'GET' && isUntagged !== true && (typeof shape === 'string' || Array.isArray(shape));

/** Whether it needs the token, where there is one. */
export const needsToken = ({ method, isGuarded }: Route): boolean => method !== 'GET' || isGuarded === true;

/** What it may answer besides what was asked for. */
export const errorsOf = ({ errors, isOpen }: Route): readonly ErrorCode[] => [
  ...errors,
  ...(isOpen === true ? [] : (['host', 'origin'] as const)),
  'internal',
];

const SENTENCE = /^./;

/** The operation of a route. */
export const operationOf = (route: Route, schemas: Schemas): Operation => {
  const { about, body } = route;
  const [, , tag = 'daemon'] = /^\/(api)\/([\w-]+)/.exec(route.path) ?? [];
  return {
    operationId: operationId(route),
    tags: [tag],
    summary: `${about.replace(SENTENCE, (first) => first.toUpperCase())}.`,
    ...(needsToken(route) ? { security: [{ token: [] }, { session: [] }] } : {}),
    parameters: parametersOf(route),
    ...(body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': bodyOf(body.shape, schemas, body.example) } },
        }),
    responses: { ...successes(route, schemas), ...failures(route) },
    'x-codeSamples': [{ lang: 'Shell', source: curl(route) }],
  };
};

/** `GET /api/devices/{name}/timeline` is `getDeviceTimeline`. */
const operationId = ({ method, path }: Route): string => {
  const words = path
    .replace(/^\/api/, '')
    .replace(/s\/:\w+/g, '')
    .split(/\W+/)
    .filter((word) => word !== '');
  return method.toLowerCase() + words.map((word) => word.replace(SENTENCE, (first) => first.toUpperCase())).join('');
};

const TEXT: Schema = { type: 'string' };

/** What stands in a path, by its name there. */
const PATH_PARTS: Readonly<Record<string, string>> = {
  name: 'A device’s name in any case, its hardware address in any spelling, or its IPv4 address.',
  id: 'The number of a run.',
  dn: 'A directory number.',
};

const parametersOf = (route: Route): readonly ApiParameter[] => [
  ...[...route.path.matchAll(/:(\w+)/g)].map(
    ([, name = '']): ApiParameter => ({
      name,
      in: 'path',
      required: true,
      description: PATH_PARTS[name] ?? '',
      schema: TEXT,
    }),
  ),
  ...Object.entries(route.query ?? {}).map(
    ([name, { meaning, values, schema, isRequired }]): ApiParameter => ({
      name,
      in: 'query',
      description: meaning,
      ...(isRequired === true ? { required: true } : {}),
      schema: schema ?? (values === undefined ? TEXT : { type: 'string', enum: [...values] }),
      ...(schema?.type === 'array' ? { style: 'form', explode: false } : {}),
    }),
  ),
  ...Object.entries(route.headers ?? {}).map(
    ([name, meaning]): ApiParameter => ({ name, in: 'header', description: meaning, schema: TEXT }),
  ),
  ...(isTagged(route)
    ? [
        {
          name: 'If-None-Match',
          in: 'header',
          description: 'the `ETag` of an answer that the client has',
          schema: TEXT,
        } as const,
      ]
    : []),
];

const bodyOf = (shape: string | readonly string[], schemas: Schemas, example?: unknown): Media => {
  const [first = '', ...others] = typeof shape === 'string' ? [shape] : shape;
  const schema = others.length === 0 ? refTo(first) : { anyOf: [first, ...others].map(refTo) };
  return { schema, example: example ?? exampleOf(schema, schemas) };
};

/** What 200 means, unless the route says another. */
export const ASKED_FOR = 'what was asked for';

const ETAG = { ETag: { description: 'the tag of this answer', schema: TEXT } };

const successes = (route: Route, schemas: Schemas): Readonly<Record<string, ApiAnswer>> => {
  const { shape, statuses = { 200: ASKED_FOR }, answerHeaders = {}, example } = route;
  const headers = {
    ...(isTagged(route) ? ETAG : {}),
    ...Object.fromEntries(
      Object.entries(answerHeaders).map(([name, description]) => [name, { description, schema: TEXT }]),
    ),
  };
  const content = contentOf(shape, schemas, example?.answer);
  const answer = { ...(Object.keys(headers).length === 0 ? {} : { headers }), content };
  return {
    ...Object.fromEntries(
      Object.entries(statuses).map(([status, description]) => [status, { description, ...answer }]),
    ),
    ...(isTagged(route) ? { 304: { description: 'the client has the present answer', headers: ETAG } } : {}),
  };
};

const contentOf = (shape: Route['shape'], schemas: Schemas, example: unknown): Readonly<Record<string, Media>> => {
  if (typeof shape === 'string' || isList(shape)) return { 'application/json': bodyOf(shape, schemas, example) };
  if ('media' in shape) return { [shape.media]: example === undefined ? {} : { schema: TEXT, example } };
  const events = Object.entries(shape.events);
  return {
    'text/event-stream': {
      schema: TEXT,
      example: events.map(([name, of]) => eventText(name, exampleOf(refTo(of), schemas))).join(''),
      'x-events': Object.fromEntries(events.map(([name, of]) => [name, refTo(of)])),
    },
  };
};

const isList = (shape: Route['shape']): shape is readonly ShapeName[] => Array.isArray(shape);

/** `*` stands for the type of the event. */
const eventText = (name: string, data: unknown): string => {
  const named = name === '*' ? (data as { readonly type: string }).type : name;
  return `event: ${named}\ndata: ${JSON.stringify(data)}\n\n`;
};

const HEADERS: Readonly<Record<number, ApiAnswer['headers']>> = {
  401: { 'WWW-Authenticate': { description: 'is `Bearer`', schema: TEXT } },
  429: { 'Retry-After': { description: 'seconds after which to try again', schema: TEXT } },
};

const failures = (route: Route): Readonly<Record<string, ApiAnswer>> => {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorsOf(route))
    for (const status of ERRORS[code].statuses) byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]): [number, ApiAnswer] => {
      const headers = HEADERS[status];
      return [
        status,
        {
          description: codes.map((code) => `\`${code}\`: ${ERRORS[code].meaning}`).join('. '),
          ...(headers === undefined ? {} : { headers }),
          content: { 'application/json': { schema: refTo('ErrorJson') } },
          'x-codes': codes,
        },
      ];
    }),
  );
};

const BASE = 'http://127.0.0.1:8088';
/** The device of the examples. */
const SHOWN_DEVICE = 'SEP001122334455';

const curl = (route: Route): string => {
  const { method, path, body, example, shape } = route;
  const url = `${BASE}${path.replace(':name', SHOWN_DEVICE).replace(':id', '1').replace(':dn', '5001')}${example?.query === undefined ? '' : `?${example.query}`}`;
  const options = [
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    ...(typeof shape === 'object' && 'events' in shape ? ['-N'] : []),
    ...(needsToken(route) ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d '${JSON.stringify(body.example)}'`]),
    ...(typeof shape === 'object' && 'media' in shape && shape.file !== undefined ? [`-o ${shape.file}`] : []),
  ];
  return ['curl', ...options, /[?&*]/.test(url) ? `'${url}'` : url].join(' ');
};
