// The kinds of field that bodies are made of: numbers, texts, addresses, records and arrays (`sccp.md` §1, §5).

import type { Reader, Texts, Writer } from './bytes.js';
import {
  type Codec,
  compile,
  type Fields,
  type Kind,
  kind,
  type Names,
  readParts,
  type Values,
  type ValuesOf,
  widened,
  writeParts,
} from './layout.js';

const NOTHING: Values = {};

/** The version from which media addresses are a type word and 16 octets (`sccp.md` §10). */
const WIDE_ADDRESSES = 17;
/** The version from which directory numbers have 25 octets. */
const LONG_NUMBERS = 18;
const IPV6 = 1;

const number = (
  notation: string,
  size: number,
  read: (from: Reader) => number,
  write: (to: Writer, value: number) => void,
  names?: Names,
): Codec<number> => ({
  notation,
  need: size,
  size,
  room: size,
  read,
  write: (to, value) => write(to, value ?? 0),
  ...(names === undefined ? {} : { names }),
});

const readU8 = (from: Reader): number => from.u8();
const readU16 = (from: Reader): number => from.u16();
const readU32 = (from: Reader): number => from.u32();
const writeU8 = (to: Writer, value: number): void => to.u8(value);
const writeU16 = (to: Writer, value: number): void => to.u16(value);
const writeU32 = (to: Writer, value: number): void => to.u32(value);

export const u8 = kind(() => number('u8', 1, readU8, writeU8));
export const u16 = kind(() => number('u16 LE', 2, readU16, writeU16));
export const u32 = kind(() => number('u32 LE', 4, readU32, writeU32));
/** Two's complement. */
export const i32 = kind(() => number('i32 LE', 4, (from) => from.u32() | 0, writeU32));

/** A number whose values have names. Any other number is legal too. */
export const enumerated = (names: Names): Kind<number> => kind(() => number('u32 LE', 4, readU32, writeU32, names));
export const enumerated8 = (names: Names): Kind<number> => kind(() => number('u8', 1, readU8, writeU8, names));

/** How many elements the array of that name in the same record has; sent as such where it is left out. */
export const countOf = (array: string): Kind<number, true> => ({
  ...kind<number>(() => ({
    ...number('u32 LE', 4, readU32, writeU32),
    write: (to, value, owner) => to.u32(value ?? lengthOf(owner[array], to.texts)),
  })),
  optional: true,
  presence: 'spare',
});

const lengthOf = (value: unknown, texts: Texts): number =>
  typeof value === 'string' && texts === 'utf8'
    ? Buffer.byteLength(value)
    : ((value as ArrayLike<unknown>)?.length ?? 0);

const text = (size: number, room: number): Kind<string> =>
  kind(() => ({
    notation: `string[${size}]`,
    need: 1,
    size,
    room: size,
    read: (from) => from.chars(size),
    write: (to, value) => to.chars(value ?? '', size, room),
  }));

/** Text in a fixed field, NUL padded; what is too long is cut so that one NUL stays. */
export const chars = (size: number): Kind<string> => text(size, size - 1);

/** Text that may fill its fixed field to the last octet. */
export const filled = (size: number): Kind<string> => text(size, size);

/** A directory number: 24 octets, 25 from version 18 on, where what follows is unaligned. */
export const directoryNumber = widened(chars(24), LONG_NUMBERS, chars(25));

/** Text that ends with a NUL, of at most `most` octets with it when sent. */
export const terminated = (most: number): Kind<string> =>
  kind(() => ({
    notation: 'NUL-terminated',
    need: 1,
    size: undefined,
    room: most,
    read: (from) => from.terminated(),
    write: (to, value) => to.terminated(value ?? '', most),
  }));

/** Octets without a meaning of their own, as lower-case hexadecimal digits. */
export const octets = (size: number): Kind<string> =>
  kind(() => ({
    notation: `bytes[${size}]`,
    need: size,
    size,
    room: size,
    read: (from) => from.hex(size),
    write: (to, value) => (value === undefined ? to.zeros(size) : to.hex(value, size)),
  }));

