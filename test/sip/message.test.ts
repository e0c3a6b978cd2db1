import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEADER_NAMES, HEADERS, type HeaderRow, headerIdOf, ID, UNKNOWN } from '../../src/sip/message/headers.js';
import type { SipMessage } from '../../src/sip/message/message.js';
import { parseMessage } from '../../src/sip/message/parser.js';
import { faultOf } from '../../src/sip/message/validation.js';
import { processorTime } from '../support/processor-time.js';
import { mutated, seededRandom } from '../support/random.js';

const read = (text: string): SipMessage => {
  const message = parseMessage(Buffer.from(text, 'latin1'));
  if (message === undefined) throw new Error('no message');
  return message;
};

const REGISTER = [
  'REGISTER sip:10.10.210.10 SIP/2.0',
  'Via: SIP/2.0/TCP 10.10.210.200:3311;branch=z9hG4bK00003855',
  'From: <sip:5005@10.10.210.10>;tag=005056a1033d000200002720-0000571e',
  'To: <sip:5005@10.10.210.10>',
  'Call-ID: 005056a1-033d0003-000024a7-0000539c@10.10.210.200',
  'CSeq: 101 REGISTER',
  'Content-Length: 0',
];
const message = (change: (lines: string[]) => string[] = (lines) => lines, body = ''): SipMessage =>
  read(`${change([...REGISTER]).join('\r\n')}\r\n\r\n${body}`);

describe('the header table', () => {
  it.each(HEADER_NAMES)('%s is known in any case and by its compact form', (name) => {
    const row: HeaderRow = HEADERS[name];
    for (const form of [
      name,
      name.toLowerCase(),
      name.toUpperCase(),
      ...(row.compact === undefined ? [] : [row.compact]),
    ]) {
      const bytes = Buffer.from(form);
      expect(headerIdOf(bytes, 0, bytes.length)).toBe(ID[name]);
    }
  });

  it('has one header for each compact form', () => {
    const forms = HEADER_NAMES.flatMap((name) => (HEADERS[name] as HeaderRow).compact ?? []);
    expect(new Set(forms).size).toBe(forms.length);
  });

  it.each(['__proto__', 'constructor', 'z', 'x-viaa', 'P_Preferred_Identity', 'a'.repeat(300)])(
    '%s has no row',
    (name) => {
      expect(headerIdOf(Buffer.from(name), 0, name.length)).toBe(UNKNOWN);
    },
  );
});

