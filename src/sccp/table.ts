// The message table, as `labcm messages` and the documentation print it: one row a message, and for one message its
// layouts with the offset of every field. Derived from the declarations; adds nothing to them.

import { MESSAGES } from './catalogue.js';
import type { Codec, Parts } from './layout.js';
import { MAX_VERSION } from './layout.js';
import type { Layout, MessageSpec } from './message.js';

export interface MessageRow {
  /** E.g. `0x0001`. */
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly direction: string;
  readonly phase: string;
  readonly answer: string;
  readonly doc: string;
  readonly layouts: readonly LayoutRows[];
}

export interface LayoutRows {
  /** Protocol versions, e.g. `0-16`, or the name of a form. */
  readonly versions: string;
  /** No capture backs it. */
  readonly unverified: boolean;
  /** Octets of a whole body; absent where it varies. */
  readonly size: number | undefined;
  readonly fields: readonly FieldRow[];
}

export interface FieldRow {
  readonly name: string;
  /** From the start of the body, or of an array's element as `+4`; `next` behind a field that varies in size. */
  readonly offset: string;
  readonly size: number | undefined;
  readonly type: string;
  /** It may be missing at the end of a body. */
  readonly optional: boolean;
}

const hex = (id: number): string => `0x${id.toString(16).toUpperCase().padStart(4, '0')}`;

const fieldRows = ({ list }: Parts, start: number | undefined, element: boolean, prefix: string): FieldRow[] => {
  let at = start;
  return list.flatMap(({ name, presence, codec }) => {
    const offset = at === undefined ? 'next' : element ? `+${at}` : `${at}`;
    const optional = presence === 'tail' || presence === 'also';
    const inner = innerRows(codec, at, element, prefix + name);
    at = at === undefined || codec.size === undefined ? undefined : at + codec.size;
    if (codec.parts !== undefined) return inner;
    return [{ name: prefix + name, offset, size: codec.size, type: codec.notation, optional }, ...inner];
  });
};

const innerRows = (codec: Codec, at: number | undefined, element: boolean, name: string): FieldRow[] => {
  if (codec.parts !== undefined) return fieldRows(codec.parts, at, element, `${name}.`);
  if (codec.element?.parts !== undefined) return fieldRows(codec.element.parts, 0, true, `${name}[].`);
  return [];
};

const layoutRows = ({ from, to, form, verified, parts }: Layout): LayoutRows => ({
  versions: form ?? (from === 0 && to === MAX_VERSION ? 'all' : `${from}-${to}`),
  unverified: !verified,
  size: parts.size,
  fields: fieldRows(parts, 0, false, ''),
});

const messageRow = (spec: MessageSpec): MessageRow => ({
  id: hex(spec.id),
  name: spec.name,
  aliases: spec.aliases ?? [],
  direction: spec.direction,
  phase: spec.phase,
  answer: spec.answer ?? '',
  doc: spec.doc,
  layouts: spec.layouts.map(layoutRows),
});

/** Every message, by rising id. */
export const messageTable = (): readonly MessageRow[] => MESSAGES.map(messageRow);

/** By name, alias or id (`RegisterReq`, `RegisterReqMessage`, `0x0001`), in any case. */
export const findMessages = (wanted: string): readonly MessageRow[] => {
  const folded = wanted.toLowerCase();
  return MESSAGES.filter(({ id, name, aliases = [] }) =>
    [hex(id), `0x${id.toString(16)}`, name, name.replace(/Message$/, ''), ...aliases].some(
      (known) => known.toLowerCase() === folded,
    ),
  ).map(messageRow);
};
