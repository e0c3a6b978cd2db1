import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findParameter,
  parameterValue,
  parseCount,
  parseNameAddress,
  parseParameters,
  splitList,
  unquoted,
} from '../../src/sip/message/grammar.js';
import { processorTime } from '../support/processor-time.js';

describe('a name-addr', () => {
  it.each([
    ['<sip:5005@10.10.210.10>;tag=a1', '', 'sip:5005@10.10.210.10', 'a1'],
    ['sip:caller@example.org;tag=33242', '', 'sip:caller@example.org', '33242'],
    [
      '"J Rosenberg \\\\\\""       <sip:jdrosen@example.com> ; tag = 98asjd8',
      '"J Rosenberg \\\\\\""',
      'sip:jdrosen@example.com',
      '98asjd8',
    ],
    ['"A \\"quoted\\", name" <sip:5005@10.10.210.10>;tag=a2', '"A \\"quoted\\", name"', 'sip:5005@10.10.210.10', 'a2'],
    [
      "token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;tag=_token~1'+`*%!-.",
      "token1~` token2'+_ token3*%!.-",
      'sip:mundane@example.com',
      "_token~1'+`*%!-.",
    ],
    [
      '185.22.184.14 <sip:1@185.22.184.14>;tag=plcm_37-812;epid=82F0CV',
      '185.22.184.14',
      'sip:1@185.22.184.14',
      'plcm_37-812',
    ],
    ['"Watson, Thomas" < sip:t.watson@example.org >;tag=1', '"Watson, Thomas"', 'sip:t.watson@example.org', '1'],
  ])('%s is taken apart', (text, display, uri, tag) => {
    const address = parseNameAddress(text);
    expect(address).toMatchObject({ display, uri });
    expect(parameterValue(address?.parameters ?? [], 'tag')).toBe(tag);
  });

  it.each([
    '"Mr. J. User <sip:j.user@example.com>',
    '"Joe" <sip:joe@example.org>;;;;',
    '<sip:joe@example.org',
    'sip:a,b@example.org',
    'sip:user@example.com?Route=x',
    '',
    '<sip:a@b>;=x',
    '<sip:a@b>;x="open',
  ])('%s is none', (text) => expect(parseNameAddress(text)).toBeUndefined());

  it('keeps a parameter of the header apart from one of the URI', () => {
    expect(parseNameAddress('sip:+19725552222@gw1.example.net;unknownparam')?.parameters).toEqual([
      { name: 'unknownparam', value: undefined },
    ]);
    expect(parseNameAddress('<sip:+19725552222@gw1.example.net;unknownparam>')?.parameters).toEqual([]);
  });
});

describe('parameters of a Cisco Contact', () => {
  const parameters =
    parseParameters(
      ';+sip.instance="<urn:uuid:00000000-0000-0000-0000-005056a1033d>";+u.sip!devicename.ccm.cisco.com="SEP1";+u.sip!serialno.ccm.cisco.com=A1AZ38F00082;+sip.instance="<x>";video;expires=0;cisco-keep-alive',
      0,
    ) ?? [];

  it('hold brackets in quotes, bare values, flags and doubles', () => {
    expect(parameterValue(parameters, '+sip.instance')).toBe('<urn:uuid:00000000-0000-0000-0000-005056a1033d>');
    expect(parameterValue(parameters, '+u.sip!devicename.ccm.cisco.com')).toBe('SEP1');
    expect(parameterValue(parameters, '+u.sip!serialno.ccm.cisco.com')).toBe('A1AZ38F00082');
    expect(findParameter(parameters, 'video')).toEqual({ name: 'video', value: undefined });
    expect(findParameter(parameters, 'cisco-keep-alive')).toBeDefined();
  });
});

describe('a comma list', () => {
  it.each([
    ['a, b ,c', ['a', 'b', 'c']],
    ['"x, y" <sip:a@b>, <sip:c,d@e>;q=0.5', ['"x, y" <sip:a@b>', '<sip:c,d@e>;q=0.5']],
    ['one', ['one']],
    ['a,,b', undefined],
    ['"open, b', undefined],
    ['', undefined],
  ])('%s', (text, elements) => expect(splitList(text)).toEqual(elements));
});

describe('counts', () => {
  it.each([
    ['0009', 100, 9],
    ['101', 100, 101],
    ['99999999999999999999999', 0x7fffffff, 0x80000000],
    ['-1', 10, undefined],
    ['1a', 10, undefined],
    ['', 10, undefined],
  ])('%s of at most %i', (text, most, count) => expect(parseCount(text, most)).toBe(count));
});

describe('hostile text', () => {
  it('is read in linear time and never throws', () => {
    const bombs = [
      ';'.repeat(65_536),
      '<'.repeat(65_536),
      '"'.repeat(65_535),
      '"\\'.repeat(32_768),
      ' '.repeat(65_536),
      ',<"'.repeat(20_000),
    ];
    const took = processorTime();
    for (const bomb of bombs) {
      parseNameAddress(bomb);
      parseParameters(bomb, 0);
      splitList(bomb);
      unquoted(bomb);
    }
    expect(took()).toBeLessThan(1_000);
  });

  it('any text is read or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        parseNameAddress(text);
        splitList(text);
        parseParameters(`;${text}`, 0);
      }),
    );
  });
});
