// What a record file is made of: fields in a fixed order, each with its name, its kind and where its value comes from.
// The first line of a file has the names, the second the kinds, each further one a record (`docs/protocols/calls.md`
// §7.5).

import { printable } from '../calls/parties.js';

/** A column's kind as the second line spells it. */
export type FieldKind = 'INTEGER' | 'UNIQUEIDENTIFIER' | `VARCHAR(${number})`;

/** One column of a record made of `S`. Numbers are whole. */
export interface Field<S> {
  readonly name: string;
  readonly kind: FieldKind;
  /** The most characters of a text. */
  readonly length?: number;
  readonly value: (source: S) => number | string;
}

/** A whole number; without `value` always 0. */
export const integer = <S>(name: string, value: (source: S) => number = () => 0): Field<S> => ({
  name,
  kind: 'INTEGER',
  value,
});

/** A text of at most `length` characters; without `value` always empty. */
export const text = <S>(name: string, length: number, value: (source: S) => string = () => ''): Field<S> => ({
  name,
  kind: `VARCHAR(${length})`,
  length,
  value,
});

/** A GUID, lower case, without braces. */
export const guid = <S>(name: string, value: (source: S) => string): Field<S> => ({
  name,
  kind: 'UNIQUEIDENTIFIER',
  value,
});

/** The first two lines of a file: names in quotation marks, kinds without. */
export const headOf = <S>(fields: readonly Field<S>[]): string =>
  `${fields.map(({ name }) => quoted(name)).join(',')}\n${fields.map(({ kind }) => kind).join(',')}\n`;

/** A record as a line: numbers bare; texts in quotation marks, without control characters, no longer than the column. */
export const rowOf = <S>(fields: readonly Field<S>[], source: S): string =>
  `${fields.map((field) => written(field, field.value(source))).join(',')}\n`;

const written = ({ length }: { readonly length?: number }, value: number | string): string =>
  // What a phone counted may be no number at all.
  typeof value === 'number'
    ? String(Number.isFinite(value) ? Math.trunc(value) : 0)
    : quoted(printable(value).slice(0, length));

/** A quotation mark within is doubled (RFC 4180 §2). */
const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
