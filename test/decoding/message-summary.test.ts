// A message as one line and as lines of its fields.

import { expect, it } from 'vitest';
import type { CapturedMessage } from '../../src/decoding/captured-message.js';
import { faultsOf, fieldLines, isoTime, summaryOf } from '../../src/decoding/message-summary.js';

const message = (protocol: CapturedMessage['protocol'], decoded: CapturedMessage['decoded']): CapturedMessage => ({
  ...{ mark: { number: 1, time: undefined }, hardwareAddress: undefined, transport: 'udp', conversation: '' },
  octets: Buffer.alloc(0),
  ...{ source: { address: '10.0.0.2', port: 1 }, destination: { address: '10.0.0.1', port: 2 } },
  protocol,
  decoded,
});

it.each([
  ['texts', { a: 'one', b: 2, c: true }, ['a: one', 'b: 2', 'c: true']],
  ['what is inside', { options: { blksize: '512' } }, ['options: {"blksize":"512"}']],
  ['a list', { Via: ['one', 'two'] }, ['Via:', '  one', '  two']],
  ['a body', { body: 'v=0\r\no=x' }, ['body:', '  v=0', '  o=x']],
  ['nothing', {}, []],
])('the fields are lines: %s', (_, fields, lines) =>
  expect(fieldLines(message('sip', { name: 'x', fields }))).toEqual(lines),
);

it('long lines and many lines are cut', () => {
  const [long] = fieldLines(message('sccp', { fields: { text: 'x'.repeat(5_000) } }));
  expect(long).toMatch(/^text: x+…$/);
  expect(long?.length).toBeLessThan(210);
  const many = fieldLines(
    message('sccp', { fields: Object.fromEntries([...Array(500).keys()].map((key) => [`f${key}`, 1])) }),
  );
  expect([many.length, many.at(-1)]).toEqual([81, '…']);
  const one = fieldLines(message('sip', { fields: { body: 'a\n'.repeat(500) } }));
  expect([one.length, one.at(-1)]).toEqual([81, '…']);
});

it.each([
  ['tftp', { name: 'RRQ', fields: { file: 'a.xml', mode: 'octet' } }, 'RRQ a.xml octet'],
  [
    'sip',
    { name: '200', fields: { status: 200, reasonPhrase: 'OK', CSeq: '1 X', 'Call-ID': 'c' } },
    '200 OK CSeq=1 X Call-ID=c',
  ],
  ['tls', { name: 'TLS, not readable', fields: {} }, 'TLS, not readable'],
  ['sccp', { error: 'too short' }, ''],
] as const)('a message of %s has its name and what it says on one line', (protocol, decoded, line) =>
  expect(summaryOf(message(protocol, decoded))).toBe(line),
);

it('what is wrong is said, with its place', () => {
  expect(faultsOf(message('sccp', { error: 'cut', offset: 7, missing: 'deviceName' }))).toEqual([
    'cut, at octet 7',
    'without deviceName',
  ]);
  expect(faultsOf(message('sccp', { name: 'x' }))).toEqual([]);
});

it('times are as fine as the capture', () => {
  expect(isoTime({ seconds: 1, nanoseconds: 1_000 })).toBe('1970-01-01T00:00:01.000001Z');
  expect(isoTime({ seconds: 1, nanoseconds: 1 })).toBe('1970-01-01T00:00:01.000000001Z');
  expect(isoTime(undefined)).toBeNull();
});
