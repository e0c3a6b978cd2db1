// Writes XML, and is the only file that knows xmlbuilder2: any text a person may type comes out well-formed and is read
// back as it was. It knows no element; those are in the tables of whoever writes a document.

import { fragment } from 'xmlbuilder2';

export type XmlAttributes = Readonly<Record<string, string | number | boolean>>;
export type XmlContent = string | number | boolean | readonly XmlElement[];

/** An element as a row of a table: its name, its attributes where it has any, its text or children. */
export type XmlElement =
  | readonly [name: string, content: XmlContent]
  | readonly [name: string, attributes: XmlAttributes, content: XmlContent];

/** Elements in their written form: one a line, no indentation, empty ones as a pair of tags, as CUCM writes them. */
export type XmlText = string & { readonly __brand: 'XmlText' };

type Builder = ReturnType<typeof fragment>;

const FORMAT = { prettyPrint: true, indent: '', newline: '\n', allowEmptyTags: true, wellFormed: true } as const;
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

// XML 1.0 §2.2 Char: no C0 but tab, line feed and carriage return; no surrogate that stands alone; no U+FFFE, U+FFFF.
const ILLEGAL = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const NAME = /^[A-Za-z_][A-Za-z0-9._-]*$/;

/** Whether the text may name an element. A subset of XML 1.0 §2.3 that every phone's parser knows. */
export const isXmlName = (text: string): boolean => NAME.test(text);

/** Throws where an element or attribute has an impossible name: names are ours, values are anybody's. */
export const xmlText = (elements: readonly XmlElement[]): XmlText => {
  const root = fragment();
  for (const element of elements) append(root, element);
  return root.toString(FORMAT) as XmlText;
};

/** An element around others that are already written. */
export const xmlAround = (name: string, attributes: XmlAttributes, children: readonly XmlText[]): XmlText =>
  xmlTemplate<string, 'children'>((value, parts) => [
    [name, Object.fromEntries(Object.keys(attributes).map((key) => [key, value(key)])), parts('children')],
  ])(attributes, { children });

/** A whole document of its root element. */
export const xmlDocument = (root: XmlText): Buffer => Buffer.from(`${DECLARATION}${root}\n`);

/** Fills a template: each value as a person typed it, each part already written. */
export type XmlTemplate<Value extends string, Part extends string = never> = (
  values: Readonly<Record<Value, string | number | boolean>>,
  parts: Readonly<Record<Part, readonly XmlText[]>>,
) => XmlText;

/**
 * Elements that are written once and filled often, for files of which there are thousands. `value` stands for a text or
 * an attribute, `parts` for the children of an element.
 */
export const xmlTemplate = <Value extends string, Part extends string = never>(
  rows: (value: (name: Value) => string, parts: (name: Part) => string) => readonly XmlElement[],
): XmlTemplate<Value, Part> => {
  const written = xmlText(
    rows(
      (name) => `${MARK}v${name}${MARK}`,
      (name) => `${MARK}p${name}${MARK}`,
    ),
  );
  // Odd places hold the marks: the kind of hole and its name.
  const pieces = written.split(MARK);
  return (values, parts) => {
    let text = pieces[0] ?? '';
    for (let index = 1; index < pieces.length; index += 2) {
      const hole = pieces[index] ?? '';
      const name = hole.slice(1);
      text += hole.startsWith('v') ? escapeAll(String(values[name as Value])) : lines(parts[name as Part]);
      text += pieces[index + 1] ?? '';
    }
    return text as XmlText;
  };
};

/** A private-use character; what is typed by others only ever fills a template, and is not searched for it. */
const MARK = '\ue000';

const lines = (parts: readonly XmlText[]): string => {
  const there = parts.filter((part) => part !== '');
  return there.length === 0 ? '' : `\n${there.join('\n')}\n`;
};

/** `text` cut to `length` characters as a person counts them, never through the middle of one. */
export const cutText = (text: string, length: number): string =>
  text.length <= length ? text : Array.from(text).slice(0, length).join('');

const append = (parent: Builder, element: XmlElement): void => {
  const attributes = element.length === 3 ? element[1] : undefined;
  const content = element.length === 3 ? element[2] : element[1];
  const child = parent.ele(element[0]);
  for (const name in attributes) child.att(name, escapeAttribute(String(attributes[name])));
  if (typeof content === 'object') for (const grandchild of content) append(child, grandchild);
  else if (content !== '') child.txt(escapeText(String(content)));
};

// The builder leaves what looks like a reference alone, so that `&amp;` as a text would be read back as `&`: ours is
// escaped beforehand. The rest (`<`, `>`, quotes in attributes) it escapes itself.
const escapeText = (value: string): string =>
  value.replace(ILLEGAL, '').replaceAll('&', '&amp;').replaceAll('\r', '&#13;');

const PLAIN = /^[ !#-%'-;=?-~]*$/;

/** For a text and an attribute alike, without the builder's help. */
const escapeAll = (value: string): string =>
  PLAIN.test(value)
    ? value
    : escapeAttribute(value).replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

// XML 1.0 §3.3.3: white space in an attribute is read as a blank unless it is a reference.
const escapeAttribute = (value: string): string => escapeText(value).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
