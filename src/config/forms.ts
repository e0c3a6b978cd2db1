// JSON Schema for the kinds of `fields.ts`. Zod cannot derive it: a kind that is parsed by a function looks to zod as
// if it accepted anything. A form may accept what the parser refuses, since an editor cannot know everything; it never
// refuses what the parser accepts.

import * as z from 'zod';

/** A JSON Schema. */
export type Form = z.core.JSONSchema.BaseSchema;

/** The form of each schema that needs one; `of` is what zod derives. */
export const FORMS = z.registry<{ readonly form: (of: Form) => Form }>();

/** YAML reads `5002` as a number and `5002a` as text, so a text may be either. */
const TEXT: Form = { type: ['string', 'number'] };

/** A text that matches as a whole. */
const matching = (expression: string): Form => ({ ...TEXT, pattern: `^(${expression})$` });

/** A text with a length. */
export const textOf = (least: number, most: number): Form => ({
  ...TEXT,
  ...(least > 0 ? { minLength: least } : {}),
  maxLength: most,
});

/** A whole number in a range. */
export const wholeFrom = (least: number, most: number): Form => ({
  ...matching('-?\\d+'),
  type: ['integer', 'string'],
  minimum: least,
  maximum: most,
});

const ADDRESS = '\\d{1,3}(\\.\\d{1,3}){3}';

/** The forms by kind. */
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
  numberOrRange: { ...matching('[1-9]\\d*(-[1-9]\\d*)?'), type: ['integer', 'string'] },
  dateTemplate: matching('[DMY]Y?[/.-][DMY]Y?[/.-][DMY]Y?A?'),
  hexadecimal: matching('[0-9A-Fa-f:\\s]*'),
} as const satisfies Record<string, Form>;
