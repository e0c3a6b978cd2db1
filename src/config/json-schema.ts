// The configuration as JSON Schema for editors. It is derived from `SECTIONS`, so it has every key, default and
// description. Draft 7, which all editors know.

import * as z from 'zod';
import { deviceSchema } from './device-schema.js';
import { FORMS, type Form } from './forms.js';
import { SECTIONS } from './schema.js';

const TITLE = 'labcm configuration';

/** The schema of the configuration file. */
export const configurationJsonSchema = (): Form => {
  const { $schema, ...rest } = jsonSchemaOf(z.strictObject(SECTIONS));
  return { $schema, title: TITLE, ...rest } as Form;
};

/** The schema of a device. */
export const deviceJsonSchema = (): Form => jsonSchemaOf(deviceSchema);

/** The JSON Schema of a zod schema that is made of the kinds in `fields.ts`. */
export const jsonSchemaOf = (schema: z.ZodType): Form =>
  z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => replace(jsonSchema, shown(zodSchema, jsonSchema)),
  });

/** What zod derived, with our form, and with the default, which zod leaves out of values that a function parses. */
const shown = (schema: z.core.$ZodTypes, { description, default: fallback, ...made }: Form): Form => {
  const form = FORMS.get(schema)?.form(made) ?? made;
  const value = schema._zod.def.type === 'default' ? schema._zod.def.defaultValue : fallback;
  return {
    ...(description === undefined ? {} : { description }),
    ...form,
    ...(saysSomething(value) ? { default: value as NonNullable<Form['default']> } : {}),
  };
};

/** An empty default says nothing: the keys of the section have their own. */
const saysSomething = (value: unknown): boolean =>
  value !== undefined && value !== '' && (typeof value !== 'object' || Object.keys(value ?? {}).length > 0);

const replace = (target: Form, by: Form): void => {
  for (const key of Object.keys(target)) delete target[key];
  Object.assign(target, by);
};
