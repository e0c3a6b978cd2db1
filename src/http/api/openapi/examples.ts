// Examples of answers, put together from those of the keys.

import { referred, type Schema, type Schemas } from './schemas.js';

/** An example of a schema's values. Throws if one of its parts has none, and none that is evident. */
export const exampleOf = (schema: Schema, schemas: Schemas, path = ''): unknown => {
  if (schema.examples !== undefined && schema.type !== undefined && schema.enum !== undefined)
    return schema.examples[0];
  const [given] = schema.examples ?? [];
  if (given !== undefined) return given;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const target = referred(schema, schemas);
  if (target !== undefined) return exampleOf(target, schemas, path);
  const [first] = schema.anyOf ?? schema.oneOf ?? [];
  if (first !== undefined && typeof first === 'object') return exampleOf(first, schemas, path);
  if (schema.properties !== undefined) return objectOf(schema, schemas, path);
  if (schema.items !== undefined) return [exampleOf(schema.items as Schema, schemas, `${path}[]`)];
  if (schema.type === 'object') return {};
  if (schema.type === 'null') return null;
  throw new Error(`${path}: no example`);
};

/** Its keys; those that may be missing only if they have an example. */
const objectOf = ({ properties = {}, required = [] }: Schema, schemas: Schemas, path: string): unknown =>
  Object.fromEntries(
    Object.entries(properties).flatMap(([key, value]) => {
      if (typeof value !== 'object' || (!required.includes(key) && value.examples === undefined)) return [];
      return [[key, exampleOf(value, schemas, `${path}.${key}`)]];
    }),
  );
