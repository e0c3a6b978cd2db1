// The shapes of the API as JSON Schema (draft 2020-12, that of OpenAPI 3.1), by the names that they have in the code.

import * as z from 'zod';
import { SHAPES } from '../shapes.js';

/** A JSON Schema. */
export type Schema = z.core.JSONSchema.BaseSchema;

/** Schemas by name. */
export type Schemas = Readonly<Record<string, Schema>>;

const PLACE = '#/components/schemas/';

/** What stands for a schema of the document. */
export const refTo = (name: string): Schema => ({ $ref: `${PLACE}${name}` });

/** The schema that `$ref` stands for; `undefined`: it stands for none. */
export const referred = ({ $ref }: Schema, schemas: Schemas): Schema | undefined =>
  $ref?.startsWith(PLACE) === true ? schemas[$ref.slice(PLACE.length)] : undefined;

/** The schemas of all shapes. */
export const shapeSchemas = (): Schemas => {
  const names = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SHAPES)) names.add(schema, { id });
  const { schemas } = z.toJSONSchema(names, {
    uri: (name) => `${PLACE}${name}`,
    io: 'input',
    override: ({ jsonSchema }) => tidy(jsonSchema),
  });
  return Object.fromEntries(Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [name, schema]));
};

/** Leaves out what tells nobody anything, and that there are no other keys: a later labcm may add some. */
const tidy = (schema: Schema): void => {
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.format === 'date-time') delete schema.pattern;
  delete schema.propertyNames;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
};

/** The most devices of one request. */
const MOST_DEVICES = 1000;

const orNullOf = ({ description, ...schema }: Schema): Schema => ({
  ...(description === undefined ? {} : { description }),
  anyOf: [schema, { type: 'null' }],
});

/** The bodies of requests for devices, made of the schema of a device in the configuration. */
export const bodySchemas = (device: Schema): Schemas => {
  const { $schema, required, ...keys } = device;
  const { name: _, ...others } = keys.properties ?? {};
  const orNull = Object.entries(others).flatMap(([name, key]): [string, Schema][] =>
    typeof key === 'boolean' ? [] : [[name, orNullOf(key)]],
  );
  return {
    NewDevice: { ...keys, required: ['name', 'model'], description: 'A device, with the keys of the configuration.' },
    NewDevices: {
      anyOf: [refTo('NewDevice'), { type: 'array', items: refTo('NewDevice'), minItems: 1, maxItems: MOST_DEVICES }],
      description: 'A device with the keys of the configuration, or a list of devices.',
    },
    WholeDevice: {
      ...keys,
      required: ['model'],
      description: 'A device, with the keys of the configuration. Its name is that of the path.',
    },
    DevicePatch: {
      ...keys,
      properties: Object.fromEntries(orNull),
      description:
        'Those keys of the configuration that change (RFC 7396): mappings are merged, lists are replaced, `null` takes a key away.',
    },
  };
};
