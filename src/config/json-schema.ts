// The configuration as JSON Schema, for editors: made of the one declaration, so that it has every key, default and
// description. Draft 7, which every editor knows.

import * as z from 'zod';
import { FORMS, type Form } from './forms.js';
import { SECTIONS } from './schema.js';

const TITLE = 'labcm configuration';

export const configurationJsonSchema = (): Form => {
  const { $schema, ...rest } = jsonSchemaOf(z.strictObject(SECTIONS));
  return { $schema, title: TITLE, ...rest } as Form;
};

/** Of any schema that is made of the kinds of `fields.ts`. */
export const jsonSchemaOf = (schema: z.ZodType): Form =>
  z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => replace(jsonSchema, shown(zodSchema, jsonSchema)),
  });

/** What zod made of it, in our form, with the default that zod leaves out where a value is read by a function. */
const shown = (schema: z.core.$ZodTypes, { description, default: fallback, ...made }: Form): Form => {
  const form = FORMS.get(schema)?.form(made) ?? made;
  const value = schema._zod.def.type === 'default' ? schema._zod.def.defaultValue : fallback;
  return {
    ...(description === undefined ? {} : { description }),
    ...form,
    ...(saysSomething(value) ? { default: value as NonNullable<Form['default']> } : {}),
  };
};

/** A section without a key of its own has the defaults of its keys. */
const saysSomething = (value: unknown): boolean =>
  value !== undefined && value !== '' && (typeof value !== 'object' || Object.keys(value ?? {}).length > 0);

const replace = (target: Form, by: Form): void => {
  for (const key of Object.keys(target)) delete target[key];
  Object.assign(target, by);
};
