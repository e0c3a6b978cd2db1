// Every kind of object, as it is written: read back by a parser that is not the writer's, bounded, and in the phone's characters.

import { describe, expect, it } from 'vitest';
import { parseXml } from '../../src/core/xml/parser.js';
import { readXml } from '../../src/core/xml/reader.js';
import { encodingFor } from '../../src/services/encoding.js';
import {
  kindOfRoot,
  OBJECT_LIMITS,
  objectDocument,
  type PhoneObject,
  writeObject,
} from '../../src/services/objects.js';

const UTF8 = encodingFor(true, undefined);
const LATIN1 = encodingFor(false, undefined);
const HOSTILE = `<b>&"'\u0000\u001b]]>"/>😀`;
/** What of it XML can carry. */
const CARRIED = `<b>&"']]>"/>😀`;

/** Texts by their path, as a strict parser finds them. */
const textsOf = (document: string): readonly (readonly [string, string])[] => {
  const texts: [string, string][] = [];
  const fault = parseXml(document, {
    onOpenTag: (path, attributes) => {
      for (const [name, value] of attributes) texts.push([`${path}@${name}`, value]);
    },
    onCloseTag: (path, text) => {
      if (text !== '') texts.push([path, text]);
    },
  });
  expect(fault).toBeUndefined();
  return texts;
};

const TABLE: readonly [PhoneObject, readonly (readonly [string, string])[]][] = [
  [
    { kind: 'menu', title: 'T', prompt: 'P', items: [{ name: HOSTILE, url: 'http://a/b?c=1&d=2' }] },
    [
      ['CiscoIPPhoneMenu/Title', 'T'],
      ['CiscoIPPhoneMenu/Prompt', 'P'],
      ['CiscoIPPhoneMenu/MenuItem/Name', CARRIED],
      ['CiscoIPPhoneMenu/MenuItem/URL', 'http://a/b?c=1&d=2'],
    ],
  ],
  [
    { kind: 'text', title: 'T', prompt: 'P', text: `${HOSTILE}\nsecond` },
    [
      ['CiscoIPPhoneText/Title', 'T'],
      ['CiscoIPPhoneText/Text', `${CARRIED}\nsecond`],
      ['CiscoIPPhoneText/Prompt', 'P'],
    ],
  ],
  [
    {
      kind: 'directory',
      title: 'T',
      prompt: 'P',
      entries: [{ name: HOSTILE, number: '5001' }],
      softKeys: [{ name: 'Exit', url: 'SoftKey:Exit' }],
    },
    [
      ['CiscoIPPhoneDirectory/Title', 'T'],
      ['CiscoIPPhoneDirectory/Prompt', 'P'],
      ['CiscoIPPhoneDirectory/DirectoryEntry/Name', CARRIED],
      ['CiscoIPPhoneDirectory/DirectoryEntry/Telephone', '5001'],
      ['CiscoIPPhoneDirectory/SoftKeyItem/Name', 'Exit'],
      ['CiscoIPPhoneDirectory/SoftKeyItem/URL', 'SoftKey:Exit'],
      ['CiscoIPPhoneDirectory/SoftKeyItem/Position', '1'],
    ],
  ],
  [
    {
      kind: 'input',
      title: 'T',
      prompt: 'P',
      url: 'http://a/?x=<',
      fields: [{ label: 'Last name', parameter: 'l', flags: 'A' }],
    },
    [
      ['CiscoIPPhoneInput/Title', 'T'],
      ['CiscoIPPhoneInput/Prompt', 'P'],
      ['CiscoIPPhoneInput/URL', 'http://a/?x=<'],
      ['CiscoIPPhoneInput/InputItem/DisplayName', 'Last name'],
      ['CiscoIPPhoneInput/InputItem/QueryStringParam', 'l'],
      ['CiscoIPPhoneInput/InputItem/InputFlags', 'A'],
    ],
  ],
  [
    { kind: 'execute', items: [{ url: HOSTILE, priority: 2 }] },
    [
      ['CiscoIPPhoneExecute/ExecuteItem@URL', CARRIED],
      ['CiscoIPPhoneExecute/ExecuteItem@Priority', '2'],
    ],
  ],
  [
    { kind: 'response', items: [{ url: 'Key:Services', data: HOSTILE, status: 0 }] },
    [
      ['CiscoIPPhoneResponse/ResponseItem@URL', 'Key:Services'],
      ['CiscoIPPhoneResponse/ResponseItem@Data', CARRIED],
      ['CiscoIPPhoneResponse/ResponseItem@Status', '0'],
    ],
  ],
  [{ kind: 'error', number: 4 }, [['CiscoIPPhoneError@Number', '4']]],
];

