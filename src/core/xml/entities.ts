// Entities, references and escapes, for everything in `src/` that reads or writes XML.

/** XML 1.0 §4.6: the predefined entities, by name. */
export const XML_ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

// XML 1.0 §2.2 Char: no control character but tab, line feed and carriage return; no single surrogate; no U+FFFE, U+FFFF.
const ILLEGAL = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const PLAIN = /^[ !#-%'-;=?-~]*$/;

/** A text for the content of an element or for an attribute in double quotes. What XML forbids is left out. */
export const escapeXml = (text: string): string =>
  PLAIN.test(text)
    ? text
    : escapeAttributeForBuilder(text).replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/**
 * A text for xmlbuilder2, which does not escape what looks like a reference, so that the text `&amp;` would be read back
 * as `&`. It escapes the rest (`<`, `>`, quotes in attributes) itself.
 */
export const escapeForBuilder = (text: string): string =>
  text.replace(ILLEGAL, '').replaceAll('&', '&amp;').replaceAll('\r', '&#13;');

/** The same for an attribute: a parser reads white space there as a blank unless it is a reference (XML 1.0 §3.3.3). */
export const escapeAttributeForBuilder = (text: string): string =>
  escapeForBuilder(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');

/** Replaces the predefined entities. Leaves everything else as it is, character references too. */
export const resolveXmlEntities = (text: string): string =>
  text.includes('&') ? text.replace(/&(amp|lt|gt|quot|apos);/g, (_whole, name) => XML_ENTITIES.get(name) ?? '') : text;

/**
 * Replaces predefined entities and character references. Leaves unknown entities and impossible characters as they are.
 */
export const resolveXmlReferences = (text: string): string =>
  text.includes('&')
    ? text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,4}));/gi, (whole, hex, decimal, name) => {
        if (name !== undefined) return XML_ENTITIES.get(name) ?? whole;
        const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
        return isXmlCharacter(code) ? String.fromCodePoint(code) : whole;
      })
    : text;

/** The same rule as `ILLEGAL`, for one code point. */
const isXmlCharacter = (code: number): boolean =>
  code >= 0x20
    ? code < 0xd800 || (code > 0xdfff && code <= 0x10ffff && (code & 0xfffe) !== 0xfffe)
    : code === 0x9 || code === 0xa || code === 0xd;
