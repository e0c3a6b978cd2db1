// Reads the small XML bodies of Cisco phones: elements, attributes, text. No document type, no entity but the five of XML
// itself and character references, bounded in size and depth, linear. A document that breaks off gives what stood before.

export interface XmlNode {
  /** Without a namespace prefix. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
  /** The text directly inside, trimmed. */
  readonly text: string;
}

export const MAX_XML_OCTETS = 16_384;
const MAX_DEPTH = 24;
const MAX_NODES = 1_000;

interface OpenNode {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: OpenNode[];
  text: string;
}

/** The root element; `undefined`: none, too much, or something that we do not read. */
export const readXml = (text: string): XmlNode | undefined => {
  if (text.length > MAX_XML_OCTETS || text.includes('<!DOCTYPE') || text.includes('<!ENTITY')) return undefined;
  let root: OpenNode | undefined;
  const open: OpenNode[] = [];
  let nodes = 0;
  for (let at = text.indexOf('<'); at >= 0; ) {
    const end = endOfTag(text, at);
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
    if (inner !== undefined)
      inner.text = (inner.text + resolve(text.slice(end + 1, next < 0 ? text.length : next))).trim();
    at = next;
  }
  return root;
};

/** The index of the `>` that ends the tag, or the end of the text where it breaks off. */
const endOfTag = (text: string, at: number): number => {
  const comment = text.startsWith('<!--', at) ? text.indexOf('-->', at + 4) + 2 : 1;
  const end = comment === 1 ? text.indexOf('>', at) : comment;
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
    attributes.set(found[1] ?? '', resolve(found[2] ?? found[3] ?? ''));
  return { name: local ?? whole, attributes, children: [], text: '' };
};

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const resolve = (text: string): string =>
  text.includes('&')
    ? text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,4}));/gi, (whole, hex, decimal, name) => {
        if (name !== undefined) return ENTITIES[name] ?? whole;
        const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
        return isCharacter(code) ? String.fromCodePoint(code) : whole;
      })
    : text;

/** XML 1.0 §2.2: no control character but the three blanks, no half of a pair. */
const isCharacter = (code: number): boolean =>
  code >= 0x20
    ? code < 0xd800 || (code > 0xdfff && code <= 0x10ffff && (code & 0xfffe) !== 0xfffe)
    : code === 0x9 || code === 0xa || code === 0xd;

/** The first element below `node`, itself included, of that name. */
export const findNode = (node: XmlNode, name: string): XmlNode | undefined => {
  if (node.name === name) return node;
  for (const child of node.children) {
    const found = findNode(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Text for XML that we write. */
export const escapeXml = (text: string): string =>
  text.replace(/[<>&"]/g, (character) => `&${{ '<': 'lt', '>': 'gt', '&': 'amp', '"': 'quot' }[character]};`);
