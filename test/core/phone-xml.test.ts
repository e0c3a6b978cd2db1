// What is read of the XML that phones send, well-formed or not: the tree of SIP's bodies and the leaves of SCCP's reports.

import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { findNode, MAX_XML_OCTETS, readXml, type XmlNode } from '../../src/core/xml/reader.js';
import { readXmlFacts as readFacts } from '../../src/sccp/alarm-text.js';
import { bodyParts } from '../../src/sip/message/multipart.js';
import { parseMessage } from '../../src/sip/message/parser.js';
import { capturedBytes, capturedNames, describeCaptured } from '../support/fixtures.js';
import { processorTime } from '../support/processor-time.js';
import { mutated, seededRandom } from '../support/random.js';

type Shape = readonly [name: string, attributes: object, text: string, children: readonly Shape[]];

const shapeOf = ({ name, attributes, text, children }: XmlNode): Shape => [
  name,
  Object.fromEntries(attributes),
  text,
  children.map(shapeOf),
];

interface Open {
  readonly name: string;
  readonly attributes: object;
  readonly children: Shape[];
  text: string;
}

/** What a strict parser makes of a well-formed document: its tree, and the texts of what has no children. */
const strictly = (document: string): { readonly root: Shape; readonly leaves: Record<string, string> } => {
  const top: Open = { name: '', attributes: {}, children: [], text: '' };
  const leaves: Record<string, string> = {};
  const open = [top];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    open.push({ name: name.slice(name.indexOf(':') + 1), attributes: { ...attributes }, children: [], text: '' });
  });
  parser.on('text', (text) => {
    const inner = open.at(-1);
    if (inner !== undefined) inner.text += text;
  });
  parser.on('closetag', ({ name: whole }) => {
    const { name, attributes, text, children } = open.pop() ?? top;
    open.at(-1)?.children.push([name, attributes, text.trim(), children]);
    const key = (attributes as { name?: string }).name ?? whole;
    if (children.length === 0 && text.trim() !== '') leaves[`p.${key}`] = text.trim();
  });
  parser.write(document).close();
  const [root] = top.children;
  if (root === undefined) throw new Error('no root');
  return { root, leaves };
};

/** Well-formed, with what phones write: names, attributes, the five entities, blanks. */
const documents = (): fc.Arbitrary<string> => {
  const name = fc.constantFrom(
    'Alarm',
    'ParameterList',
    'String',
    'Enum',
    'combine',
    'x-cisco-remotecc-request',
    'a.b',
  );
  const text = fc
    .array(
      fc.constantFrom('SEP0050', '10.0.0.1', ' ', '\n', '&amp;', '&lt;', '&gt;', '&quot;', '&apos;', 'ü', '-', '='),
    )
    .map((pieces) => pieces.join(''));
  const attributes = fc
    .option(fc.tuple(fc.constantFrom('name', 'usage', 'max'), fc.constantFrom('DeviceName', 'hook status', '6')))
    .map((pair) => (pair === null ? '' : ` ${pair[0]}="${pair[1]}"`));
  const { element } = fc.letrec<{ element: string }>((tie) => ({
    element: fc
      .tuple(name, attributes, fc.oneof({ maxDepth: 3 }, text, fc.array(tie('element'), { maxLength: 4 })))
      .map(
        ([tag, given, content]) =>
          `<${tag}${given}>${typeof content === 'string' ? content : content.join('\n')}</${tag}>`,
      ),
  }));
  return element.map((root) => `<?xml version="1.0" encoding="UTF-8"?>\n${root}`);
};

describe('XML of phones', () => {
  it('is read with attributes, entities, prefixes, comments and empty elements', () => {
    const root = readXml(
      '<?xml version="1.0"?><!-- x > y --><a:b c="1 &lt; 2" d=\'q\'><e/><f>t &amp; u &#65;&#x42;</f></a:b>',
    );
    expect(root?.name).toBe('b');
    expect(root?.attributes.get('c')).toBe('1 < 2');
    expect(root?.attributes.get('d')).toBe('q');
    expect(root?.children.map(({ name }) => name)).toEqual(['e', 'f']);
    expect(root === undefined ? undefined : findNode(root, 'f')?.text).toBe('t & u AB');
  });

  it('that breaks off gives what stood before', () => {
    const root = readXml('<a><b>x</b><c');
    expect(root?.children[0]?.text).toBe('x');
  });

  it.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    ['too much', `<a>${' '.repeat(MAX_XML_OCTETS)}</a>`],
    ['too deep', '<a>'.repeat(100)],
    ['too many', `<a>${'<b/>'.repeat(2_000)}</a>`],
    ['none', 'no xml'],
  ])('with %s is not read', (_case, text) => expect(readXml(text)).toBeUndefined());

  it('of any sort is read in linear time', () => {
    const took = processorTime();
    for (const bomb of ['<', '<a ', '<a b="', '&#', '<!--', '</', '<a>x'])
      readXml(bomb.repeat(Math.floor(MAX_XML_OCTETS / bomb.length)));
    expect(took()).toBeLessThan(500);
    const random = seededRandom(4);
    const sample = Buffer.from('<?xml version="1.0"?><a b="c"><d>&lt;</d></a>');
    for (let count = 0; count < 5_000; count += 1) readXml(mutated(sample, random).toString());
  });
});

