import { describe, expect, it } from 'vitest';
import { wallTime } from '../../src/core/time.js';
import { escapeInPlace, localStamp, printable, printableBody, tailOf } from '../../src/trace/line.js';
import { seededRandom } from '../support/random.js';

describe('the stamp of a line', () => {
  it('is local time to the millisecond, in the American order', () => {
    const stamp = localStamp();
    expect(stamp.full(wallTime(new Date(2011, 0, 14, 16, 17, 11, 806).getTime()))).toBe('01/14/2011 16:17:11.806');
    expect(stamp.full(wallTime(new Date(2026, 11, 31, 23, 59, 59, 999).getTime()))).toBe('12/31/2026 23:59:59.999');
    expect(stamp.full(wallTime(new Date(2027, 0, 1, 0, 0, 0, 0).getTime()))).toBe('01/01/2027 00:00:00.000');
  });

  it('is right whatever order instants come in', () => {
    const stamp = localStamp();
    for (let step = 0; step < 5_000; step += 1) {
      const time = new Date(2011, 0, 14, 16, 17, 11, (step * 7_919) % 86_400_000);
      const two = (count: number) => String(count).padStart(2, '0');
      const wanted = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`;
      expect(stamp.full(wallTime(time.getTime())).slice(11)).toBe(wanted);
    }
  });
});

describe('the tail of a line', () => {
  it('names cluster, node, device, level and mask, and counts', () => {
    const tail = tailOf('StandAloneCluster', '10.10.210.10');
    const about = { address: '10.10.210.200', device: 'ipctest2' };
    expect(tail(about, 'state-transition', 0x20)).toBe(
      '|<CLID::StandAloneCluster><NID::10.10.210.10><CT::1,100,39,1.1><IP::10.10.210.200><DEV::ipctest2><LVL::State Transition><MASK::0020>',
    );
    expect(tail(about, 'detailed', 0x800)).toMatch(/<CT::1,100,39,1\.2>.*<LVL::Detailed><MASK::0800>$/);
  });
});

describe('text in a line', () => {
  it('is left as it is where it is printable, umlauts and emoji included', () => {
    for (const text of ['Müller & Söhne', '☎️ 5002', '€ ']) expect(printable(text)).toBe(text);
  });

  it('has every control character escaped', () => {
    for (let code = 0; code < 0xa0; code += 1) {
      const character = String.fromCharCode(code);
      const control = code < 0x20 || code >= 0x7f;
      expect(printable(character)).toBe(control ? `\\x${code.toString(16).padStart(2, '0')}` : character);
    }
  });

  it('keeps the lines of a body, and no other control', () => {
    expect(printableBody('REGISTER sip:a\r\nVia: b\r\n\r\n\u001b[1m')).toBe('REGISTER sip:a\nVia: b\n\n\\x1b[1m');
  });

  it('lets no line of a body begin as ours do', () => {
    const forged = '01/14/2011 16:24:13.360 CCM|StationInit: forged';
    expect(printableBody(`X: y\r\n${forged}\r\n\r\n${forged}`)).toBe(`X: y\n ${forged}\n\n ${forged}`);
    const alike = 'X: y\n1/14/2011 a\n01/14/20111 b\n01/14/2011\nDate: 01/14/2011 c';
    expect(printableBody(alike)).toBe(alike);
  });

  describe('is the same where its octets are tidied in place', () => {
    /** What is tidied in place, others before and behind it; `undefined`: it is left to `printable`. */
    const inPlace = (text: string, isBody: boolean): string | undefined => {
      const bytes = Buffer.from(`\r\n${text}\n`);
      const end = escapeInPlace(bytes, 2, bytes.length - 1, isBody);
      return end === undefined ? undefined : bytes.toString('utf8', 2, end);
    };

    it.each([false, true])('whatever it is made of: a body %s', (isBody) => {
      const parts = [
        'a',
        '01/14/2011 ',
        '01/14/',
        'REGISTER sip:a',
        '\r\n',
        '\n',
        '\r',
        '\t',
        '\0',
        '\u001b',
        '\u007f',
        '\u0080',
        '\u009f',
      ].concat(['\u00a0', 'ü', '\u07ff', '\u2027', '\u2028', '\u2029', '\u202a', '\u20ac', '\u3028', '☎️', '\ud800']);
      const random = seededRandom(7);
      let tidy = 0;
      for (let count = 0; count < 20_000; count += 1) {
        const text = Array.from({ length: random.below(6) }, () => parts[random.below(parts.length)]).join('');
        const wanted = isBody ? printableBody(text) : printable(text);
        const tidiedText = inPlace(text, isBody);
        const isEscaped = wanted !== (isBody ? text.replaceAll('\r\n', '\n') : text);
        expect(tidiedText, JSON.stringify(text)).toBe(isEscaped ? undefined : Buffer.from(wanted).toString());
        if (!isEscaped) tidy += 1;
      }
      expect(tidy).toBeGreaterThan(1000);
    });
  });
});
