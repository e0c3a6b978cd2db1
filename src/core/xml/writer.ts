// Writes XML, and is the only file that knows xmlbuilder2. Any text that a person may type is written well-formed and
// is read back unchanged. It knows no element names; those are in the tables of the callers.

import { fragment } from 'xmlbuilder2';
import { escapeAttributeForBuilder, escapeForBuilder, escapeXml } from './entities.js';

/** The attributes of an element, unescaped. */
export type XmlAttributes = Readonly<Record<string, string | number | boolean>>;
/** The text of an element, unescaped, or its children. */
export type XmlContent = string | number | boolean | readonly XmlElement[];

/** An element as a row of a table: its name, its attributes if it has any, its text or children. */
export type XmlElement =
  | readonly [name: string, content: XmlContent]
  | readonly [name: string, attributes: XmlAttributes, content: XmlContent];

/** Written elements: each on its line without indentation, empty ones as a pair of tags, as CUCM writes them. */
export type XmlText = string & { readonly __brand: 'XmlText' };

type Builder = ReturnType<typeof fragment>;

const FORMAT = { prettyPrint: true, indent: '', newline: '\n', allowEmptyTags: true, wellFormed: true } as const;

/** The declaration that a document begins with. */
export const xmlDeclaration = (encoding = 'UTF-8'): string => `<?xml version="1.0" encoding="${encoding}"?>\n`;

const DECLARATION = xmlDeclaration();

const NAME = /^[A-Za-z_][A-Za-z0-9._-]*$/;

/** Is the text a name for an element? A subset of XML 1.0 §2.3 that the parser of every phone knows. */
export const isXmlName = (text: string): boolean => NAME.test(text);

/** Writes elements. Throws if an element or attribute has an impossible name, since names come from the program. */
export const xmlText = (elements: readonly XmlElement[]): XmlText => {
  const root = fragment();
  for (const element of elements) append(root, element);
  return root.toString(FORMAT) as XmlText;
};

/** Writes an element around others that are already written. */
export const xmlAround = (name: string, attributes: XmlAttributes, children: readonly XmlText[]): XmlText =>
  xmlTemplate<string, 'children'>((value, parts) => [
    [name, Object.fromEntries(Object.keys(attributes).map((key) => [key, value(key)])), parts('children')],
  ])(attributes, { children });

/** A whole document of its root element. */
export const xmlDocument = (root: XmlText): Buffer => Buffer.from(`${DECLARATION}${root}\n`);

/** Fills a template. `values`: unescaped texts; `parts`: elements that are already written. */
export type XmlTemplate<Value extends string, Part extends string = never> = (
  values: Readonly<Record<Value, string | number | boolean>>,
  parts: Readonly<Record<Part, readonly XmlText[]>>,
) => XmlText;

/**
 * Prepares elements that are filled often, for files of which there are thousands. In the rows `value` marks a text or
 * an attribute, `parts` the children of an element.
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
  // The odd pieces are the marks: the kind of what fills them and its name.
  const pieces = written.split(MARK);
  return (values, parts) => {
    let text = pieces[0] ?? '';
    for (let index = 1; index < pieces.length; index += 2) {
      const hole = pieces[index] ?? '';
      const name = hole.slice(1);
      text += hole.startsWith('v') ? escapeXml(String(values[name as Value])) : lines(parts[name as Part]);
      text += pieces[index + 1] ?? '';
    }
    return text as XmlText;
  };
};

/** A private-use character. Texts of users may have it too, since they only fill a template and are not split at it. */
const MARK = '\ue000';

const lines = (parts: readonly XmlText[]): string => {
  const present = parts.filter((part) => part !== '');
  return present.length === 0 ? '' : `\n${present.join('\n')}\n`;
};

/** Cuts a text to `length` code points. */
export const cutText = (text: string, length: number): string =>
  text.length <= length ? text : Array.from(text).slice(0, length).join('');

const append = (parent: Builder, element: XmlElement): void => {
  const attributes = element.length === 3 ? element[1] : undefined;
  const content = element.length === 3 ? element[2] : element[1];
  const child = parent.ele(element[0]);
  for (const name in attributes) child.att(name, escapeAttributeForBuilder(String(attributes[name])));
  if (typeof content === 'object') for (const grandchild of content) append(child, grandchild);
  else if (content !== '') child.txt(escapeForBuilder(String(content)));
};
