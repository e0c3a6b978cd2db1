// The routes and errors of the HTTP API as `docs/api.md` shows them: read from the document that `/api/openapi.json` answers with.

import { deviceJsonSchema } from '../../src/config/json-schema.js';
import { COMMON_ERRORS } from '../../src/http/api/errors.js';
import { apiDocument } from '../../src/http/api/openapi/document.js';
import { exampleOf } from '../../src/http/api/openapi/examples.js';
import { type ApiAnswer, type ApiParameter, ASKED_FOR, type Operation } from '../../src/http/api/openapi/operation.js';
import { referred, type Schema } from '../../src/http/api/openapi/schemas.js';
import { ROUTES } from '../../src/http/api/routes.js';
import { compactJson } from './compact-json.js';
import { markdownTable } from './markdown.js';

/** The document, as a daemon of this version has it. */
export const API_DOCUMENT = apiDocument(ROUTES, '0.1.0', deviceJsonSchema());

const codes = (errors: readonly string[]): string => errors.map((code) => `\`${code}\``).join(', ');

/** The operations of the document with their headings. */
export const apiOperations = (): readonly { readonly heading: string; readonly operation: Operation }[] =>
  Object.entries(API_DOCUMENT.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      heading: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );

/** The names of the shapes that a schema refers to. */
const shapesOf = ({ $ref, anyOf = [] }: Schema): readonly string[] =>
  $ref === undefined ? anyOf.flatMap((one) => shapesOf(one as Schema)) : [$ref.replace(/^.*\//, '')];

const linked = (schema: Schema): string =>
  shapesOf(schema)
    .map((name) => `[\`${name}\`](#${name.toLowerCase()})`)
    .join(' or ');

/** What an answer is made of. */
const contentText = ({ content = {} }: ApiAnswer): string =>
  Object.entries(content)
    .map(([type, { schema, 'x-events': events }]) => {
      if (events === undefined) return type === 'application/json' ? linked(schema ?? {}) : `\`${type}\``;
      const named = Object.entries(events).map(([name, of]) => `\`${name}\` with ${linked(of)}`);
      return `\`${type}\`, events ${named.join(', ')}`;
    })
    .join(', ');

const answerRows = (operation: Operation): string[][] =>
  Object.entries(operation.responses).map(([status, answer]) => {
    const { description, headers = {}, 'x-codes': errors } = answer;
    if (errors !== undefined) return [status, codes(errors)];
    const named = Object.keys(headers).filter((name) => name !== 'ETag' || status === '200');
    const also = named.length === 0 ? '' : `; headers ${codes(named)}`;
    const parts = [description === ASKED_FOR ? '' : description, contentText(answer)].filter((part) => part !== '');
    return [status, `${parts.join(': ')}${also}`];
  });

const WHERE: Readonly<Record<ApiParameter['in'], string>> = { path: 'path', query: 'query', header: 'header' };

const parameterRows = ({ parameters }: Operation): string[][] =>
  parameters
    .filter(({ in: where, name }) => where !== 'path' && name !== 'If-None-Match')
    .map(({ name, in: where, description, required, schema }) => {
      const { enum: values = [] } = schema;
      const listed = schema.type !== 'array' && !/^the order:/.test(description) ? values : [];
      return [
        `\`${name}\``,
        WHERE[where],
        `${description}${listed.length === 0 ? '' : ` (${listed.join(', ')})`}${required === true ? '; needed' : ''}`,
      ];
    });

const exampleText = ({ responses, 'x-codeSamples': samples }: Operation): string => {
  const [[, first] = []] = Object.entries(responses);
  const [[type = '', media] = []] = Object.entries(first?.content ?? {});
  const { example } = media ?? {};
  const shown = typeof example === 'string' ? example.trim() : type === 'application/json' ? compactJson(example) : '';
  return ['```', samples[0]?.source ?? '', ...(shown === '' ? [] : [shown]), '```'].join('\n');
};

/** What the body is, in the words of its schema. */
const bodyText = (schema: Schema): string => {
  const { description = '' } = referred(schema, API_DOCUMENT.components.schemas) ?? schema;
  return `Body: ${description.replace('keys of the configuration', 'keys of the [configuration](configuration.md#devices)')}`;
};

const operationText = (heading: string, operation: Operation): string => {
  const { summary, security, requestBody } = operation;
  const rows = parameterRows(operation);
  const body = requestBody?.content['application/json']?.schema;
  return [
    `### ${heading}`,
    '',
    `${summary}${security === undefined ? '' : ' Needs the token.'}`,
    '',
    exampleText(operation),
    ...(rows.length === 0 ? [] : ['', markdownTable(['parameter', 'in', 'meaning'], rows)]),
    ...(body === undefined ? [] : ['', bodyText(body)]),
    '',
    markdownTable(['status', 'answer'], answerRows(operation)),
  ].join('\n');
};

/** Every route. */
export const apiRoutes = (): string =>
  apiOperations()
    .map(({ heading, operation }) => operationText(heading, operation))
    .join('\n\n');

/** Every error. */
export const apiErrors = (): string =>
  `${markdownTable(
    ['code', 'status', 'meaning'],
    Object.entries(API_DOCUMENT['x-errors']).map(([code, { statuses, meaning }]) => [
      `\`${code}\``,
      statuses.join(', '),
      meaning,
    ]),
  )}\n\nEvery path may answer ${codes(COMMON_ERRORS)}.`;

/** The kind of a key's value: words, and links to shapes. */
const kindOf = (schema: Schema): string => {
  const { $ref, anyOf, oneOf, items, type, const: only, enum: values, format, properties } = schema;
  if ($ref === '#/components/schemas/IsoTime') return 'time';
  if ($ref !== undefined) return linked(schema);
  if (only !== undefined) return `\`${String(only)}\``;
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(', ');
  const several = anyOf ?? oneOf;
  if (several !== undefined) return [...new Set(several.map((one) => kindOf(one as Schema)))].join(' or ');
  if (items !== undefined) return `list of ${kindOf(items as Schema)}`;
  if (properties !== undefined) return `{ ${Object.keys(properties).join(', ')} }`;
  if (type === 'object') return 'values by name';
  if (Array.isArray(type)) return type.map((one) => String(one)).join(' or ');
  return format === 'date-time' ? 'time' : String(type ?? 'any');
};

/** Those of times and of bodies stand elsewhere. */
const isListed = ([name]: [string, Schema]): boolean => !/^(?:IsoTime|NewDevices?|WholeDevice|DevicePatch)$/.test(name);

const shapeText = (name: string, schema: Schema): string => {
  const variants = (schema.oneOf ?? [schema]).filter((one): one is Schema => typeof one === 'object');
  const rows = variants.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).flatMap(([key, value]) =>
      typeof value !== 'object'
        ? []
        : [[`\`${key}\`${required.includes(key) ? '' : '?'}`, kindOf(value), value.description ?? '']],
    ),
  );
  const table = rows.length === 0 ? [] : ['', markdownTable(['key', 'value', 'meaning'], rows)];
  return [`#### ${name}`, '', schema.description ?? '', ...table].join('\n');
};

/** Every shape. */
export const apiShapes = (): string =>
  Object.entries(API_DOCUMENT.components.schemas)
    .filter(isListed)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, schema]) => shapeText(name, schema))
    .join('\n\n');

/** An error as its shape has it. */
export const apiErrorExample = (): string => {
  const { schemas } = API_DOCUMENT.components;
  return `\`\`\`json\n${compactJson(exampleOf(schemas.ErrorJson ?? {}, schemas))}\n\`\`\``;
};
