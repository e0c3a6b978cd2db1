// Reads a document from a stranger into a tree: strictly, with namespaces, and within bounds. A document type is refused, so
// there are no entities but the five of XML itself.

import { SaxesParser, type SaxesTagNS } from 'saxes';

/** An element. Nothing in it is an object with keys that the sender chose. */
export interface XmlTreeNode {
  /** Without its prefix. */
  readonly name: string;
  /** The namespace of the name; empty: none. */
  readonly namespace: string;
  /** The attributes that are not declarations of namespaces, as `{namespace}name`; `name` where there is none. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlTreeNode[];
  /** All text that stands directly in it, not trimmed. */
  readonly text: string;
}

/** The largest document that is read. */
export interface XmlBounds {
  readonly depth: number;
  readonly elements: number;
  /** Of one element. */
  readonly attributes: number;
}

/** The tree, or why the document is refused: one line, without octets of the document. */
export type XmlTree = { readonly root: XmlTreeNode } | { readonly fault: string };

class Refused extends Error {}

interface OpenNode extends XmlTreeNode {
  readonly children: XmlTreeNode[];
  text: string;
}

const ENCODINGS = /^(?:utf-?8|us-ascii)$/i;
const XMLNS = 'http://www.w3.org/2000/xmlns/';

/** Reads a whole document. Never throws. */
export const readXmlTree = (document: string, bounds: XmlBounds): XmlTree => {
  const open: OpenNode[] = [];
  let root: OpenNode | undefined;
  let elements = 0;
  let attributes = 0;
  let depth = 0;
  const refuse = (fault: string): never => {
    throw new Refused(fault);
  };
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', () => refuse('it is not well-formed XML with namespaces'));
  parser.on('doctype', () => refuse('it has a document type'));
  parser.on('processinginstruction', () => refuse('it has a processing instruction'));
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !ENCODINGS.test(encoding)) refuse('it is in another encoding than UTF-8');
  });
  // Before the namespaces are resolved, the cost of which grows with the depth.
  parser.on('opentagstart', () => {
    elements += 1;
    depth += 1;
    attributes = 0;
    if (elements > bounds.elements) refuse(`it has more than ${bounds.elements} elements`);
    if (depth > bounds.depth) refuse(`its elements are nested more than ${bounds.depth} deep`);
  });
  parser.on('attribute', () => {
    attributes += 1;
    if (attributes > bounds.attributes) refuse(`an element has more than ${bounds.attributes} attributes`);
  });
  parser.on('opentag', (tag: SaxesTagNS) => {
    const node: OpenNode = {
      name: tag.local,
      namespace: tag.uri,
      attributes: attributesOf(tag),
      children: [],
      text: '',
    };
    open.at(-1)?.children.push(node);
    root ??= node;
    open.push(node);
  });
  const onText = (text: string): void => {
    const node = open.at(-1);
    if (node !== undefined) node.text += text;
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.on('closetag', () => {
    depth -= 1;
    open.pop();
  });
  try {
    parser.write(document).close();
  } catch (error) {
    return { fault: error instanceof Refused ? error.message : 'it cannot be read' };
  }
  return root === undefined ? { fault: 'it is empty' } : { root };
};

const attributesOf = ({ attributes }: SaxesTagNS): ReadonlyMap<string, string> =>
  new Map(
    Object.values(attributes).flatMap(({ uri, local, value }) =>
      uri === XMLNS ? [] : [[uri === '' ? local : `{${uri}}${local}`, value] as const],
    ),
  );
