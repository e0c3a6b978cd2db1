import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import {
  cutText,
  isXmlName,
  type XmlElement,
  xmlAround,
  xmlDocument,
  xmlTemplate,
  xmlText,
} from '../../src/core/xml/writer.js';

/** The text of the first element of each name, and the attributes of each: what a strict reader makes of a document. */
const read = (document: Buffer): { texts: Map<string, string>; attributes: Map<string, Record<string, string>> } => {
  const parser = new SaxesParser();
  const texts = new Map<string, string>();
  const attributes = new Map<string, Record<string, string>>();
  const open: string[] = [];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes: found }) => {
    open.push(name);
    texts.set(name, '');
    attributes.set(name, { ...found });
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', (text) => {
    const name = open.at(-1);
    if (name !== undefined) texts.set(name, (texts.get(name) ?? '') + text);
  });
  parser.write(document.toString('utf8')).close();
  return { texts, attributes };
};

const TYPED = [
  'Müller & Söhne <Zentrale>',
  '&amp;',
  '&#65; and &lt;tag&gt; and &bogus;',
  `"double" and 'single'`,
  ']]>',
  '<![CDATA[x]]>',
  'a 📞 emoji',
  'private \ue000vtext\ue000 use',
  '  blanks around  ',
  'two\nlines\rand\ttabs',
  '</device>',
  '%&§$',
];

describe('XML as it is written for phones', () => {
  it.each(TYPED)('reads back %j as a text and as an attribute, unchanged', (value) => {
    const { texts, attributes } = read(xmlDocument(xmlAround('root', { name: value }, [xmlText([['label', value]])])));
    expect(texts.get('label')).toBe(value);
    expect(attributes.get('root')?.name).toBe(value);
  });

  it('reads back whatever a person may type', () => {
    const typed = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(typed, typed, (text, attribute) => {
        const { texts, attributes } = read(
          xmlDocument(xmlAround('root', {}, [xmlText([['label', { name: attribute }, text]])])),
        );
        expect(texts.get('label')).toBe(withoutControls(text));
        expect(attributes.get('label')?.name).toBe(withoutControls(attribute));
      }),
      { numRuns: 500 },
    );
  });

  it('stays well-formed with any sequence of UTF-16 units', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), (units) => {
        read(xmlDocument(xmlAround('root', {}, [xmlText([['label', String.fromCharCode(...units)]])])));
      }),
      { numRuns: 500 },
    );
  });

  it('drops what no XML document may hold: controls, half characters, U+FFFE', () => {
    expect(xmlText([['label', 'a\0b\x0bc\ud800d\ufffee']])).toBe('<label>abcde</label>');
  });

  it('writes one element a line, without indentation, and an empty one as a pair of tags', () => {
    const rows: XmlElement[] = [
      ['idle', ''],
      [
        'member',
        { priority: 0 },
        [
          ['port', 2000],
          ['secure', false],
        ],
      ],
    ];
    expect(xmlDocument(xmlAround('device', { uuid: '{1}' }, [xmlText(rows)])).toString()).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<device uuid="{1}">',
        '<idle></idle>',
        '<member priority="0">',
        '<port>2000</port>',
        '<secure>false</secure>',
        '</member>',
        '</device>',
        '',
      ].join('\n'),
    );
  });

  it('fills a template with values and parts as if it were written for them', () => {
    const filled = xmlTemplate<'text' | 'name', 'lines'>((value, parts) => [
      ['label', { name: value('name') }, value('text')],
      ['all', [['lines', parts('lines')]]],
    ]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), (text, name) => {
        const part = xmlText([['line', text]]);
        const template = xmlDocument(xmlAround('root', {}, [filled({ text, name }, { lines: [part, part] })]));
        const rows: XmlElement[] = [
          ['label', { name }, text],
          [
            'all',
            [
              [
                'lines',
                [
                  ['line', text],
                  ['line', text],
                ],
              ],
            ],
          ],
        ];
        expect(read(template)).toEqual(read(xmlDocument(xmlAround('root', {}, [xmlText(rows)]))));
      }),
      { numRuns: 300 },
    );
    expect(filled({ text: 1, name: true }, { lines: [] })).toBe(
      '<label name="true">1</label>\n<all>\n<lines></lines>\n</all>',
    );
  });

  it('refuses an element that cannot be named so', () => {
    expect(() => xmlText([['a b><x', 1]])).toThrow();
    expect(['webAccess', '_x', 'a.b-c1'].every(isXmlName)).toBe(true);
    expect(['', '1a', 'a b', 'a:b', 'ä', '<', '-a'].some(isXmlName)).toBe(false);
  });

  it('cuts a label between characters', () => {
    expect(cutText('Büro', 30)).toBe('Büro');
    expect(cutText('12345', 3)).toBe('123');
    expect(cutText('a📞b', 2)).toBe('a📞');
  });
});

const withoutControls = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
  text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '');
