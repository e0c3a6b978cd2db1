// Encrypts configurations for one phone (`docs/protocols/secure.md` §4.1): AES-128-CBC under a fresh key, which is wrapped with the RSA
// key of the phone's certificate.

import { constants, createCipheriv, createHash, publicEncrypt, randomBytes } from 'node:crypto';
import { HEADER_TAG } from './container.js';
import type { ReadCertificate } from './read-certificate.js';
import { type ContainerSigner, digestCode, tlv, uint16, writeContainer } from './write-container.js';

const BLOCK = 16;
/** Of the RSA key of a recipient. Old phones make 512 bits, too, which anybody can factor within hours. */
const LEAST_BITS = 1_024;

/** The secret of one file. Fresh for every content. */
export interface FileSecret {
  readonly key: Buffer;
  readonly initialVector: Buffer;
}

/** What is to be encrypted, for whom, and who signs it. */
export interface EncryptionRequest {
  /** As the phone asks for it: `SEP….cnf.xml.enc.sgn`. */
  readonly name: string;
  readonly plain: Buffer;
  /** The phone's certificate, with an RSA key of at least 1024 bits. */
  readonly recipient: ReadCertificate;
  readonly signer: ContainerSigner;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
}

/** Whether a certificate can be that of a recipient: an elliptic key wraps nothing, and a shorter RSA key keeps no secret. */
export const canReceive = ({ publicKey, modulusBits = 0 }: ReadCertificate): boolean =>
  publicKey.asymmetricKeyType === 'rsa' && modulusBits >= LEAST_BITS;

/** Encrypts and signs a file, for one that `canReceive`. Throws if the recipient has no RSA key. */
export const encryptFile = (
  { name, plain, recipient, signer, timestamp }: EncryptionRequest,
  { key, initialVector }: FileSecret = { key: randomBytes(BLOCK), initialVector: randomBytes(BLOCK) },
): Buffer => {
  // A whole block of padding if the text ends with a block.
  const padOctets = BLOCK - (plain.length % BLOCK);
  const cipher = createCipheriv('aes-128-cbc', key, initialVector).setAutoPadding(false);
  const padded = Buffer.concat([plain, Buffer.alloc(padOctets, HEADER_TAG.padding)]);
  const body = Buffer.concat([cipher.update(padded), cipher.final()]);
  const wrapped = publicEncrypt({ key: recipient.publicKey, padding: constants.RSA_PKCS1_PADDING }, key);
  const octet = (value: number): Buffer => Buffer.from([value]);
  const encryption = Buffer.concat([
    tlv(
      HEADER_TAG.encryption,
      tlv(
        HEADER_TAG.cipherInfo,
        tlv(HEADER_TAG.cipher, octet(0)),
        tlv(HEADER_TAG.initialVector, initialVector),
        tlv(HEADER_TAG.padOctets, uint16(padOctets)),
      ),
      tlv(
        HEADER_TAG.keyInfo,
        tlv(HEADER_TAG.keyAlgorithm, octet(0)),
        tlv(HEADER_TAG.keyBits, uint16(wrapped.length * 8)),
        tlv(HEADER_TAG.keyPadding, octet(1)),
        tlv(HEADER_TAG.wrappedKey, wrapped),
      ),
    ),
    tlv(HEADER_TAG.plainDigest, octet(digestCode(signer.digest))),
    tlv(HEADER_TAG.plainHash, createHash(signer.digest).update(plain).digest()),
  ]);
  return writeContainer({ version: [2, 0], fileName: name, timestamp, encryption, body }, signer);
};

/** What the stub calls a certificate: MD5 of its DER, in lower case. */
export const certificateHash = ({ der }: ReadCertificate): string => createHash('md5').update(der).digest('hex');
