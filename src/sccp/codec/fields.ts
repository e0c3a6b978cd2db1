// The kinds of field that hold one value: numbers, texts, octets and addresses (`sccp.md` §1, §5).

import { type Codec, type Kind, kind, type Names, widened } from './layout.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** The version from which media addresses have a type word and 16 octets (`sccp.md` §10). */
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

/** An unsigned number of one octet. */
export const u8 = kind(() => number('u8', 1, readU8, writeU8));
/** An unsigned number of two octets, little-endian. */
export const u16 = kind(() => number('u16 LE', 2, readU16, writeU16));
/** An unsigned number of four octets, little-endian. */
export const u32 = kind(() => number('u32 LE', 4, readU32, writeU32));
/** A signed number in two's complement. */
export const i32 = kind(() => number('i32 LE', 4, (from) => from.u32() | 0, writeU32));

/** A number whose values have names. Other numbers are legal, too. */
export const enumerated = (names: Names): Kind<number> => kind(() => number('u32 LE', 4, readU32, writeU32, names));
/** The same in one octet. */
export const enumerated8 = (names: Names): Kind<number> => kind(() => number('u8', 1, readU8, writeU8, names));

const text = (size: number, room: number): Kind<string> =>
  kind(() => ({
    notation: `string[${size}]`,
    need: 1,
    size,
    room: size,
    read: (from) => from.chars(size),
    write: (to, value) => to.chars(value ?? '', size, room),
  }));

/** A text in a field of `size` octets, padded with NULs. A longer text is cut so that one NUL remains. */
export const chars = (size: number): Kind<string> => text(size, size - 1);

/** A text that may fill its field of `size` octets to the last octet. */
export const filled = (size: number): Kind<string> => text(size, size);

/** A directory number: 24 octets, and 25 from version 18 on, which makes the fields after it unaligned. */
export const directoryNumber = widened(chars(24), LONG_NUMBERS, chars(25));

/** A text that ends with a NUL; sent with at most `most` octets, the NUL included. */
export const terminated = (most: number): Kind<string> =>
  kind(() => ({
    notation: 'NUL-terminated',
    need: 1,
    size: undefined,
    room: most,
    read: (from) => from.terminated(),
    write: (to, value) => to.terminated(value ?? '', most),
  }));

/** Octets of no known meaning; the value is lower-case hexadecimal. */
export const octets = (size: number): Kind<string> =>
  kind(() => ({
    notation: `bytes[${size}]`,
    need: size,
    size,
    room: size,
    read: (from) => from.hex(size),
    write: (to, value) => (value === undefined ? to.zeros(size) : to.hex(value, size)),
  }));

/** Padding: sent as zeros, and read as it came. */
export const pad = (size: number): Kind<string, true> => ({
  ...octets(size),
  optional: true,
  presence: 'zero-default',
});

/** An IPv4 address. */
export const ipv4 = kind<string>(() => ({
  notation: 'IPv4, network order',
  need: 4,
  size: 4,
  room: 4,
  read: (from) => from.ipv4(),
  write: (to, value) => (value === undefined ? to.zeros(4) : to.ipv4(value)),
}));

/** An IPv6 address. */
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

/** A media address: 4 octets; from version 17 on 16 octets, whose meaning the field `type` gives. */
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

/** An address in a list: 4 octets; from version 17 on a type word and 16 octets. */
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

/** The type word of the address in the field `of`, from version 17 on; taken from that address if it is left out. */
export const addressType = (of: string, names: Names): Kind<number, true> => ({
  ...kind<number>(
    () => ({
      ...number('u32 LE', 4, readU32, writeU32, names),
      derived: true,
      write: (to, value, owner) => to.u32(value ?? (String(owner[of] ?? '').includes(':') ? IPV6 : 0)),
    }),
    [WIDE_ADDRESSES],
  ),
  optional: true,
  presence: 'zero-default',
  from: WIDE_ADDRESSES,
});
