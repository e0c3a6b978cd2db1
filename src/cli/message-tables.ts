// Prints the declarations of the SCCP messages: a table of all messages, and one message with all its layouts.

import { nearest } from '../config/schema-errors.js';
import { type FieldRow, fieldRows } from '../sccp/codec/field-table.js';
import type { MessageSpec } from '../sccp/codec/message.js';
import { MESSAGES, messageById } from '../sccp/messages/catalogue.js';
import { table } from './table.js';

/** A message in the table. */
export interface MessageRow {
  readonly id: string;
  readonly name: string;
  readonly direction: string;
  readonly phase: string;
  /** The message that answers it; empty: none. */
  readonly answer: string;
  /** Whether a capture confirms every layout. */
  readonly verified: boolean;
  readonly doc: string;
}

const idOf = ({ id }: MessageSpec): string => `0x${id.toString(16).toUpperCase().padStart(4, '0')}`;

const rowOf = (spec: MessageSpec): MessageRow => ({
  id: idOf(spec),
  name: spec.name,
  direction: spec.direction,
  phase: spec.phase,
  answer: spec.answer ?? '',
  verified: spec.layouts.every(({ verified }) => verified),
  doc: spec.doc,
});

/** All messages in the order of their ids. */
export const messageRows = (): readonly MessageRow[] => MESSAGES.map(rowOf);

interface DescribedMessage extends MessageRow {
  readonly aliases: readonly string[];
  readonly layouts: readonly {
    readonly versions: string;
    readonly form: string | null;
    readonly verified: boolean;
    readonly fields: readonly FieldRow[];
  }[];
  readonly text: string;
}

/**
 * Describes a message by its name, an alias or the name in traces, all in any case, or by its id. If there is none:
 * how many messages there are, and the nearest names.
 */
export const describeMessage = (
  query: string,
): DescribedMessage | { readonly known: number; readonly near: readonly string[] } => {
  const folded = query.toLowerCase();
  const byId = /^(?:0x[0-9a-f]{1,4}|\d{1,5})$/.test(folded) ? messageById(Number(folded)) : undefined;
  const spec =
    byId ?? MESSAGES.find((one) => namesOf(one).some((name) => name.toLowerCase() === folded)) ?? traced(query);
  if (spec === undefined) return { known: MESSAGES.length, near: nearMisses(query) };
  const layouts = spec.layouts.map(({ from, to, form, verified, parts }) => ({
    versions: from === to ? `${from}` : `${from}-${to}`,
    form: form ?? null,
    verified,
    fields: fieldRows(parts),
  }));
  const row = rowOf(spec);
  const head = [
    `${row.id} ${row.name}`,
    `${row.direction}, ${row.phase}${row.answer === '' ? '' : `; answer: ${row.answer}`}`,
    ...(spec.aliases === undefined ? [] : [`also: ${spec.aliases.join(', ')}`]),
    row.doc,
  ];
  const bodies = layouts.map(({ versions, form, verified, fields }) => {
    const about = form === null ? `versions ${versions}` : `form ${form}`;
    const rows = fields.map(({ name, type, offset, size, optional }) => [
      `  ${name}`,
      type,
      offset,
      size === undefined ? '' : String(size),
      optional ? 'may be missing' : '',
    ]);
    const body = rows.length === 0 ? '  no fields' : table(['  FIELD', 'TYPE', 'OFFSET', 'OCTETS', ''], rows);
    return `${about}, ${verified ? 'captured' : 'unverified'}\n${body}`;
  });
  return { ...row, aliases: spec.aliases ?? [], layouts, text: [head.join('\n'), ...bodies].join('\n\n') };
};

/** Cisco's name, the same without `Message`, and the others. */
const namesOf = ({ name, aliases = [] }: MessageSpec): readonly string[] => [
  name,
  name.replace(/Message$/, ''),
  ...aliases,
];

/** The middle of names in CUCM's traces, such as `StationRegisterMessageID` and `StationOutputRegisterAck`. */
const middleOf = (name: string): string =>
  name.replace(/^Station(?:Output|D|Init)?(?=.)/i, '').replace(/Message(?:Id)?$/i, '');

/** Finds a message by its name in traces, which leave out `Req`. */
const traced = (query: string): MessageSpec | undefined => {
  const middle = middleOf(query).toLowerCase();
  const called = (ending: string) => (spec: MessageSpec) => middleOf(spec.name).toLowerCase() === middle + ending;
  return MESSAGES.find(called('')) ?? MESSAGES.find(called('req'));
};

const MOST_NEAR = 5;
const SHORTEST_PART = 4;

/** The name with the smallest difference, and the names that contain the query. */
const nearMisses = (query: string): readonly string[] => {
  const middle = middleOf(query);
  const best = nearest(query, MESSAGES.flatMap(namesOf)) ?? nearest(middle, MESSAGES.flatMap(namesOf));
  const holding = MESSAGES.filter(
    ({ name }) => middle.length >= SHORTEST_PART && name.toLowerCase().includes(middle.toLowerCase()),
  ).map(({ name }) => name);
  return [...new Set([...(best === undefined ? [] : [best]), ...holding])].slice(0, MOST_NEAR);
};
