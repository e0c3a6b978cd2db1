import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OptionValue } from '../../src/dhcp/option-kinds.js';
import { decodeOption, OPTIONS, optionRow, parseOption } from '../../src/dhcp/options.js';

const encoded = (key: string | number, value: unknown): string => {
  const found = parseOption(key, value);
  return 'fault' in found ? `${found.fault}: ${found.wanted}` : `${found.code} ${found.bytes.toString('hex')}`;
};

describe('an option', () => {
  it.each<[string | number, unknown, string]>([
    ['router', '10.0.0.1', '3 0a000001'],
    ['routers', ['10.0.0.1', '10.0.0.2'], '3 0a0000010a000002'],
    [42, ['10.0.0.1'], '42 0a000001'],
    ['NTP-Servers', '10.0.0.1', '42 0a000001'],
    ['time-offset', -3600, '2 fffff1f0'],
    ['interface-mtu', 1500, '26 05dc'],
    ['ip-forwarding', true, '19 01'],
    ['host-name', 'lab', '12 6c6162'],
    ['vendor-specific', '01:04:0a:00:00:01', '43 01040a000001'],
    ['domain-search', ['lab.example', 'example.'], '119 036c6162076578616d706c6500076578616d706c6500'],
    ['routes', ['10.0.0.0/8 via 10.1.1.1', '0.0.0.0/0 via 10.1.1.2'], '121 080a0a010101000a010102'],
    ['path-mtu-plateau-table', [68, 1500], '25 004405dc'],
    ['static-routes', ['10.0.0.1', '10.0.0.2'], '33 0a0000010a000002'],
    [200, '0a1b', '200 0a1b'],
    ['242', 'MCIPADD=10.0.0.1', '242 4d4349504144443d31302e302e302e31'],
    [43, { hex: 'ff00' }, '43 ff00'],
    ['interface-mtu', { hex: '05' }, '26 05'],
  ])('%s of %j goes onto the wire as %s', (key, value, wanted) => {
    expect(encoded(key, value)).toBe(wanted);
  });

  it.each<[string | number, unknown, string]>([
    ['router', '10.0.0.256', 'value: an IPv4 address, or a list of such'],
    ['router', [], 'value: an IPv4 address, or a list of such'],
    ['interface-mtu', 65536, 'value: a whole number from 0 to 65535'],
    ['interface-mtu', '1500', 'value: a whole number from 0 to 65535'],
    ['host-name', 'a\0b', 'value: text without NUL'],
    ['static-routes', ['10.0.0.1'], 'value: a list of IPv4 addresses, two by two'],
    ['routes', '10.0.0.0/33 via 10.0.0.1', 'value: a route such as `10.0.0.0/8 via 10.1.1.1`, or a list of such'],
    ['vendor-specific', '0', 'value: hexadecimal octets such as 0a1b2c or 0a:1b:2c'],
    ['domain-search', 'a..b', 'value: a domain name, or a list of such'],
    ['no-such', 1, 'key: the name of an option, or its number from 1 to 254'],
    [0, '', 'key: the name of an option, or its number from 1 to 254'],
    [255, '', 'key: the name of an option, or its number from 1 to 254'],
    [66, 'tftp', 'key: no such option here: it follows from `option150`'],
    ['tftp-server-address', '10.0.0.1', 'key: no such option here: `option150` says it'],
    [82, '00', 'key: no such option here: relays send it, and it goes back as it came'],
  ])('%s of %j is refused with what is wanted', (key, value, wanted) => {
    expect(encoded(key, value)).toBe(wanted);
  });

  it('has one row per code, and names that belong to one code each', () => {
    const names = Object.values(OPTIONS).flatMap((row: { name: string; aliases?: readonly string[] }) => [
      row.name,
      ...(row.aliases ?? []),
    ]);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
  });

  it('of octets that are not of its kind shows them in hexadecimal', () => {
    expect(decodeOption(3, Buffer.from([1, 2, 3]))).toBe('010203');
    expect(decodeOption(150, Buffer.from([10, 0, 0, 1]))).toEqual(['10.0.0.1']);
    expect(decodeOption(82, Buffer.from('0106000400d20105', 'hex'))).toEqual({ 1: '000400d20105' });
    expect(decodeOption(82, Buffer.from('01ff', 'hex'))).toBe('01ff');
    // A name that points at itself.
    expect(decodeOption(119, Buffer.from('c000', 'hex'))).toBe('c000');
    expect(decodeOption(119, Buffer.from('036c616200c000', 'hex'))).toEqual(['lab', 'lab']);
  });

  it('of any octets decodes without raising, and what it decodes to encodes to something that decodes to the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 254 }), fc.uint8Array({ maxLength: 60 }), (code, octets) => {
        const { kind } = optionRow(code);
        const value: OptionValue | undefined = kind.decode(Buffer.from(octets));
        const again = value === undefined ? undefined : kind.encode(value);
        if (again !== undefined) expect(kind.decode(again)).toEqual(value);
      }),
      { numRuns: 5000 },
    );
  });

  const octets = (width: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: width, maxLength: width });
  const several = (width: number): fc.Arbitrary<Uint8Array> =>
    fc.array(octets(width), { minLength: 1, maxLength: 4 }).map((items) => Buffer.concat(items));
  /** RFC 3442: the width of a prefix, as many octets of it as count, a router. */
  const route = fc
    .integer({ min: 0, max: 32 })
    .chain((width) => octets(Math.ceil(width / 8) + 4).map((rest) => Buffer.from([width, ...rest])));

  it.each<[number, fc.Arbitrary<Uint8Array>]>([
    [1, octets(4)],
    [2, octets(4)],
    [3, several(4)],
    [19, fc.boolean().map((yes) => Buffer.from([Number(yes)]))],
    [26, octets(2)],
    [33, several(8)],
    [35, octets(4)],
    [42, several(4)],
    [43, fc.uint8Array({ minLength: 1, maxLength: 16 })],
    [121, fc.array(route, { minLength: 1, maxLength: 4 }).map((routes) => Buffer.concat(routes))],
  ])('%i loses nothing on the way from the wire and back', (code, valid) => {
    const { kind } = optionRow(code);
    fc.assert(
      fc.property(valid, (wire) => {
        const value = kind.decode(Buffer.from(wire));
        expect(value).toBeDefined();
        expect(kind.encode(value as OptionValue)).toEqual(Buffer.from(wire));
      }),
      { numRuns: 200 },
    );
  });
});
