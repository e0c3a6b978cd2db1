// What a configuration may say and phones may not take as it was meant: told with its place, and no fault.

import { describe, expect, it } from 'vitest';
import { capturedBytes, capturedText, describeCaptured } from '../support/fixtures.js';
import { faultsIn, load, warningsIn } from './harness.js';

const device = (words: string): string => `devices:\n  - { model: 7960, ${words} }`;

describe('a name that looks like a hardware address', () => {
  it.each([
    [
      '005056A1033D',
      'name: 005056A1033D',
      'SEP005056A1033D, if the phone of that address is meant: phones ask by SEP and their address',
    ],
    [
      '0050.56a1.033d',
      'name: 0050.56a1.033d',
      'SEP005056A1033D, if the phone of that address is meant: phones ask by SEP and their address',
    ],
  ])('%s: is SEP meant?', async (name, words, wanted) => {
    expect(await warningsIn(device(words))).toEqual([
      `labcm.yaml:2: warning: devices.0.name: found ${name}, a hardware address alone, wanted ${wanted}`,
    ]);
  });

  it.each([
    ['SEP00505GA1033D', 'G behind SEP, which is no digit'],
    ['SEP005O56A1033D', 'O behind SEP, which is no digit'],
    ['SEP005056A1033', '11 digits behind SEP'],
    ['ATA00505GA1033D', 'G behind ATA, which is no digit'],
  ])('and is none: %s', async (name, why) => {
    expect(await warningsIn(device(`name: ${name}`))).toEqual([
      expect.stringContaining(
        `devices.0.name: found ${name}: ${why}, wanted ${name.slice(0, 3)} and the twelve hexadecimal digits`,
      ),
    ]);
  });

  it.each([
    'SEP005056A1033D',
    'ATA005056A1033D',
    'sep005056a1033d',
    'ipctest2',
    'SEPARATEPHONE',
    'LAB-000000001',
    'CSFJDOE',
  ])('%s is fine', async (name) => {
    expect(await warningsIn(device(`name: ${name}`))).toEqual([]);
  });

  it('beside another hardware address is told', async () => {
    expect(await warningsIn(device('name: SEP005056A1033D, mac: 00:50:56:A1:03:3E'))).toEqual([
      'labcm.yaml:2: warning: devices.0.mac: found 005056A1033E for SEP005056A1033D, wanted 005056A1033D, which the name says, or no such key',
    ]);
  });

  it('in a table is told with its row', async () => {
    expect(await warningsIn('devicesFile: p.csv', { 'p.csv': 'name,model\nA,7960\n005056A1033D,7960\n' })).toEqual([
      expect.stringContaining('p.csv:3: warning: name: found 005056A1033D, a hardware address alone'),
    ]);
  });

  it('of a thousand rows is told a hundred times and then counted', async () => {
    const rows = Array.from({ length: 1200 }, (_, index) => `0050560${String(index).padStart(5, '0')},7960`);
    const warnings = await warningsIn('devicesFile: p.csv', { 'p.csv': `name,model\n${rows.join('\n')}` });
    expect(warnings).toHaveLength(101);
    expect(warnings).toContainEqual(expect.stringContaining('found 1100 more warnings'));
  });
});

describe('a directory number', () => {
  it('of letters alone is a fault', async () => {
    expect(await faultsIn(device('name: A, lines: [abc]'))).toEqual([
      expect.stringMatching(
        /^labcm\.yaml:2: devices\.0\.lines\.0\.dn: found "abc", wanted a directory number.*not letters alone$/,
      ),
    ]);
  });

  it('with a letter that is taken for a digit is asked about', async () => {
    expect(await warningsIn(device('name: A, lines: [5OO1, 500l, 5003, x5004, "*98"]'))).toEqual([
      'labcm.yaml:2: warning: devices.0.lines.0.dn: found "5OO1", wanted 5001, if digits are meant: there are letters among them',
      'labcm.yaml:2: warning: devices.0.lines.1.dn: found "500l", wanted 5001, if digits are meant: there are letters among them',
    ]);
  });
});

