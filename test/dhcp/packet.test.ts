import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DhcpMessage, MAX_MESSAGE, parseMessage } from '../../src/dhcp/packet.js';
import { message, option, rawMessage, TYPE } from './harness.js';

const parsed = (bytes: Buffer): DhcpMessage => {
  const found = parseMessage(bytes);
  if ('malformed' in found) throw new Error(found.malformed);
  return found;
};
const fault = (bytes: Buffer): string | undefined => {
  const found = parseMessage(bytes);
  return 'malformed' in found ? found.malformed : undefined;
};
const END = Buffer.from([255]);
const typed = (...more: Buffer[]): Buffer => rawMessage({ options: Buffer.concat([option(53, 1), ...more]) });

describe('the header', () => {
  it('is read field by field', () => {
    const bytes = rawMessage({
      hops: 3,
      xid: 0xdeadbeef,
      secs: 48,
      ciaddr: '10.0.0.1',
      yiaddr: '10.0.0.2',
      giaddr: '10.0.0.4',
      mac: '00036BA10260',
      options: Buffer.concat([option(53, TYPE.DISCOVER), END]),
    });
    expect(parsed(bytes)).toMatchObject({
      op: 1,
      htype: 1,
      hlen: 6,
      hops: 3,
      xid: 0xdeadbeef,
      secs: 48,
      flags: 0x8000,
      ciaddr: 0x0a000001,
      yiaddr: 0x0a000002,
      siaddr: 0,
      giaddr: 0x0a000004,
      hardwareAddress: '00036BA10260',
      type: 'DISCOVER',
    });
  });

  it.each([
    ['short', message('DISCOVER').subarray(0, 239)],
    ['short', Buffer.alloc(0)],
    ['overlong', Buffer.concat([message('DISCOVER'), Buffer.alloc(MAX_MESSAGE)])],
    ['op', rawMessage({ op: 3 })],
    ['hlen', rawMessage({ hlen: 17 })],
    ['no-identity', rawMessage({ hlen: 0 })],
    ['overrun', typed(Buffer.from([60, 200, 1, 2, 3]))],
    ['overrun', typed(Buffer.from([60]))],
    ['message-type', rawMessage({ options: Buffer.concat([option(53, 1), option(53, 1), END]) })],
    ['message-type', rawMessage({ options: Buffer.concat([option(53, 9), END]) })],
    ['message-type', rawMessage({ options: Buffer.concat([option(53, 0), END]) })],
    ['message-type', rawMessage({ options: Buffer.concat([option(53, [1, 1]), END]) })],
    ['option-length', typed(option(50, [1, 2, 3]), END)],
    ['option-length', typed(option(54, [1, 2, 3, 4, 5]), END)],
    ['option-length', typed(option(57, [1]), END)],
    ['option-length', typed(option(51, []), END)],
    ['option-length', typed(option(61, []), END)],
    ['option-length', typed(option(61, Buffer.alloc(200)), option(61, Buffer.alloc(56)), END)],
    ['overload', typed(option(52, 4), END)],
    ['overload', typed(option(52, [1, 1]), END)],
  ])('that is %s is told apart from others', (reason, bytes) => {
    expect(fault(bytes)).toBe(reason);
  });

  it.each([
    [253, typed(option(60, 'phone'), Buffer.from([0, 0, 0]), option(50, [1, 2, 3]), END)],
    [240, rawMessage({ options: Buffer.concat([option(53, 1), option(53, 1), END]) })],
    [243, typed(option(52, 4), END)],
    [243, typed(Buffer.from([60, 200, 1, 2, 3]))],
    [2, rawMessage({ hlen: 17 })],
    [239, message('DISCOVER').subarray(0, 239)],
  ])('is found wanting at octet %d', (offset, bytes) => {
    expect(parseMessage(bytes)).toMatchObject({ offset });
  });

  it('with every one of its bits flipped, and cut at every octet, raises nothing', () => {
    const bytes = message('REQUEST', { clientId: '0100036ba10260', requested: '10.0.0.1', server: '10.0.0.2' });
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      parseMessage(flipped);
    }
    for (let length = 0; length <= bytes.length; length += 1) parseMessage(bytes.subarray(0, length));
  });
});

describe('options', () => {
  it('stand between pads, end at END, and what follows END is padding', () => {
    const found = parsed(typed(Buffer.from([0, 0]), option(12, 'x'), Buffer.from([0]), END, Buffer.from([12, 200])));
    expect([...found.options]).toEqual([
      [53, Buffer.from([1])],
      [12, Buffer.from('x')],
    ]);
  });

  it('may end without END', () => {
    expect(parsed(typed(option(12, 'x'))).text(12)).toBe('x');
  });

  it('that are there several times are joined in the order in which they come (RFC 3396)', () => {
    expect(parsed(typed(option(60, 'Cisco '), option(12, 'x'), option(60, 'Systems'), END)).text(60)).toBe(
      'Cisco Systems',
    );
  });

  it('lose one trailing NUL as text, and no more', () => {
    expect(parsed(typed(option(60, 'Cisco\0'), END)).text(60)).toBe('Cisco');
    expect(parsed(typed(option(60, 'Cisco\0\0'), END)).text(60)).toBe('Cisco\0');
    expect(parsed(typed(option(60, '\0'), END)).text(60)).toBe('');
  });

  it.each([
    [1, 'op file'],
    [2, 'op sname'],
    [3, 'op file sname'],
  ])('with overload %i are read from the fields it names: options, file, then sname', (fields, wanted) => {
    const padded = (text: string, length: number) => {
      const bytes = Buffer.alloc(length);
      Buffer.concat([option(12, text), option(52, 3), END, option(12, '!')]).copy(bytes);
      return bytes;
    };
    const bytes = rawMessage({
      file: padded(' file', 128),
      sname: padded(' sname', 64),
      options: Buffer.concat([option(53, 1), option(52, fields), option(12, 'op'), END]),
    });
    // The 52 inside the fields is joined to the first and never obeyed.
    expect(fault(bytes)).toBeUndefined();
    expect(parsed(bytes).text(12)).toBe(wanted);
  });

  it('in an overloaded field must end within it', () => {
    const sname = Buffer.alloc(64, 1);
    expect(fault(rawMessage({ sname, options: Buffer.concat([option(53, 1), option(52, 2), END]) }))).toBe('overrun');
  });

  it('of any code and length come back as they were sent', () => {
    const code = fc.integer({ min: 1, max: 254 }).filter((number) => ![50, 51, 52, 53, 54, 57, 61].includes(number));
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(code, fc.uint8Array({ maxLength: 255 })), { selector: ([key]) => key, maxLength: 10 }),
        (list) => {
          const found = parsed(typed(...list.map(([key, value]) => option(key, Buffer.from(value))), END));
          for (const [key, value] of list) expect(found.options.get(key)).toEqual(Buffer.from(value));
          expect(found.options.size).toBe(list.length + 1);
        },
      ),
      { numRuns: 300 },
    );
  });
});
