// Opens encrypted configurations (`docs/protocols/provisioning.md` §5.6, `docs/protocols/secure.md` §4.1).

import { constants, createDecipheriv, createHash, type KeyObject, privateDecrypt } from 'node:crypto';
import { type Container, DIGESTS, type EncryptionInfo } from './container.js';

/** What a key makes of an encrypted file. */
export type OpenedFile =
  | { readonly verdict: 'opened'; readonly plain: Buffer }
  | { readonly verdict: 'wrong-key' | 'digest-mismatch' | 'unsupported'; readonly detail: string };

const CIPHER = 'aes-128-cbc';
const KEY_OCTETS = 16;

/** Opens the body with the phone's private key, and checks the digest of what comes out. */
export const openEncrypted = ({ encryption, body }: Container, key: KeyObject): OpenedFile => {
  if (encryption === undefined) return { verdict: 'unsupported', detail: 'it is not encrypted' };
  const digest = DIGESTS.get(encryption.digest);
  if (digest === undefined) return { verdict: 'unsupported', detail: `digest ${encryption.digest} of the plain text` };
  const secret = unwrapped(encryption, key);
  if (secret === undefined) return { verdict: 'wrong-key', detail: 'it was wrapped for another key' };
  const plain = deciphered(encryption, secret, body);
  if (plain === undefined)
    return { verdict: 'digest-mismatch', detail: 'the cipher text is no whole number of blocks' };
  return createHash(digest).update(plain).digest().equals(encryption.hash)
    ? { verdict: 'opened', plain }
    : { verdict: 'digest-mismatch', detail: 'the plain text has another digest than the header says' };
};

/**
 * Unwraps the AES key. Node refuses PKCS#1 v1.5 with private keys, as a protection of servers that say whether the padding was right.
 * So the padding is taken off here: 00 02, octets other than 00, 00, the key (RFC 8017 §7.2.2).
 */
const unwrapped = ({ wrappedKey, keyBits }: EncryptionInfo, key: KeyObject): Buffer | undefined => {
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (key.asymmetricKeyType !== 'rsa' || bits !== keyBits || wrappedKey.length * 8 !== bits) return undefined;
  let block: Buffer;
  try {
    block = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, wrappedKey);
  } catch {
    return undefined; // a number that is not below the modulus
  }
  const end = block.indexOf(0, 2);
  return block[0] === 0 && block[1] === 2 && end !== -1 && block.length - end - 1 === KEY_OCTETS
    ? block.subarray(end + 1)
    : undefined;
};

const deciphered = ({ initialVector, padOctets }: EncryptionInfo, secret: Buffer, body: Buffer): Buffer | undefined => {
  if (initialVector.length !== KEY_OCTETS || body.length % KEY_OCTETS !== 0 || padOctets > body.length)
    return undefined;
  // The padding is not that of PKCS#7: the header says how long it is.
  const decipher = createDecipheriv(CIPHER, secret, initialVector).setAutoPadding(false);
  return Buffer.concat([decipher.update(body), decipher.final()]).subarray(0, body.length - padOctets);
};
