// A few small files, sealed with a passphrase: the copy of the cluster's keys that its owner keeps elsewhere.

import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { ProtocolError } from '../core/errors.js';

const SCHEMA = 'labcm-trust-copy/1';
const CIPHER = 'aes-256-gcm';
const SALT_OCTETS = 16;
const VECTOR_OCTETS = 12;
const KEY_OCTETS = 32;
/** RFC 7914 §2: what a guess costs. About a tenth of a second. */
const COST = { N: 32_768, r: 8, p: 1, maxmem: 67_108_864 } as const;

/** The least length of a passphrase, in characters. */
export const LEAST_PASSPHRASE = 12;

/** The content of each file, by its name. */
export type FileContents = ReadonlyMap<string, Buffer>;

/** Seals files. Who does not know the passphrase learns nothing but how long they are together. */
export const sealFiles = (files: FileContents, passphrase: string): string => {
  const [salt, vector] = [randomBytes(SALT_OCTETS), randomBytes(VECTOR_OCTETS)];
  const plain = JSON.stringify(Object.fromEntries([...files].map(([name, bytes]) => [name, bytes.toString('base64')])));
  const cipher = createCipheriv(CIPHER, scryptSync(passphrase, salt, KEY_OCTETS, COST), vector);
  const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  const sealed = {
    schema: SCHEMA,
    salt: salt.toString('base64'),
    vector: vector.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    data: data.toString('base64'),
  };
  return `${JSON.stringify(sealed, undefined, 1)}\n`;
};

/** Opens what `sealFiles` has made. Throws a `ProtocolError`: `SEALED` if it is something else, `PASSPHRASE` if it cannot be opened. */
export const openSealedFiles = (text: string, passphrase: string): FileContents => {
  const { salt, vector, tag, data } = sealedParts(text);
  try {
    const decipher = createDecipheriv(CIPHER, scryptSync(passphrase, salt, KEY_OCTETS, COST), vector);
    decipher.setAuthTag(tag);
    const plain = Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8');
    const files = JSON.parse(plain) as Record<string, string>;
    return new Map(Object.entries(files).map(([name, content]) => [name, Buffer.from(content, 'base64')]));
  } catch {
    throw new ProtocolError('PASSPHRASE', 'another passphrase, or a file that was changed');
  }
};

const sealedParts = (text: string) => {
  try {
    const read = JSON.parse(text) as Record<string, unknown>;
    const part = (name: string): Buffer => Buffer.from(String(read[name]), 'base64');
    const parts = { salt: part('salt'), vector: part('vector'), tag: part('tag'), data: part('data') };
    // A shorter tag would be easier to forge (NIST SP 800-38D appendix C).
    if (read.schema === SCHEMA && parts.tag.length === 16 && parts.vector.length === VECTOR_OCTETS) return parts;
  } catch {
    // The same as another file.
  }
  throw new ProtocolError('SEALED', 'no copy of keys');
};
