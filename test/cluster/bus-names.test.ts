// Names on the bus, both ways, by table and with generated names.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  askSubject,
  bucketOf,
  escapedName,
  keyOf,
  namesOf,
  newsSubject,
  unescapedName,
} from '../../src/cluster/bus-names.js';

describe('names on the bus', () => {
  test.each([
    ['SEP0011_-', 'SEP0011_-'],
    ['*41', '=2A41'],
    ['+49', '=2B49'],
    ['a.b c', 'a=2Eb=20c'],
    ['=', '=3D'],
    ['ü', '=C3=BC'],
    ['>', '=3E'],
  ])('%j is written %s', (name, escaped) => {
    expect(escapedName(name)).toBe(escaped);
    expect(unescapedName(escaped)).toBe(name);
  });

  test.each(['', '=', '=2', '=2a', '=4', 'a b', '=41', 'ü', '=FF', '=C3', 'a.b', '*'])(
    '%j is no escaped name',
    (text) => {
      expect(unescapedName(text)).toBeUndefined();
    },
  );

  test('any names make a key that the engine takes, and come back from it', () => {
    const name = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
        const key = keyOf(...names);
        expect(key).toMatch(/^[A-Za-z0-9_=-]+(\.[A-Za-z0-9_=-]+)*$/);
        expect(namesOf(key)).toEqual(names);
      }),
    );
  });

  test('what was not made of names is no key', () => {
    for (const key of ['', '.', 'a.', '.a', 'a..b', 'a. b']) expect(namesOf(key)).toBeUndefined();
  });

  test('two clusters never share a bucket', () => {
    const name = fc.oneof(
      fc.string({
        minLength: 1,
        maxLength: 6,
        unit: fc.constantFrom('a', '_', '-', '2', '0', '5', 'F', ' ', '=', '.'),
      }),
      fc.string({ minLength: 1, unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(name, name, (one, other) => {
        const buckets = [bucketOf(one, 'nodes'), bucketOf(other, 'nodes')];
        expect(buckets[0] === buckets[1]).toBe(one === other);
        for (const bucket of buckets) expect(bucket).toMatch(/^[A-Za-z0-9_-]+$/);
      }),
      { numRuns: 2_000 },
    );
  });

  test('buckets and subjects', () => {
    expect(bucketOf('Lab_201', 'nodes')).toBe('labcm_Lab_201_nodes');
    expect(bucketOf('Lab 1', 'nodes')).toBe('labcm-Lab_201_nodes');
    expect(bucketOf('Lab_ 1', 'nodes')).toBe('labcm-Lab_5F_201_nodes');
    expect(bucketOf('Lab.1', 'nodes')).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(askSubject('Lab 1', 'CM.1')).toBe('labcm.Lab=201.node.CM=2E1.ask');
    expect(newsSubject('L', 'call')).toBe('labcm.L.event.call');
  });
});
