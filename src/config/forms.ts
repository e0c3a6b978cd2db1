// What values look like, in JSON Schema's words, for the kinds that zod's own JSON Schema cannot show: a kind that is read by
// a function looks to it as if it took anything. A form may let pass what is refused when it is read, since an editor cannot
// know everything; what a form refuses is refused.

import * as z from 'zod';

export type Form = z.core.JSONSchema.BaseSchema;

/** By schema: its form; `of` is what zod makes of the schema. */
export const FORMS = z.registry<{ readonly form: (of: Form) => Form }>();

/** YAML reads `5002` as a number and `5002a` as text: what is text here may be either there. */
const TEXT: Form = { type: ['string', 'number'] };

/** All of the text, as YAML gives it where it has no quotes: without blanks around it. */
const matching = (expression: string): Form => ({ ...TEXT, pattern: `^(${expression})$` });

export const textOf = (least: number, most: number): Form => ({
  ...TEXT,
  ...(least > 0 ? { minLength: least } : {}),
  maxLength: most,
});

export const wholeFrom = (least: number, most: number): Form => ({
  ...matching('-?\\d+'),
  type: ['integer', 'string'],
  minimum: least,
  maximum: most,
});

const ADDRESS = '\\d{1,3}(\\.\\d{1,3}){3}';

export const FORM = {
  duration: matching('\\d+(\\.\\d+)?\\s?(ms|s|m|h|d)'),
  size: matching('\\d+(\\.\\d+)?\\s?([KkMmGg][Ii]?)?[Bb]'),
  share: { ...matching('[01](\\.\\d+)?'), exclusiveMinimum: 0, maximum: 1 },
  portOrOff: { anyOf: [wholeFrom(0, 65_535), { enum: ['off', false] }] },
  flag: {
    ...matching('[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn][Oo]'),
    type: ['boolean', 'string'],
  },
  text: TEXT,
  scalar: { type: ['string', 'number', 'boolean'] },
  headerText: matching('[ !#-\\[\\]-~]+'),
  address: matching(ADDRESS),
  addressRange: matching(`${ADDRESS}(\\s*-\\s*${ADDRESS})?`),
  subnet: matching(`${ADDRESS}/\\d{1,2}`),
  mac: matching('([0-9A-Fa-f]{2}[:.-]?){6}'),
  deviceName: matching('[A-Za-z0-9][A-Za-z0-9._-]{0,14}'),
  directoryNumber: matching('[0-9A-Za-z*#+._-]{1,24}'),
  numberRange: matching('[1-9]\\d*-[1-9]\\d*'),
  dateTemplate: matching('[DMY]Y?[/.-][DMY]Y?[/.-][DMY]Y?A?'),
  hexadecimal: matching('[0-9A-Fa-f:\\s]*'),
} as const satisfies Record<string, Form>;
