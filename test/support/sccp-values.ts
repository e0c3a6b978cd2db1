// Generated values for SCCP messages, made from the declarations: any legal content of every field, tails present or
// not, counts that agree with what they count.

import fc from 'fast-check';
import type { Codec, Parts, Values } from '../../src/sccp/codec/layout.js';
import type { TextEncoding } from '../../src/sccp/codec/writer.js';
import { labelled } from '../../src/sccp/tables/labels.js';

const latin1 = (most: number): fc.Arbitrary<string> =>
  fc.string({
    maxLength: most,
    unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
  });

/** UTF-8 text of at most `most` octets, with label codes between its characters. */
const utf8 = (most: number): fc.Arbitrary<string> => {
  const plain = fc.string({ unit: 'binary', maxLength: 6 }).map((text) => text.replace(/[\0\u0080]/g, 'x'));
  const label = fc.integer({ min: 1, max: 255 }).map(labelled);
  return fc.array(fc.oneof(plain, label), { maxLength: 6 }).map((pieces) => {
    let text = '';
    let octets = 0;
    for (const piece of pieces) {
      octets += piece.startsWith('\u0080') ? 2 : Buffer.byteLength(piece);
      if (octets > most) break;
      text += piece;
    }
    return text;
  });
};

const ipv4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.'));
const ipv6 = fc.oneof(
  fc.constantFrom('::', '::1', '2001:db8::1', 'fe80::1:2', '2001:0:0:1::1', '1::'),
  fc
    .array(fc.integer({ min: 1, max: 0xffff }), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.map((group) => group.toString(16)).join(':')),
);

const NUMBERS: Readonly<Record<string, fc.Arbitrary<number>>> = {
  u8: fc.nat(0xff),
  'u16 LE': fc.nat(0xffff),
  'u32 LE': fc.integer({ min: 0, max: 0xffffffff }),
  'i32 LE': fc.integer({ min: -0x80000000, max: 0x7fffffff }),
};

const anyValueOf = (codec: Codec, texts: TextEncoding): fc.Arbitrary<unknown> => {
  const { notation, element, parts } = codec;
  const text = texts === 'utf8' ? utf8 : latin1;
  if (parts !== undefined) return anyValuesOf(parts, texts);
  if (element !== undefined) {
    const slots = Math.round(codec.room / element.room);
    const minLength = codec.countedBy === undefined ? slots : 0;
    return fc.array(anyValueOf(element, texts), { minLength, maxLength: slots, size: 'max' });
  }
  if (codec.countedBy !== undefined) return text(Math.min(codec.room, 40));
  const number = NUMBERS[notation];
  if (number !== undefined) return number;
  if (notation.startsWith('string[')) return text(codec.room - 1);
  if (notation === 'NUL-terminated') return text(codec.room - 1);
  if (notation.startsWith('bytes['))
    return fc
      .uint8Array({ minLength: codec.room, maxLength: codec.room })
      .map((bytes) => Buffer.from(bytes).toString('hex'));
  if (notation.startsWith('IPv4')) return ipv4;
  if (notation.startsWith('type word')) return fc.oneof(ipv4, ipv6);
  if (notation.startsWith('16 bytes')) return ipv6;
  throw new Error(`no values for ${notation}`);
};

/** Fields of a layout; those of a tail are there up to a random end. */
export const anyValuesOf = ({ list, least }: Parts, texts: TextEncoding): fc.Arbitrary<Values> => {
  const record = Object.fromEntries(list.map(({ name, codec }) => [name, anyValueOf(codec, texts)]));
  return fc.tuple(fc.record(record), fc.integer({ min: least, max: list.length - 1 })).map(([values, wanted]) => {
    const end = list[wanted]?.last ?? list.length - 1;
    const kept: Values = {};
    for (const [index, part] of list.entries()) {
      if (index > Math.max(end, least)) break;
      const counts = list.find(({ codec }) => codec.countedBy === part.name);
      if (counts !== undefined) kept[part.name] = lengthOf(values[counts.name], texts);
      else if (part.codec.derived !== true) kept[part.name] = values[part.name];
    }
    return kept;
  });
};

const lengthOf = (value: unknown, texts: TextEncoding): number => {
  if (typeof value !== 'string') return (value as readonly unknown[]).length;
  if (texts === 'latin1') return value.length;
  return value
    .split(/(\u0080[\s\S])/)
    .reduce((sum, piece) => sum + (piece.startsWith('\u0080') ? 2 : Buffer.byteLength(piece)), 0);
};

/** Every field of a layout with a value of its own, counts agreeing, addresses IPv4 or, where there is room, IPv6. */
export const distinctValuesOf = (parts: Parts): Values => {
  let next = 0x11223300;
  const one = ({ notation, parts, element, names, countedBy, room }: Codec): unknown => {
    next += 1;
    if (parts !== undefined) return every(parts);
    if (element !== undefined) return Array.from({ length: Math.round(room / element.room) }, () => one(element));
    if (countedBy !== undefined) return '<x>text</x>';
    if (names !== undefined) return names.nameOf(4) === undefined ? 1 : 4;
    if (notation === 'u8') return next & 0x7f;
    if (notation === 'u16 LE') return next & 0x7fff;
    if (notation === 'u32 LE') return next;
    if (notation === 'i32 LE') return 5;
    if (notation.startsWith('string') || notation.startsWith('NUL')) return `t${next & 0xffff}`.slice(0, room - 1);
    if (notation.startsWith('bytes')) return '11'.repeat(room);
    if (notation.startsWith('IPv4')) return `10.1.2.${next & 0xff}`;
    return `2001:db8::${(next & 0xfff) + 1}`;
  };
  const every = ({ list }: Parts): Values => {
    const values: Values = Object.fromEntries(list.map(({ name, codec }) => [name, one(codec)]));
    for (const { name, codec } of list)
      if (codec.countedBy !== undefined) values[codec.countedBy] = (values[name] as { length: number }).length;
    for (const { name, codec } of list) if (codec.derived === true) values[name] = 1;
    return values;
  };
  return every(parts);
};
