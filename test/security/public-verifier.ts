// A verifier of lists and signed files as the public one is described (`docs/protocols/secure.md` §13): it parses, finds the signer,
// and verifies the signature and the digest. It looks at no name, at no rule of lists, at no padding and at no length of a container.
// It is written from that description alone, and shares nothing with the reader of the project.

import { constants, createDecipheriv, createHash, privateDecrypt, verify, X509Certificate } from 'node:crypto';

/** What it says of a file. */
export type PublicVerdict = 'valid' | 'bad-signature' | 'no-signer' | 'malformed' | 'unsupported';

interface Header {
  readonly length: number;
  /** By tag; of containers their parts stand beside them. */
  readonly values: ReadonlyMap<number, Buffer>;
  /** Where the element of the signature begins and ends. */
  readonly signature: readonly [from: number, to: number];
}

/** Tags whose value is made of further elements. */
const CONTAINERS = new Set([3, 7, 9, 16, 17, 21]);
const PADDING = 13;
const HASHES = new Map([
  [1, 'sha1'],
  [3, 'sha512'],
]);

class Malformed extends Error {}

/** One element at `at`. */
const elementAt = (
  bytes: Buffer,
  at: number,
): { readonly tag: number; readonly value: Buffer; readonly end: number } => {
  if (at + 3 > bytes.length) throw new Malformed('cut off');
  const end = at + 3 + bytes.readUInt16BE(at + 1);
  if (end > bytes.length) throw new Malformed('cut off');
  return { tag: bytes.readUInt8(at), value: bytes.subarray(at + 3, end), end };
};

const headerOf = (bytes: Buffer): Header => {
  const values = new Map<number, Buffer>();
  let signature: [number, number] = [0, 0];
  let length = Number.POSITIVE_INFINITY;
  for (let at = 0; at < Math.min(length, bytes.length); ) {
    if (bytes[at] === PADDING) {
      at += 1;
      continue;
    }
    const { tag, value, end } = elementAt(bytes, at);
    values.set(tag, value);
    if (tag === 2) length = value.readUInt16BE(0);
    if (tag === 12) signature = [at, end];
    at = CONTAINERS.has(tag) ? at + 3 : end;
    if (at > length) throw new Malformed('the header ends within an element');
  }
  if (length > bytes.length || signature[1] === 0) throw new Malformed('no header');
  return { length, values, signature };
};

const verdictBy = (bytes: Buffer, { values, signature: [from, to] }: Header, certificate: Buffer): PublicVerdict => {
  const hash = HASHES.get(values.get(8)?.[0] ?? 0);
  if (hash === undefined) return 'unsupported';
  const signed = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  try {
    const { publicKey } = new X509Certificate(certificate);
    return verify(hash, signed, publicKey, values.get(12) ?? Buffer.alloc(0)) ? 'valid' : 'bad-signature';
  } catch {
    return 'unsupported'; // the certificate cannot be read
  }
};

const guarded = (look: () => PublicVerdict): PublicVerdict => {
  try {
    return look();
  } catch (error) {
    if (error instanceof Malformed || error instanceof RangeError) return 'malformed';
    throw error;
  }
};

const SAST = 0;

/** As `tlvfile -p` does: the records are walked, and the signer is the SAST with the serial number and issuer of the header. */
export const verifyList = (bytes: Buffer): PublicVerdict =>
  guarded(() => {
    const header = headerOf(bytes);
    const records: ReadonlyMap<number, Buffer>[] = [];
    for (let at = header.length; at < bytes.length; ) {
      const head = elementAt(bytes, at);
      if (head.tag !== 1) throw new Malformed('no record');
      const end = at + head.value.readUInt16BE(0);
      if (end <= at || end > bytes.length) throw new Malformed('a record without an end');
      const record = new Map<number, Buffer>();
      for (let next = head.end; next < end; ) {
        const element = elementAt(bytes, next);
        if (element.end > end) throw new Malformed('an element past its record');
        record.set(element.tag, element.value);
        next = element.end;
      }
      if (record.get(4)?.length !== 2) throw new Malformed('a record without a function');
      records.push(record);
      at = end;
    }
    const [serial, issuer] = [header.values.get(5), header.values.get(6)];
    const signer = records.find(
      (record) =>
        record.get(4)?.readUInt16BE(0) === SAST &&
        serial !== undefined &&
        issuer !== undefined &&
        record.get(6)?.equals(serial) === true &&
        record.get(5)?.equals(issuer) === true,
    );
    const certificate = signer?.get(9);
    return certificate === undefined ? 'no-signer' : verdictBy(bytes, header, certificate);
  });

/** As `sgnfile -p --tftp` does: the certificate is given. Empty content: it is not valid. */
export const verifySigned = (
  bytes: Buffer,
  tftp: X509Certificate,
): { readonly verdict: PublicVerdict; readonly content: Buffer } => {
  let content: Buffer = Buffer.alloc(0);
  const verdict = guarded(() => {
    const header = headerOf(bytes);
    if (header.values.get(5)?.toString('hex') !== serialOf(tftp)) return 'no-signer';
    content = bytes.subarray(header.length);
    return verdictBy(bytes, header, tftp.raw);
  });
  return { verdict, content: verdict === 'valid' ? content : Buffer.alloc(0) };
};

const serialOf = ({ serialNumber }: X509Certificate): string => serialNumber.toLowerCase();

const AES_OCTETS = 16;

/** As `enccnf -r --key` does. `undefined`: the digest says that the key or the cipher text is another. */
export const openConfiguration = (bytes: Buffer, key: string): Buffer | undefined => {
  const { length, values } = headerOf(bytes);
  const value = (tag: number): Buffer => values.get(tag) ?? Buffer.alloc(0);
  // Node opens no PKCS#1 v1.5 with a private key: the padding is taken off by hand.
  const block = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, value(25));
  const decipher = createDecipheriv('aes-128-cbc', block.subarray(-AES_OCTETS), value(19)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(bytes.subarray(length)), decipher.final()]);
  const plain = padded.subarray(0, padded.length - value(20).readUInt16BE(0));
  const hash = HASHES.get(value(26)[0] ?? 0) ?? 'sha1';
  return createHash(hash).update(plain).digest().equals(value(27)) ? plain : undefined;
};
