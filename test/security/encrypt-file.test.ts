// Encrypted configurations: ours are opened again, and with the secret of a captured one the same octets come out.

import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canReceive, certificateHash, encryptFile } from '../../src/security/encrypt-file.js';
import { issueLsc } from '../../src/security/identity.js';
import { judge } from '../../src/security/judge.js';
import { readCertificate } from '../../src/security/read-certificate.js';
import { SignedFiles } from '../../src/security/signed-files.js';
import { readTrustListFile } from '../../src/security/trust-list.js';
import { capturedBytes, capturedText, describeCaptured } from '../support/fixtures.js';
import { mutated, seededRandom } from '../support/random.js';
import { identity, NOW, usualList } from './identities.js';

const NAME = 'SEP00270DC01C92.cnf.xml.enc.sgn';

const phone = (kind: 'rsa' | 'ec' = 'rsa') => {
  const { publicKey, privateKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const lsc = issueLsc(identity('capf'), { device: 'SEP00270DC01C92', publicKey: spki, now: NOW, years: 5 });
  return { privateKey, certificate: readCertificate(lsc) };
};

/** The certificate of a phone whose key has so many bits; nobody has the private one. */
const ofBits = (bits: number) => {
  const jwk = { kty: 'RSA', n: Buffer.alloc(bits / 8, 0xff).toString('base64url'), e: 'AQAB' };
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' });
  return readCertificate(issueLsc(identity('capf'), { device: 'SEP00270DC01C92', publicKey, now: NOW, years: 5 }));
};

const signer = (digest: 'sha1' | 'sha512' = 'sha1') => {
  const { read, privateKey } = identity('callmanager');
  return { certificate: read, key: privateKey, digest, names: 'cucm' } as const;
};

describe('an encrypted file', () => {
  it.each([0, 1, 15, 16, 17, 4_096])('of %i octets is opened by the phone that it is for', (length) => {
    const { privateKey, certificate } = phone();
    const plain = Buffer.alloc(length, 'x');
    for (const digest of ['sha1', 'sha512'] as const) {
      const request = { name: NAME, plain, recipient: certificate, signer: signer(digest), timestamp: 1_700_000_000 };
      const bytes = encryptFile(request);
      const by = { now: NOW, lists: [readTrustListFile(usualList())], name: NAME };
      expect(judge(bytes, { ...by, key: privateKey })).toMatchObject({ verdict: 'valid', kind: 'encrypted', plain });
      expect(judge(bytes, { ...by, key: phone().privateKey }).verdict).toBe('wrong-key');
      expect(judge(bytes, by).plain).toBeUndefined();
    }
  });

  it('with any octet changed is not opened', () => {
    const { privateKey, certificate } = phone();
    const plain = Buffer.from('<device/>');
    const whole = encryptFile({
      name: NAME,
      plain,
      recipient: certificate,
      signer: signer(),
      timestamp: 1_700_000_000,
    });
    const lists = [readTrustListFile(usualList())];
    const random = seededRandom(31);
    for (let count = 0; count < 500; count += 1) {
      const bytes = mutated(whole, random);
      if (!bytes.equals(whole)) expect(judge(bytes, { now: NOW, lists, key: privateKey }).verdict).not.toBe('valid');
    }
  });

  it('is the same while its content is, and has a fresh key for each content', () => {
    const { certificate } = phone();
    const files = new SignedFiles(signer(), 1_700_000_000);
    const first = files.encrypt(NAME, Buffer.from('one'), certificate);
    expect(files.encrypt(NAME, Buffer.from('one'), certificate)).toBe(first);
    expect(files.encrypt(NAME, Buffer.from('two'), certificate)).not.toEqual(first);
    expect(files.encrypt(NAME, Buffer.from('one'), certificate)).not.toEqual(first);
  });

  it('is for no phone with an elliptic key, or a short one', () => {
    expect([canReceive(phone().certificate), canReceive(phone('ec').certificate)]).toEqual([true, false]);
    expect([512, 1016, 1024, 4096].map((bits) => canReceive(ofBits(bits)))).toEqual([false, false, true, true]);
    expect(certificateHash(phone().certificate)).toMatch(/^[0-9a-f]{32}$/);
  });
});

describeCaptured('an encrypted file of the fixtures', () => {
  it.each([
    ['sha1.cnf.xml.enc.sgn', 'plain.xml', 'sha1'],
    ['aligned-sha512.cnf.xml.enc.sgn', 'plain-aligned.xml', 'sha512'],
  ] as const)('%s has the octets that we write with its secret, but for the wrapped key', (file, plain, digest) => {
    const captured = capturedBytes(`secure/enc/${file}`);
    const key = createPrivateKey(capturedText('secure/keys/callmanager-1.test-only.key.pem'));
    const certificate = readCertificate(capturedText('secure/keys/callmanager-1.pem'));
    const recipient = readCertificate(capturedText('secure/keys/phone-lsc.pem'));
    const built = encryptFile(
      {
        ...{ name: NAME, plain: capturedBytes(`secure/enc/${plain}`), recipient, timestamp: 1_700_000_000 },
        signer: { certificate, key, digest, names: 'cucm' },
      },
      {
        key: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
        initialVector: Buffer.from('a0a1a2a3a4a5a6a7a8a9aaabacadaeaf', 'hex'),
      },
    );
    expect(built).toHaveLength(captured.length);
    const differing = [...built].flatMap((octet, at) => (octet === captured[at] ? [] : [at]));
    // Wrapped key and signature, 256 octets each.
    expect(differing.length).toBeLessThanOrEqual(512);
    const opened = judge(built, {
      now: NOW,
      certificates: [certificate],
      key: createPrivateKey(capturedText('secure/keys/phone-lsc.test-only.key.pem')),
    });
    const theirs = judge(captured, { now: NOW, certificates: [certificate] });
    expect(opened.verdict).toBe('valid');
    expect(opened.container?.body.equals(theirs.container?.body ?? Buffer.alloc(0))).toBe(true);
    expect(opened.container?.fields.map(({ at, tag }) => [at, tag])).toEqual(
      theirs.container?.fields.map(({ at, tag }) => [at, tag]),
    );
  });

  it('has the hash of its certificate in the stub', () => {
    const recipient = readCertificate(capturedText('secure/keys/phone-lsc.pem'));
    expect(capturedText('secure/enc/stub.xml')).toContain(`<certHash>${certificateHash(recipient)}</certHash>`);
  });
});
