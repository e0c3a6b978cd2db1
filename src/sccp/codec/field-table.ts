// The fields of a layout with their offsets, for the printed table of a message; nested records and elements of arrays
// included.

import type { Codec, Parts } from './layout.js';

/** A row of the table. */
export interface FieldRow {
  /** As the reference writes it: `qualifierIn.codecParams`, `caps[].payloadCapability`. */
  readonly name: string;
  /** From the start of the body; in an array's element as `+4`; `next` after a field of variable size. */
  readonly offset: string;
  /** Octets; `undefined`: it varies. */
  readonly size: number | undefined;
  readonly type: string;
  /** It may be missing at the end of a body. */
  readonly optional: boolean;
}

/** The rows of a layout. */
export const fieldRows = (parts: Parts): readonly FieldRow[] => rowsOf(parts, 0, '', '');

const rowsOf = ({ list }: Parts, start: number | undefined, sign: string, prefix: string): FieldRow[] => {
  let at = start;
  return list.flatMap(({ name, presence, codec }) => {
    const from = at;
    at = from === undefined || codec.size === undefined ? undefined : from + codec.size;
    if (codec.parts !== undefined) return rowsOf(codec.parts, from, sign, `${prefix}${name}.`);
    const optional = presence === 'tail' || presence === 'same-tail';
    const offset = from === undefined ? 'next' : sign + from;
    const row = { name: prefix + name, offset, size: codec.size, type: codec.notation, optional };
    return [row, ...elementRows(codec, `${prefix}${name}[].`)];
  });
};

const elementRows = ({ element }: Codec, prefix: string): FieldRow[] =>
  element?.parts === undefined ? [] : rowsOf(element.parts, 0, '+', prefix);
