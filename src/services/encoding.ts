// In which characters a phone reads objects: old loads know Latin-1 alone (`docs/protocols/phone-services.md` §2).

import { toLatin1 } from '../core/latin-text.js';

/** How the text of an object becomes octets. */
export interface ObjectEncoding {
  /** As the declaration and `Content-Type` name it. */
  readonly charset: 'UTF-8' | 'ISO-8859-1';
  encode(text: string): Buffer;
}

const UTF8: ObjectEncoding = { charset: 'UTF-8', encode: (text) => Buffer.from(text, 'utf8') };
/** Other letters are transliterated. */
const LATIN1: ObjectEncoding = { charset: 'ISO-8859-1', encode: (text) => Buffer.from(toLatin1(text), 'latin1') };

/**
 * The encoding for a phone: what it asks for by `Accept-Charset`, else what its model reads, else UTF-8. `unicode`:
 * `undefined` where the phone is not known.
 */
export const encodingFor = (unicode: boolean | undefined, acceptCharset: string | undefined): ObjectEncoding => {
  if (acceptCharset !== undefined && /utf-8|\*/i.test(acceptCharset)) return UTF8;
  if (acceptCharset !== undefined && /iso-8859-1/i.test(acceptCharset)) return LATIN1;
  return unicode === false ? LATIN1 : UTF8;
};
