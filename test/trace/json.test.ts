import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeJson } from '../../src/trace/json.js';

const AT = 3;

const written = (value: unknown, room = 100_000): string => {
  const bytes = Buffer.alloc(room);
  const end = writeJson(bytes, AT, value);
  expect(end).toBeLessThanOrEqual(room);
  return bytes.toString('utf8', AT, end);
};

describe('a fact as octets', () => {
  it.each([
    {},
    [],
    '',
    'plain',
    'a "quote", a \\ and a \u007f',
    'tab\tline\n\u0000\u001f',
    'ü € 漢 ☎️ \ud83d\ude00',
    'half of a pair \ud83d',
    'next line\u2028paragraph\u2029',
    0,
    -0,
    7,
    10,
    99,
    100,
    1_795_725_743_648,
    Number.MAX_SAFE_INTEGER,
    Number.MAX_VALUE,
    -1,
    1.5,
    1e-7,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    true,
    false,
    null,
    [undefined, null],
    { first: undefined, second: 1, third: undefined },
    { first: undefined },
    { 'a "name"': 1, ü: 2, '': 3 },
    { deep: [{ er: [[1], { b: [] }] }] },
    new Date(0),
    { at: new Date(0) },
    Buffer.from('octets'),
    new Map([[1, 2]]),
  ])('is what JSON.stringify makes of it: %j', (value) => {
    expect(written(value)).toBe(JSON.stringify(value));
  });

  it('is so for whatever may be told', () => {
    fc.assert(
      fc.property(fc.anything({ withDate: true, withSparseArray: true, withUnicodeString: true }), (value) => {
        expect(written([value])).toBe(JSON.stringify([value]));
      }),
    );
  });

  it('is so for names without end', () => {
    for (let count = 0; count < 5000; count += 1) {
      const value = { [`name ${count}`]: count, name: count };
      expect(written(value, 100)).toBe(JSON.stringify(value));
    }
  });

  it('ends behind the end of what it was to be written to where it has no room, and leaves what stands before it', () => {
    const value = {
      name: 'plain',
      other: 'ü€',
      counts: [1_000_000, 2, 1.5],
      flag: true,
      far: { away: 'x'.repeat(50) },
    };
    const whole = JSON.stringify(value);
    const length = Buffer.byteLength(whole);
    for (let room = 0; room < AT + length; room += 1) {
      const bytes = Buffer.alloc(room, 0xee);
      expect(writeJson(bytes, AT, value)).toBeGreaterThan(room);
      expect(bytes.subarray(0, AT).every((octet) => octet === 0xee)).toBe(true);
    }
    expect(written(value, 2 * length)).toBe(whole);
  });
});
