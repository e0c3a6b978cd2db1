import { XML_ENTITIES } from '../../core/xml/entities.js';
import { XML_BOUNDS, type XmlListener } from '../../core/xml/parser.js';

const SLASH = 0x2f;
const BLANK = /\s/;
const NAME = /^[A-Za-z_][A-Za-z0-9._-]*$/;
const ATTRIBUTES = /^(?:\s+[A-Za-z_][A-Za-z0-9._-]*="[^"<&]*")*\s*$/;
const ATTRIBUTE = /([A-Za-z_][A-Za-z0-9._-]*)="([^"]*)"/g;
const DECLARATION = /^<\?xml version="1\.0"(?: encoding="[Uu][Tt][Ff]-8")?\s*\?>\s*/;
// XML 1.0 §2.2 Char, without carriage returns, which a parser rewrites, and what lies beyond the first plane.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are left to the parser
const PECULIAR = /[\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|\]\]>/;
const ENTITY = /&([a-z]+);|&/g;
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

/**
 * Reads a document that has only elements, attributes in double quotes, text and the five predefined entities, as
 * device files do. False: the document has something else, so what the listener was given is worth nothing and
 * `parseXml` must read it. What is read here, `parseXml` reads alike. The listener is called for elements with a name
 * in `wanted` alone.
 *
 * @hot A fleet reads thousands of device files. `test/phone/pieces.test.ts` compares it with `parseXml`.
 */
export const readPlainXml = (document: string, wanted: ReadonlySet<string>, listener: XmlListener): boolean => {
  if (PECULIAR.test(document)) return false;
  const hasEntities = document.includes('&');
  const names: string[] = [];
  /** The length of their path, with a `/` more. */
  let path = 0;
  let at = DECLARATION.exec(document)?.[0].length ?? 0;
  for (;;) {
    const open = document.indexOf('<', at);
    const end = document.indexOf('>', open);
    if (open < 0 || end < 0) return false;
    const start = at;
    at = end + 1;
    if (names.length === 0 && document.slice(start, open).trim() !== '') return false;
    if (document.charCodeAt(open + 1) === SLASH) {
      const name = names.at(-1);
      if (name === undefined || end - open !== name.length + 2 || !document.startsWith(name, open + 2)) return false;
      const text = hasEntities || wanted.has(name) ? plainText(document.slice(start, open).trim()) : '';
      if (text === undefined) return false;
      if (wanted.has(name)) listener.onCloseTag(names.join('/'), text);
      names.pop();
      path -= name.length + 1;
    } else {
      if (hasEntities && plainText(document.slice(start, open)) === undefined) return false;
      const isEmpty = document.charCodeAt(end - 1) === SLASH;
      const tag = document.slice(open + 1, isEmpty ? end - 1 : end);
      const blank = tag.search(BLANK);
      const name = blank < 0 ? tag : tag.slice(0, blank);
      const attributes = blank < 0 ? NO_ATTRIBUTES : plainAttributes(tag.slice(blank));
      if (attributes === undefined || !NAME.test(name)) return false;
      path += name.length + 1;
      if (names.push(name) > XML_BOUNDS.depth || path > XML_BOUNDS.path) return false;
      if (wanted.has(name)) listener.onOpenTag(names.join('/'), attributes);
      if (!isEmpty) continue;
      if (wanted.has(name)) listener.onCloseTag(names.join('/'), '');
      names.pop();
      path -= name.length + 1;
    }
    if (names.length === 0) return document.slice(at).trim() === '';
  }
};

/** The text with its entities replaced; `undefined`: it has other references. */
const plainText = (text: string): string | undefined => {
  if (!text.includes('&')) return text;
  let isPlain = true;
  const resolved = text.replace(ENTITY, (_whole, name: string | undefined) => {
    const character = XML_ENTITIES.get(name ?? '');
    isPlain &&= character !== undefined;
    return character ?? '';
  });
  return isPlain ? resolved : undefined;
};

const plainAttributes = (written: string): ReadonlyMap<string, string> | undefined => {
  if (!ATTRIBUTES.test(written)) return undefined;
  const attributes = new Map<string, string>();
  for (const [, name = '', value = ''] of written.matchAll(ATTRIBUTE)) {
    if (attributes.has(name)) return undefined;
    attributes.set(name, value);
  }
  return attributes;
};
