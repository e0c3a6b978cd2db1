// The keys of the configuration as tables: a heading for each section, a row for each key, from its JSON Schema.

import type { Form } from '../../src/config/forms.js';
import { configurationJsonSchema } from '../../src/config/json-schema.js';
import { OPTIONS, type OptionRow } from '../../src/dhcp/options.js';
import { markdownTable } from './markdown.js';

/** The rows of the keys below a key, whose schema is that of a mapping or of a list of them. */
export const keyTable = (path: string, schema: Form): string => markdownTable(HEAD, rowsBelow(path, schema));

const HEAD = ['key', 'value', 'default', 'what it is'];

export const configurationKeys = (): string => {
  const sections = propertiesOf(configurationJsonSchema());
  const alone = sections.filter(([, schema]) => innerOf(schema) === undefined);
  return [
    markdownTable(
      HEAD,
      alone.flatMap(([key, schema]) => rowsOf(key, schema, true)),
    ),
    ...sections
      .filter((section) => !alone.includes(section))
      .map(([key, schema]) =>
        [`### ${key}`, schema.description, markdownTable(HEAD, rowsBelow(key, schema))].join('\n\n'),
      ),
  ].join('\n\n');
};

export const dhcpOptions = (): string =>
  markdownTable(
    ['code', 'name', 'value'],
    (Object.entries(OPTIONS) as [string, OptionRow][])
      .filter(([, { notConfigurable: own }]) => own === undefined)
      .map(([code, { name, aliases = [], kind }]) => [
        code,
        [name, ...aliases].map((known) => `\`${known}\``).join(', '),
        kind.wanted,
      ]),
  );

type Property = readonly [key: string, schema: Form];

const propertiesOf = ({ properties = {} }: Form): readonly Property[] => Object.entries(properties) as [string, Form][];

const list = (schema: Form): Form | undefined => [schema, ...alternatives(schema)].find(({ type }) => type === 'array');

const alternatives = ({ anyOf = [] }: Form): readonly Form[] => anyOf as Form[];

/** The mapping that it is, or a list of. */
const innerOf = (schema: Form): Form | undefined => {
  const of = (list(schema)?.items as Form | undefined) ?? schema;
  return [of, ...alternatives(of)].find(({ properties }) => properties !== undefined);
};

const rowsBelow = (path: string, schema: Form): readonly (readonly string[])[] => {
  const inner = innerOf(schema);
  const below = list(schema) === undefined ? path : `${path}[]`;
  return inner === undefined
    ? []
    : propertiesOf(inner).flatMap(([key, of]) => [
        ...rowsOf(`${below}.${key}`, of, inner.required?.includes(key) !== true),
        ...rowsBelow(`${below}.${key}`, of),
      ]);
};

const rowsOf = (path: string, schema: Form, optional: boolean): readonly (readonly string[])[] => {
  const wanted = wantedOf(schema);
  if (wanted === undefined) return [];
  const value = schema.default === undefined ? (optional ? 'none' : '**needed**') : `\`${written(schema.default)}\``;
  return [[`\`${path}\``, wanted, value, schema.description ?? '']];
};

/** `undefined`: a mapping, whose keys have rows of their own. */
const wantedOf = (schema: Form): string | undefined => {
  const { errorMessage, additionalProperties, propertyNames } = schema;
  if (typeof errorMessage === 'string') return errorMessage;
  const many = list(schema);
  const most = many?.maxItems === undefined ? '' : `, at most ${many.maxItems}`;
  if (many !== undefined && innerOf(schema) !== undefined) return `a list${most}`;
  if (many !== undefined) return `${(many.items as Form).errorMessage}, or a list${most}`;
  if (alternatives(schema).length > 0) return 'the following, or off';
  if (propertyNames === undefined) return undefined;
  return `names, each with ${(additionalProperties as Form).errorMessage ?? 'its value'}`;
};

/** As one writes it in YAML, on one line. */
const written = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${written(inner)}`)
    .join(', ')} }`;
};
