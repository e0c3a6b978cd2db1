// The strict reader of XML: what it says of a document that is not well-formed or beyond its bounds, and how much it reads of it.

import { describe, expect, it } from 'vitest';
import { parseXml, XML_BOUNDS } from '../../src/core/xml/parser.js';

interface Parsed {
  readonly fault: string | undefined;
  readonly opened: readonly string[];
  readonly closed: readonly (readonly [path: string, text: string])[];
}

const parse = (document: string): Parsed => {
  const opened: string[] = [];
  const closed: [string, string][] = [];
  const fault = parseXml(document, {
    onOpenTag: (path) => opened.push(path),
    onCloseTag: (path, text) => closed.push([path, text]),
  });
  return { fault, opened, closed };
};

const nested = (depth: number, name = 'a'): string => `<${name}>`.repeat(depth) + `</${name}>`.repeat(depth);

describe('a document', () => {
  it('is read with the path of each element and its text', () => {
    expect(parse('<a><b>one &amp; two</b><c/></a>')).toEqual({
      fault: undefined,
      opened: ['a', 'a/b', 'a/c'],
      closed: [
        ['a/b', 'one & two'],
        ['a/c', ''],
        ['a', ''],
      ],
    });
  });

  it('may be as deep as the bound, and no deeper', () => {
    expect(parse(nested(XML_BOUNDS.depth)).fault).toBeUndefined();
    const { fault, opened } = parse(nested(10_000));
    expect(fault).toBe('elements are nested more than 32 deep');
    expect(opened).toHaveLength(XML_BOUNDS.depth);
  });

  it('may have siblings without bound', () => {
    const { fault, opened } = parse(`<a>${nested(31, 'b').repeat(1_000)}</a>`);
    expect([fault, opened.length]).toEqual([undefined, 31_001]);
  });

  it('has no longer paths than the bound, so that long names above many elements cost nothing', () => {
    const name = 'n'.repeat(1_000);
    expect(parse(`<${name}><b/></${name}>`).fault).toBeUndefined();
    const { fault, opened } = parse(`<${name}><${'b'.repeat(30)}/><c/></${name}>`);
    expect(fault).toBe('the names of nested elements have more than 1024 characters');
    expect(opened).toEqual([name]);
  });

  it('is read up to its first fault, and no further', () => {
    const { fault, opened } = parse(`<a></b>${'<c></d>'.repeat(1_000)}`);
    expect(fault).toBe('1:7: unexpected close tag.');
    expect(opened).toEqual(['a']);
  });
});