describe('a request', () => {
  it('is read whole', () => {
    const request = message();
    expect(request).toMatchObject({ kind: 'request', method: 'REGISTER', uri: 'sip:10.10.210.10', fault: undefined });
    expect(request.via?.branch).toBe('z9hG4bK00003855');
    expect(request.cseq).toEqual({ text: '101 REGISTER', number: 101, method: 'REGISTER' });
    expect(request.fromTag).toBe('005056a1033d000200002720-0000571e');
    expect(request.toTag).toBeUndefined();
    expect(faultOf(request)).toBeUndefined();
  });

  it('folds, repeats, abbreviates and leaves out blanks', () => {
    const request = message((lines) => [
      ...lines.slice(0, 1),
      'v  :  SIP/2.0/UDP',
      ' 10.10.210.200:3311',
      '\t;branch=z9hG4bKsyn16',
      ...lines.slice(2, 6),
      'k: path',
      'Supported:gruu',
      'l: 0',
    ]);
    expect(request.via).toMatchObject({ host: '10.10.210.200', port: 3311, branch: 'z9hG4bKsyn16' });
    expect(request.all(ID.Supported)).toEqual(['path', 'gruu']);
    expect(faultOf(request)).toBeUndefined();
  });

  it.each([
    ['the same', '3600', true],
    ['another of that length', '3601', false],
    ['the beginning', '360', false],
    ['more', '36000', false],
    ['nothing', '', false],
  ])('knows whether a header says so: %s', (_case, text, says) => {
    const request = message((lines) => [...lines, 'Expires:  3600 ']);
    expect(request.text(ID.Expires)).toBe('3600');
    expect(request.hasText(ID.Expires, text)).toBe(says);
  });

  it('says nothing by a header that is folded or not there', () => {
    const request = message((lines) => [...lines, 'Subject: a', ' b']);
    expect(request.text(ID.Subject)).toBe('a b');
    expect(request.hasText(ID.Subject, 'a b')).toBe(false);
    expect(request.hasText(ID.Event, '')).toBe(false);
  });

  it('folds in linear time, and takes nothing but blanks for blanks', () => {
    const words = (text: string) => message((lines) => [...lines, `Subject: ${text}`]).text(ID.Subject);
    expect(words('one \t\r\n \r\n\t two\r\n three\xa0\r\n \xa0four \xc3\xa0')).toBe(
      'one two three\xa0 \xa0four \xc3\xa0',
    );
    expect(words('\r\n first')).toBe('first');
    const bomb = `a${' '.repeat(8_000)}x\r\n y`;
    const took = processorTime();
    for (let count = 0; count < 100; count += 1) expect(words(bomb)).toBe(`a${' '.repeat(8_000)}x y`);
    expect(took()).toBeLessThan(1_000);
  });

  it('gives back every octet of a value', () => {
    const odd = String.fromCharCode(...Array.from({ length: 128 }, (_, index) => 128 + index));
    expect(message((lines) => [...lines, `Subject: ${odd}`]).text(ID.Subject)).toBe(odd);
  });

  it('tells all its headers by name, also those that objects have', () => {
    const request = message((lines) => [...lines, '__proto__: x', 'constructor: y']);
    expect([...request.headers()].map(([name]) => name)).toEqual([
      'Via',
      'From',
      'To',
      'Call-ID',
      'CSeq',
      'Content-Length',
      '__proto__',
      'constructor',
    ]);
  });

  it('over UDP ignores what is beyond its length, and without one takes the rest', () => {
    const longer = message((lines) => [...lines.slice(0, 6), 'Content-Length: 2'], 'abcdef');
    expect(longer.body.toString()).toBe('ab');
    expect(message((lines) => lines.slice(0, 6), 'abcdef').body.toString()).toBe('abcdef');
  });

  type Change = (lines: string[]) => string[];
  const instead =
    (index: number, line: string): Change =>
    (lines) =>
      lines.with(index, line);
  const without =
    (index: number): Change =>
    (lines) =>
      lines.toSpliced(index, 1);
  const also =
    (line: string): Change =>
    (lines) => [...lines, line];
  it.each<readonly [string, number, Change]>([
    ['no From', 400, without(2)],
    ['no To', 400, without(3)],
    ['no Call-ID', 400, without(4)],
    ['no CSeq', 400, without(5)],
    ['two From', 400, also('f: <sip:a@b>;tag=2')],
    ['another method in CSeq', 400, instead(5, 'CSeq: 101 INVITE')],
    ['CSeq over 2^31-1', 400, instead(5, 'CSeq: 36893488147419103232 REGISTER')],
    ['CSeq without a method', 400, instead(5, 'CSeq: 101')],
    ['Max-Forwards over 255', 400, also('Max-Forwards: 256')],
    ['negative Content-Length', 400, instead(6, 'Content-Length: -999')],
    ['two lengths that differ', 400, also('l: 5')],
    ['a body that is too short', 400, instead(6, 'Content-Length: 9')],
    ['a NUL in a header', 400, also('Subject: a\0b')],
    ['a bare LF', 400, also('Subject: a\nX: b')],
    ['a bare CR', 400, also('Subject: a\rX')],
    ['a line without a colon', 400, also('nonsense')],
    ['a blank line start that folds nothing', 400, instead(1, ' Via: x')],
    ['an unclosed quote in To', 400, instead(3, 'To: "Mr <sip:a@b>')],
    ['an unreadable Contact', 400, also('Contact: <sip:a@b')],
    ['a Contact with an escaped header outside <>', 400, also('Contact: sip:user@example.com?Route=%3Csip:x%3E')],
    ['version 7', 505, instead(0, 'REGISTER sip:10.10.210.10 SIP/7.0')],
    ['another scheme', 416, instead(0, 'REGISTER http://x SIP/2.0')],
    ['brackets round the Request-URI', 400, instead(0, 'REGISTER <sip:a@b> SIP/2.0')],
    ['blanks in the Request-URI', 400, instead(0, 'REGISTER sip:a@b; lr SIP/2.0')],
    ['two blanks in the Request-Line', 400, instead(0, 'REGISTER  sip:a@b SIP/2.0')],
    ['blanks at its end', 400, instead(0, 'REGISTER sip:a@b SIP/2.0  ')],
    ['129 headers', 513, (lines) => [...lines, ...Array<string>(129).fill('X: y')]],
    ['a header of 9 kB', 513, also(`X: ${'y'.repeat(9_000)}`)],
    ['a Request-Line of 5 kB', 513, instead(0, `REGISTER sip:${'a'.repeat(5_000)}@b SIP/2.0`)],
    ['a From, To and Call-ID that nobody would keep', 513, instead(4, `Call-ID: ${'x'.repeat(2_000)}`)],
    ['a body of 70 kB announced', 513, instead(6, 'Content-Length: 70000')],
  ])('with %s is refused with %i, and its Via can still be read', (_case, status, change) => {
    const request = message(change);
    expect(faultOf(request)?.status).toBe(status);
    if (change([...REGISTER])[1] === REGISTER[1]) expect(request.via?.branch).toBe('z9hG4bK00003855');
  });

  it('may hold control characters where they are escaped', () => {
    expect(message((lines) => lines.with(3, 'To: "BEL:\\\x07 NUL:\\\0 DEL:\\\x7f" <sip:a@b>')).fault).toBeUndefined();
    expect(message((lines) => lines.with(3, 'To: "BEL:\\\\\x07" <sip:a@b>')).fault?.status).toBe(400);
  });

  it('without the blank line that ends its headers is refused', () => {
    expect(read(REGISTER.join('\r\n')).fault?.status).toBe(400);
  });

  it.each(['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\0', '', 'nonsense', '\r\n', ' REGISTER sip:a SIP/2.0\r\n\r\n'])(
    '%j is none',
    (text) => expect(parseMessage(Buffer.from(text, 'latin1'))).toBeUndefined(),
  );
});