describe('XML of phones that is well-formed', () => {
  it('is read as a strict parser reads it', () => {
    fc.assert(
      fc.property(documents(), (document) => {
        const root = readXml(document);
        expect(root === undefined ? undefined : shapeOf(root)).toEqual(strictly(document).root);
      }),
      { seed: 3 },
    );
  });

  it('gives the leaves that a strict parser finds', () => {
    fc.assert(
      fc.property(documents(), (document) => {
        const { p: _alarm, ...facts } = readFacts('p', document);
        const { leaves } = strictly(document);
        if (Object.keys(leaves).length < 20) expect(facts).toEqual(leaves);
      }),
      { seed: 4 },
    );
  });
});

const A = (text: string, ...children: readonly Shape[]): Shape => ['a', {}, text, children];
const B = (text: string, attributes = {}): Shape => ['b', attributes, text, []];

describe('XML of phones that is not well-formed', () => {
  it.each<[string, Shape | undefined, Record<string, string>]>([
    ['<a><b>lab & co</b></a>', A('', B('lab & co')), { 'p.b': 'lab & co' }],
    ['<a><b>&co; &#65;</b></a>', A('', B('&co; A')), { 'p.b': '&co; &#65;' }],
    ['<a><b>x</b><c', A('', B('x'), ['c', {}, '', []]), { 'p.b': 'x' }],
    ['<a><b>x</b><c d="1', A('', B('x'), ['c', {}, '', []]), { 'p.b': 'x' }],
    ['<a><b>x</b><c>half', A('', B('x'), ['c', {}, 'half', []]), { 'p.b': 'x' }],
    ['<a><b>x</b', A('', B('x')), {}],
    ['<a><b>x</c><d>y</d></a>', A('', B('x'), ['d', {}, 'y', []]), { 'p.d': 'y' }],
    ['<a><b>1 < 2</b><c>y</c></a>', A('', B('1')), { 'p.c': 'y' }],
    ['<a><b x=1>t</b></a>', A('', B('t')), { 'p.b': 't' }],
    ["<a><b x='1'>t</b></a>", A('', B('t', { x: '1' })), { 'p.b': 't' }],
    ['<a><b x="1" x="2">t</b></a>', A('', B('t', { x: '2' })), { 'p.b': 't' }],
    ['<a><b x>t</b></a>', A('', B('t')), { 'p.b': 't' }],
    ['<a><b>t</b></a><c>u</c>', A('', B('t')), { 'p.b': 't', 'p.c': 'u' }],
    ['junk <a><b>t</b></a> junk', A('', B('t')), { 'p.b': 't' }],
    ['\n<?xml version=1.0?><a><b>t</b></a>', A('', B('t')), { 'p.b': 't' }],
    ['</x><a><b>t</b></a>', A('', B('t')), { 'p.b': 't' }],
    ['<a><1b>t</1b><c>u</c></a>', A(''), { 'p.c': 'u' }],
    ['<a><b>\u0001t</b></a>', A('', B('\u0001t')), { 'p.b': '\u0001t' }],
    ['<a><b>t</B></a>', A('', B('t')), {}],
    ['<a><b>t\r\nu</b></a>', A('', B('t\r\nu')), { 'p.b': 't\r\nu' }],
    ['no xml', undefined, {}],
  ])('%j gives what can be read of it', (text, shape, facts) => {
    const root = readXml(text);
    expect(root === undefined ? undefined : shapeOf(root)).toEqual(shape);
    expect(readFacts('p', text)).toEqual(facts);
  });
});

describeCaptured('XML of captured phones', () => {
  it.each(['sip/cisco', 'sip/server'])('of %s is read as a strict parser reads it', (folder) => {
    let read = 0;
    for (const file of capturedNames(folder)) {
      const message = file.endsWith('.sip') ? parseMessage(capturedBytes(`${folder}/${file}`)) : undefined;
      for (const { type, bytes } of message === undefined ? [] : bodyParts(message)) {
        if (!type.endsWith('+xml')) continue;
        const text = bytes.toString('utf8').trim();
        const root = readXml(text);
        expect([file, root === undefined ? undefined : shapeOf(root)]).toEqual([file, strictly(text).root]);
        read += 1;
      }
    }
    expect(read).toBeGreaterThan(0);
  });
});