/** Padding: zeros when sent, kept as it came when read. */
export const pad = (size: number): Kind<string, true> => ({ ...octets(size), optional: true, presence: 'spare' });

export const ipv4 = kind<string>(() => ({
  notation: 'IPv4, network order',
  need: 4,
  size: 4,
  room: 4,
  read: (from) => from.ipv4(),
  write: (to, value) => (value === undefined ? to.zeros(4) : to.ipv4(value)),
}));

export const ipv6 = kind<string>(() => ({
  notation: '16 bytes, network order',
  need: 16,
  size: 16,
  room: 16,
  read: (from) => from.ipv6(),
  write: (to, value) => (value === undefined ? to.zeros(16) : to.ipv6(value)),
}));

const readEither = (from: Reader, isIpv6: boolean): string => {
  if (isIpv6) return from.ipv6();
  const address = from.ipv4();
  from.at += 12;
  return address;
};

const writeEither = (to: Writer, address: string): void => {
  if (address.includes(':')) to.ipv6(address);
  else {
    to.ipv4(address);
    to.zeros(12);
  }
};

/** A media address: 4 octets, from version 17 on 16 that hold what the field `type` says. */
export const address = (type: string): Kind<string> =>
  widened(
    ipv4,
    WIDE_ADDRESSES,
    kind<string>(() => ({
      notation: '16 bytes, network order',
      need: 16,
      size: 16,
      room: 16,
      read: (from, owner) => readEither(from, owner[type] === IPV6),
      write: (to, value) => (value === undefined ? to.zeros(16) : writeEither(to, value)),
    })),
  );

/** An address of a list: 4 octets, from version 17 on a type word and 16 octets. */
export const typedAddress: Kind<string> = widened(
  ipv4,
  WIDE_ADDRESSES,
  kind<string>(() => ({
    notation: 'type word and 16 bytes, network order',
    need: 20,
    size: 20,
    room: 20,
    read: (from) => readEither(from, from.u32() === IPV6),
    write: (to, value) => {
      to.u32(value?.includes(':') === true ? IPV6 : 0);
      if (value === undefined) to.zeros(16);
      else writeEither(to, value);
    },
  })),
);

/** The type word of the address in the field `of`, from version 17 on; sent as that address is where it is left out. */
export const addressType = (of: string, names: Names): Kind<number, true> => ({
  ...kind<number>(
    () => ({
      ...number('u32 LE', 4, readU32, writeU32, names),
      write: (to, value, owner) => to.u32(value ?? (String(owner[of] ?? '').includes(':') ? IPV6 : 0)),
    }),
    [WIDE_ADDRESSES],
  ),
  optional: true,
  presence: 'spare',
  from: WIDE_ADDRESSES,
});

const breaksOf = (fields: Fields): number[] => Object.values(fields).flatMap(({ breaks }) => breaks);

/** Fields with a name in common. */
export const record = <const F extends Fields>(fields: F): Kind<ValuesOf<F>> =>
  kind((version) => {
    const parts = compile(fields, version);
    return {
      notation: 'record',
      need: parts.list[0]?.need ?? 0,
      size: parts.size,
      room: parts.room,
      parts,
      read: (from) => {
        const values: Values = {};
        readParts(parts, from, values);
        return values as ValuesOf<F>;
      },
      write: (to, value, _owner, whole) => writeParts(parts, to, (value as Values | undefined) ?? NOTHING, whole),
    };
  }, breaksOf(fields));

/** Elements of a fixed size: reads at most `count` that the body holds whole, writes exactly `slots`. */
const array = <T>(
  element: Codec<T>,
  slots: number,
  count: (owner: Values) => number,
  fill: (to: Writer) => void,
): Codec<readonly T[]> => {
  const { size } = element;
  if (size === undefined) throw new RangeError(`an array of ${element.notation} has no slots`);
  return {
    notation: `${slots} x ${size}`,
    need: 0,
    size: slots * size,
    room: slots * size,
    element,
    read: (from, owner) => {
      const values: T[] = [];
      const length = Math.min(slots, count(owner), Math.floor((from.end - from.at) / size));
      for (let index = 0; index < length; index += 1) values.push(element.read(from, owner));
      return values;
    },
    write: (to, values = [], owner) => {
      const length = Math.min(slots, values.length);
      for (let index = 0; index < length; index += 1) element.write(to, values[index], owner, true);
      for (let index = length; index < slots; index += 1) fill(to);
    },
  };
};

