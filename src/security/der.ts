// The few forms of DER (X.690) that certificates need: written, and read within bounds. Node can read certificates and
// sign, but cannot make one, and does not say in which order the parts of a name stand.

import { ProtocolError } from '../core/errors.js';

/** The tags of DER that certificates use. */
export const DER_TAG = {
  boolean: 1,
  integer: 2,
  bits: 3,
  octets: 4,
  null: 5,
  oid: 6,
  utf8: 12,
  printable: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Writes tag, length, content. */
export const der = (tag: number, ...content: readonly Buffer[]): Buffer => {
  const value = Buffer.concat(content);
  if (value.length < 0x80) return Buffer.concat([Buffer.from([tag, value.length]), value]);
  const length: number[] = [];
  for (let left = value.length; left > 0; left >>>= 8) length.unshift(left & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), value]);
};

/** Writes an integer whose octets are its magnitude: an octet 0 goes before a set top bit, so that it stays positive. */
export const derInteger = (magnitude: Buffer): Buffer =>
  der(DER_TAG.integer, ((magnitude[0] ?? 0) & 0x80) === 0 ? magnitude : Buffer.concat([Buffer.from([0]), magnitude]));

/** Writes a BIT STRING; `unused`: how many bits at its end mean nothing. */
export const derBits = (bytes: Buffer, unused = 0): Buffer => der(DER_TAG.bits, Buffer.from([unused]), bytes);

/** Writes an object identifier such as `2.5.4.3`. */
export const derOid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    octets.push(...groups);
  }
  return der(DER_TAG.oid, Buffer.from(octets));
};

/** One value of DER. */
export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
  /** Tag, length and content. */
  readonly whole: Buffer;
}

/** The most values that are read in one constructed value: no certificate has so many. */
const MOST_VALUES = 256;

/** Reads the values that stand in these octets, one after the other. Throws a `ProtocolError` (`DER`). */
export const derValues = (bytes: Buffer): readonly DerValue[] => {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length; ) {
    const value = derValue(bytes, at);
    values.push(value);
    if (values.length > MOST_VALUES) throw new ProtocolError('DER', `more than ${MOST_VALUES} values`, at);
    at += value.whole.length;
  }
  return values;
};

/** Reads the value that begins at `at`. Throws a `ProtocolError` (`DER`) if it runs past the end. */
export const derValue = (bytes: Buffer, at = 0): DerValue => {
  const [tag, short] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || short === undefined) throw new ProtocolError('DER', 'a value without a length', at);
  let length = short;
  let start = at + 2;
  if (short >= 0x80) {
    const octets = short & 0x7f;
    if (octets === 0 || octets > 3) throw new ProtocolError('DER', `a length of ${octets} octets`, at);
    if (start + octets > bytes.length) throw new ProtocolError('DER', 'a length past the end', at);
    length = bytes.readUIntBE(start, octets);
    start += octets;
  }
  if (start + length > bytes.length) throw new ProtocolError('DER', `a value of ${length} octets past the end`, at);
  return { tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) };
};

/** Makes the PEM form of DER. `label`: what stands in its first line, such as `CERTIFICATE`. */
export const pemOf = (bytes: Buffer, label = 'CERTIFICATE'): string =>
  `-----BEGIN ${label}-----\n${bytes
    .toString('base64')
    .replace(/(.{64})/g, '$1\n')
    .trimEnd()}\n-----END ${label}-----\n`;