describe('labels that a model cannot show', () => {
  it('are told with device, line and model, and how it shows them', async () => {
    const words =
      'name: A, protocol: SIP, phoneLabel: Žižkov, lines: [{ dn: 1, label: Süd }, { dn: 2, label: Юг, displayName: 南 }], serviceUrls: [{ name: Погода, url: "http://x" }]';
    const at = (key: string, text: string, shown: string, wanted: string): string =>
      `labcm.yaml:2: warning: devices.0.${key}: found "${text}", which a Cisco 7960 (A) cannot show: it shows "${shown}", wanted ${wanted}`;
    const other = 'that, or another text in Latin letters';
    expect(await warningsIn(device(words))).toEqual([
      at('lines.1.label', 'Юг', 'Yug', other),
      at('lines.1.displayName', '南', '?', 'a text in Latin letters for this phone'),
      at('serviceUrls.0.name', 'Погода', 'Pogoda', other),
      at('phoneLabel', 'Žižkov', 'Zizkov', other),
    ]);
  });

  it('are none on a model that has the letters', async () => {
    expect(await warningsIn('devices: [{ name: A, model: 7962, lines: [{ dn: 1, label: Юг }] }]')).toEqual([]);
  });
});

describe('the language of the locale', () => {
  it.each([
    ['German_Germany', 'de_DE'],
    ['Russian_Russian_Federation', 'ru_RU'],
    ['Japanese_Japan', 'ja_JP'],
    ['English_United_Kingdom', 'en_GB'],
    ['English_United_States', 'en_US'],
  ])('%s goes with %s, in UTF-8', async (user, langCode) => {
    const { provisioning } = await load(`phones: { locale: { user: ${user} } }`);
    expect(provisioning.locale).toMatchObject({ user, langCode, charset: 'utf-8' });
    expect(await warningsIn(`phones: { locale: { user: ${user} } }`)).toEqual([]);
  });

  it('is the owner’s to say', async () => {
    const yaml = 'phones: { locale: { user: Klingon_Kronos, langCode: tlh } }';
    expect((await load(yaml)).provisioning.locale.langCode).toBe('tlh');
    expect(await warningsIn(yaml)).toEqual([]);
  });

  it('that labcm does not know is told, with the locale that was probably meant', async () => {
    expect(await warningsIn('phones: { locale: { user: Germany_German } }')).toEqual([
      'labcm.yaml:1: warning: phones.locale.user: found Germany_German, whose language code labcm does not know: phones are told en_US, wanted German_Germany, or phones.locale.langCode beside it',
    ]);
  });

  it('that is another than the locale’s is told', async () => {
    expect(await warningsIn('phones: { locale: { user: German_Germany, langCode: en_US } }')).toEqual([
      'labcm.yaml:1: warning: phones.locale.langCode: found en_US beside German_Germany, wanted de_DE, or no such key: that is its code',
    ]);
  });

  it('in a character set without its letters is told', async () => {
    expect(await warningsIn('phones: { locale: { user: Polish_Poland, charset: iso-8859-1 } }')).toEqual([
      'labcm.yaml:1: warning: phones.locale.charset: found iso-8859-1, which has not the letters of Polish_Poland, wanted utf-8, or a character set of that language',
    ]);
    expect(await warningsIn('phones: { locale: { user: German_Germany, charset: iso-8859-1 } }')).toEqual([]);
  });
});

describeCaptured('configurations that people reported', () => {
  it('mac-as-name.csv: is SEP meant?', async () => {
    expect(await warningsIn('devicesFile: p.csv', { 'p.csv': capturedBytes('reports/mac-as-name.csv') })).toEqual([
      expect.stringContaining(
        'p.csv:2: warning: name: found 005056A1033D, a hardware address alone, wanted SEP005056A1033D',
      ),
    ]);
  });

  it('labels.yaml: each label with how it is shown', async () => {
    expect(await warningsIn(capturedText('reports/labels.yaml'))).toEqual([
      expect.stringMatching(
        /devices\.0\.lines\.0\.label: found ".*", which a Cisco 7960 \(SEP0A5500000016\) cannot show: it shows "Glazkov A\.A\."/,
      ),
      expect.stringMatching(/devices\.0\.speedDials\.0\.label: found "Büro Süd €", .*: it shows "Büro Süd EUR"/),
    ]);
  });

  it('ata-reservation.yaml loads, without a word', async () => {
    expect(await warningsIn(capturedText('reports/ata-reservation.yaml'))).toEqual([]);
  });
});