/** Always this many slots; those that are left out are zeros. */
export const slots = <T>(count: number, of: Kind<T, boolean>): Kind<readonly T[]> =>
  kind((version) => {
    const element = of.codec(version);
    const { size = 0 } = element;
    return {
      ...array(
        element,
        count,
        () => count,
        (to) => to.zeros(size),
      ),
      need: size,
    };
  }, of.breaks);

interface CountedOptions {
  /** The field that says how many slots are in use. */
  readonly count: string;
  readonly slots: number;
  /** How many are sent where `slots` do not hold them all. */
  readonly more?: number;
  /** An unused slot as hexadecimal digits; zeros unless given. */
  readonly unused?: string;
}

const countIn =
  (field: string) =>
  (owner: Values): number =>
    Number(owner[field] ?? 0);

/** A table of fixed slots of which a count says how many are used: all are sent, those in use are read. */
export const counted = <T>(
  { count, slots: usual, more, unused }: CountedOptions,
  of: Kind<T, boolean>,
): Kind<readonly T[]> =>
  kind((version) => {
    const element = of.codec(version);
    const { size = 0 } = element;
    const fill = (to: Writer): void => (unused === undefined ? to.zeros(size) : to.hex(unused, size));
    const codec = array(element, usual, countIn(count), fill);
    if (more === undefined) return codec;
    const wide = array(element, more, countIn(count), fill);
    const choose = (values: readonly T[] = []) => (values.length > usual ? wide : codec);
    return {
      ...wide,
      notation: `${usual} or ${codec.notation.replace(`${usual}`, `${more}`)}`,
      size: undefined,
      write: (to, values, owner, whole) => choose(values).write(to, values, owner, whole),
    };
  }, of.breaks);

/** As `counted`, but only the slots in use are sent. */
export const trimmed = <T>({ count, slots: most }: CountedOptions, of: Kind<T, boolean>): Kind<readonly T[]> =>
  kind((version) => {
    const element = of.codec(version);
    const { size = 0 } = element;
    return {
      ...array(element, most, countIn(count), () => {}),
      notation: `at most ${most} x ${size}`,
      size: undefined,
    };
  }, of.breaks);

/** Numbers in a row that the reference shows as bytes: an array as a value, hexadecimal digits when told. */
const row = (count: number, size: 1 | 2 | 4, of: Kind<number>): Kind<readonly number[]> =>
  kind((version) => ({
    ...array(
      of.codec(version),
      count,
      () => count,
      (to) => to.zeros(size),
    ),
    notation: `bytes[${count * size}]`,
    need: count * size,
    tell: (values) => values.map((value) => littleEndian(value, size)).join(''),
  }));

const littleEndian = (value: number, size: number): string => {
  let digits = '';
  for (let index = 0; index < size; index += 1)
    digits += ((value >>> (8 * index)) & 0xff).toString(16).padStart(2, '0');
  return digits;
};

export const u8s = (count: number): Kind<readonly number[]> => row(count, 1, u8);
export const u16s = (count: number): Kind<readonly number[]> => row(count, 2, u16);
export const u32s = (count: number): Kind<readonly number[]> => row(count, 4, u32);

/** Text of as many octets as the field `count` says, at most `most`; `fixed`: sent with zeros up to `most`. */
export const measured = (count: string, most: number, fixed = false): Kind<string> =>
  kind(() => ({
    notation: `<= ${most} text`,
    need: 0,
    size: fixed ? most : undefined,
    room: most,
    read: (from, owner) => {
      const text = from.chars(Math.min(countIn(count)(owner), most));
      if (fixed) from.at = from.end;
      return text;
    },
    write: (to, value, owner) => {
      const used = Math.min(most, Number(owner[count] ?? lengthOf(value, to.texts)));
      to.chars(value ?? '', fixed ? most : used, used);
    },
  }));
