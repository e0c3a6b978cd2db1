// Texts with every printable character, quoted for each syntax and read again by its rules.

import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MacAddress } from '../../src/core/identifiers.js';
import {
  BETWEEN_CMD_QUOTES,
  backslashQuoted,
  colonedMac,
  colons,
  dashedMac,
  dottedOctets,
  inComment,
  PLAIN,
  powerShellQuoted,
  routerOsQuoted,
  shellQuoted,
  span,
} from '../../src/snippets/quoting.js';

const PRINTABLE_TEXT = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
});

describe('a quoted text is read as it was', () => {
  it('by dhcpd and dnsmasq: a backslash before quotes and backslashes', () => {
    fc.assert(
      fc.property(PRINTABLE_TEXT, (text) => {
        const quoted = backslashQuoted(text);
        expect(quoted).toMatch(/^"(?:[^"\\]|\\["\\])*"$/);
        expect(quoted.slice(1, -1).replace(/\\(.)/g, '$1')).toBe(text);
      }),
    );
  });

  it('by RouterOS: octets in hexadecimal', () => {
    fc.assert(
      fc.property(PRINTABLE_TEXT, (text) => {
        const quoted = routerOsQuoted(text);
        expect(quoted).toMatch(/^"(?:[^"\\$?]|\\[0-9A-F]{2})*"$/);
        const read = quoted
          .slice(1, -1)
          .replace(/\\([0-9A-F]{2})/g, (_, octet: string) => String.fromCharCode(Number.parseInt(octet, 16)));
        expect(read).toBe(text);
      }),
    );
  });

  it('by PowerShell: two quotes for one', () => {
    fc.assert(
      fc.property(PRINTABLE_TEXT, (text) => {
        const quoted = powerShellQuoted(text);
        expect(quoted).toMatch(/^'(?:[^']|'')*'$/);
        expect(quoted.slice(1, -1).replaceAll("''", "'")).toBe(text);
      }),
    );
  });

  it('by a shell, which says so itself', () => {
    const texts = ["it's", '$(id)', '`id`', '\\', '"', "''", '!x', '* ?', '10,"a b"', ''];
    const script = texts.map((text) => `printf '%s\\n' ${shellQuoted(text)}`).join('\n');
    expect(spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout.split('\n')).toEqual([...texts, '']);
  });
});

describe('what a syntax cannot hold', () => {
  it.each(['a"b', '%PATH%', 'a\\', 'a\nb', '\u00e4'])('netsh does not get %j', (text) => {
    expect(BETWEEN_CMD_QUOTES.test(text)).toBe(false);
  });

  it.each(['lab.example', "a & b | c > d < e ^ f!'()"])('netsh gets %j', (text) => {
    expect(BETWEEN_CMD_QUOTES.test(text)).toBe(true);
  });

  it.each(['a b', 'a?', 'a;b', 'a"b', 'a,b', '\u00e4'])('IOS does not get %j', (text) => {
    expect(PLAIN.test(text)).toBe(false);
  });

  it('is replaced in a comment', () => {
    expect(inComment('C:\\lab (1)/m\u00fcller.yaml')).toBe('C:\\lab (1)/m\u00fcller.yaml');
    expect(inComment('a\r\nb\u202ec\u0000"%x%`$(y)?*/')).toBe('a__b_c___x___(y)__/');
  });
});

describe('octets and times', () => {
  const mac = '005056A1033D' as MacAddress;

  it('are written as each server likes them', () => {
    expect([colons(mac), colonedMac(mac), dashedMac(mac), dottedOctets(`01${mac}`), dottedOctets('ff00')]).toEqual([
      '00:50:56:a1:03:3d',
      '00:50:56:A1:03:3D',
      '00-50-56-A1-03-3D',
      '0100.5056.a103.3d',
      'ff00',
    ]);
    expect([60, 3600, 86_400, 90_061, 31_622_400].map(span)).toEqual(['1m', '1h', '1d', '1d1h1m1s', '366d']);
  });
});
