// The kinds of field that hold several values: records, tables of slots, and texts whose length is in another field
// (`sccp.md` §5).

import { u8, u16, u32 } from './fields.js';
import {
  type Codec,
  compile,
  type FieldKinds,
  type Kind,
  kind,
  readParts,
  type Values,
  type ValuesOf,
  writeParts,
} from './layout.js';
import type { TextEncoding } from './writer.js';

const NOTHING: Values = {};

const breaksOf = (fields: FieldKinds): number[] => Object.values(fields).flatMap(({ breaks }) => breaks);

/** A group of fields under one name. */
export const record = <const F extends FieldKinds>(fields: F): Kind<ValuesOf<F>> =>
  kind((version) => {
    const parts = compile(fields, version);
    return {
      notation: 'record',
      need: parts.list[0]?.need ?? 0,
      size: parts.size,
      room: parts.room,
      parts,
      read: (from) => {
        const values = parts.blank();
        readParts(parts, from, values);
        return values as ValuesOf<F>;
      },
      write: (to, value, _owner, whole) => writeParts(parts, to, (value as Values | undefined) ?? NOTHING, whole),
    };
  }, breaksOf(fields));

interface Table {
  /** How many elements are sent, unused ones included. */
  readonly slots: number;
  /** The name of the field that says how many of them are in use; absent: all are. */
  readonly count?: string;
  /** The octets of an unused element in hexadecimal; zeros unless given. */
  readonly unused?: string;
}

const countIn = (owner: Values, field: string): number => Number(owner[field] ?? 0);

/** Elements of a fixed size. Reads those in use that the body holds completely; writes every slot. */
const table = <T>(element: Codec<T>, { slots, count, unused }: Table): Codec<readonly T[]> => {
  const { size } = element;
  if (size === undefined) throw new RangeError(`a table of ${element.notation} has no slots`);
  return {
    notation: `${slots} x ${size}`,
    need: count === undefined ? size : 0,
    size: slots * size,
    room: slots * size,
    element,
    ...(count === undefined ? {} : { countedBy: count }),
    read: (from, owner) => {
      const values: T[] = [];
      const used = count === undefined ? slots : Math.min(slots, countIn(owner, count));
      const length = Math.min(used, Math.floor((from.end - from.at) / size));
      for (let index = 0; index < length; index += 1) values.push(element.read(from, owner));
      if (length < used) from.ended = true; // what follows, if anything, is part of an element
      return values;
    },
    write: (to, values = [], owner) => {
      const length = Math.min(slots, values.length);
      for (let index = 0; index < length; index += 1) element.write(to, values[index], owner, true);
      for (let index = length; index < slots; index += 1)
        if (unused === undefined) to.zeros(size);
        else to.hex(unused, size);
    },
  };
};

/** A table of always `count` elements; those that are left out are written as zeros. */
export const slots = <T>(count: number, of: Kind<T, boolean>): Kind<readonly T[]> =>
  kind((version) => table(of.codec(version), { slots: count }), of.breaks);

interface Counted extends Table {
  readonly count: string;
  /** How many are sent if `slots` are not enough. */
  readonly more?: number;
}

/** A table with a count of the slots in use: all slots are sent, and those in use are read. Must be the last field. */
export const counted = <T>({ more, ...usual }: Counted, of: Kind<T, boolean>): Kind<readonly T[]> =>
  kind((version) => {
    const narrow = table(of.codec(version), usual);
    if (more === undefined) return narrow;
    const wide = table(of.codec(version), { ...usual, slots: more });
    return {
      ...wide,
      notation: `${narrow.notation} or ${wide.notation}`,
      size: undefined,
      write: (to, values = [], owner, whole) =>
        (values.length > usual.slots ? wide : narrow).write(to, values, owner, whole),
    };
  }, of.breaks);

/** Like `counted`, but only the slots in use are sent. */
export const trimmed = <T>({ count, slots }: Counted, of: Kind<T, boolean>): Kind<readonly T[]> =>
  kind((version) => {
    const element = of.codec(version);
    const full = table(element, { slots, count });
    return {
      ...full,
      notation: `at most ${full.notation}`,
      size: undefined,
      write: (to, values = [], owner) => {
        for (const value of values.slice(0, slots)) element.write(to, value, owner, true);
      },
    };
  }, of.breaks);

/** Numbers in a row that the reference shows as bytes: the value is an array, its text hexadecimal digits. */
const row = (count: number, size: 1 | 2 | 4, of: Kind<number>): Kind<readonly number[]> =>
  kind((version) => ({
    ...table(of.codec(version), { slots: count }),
    notation: `bytes[${count * size}]`,
    need: count * size,
    format: (values) => values.map((value) => littleEndian(value, size)).join(''),
  }));

const littleEndian = (value: number, size: number): string => {
  let digits = '';
  for (let index = 0; index < size; index += 1)
    digits += ((value >>> (8 * index)) & 0xff).toString(16).padStart(2, '0');
  return digits;
};

/** `count` numbers of one octet. */
export const u8s = (count: number): Kind<readonly number[]> => row(count, 1, u8);
/** `count` numbers of two octets, little-endian. */
export const u16s = (count: number): Kind<readonly number[]> => row(count, 2, u16);
/** `count` numbers of four octets, little-endian. */
export const u32s = (count: number): Kind<readonly number[]> => row(count, 4, u32);

/** A text of as many octets as the field `count` says, at most `most`. `fixed`: it is sent with zeros up to `most`. */
export const measured = (count: string, most: number, fixed = false): Kind<string> =>
  kind(() => ({
    notation: `<= ${most} text`,
    need: 0,
    size: fixed ? most : undefined,
    room: most,
    countedBy: count,
    read: (from, owner) => {
      const text = from.chars(Math.min(countIn(owner, count), most));
      if (fixed) from.at = from.end;
      return text;
    },
    write: (to, value, owner) => {
      const used = Math.min(most, Number(owner[count] ?? lengthOf(value, to.texts)));
      to.chars(value ?? '', fixed ? most : used, used);
    },
  }));

/** The number of elements of the array `array` in the same record; computed if it is left out. */
export const countOf = (array: string): Kind<number, true> => ({
  ...kind<number>(() => ({
    ...u32.codec(0),
    write: (to, value, owner) => to.u32(value ?? lengthOf(owner[array], to.texts)),
  })),
  optional: true,
  presence: 'zero-default',
});

const lengthOf = (value: unknown, texts: TextEncoding): number =>
  typeof value === 'string' && texts === 'utf8'
    ? Buffer.byteLength(value)
    : ((value as ArrayLike<unknown>)?.length ?? 0);
