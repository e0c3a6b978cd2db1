// Where the fields of a layout stand, as a table of the message shows it: nested records and the elements of arrays
// included. Derived from the declaration; adds nothing to it.

import type { Codec, Parts } from './layout.js';

export interface FieldRow {
  /** As the reference writes it: `qualifierIn.codecParams`, `caps[].payloadCapability`. */
  readonly name: string;
  /** From the start of the body, or of an array's element as `+4`; `next` behind a field that varies in size. */
  readonly offset: string;
  /** Octets; absent where it varies. */
  readonly size: number | undefined;
  readonly type: string;
  /** It may be missing at the end of a body. */
  readonly optional: boolean;
}

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