describe('a response', () => {
  it.each([
    ['SIP/2.0 200 OK', 200, 'OK'],
    ['SIP/2.0 100 ', 100, ''],
    ['SIP/2.0 486', 486, ''],
  ])('%s', (line, status, reason) =>
    expect(read(`${line}\r\n${REGISTER.slice(1).join('\r\n')}\r\n\r\n`)).toMatchObject({
      kind: 'response',
      status,
      reason,
      fault: undefined,
    }),
  );

  it('with a code that is out of range has a fault', () => {
    expect(read('SIP/2.0 4294967301 x\r\n\r\n').fault).toBeDefined();
    expect(read('SIP/2.0 99 x\r\n\r\n').fault).toBeDefined();
  });
});

describe('mutated messages', () => {
  it('are read or refused, never thrown at', () => {
    const random = seededRandom(3261);
    const original = Buffer.from(`${REGISTER.join('\r\n')}\r\n\r\n`);
    for (let count = 0; count < 20_000; count += 1) {
      const request = parseMessage(mutated(original, random));
      if (request?.kind === 'request') faultOf(request);
    }
  });

  it('any header value is found again', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[!-~]([ -~]{0,60}[!-~])?$/), (value) => {
        expect(message((lines) => [...lines, `Subject: ${value}`]).text(ID.Subject)).toBe(value);
      }),
    );
  });
});