describe('an object', () => {
  it.each(TABLE)('of kind $kind is read back as it was meant', (object, texts) => {
    expect(textsOf(objectDocument(object, UTF8).toString('utf8'))).toEqual(texts);
    expect(kindOfRoot(readXml(writeObject(object))?.name ?? '')).toBe(object.kind);
  });

  it('is written in Latin-1 where the phone reads no more', () => {
    const octets = objectDocument({ kind: 'text', title: 'Größe', prompt: '', text: 'Łódź €5' }, LATIN1);
    expect(octets.toString('latin1')).toBe(
      '<?xml version="1.0" encoding="ISO-8859-1"?>\n<CiscoIPPhoneText>\n<Title>Größe</Title>\n<Text>Lódz EUR5</Text>\n<Prompt></Prompt>\n</CiscoIPPhoneText>\n',
    );
  });

  it.each([
    [true, undefined, 'UTF-8'],
    [false, undefined, 'ISO-8859-1'],
    [undefined, undefined, 'UTF-8'],
    [true, 'iso-8859-1', 'ISO-8859-1'],
    [false, 'utf-8,iso-8859-1;q=0.8', 'UTF-8'],
    [false, 'x-nonsense', 'ISO-8859-1'],
  ])('for a model of %j that accepts %j is in %s', (unicode, accepted, charset) => {
    expect(encodingFor(unicode, accepted).charset).toBe(charset);
  });
});

const many = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
const countOf = (object: PhoneObject, name: string): number => writeObject(object).split(`<${name}`).length - 1;

describe('an object that is too large', () => {
  const long = 'x'.repeat(5_000);

  it.each([
    [
      'menu',
      { kind: 'menu', title: long, prompt: '', items: many(101, { name: long, url: 'http://a/' }) },
      'MenuItem',
      100,
    ],
    [
      'directory',
      { kind: 'directory', title: '', prompt: '', entries: many(33, { name: long, number: long }), softKeys: [] },
      'DirectoryEntry',
      32,
    ],
    [
      'soft keys',
      { kind: 'directory', title: '', prompt: '', entries: [], softKeys: many(9, { name: long, url: 'SoftKey:Exit' }) },
      'SoftKeyItem',
      8,
    ],
    [
      'input',
      { kind: 'input', title: '', prompt: '', url: '', fields: many(6, { label: long, parameter: 'l', flags: 'A' }) },
      'InputItem',
      5,
    ],
    ['execute', { kind: 'execute', items: many(4, { url: 'Key:Info', priority: 0 }) }, 'ExecuteItem', 3],
  ] as const)('loses what is above the bound: %s', (_name, object, item, count) => {
    expect(countOf(object as PhoneObject, item)).toBe(count);
    expect(writeObject(object as PhoneObject)).not.toContain('x'.repeat(65));
  });

  it('has no item with a URL that would be cut', () => {
    const items = [
      { name: 'long', url: `http://a/${long}` },
      { name: 'short', url: 'http://a/' },
    ];
    expect(writeObject({ kind: 'menu', title: '', prompt: '', items })).not.toContain('long');
  });

  it('has a text of 4,000 characters', () => {
    const text = writeObject({ kind: 'text', title: '', prompt: '', text: '😀'.repeat(5_000) });
    expect([...text].filter((character) => character === '😀')).toHaveLength(OBJECT_LIMITS.text);
  });
});
