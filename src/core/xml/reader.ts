// Reads the small XML texts that phones send. It is tolerant: a text that breaks off or is not well-formed gives what
// could be read of it, since phones do not always write good XML. It is bounded in size, depth and count, and linear,
// since anybody may send such a text. What must be well-formed is read by `parser.ts` instead.

import { resolveXmlEntities, resolveXmlReferences } from './entities.js';

/** An element and everything below it. */
export interface XmlNode {
  /** Without a namespace prefix. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
  /** The text directly inside, trimmed. */
  readonly text: string;
}

/** No longer text is read. */
export const MAX_XML_OCTETS = 16_384;
const MAX_DEPTH = 24;
const MAX_NODES = 1_000;

interface OpenNode {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: OpenNode[];
  text: string;
}

/**
 * The root element of a text, with everything below it. `undefined`: the text has no element, a document type or an
 * entity declaration, or is longer than `MAX_XML_OCTETS`, deeper than 24 or has more than 1,000 elements. Never throws.
 */
export const readXml = (text: string): XmlNode | undefined => {
  if (text.length > MAX_XML_OCTETS || text.includes('<!DOCTYPE') || text.includes('<!ENTITY')) return undefined;
  let root: OpenNode | undefined;
  const open: OpenNode[] = [];
  let nodes = 0;
  const lastComment = text.lastIndexOf('-->');
  for (let at = text.indexOf('<'); at >= 0; ) {
    const end = endOfTag(text, at, lastComment);
    const tag = text.slice(at + 1, end);
    const next = text.indexOf('<', end);
    if (tag.startsWith('/')) open.pop();
    else if (!tag.startsWith('?') && !tag.startsWith('!')) {
      nodes += 1;
      if (nodes > MAX_NODES || open.length >= MAX_DEPTH) return undefined;
      const node = readTag(tag);
      if (node === undefined) return root;
      if (root === undefined) root = node;
      else if (open.length === 0) return root;
      open.at(-1)?.children.push(node);
      if (!tag.endsWith('/')) open.push(node);
    }
    const inner = open.at(-1);
    if (inner !== undefined) {
      const piece = resolveXmlReferences(text.slice(end + 1, next < 0 ? text.length : next));
      inner.text = inner.text === '' ? piece.trim() : inner.text + piece.trimEnd();
    }
    at = next;
  }
  return root;
};

/**
 * The index of the `>` that ends the tag, or the end of the text if the tag breaks off. `lastComment`: where the last comment
 * ends, so that the end of each one that has none is not sought anew.
 */
const endOfTag = (text: string, at: number, lastComment: number): number => {
  const isComment = at + 4 <= lastComment && text.startsWith('<!--', at);
  const end = isComment ? text.indexOf('-->', at + 4) + 2 : text.indexOf('>', at);
  return end < at ? text.length : end;
};

const NAME = /^[A-Za-z_][\w.-]*(?::([A-Za-z_][\w.-]*))?/;
const ATTRIBUTE = /\s([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/gy;

const readTag = (tag: string): OpenNode | undefined => {
  const [whole, local] = NAME.exec(tag) ?? [];
  if (whole === undefined) return undefined;
  const attributes = new Map<string, string>();
  const rest = tag.slice(whole.length).replace(/\s+/g, ' ');
  const pattern = new RegExp(ATTRIBUTE);
  for (let found = pattern.exec(rest); found !== null; found = pattern.exec(rest))
    attributes.set(found[1] ?? '', resolveXmlReferences(found[2] ?? found[3] ?? ''));
  return { name: local ?? whole, attributes, children: [], text: '' };
};

/** The first element of that name: `node` itself or one below it, in the order of the text. */
export const findNode = (node: XmlNode, name: string): XmlNode | undefined => {
  if (node.name === name) return node;
  for (const child of node.children) {
    const found = findNode(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
};

const LEAF = /<([A-Za-z_][\w.-]{0,63})((?:\s[^<>]{0,256})?)>([^<]{1,512})<\/\1\s*>/g;
const NAME_ATTRIBUTE = /\bname\s*=\s*["']([^"'<>]{1,64})["']/i;

/**
 * Calls `onLeaf` for each element that has a text and no children, with its `name` attribute or else its own name, and
 * with the text, trimmed and with predefined entities replaced. Leaves out empty texts and texts of more than 512
 * characters; stops after `most` leaves. Everything around the leaves may be malformed. Never throws.
 *
 * @hot Every SCCP phone sends such texts when it registers. saxes takes more than twice as long for an alarm
 * (src/README.md, decision 33). `test/core/phone-xml.test.ts` compares the two.
 */
export const readXmlLeaves = (text: string, most: number, onLeaf: (name: string, text: string) => void): void => {
  let count = 0;
  for (const [, element = '', attributes = '', content = ''] of text.matchAll(LEAF)) {
    const value = resolveXmlEntities(content).trim();
    if (value === '') continue;
    onLeaf(NAME_ATTRIBUTE.exec(attributes)?.[1] ?? element, value);
    count += 1;
    if (count === most) return;
  }
};

/**
 * Finds the `name` attribute of the first element of that name that has one: 1 to 64 characters, as they are written.
 */
export const nameAttributeFinder = (element: string): ((text: string) => string | undefined) => {
  const pattern = new RegExp(`<${element}\\b[^<>]{0,256}\\bname\\s*=\\s*["']([^"'<>]{1,64})["']`, 'i');
  return (text) => pattern.exec(text)?.[1];
};
