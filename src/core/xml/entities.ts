// The characters that XML writes as entities, for everything in `src/` that reads XML or writes it without xmlbuilder2.

/** XML 1.0 §4.6: the predefined entities, by name. */
export const XML_ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

const ESCAPES: ReadonlyMap<string, string> = new Map(
  [...XML_ENTITIES].map(([name, character]) => [character, `&${name};`]),
);

/** A text for the content of an element or for an attribute in double quotes. Does not remove what XML forbids. */
export const escapeXml = (text: string): string =>
  text.replace(/[<>&"]/g, (character) => ESCAPES.get(character) ?? character);

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

/** XML 1.0 §2.2 Char: no control character but tab, line feed and carriage return; no surrogate; no U+FFFE, U+FFFF. */
const isXmlCharacter = (code: number): boolean =>
  code >= 0x20
    ? code < 0xd800 || (code > 0xdfff && code <= 0x10ffff && (code & 0xfffe) !== 0xfffe)
    : code === 0x9 || code === 0xa || code === 0xd;
