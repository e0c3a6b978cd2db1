import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { wallTime } from '../../src/core/time.js';
import { pemOf } from '../../src/security/der.js';
import { nameText } from '../../src/security/distinguished-name.js';
import { IDENTITY_ROLES, identityOf, issueLsc, makeIdentity } from '../../src/security/identity.js';

const NOW = wallTime(Date.UTC(2026, 0, 1));
const FACTS = { node: 'CM1', cluster: 'Lab', alternatives: ['10.0.0.1', 'cm1'], now: NOW, hash: 'sha256' } as const;

describe('an identity of the cluster', () => {
  it.each(IDENTITY_ROLES)('%s signs itself and says all that phones look for', (role) => {
    const { read, certificate, key } = makeIdentity(role, FACTS);
    const x509 = new X509Certificate(certificate);
    expect(x509.verify(x509.publicKey)).toBe(true);
    expect(x509.checkPrivateKey(identityOf(role, { key, certificate }).privateKey)).toBe(true);
    expect(x509.ca).toBe(true);
    expect(x509.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.5']);
    expect(read.serial).toHaveLength(16);
    expect(read.subjectDer).toEqual(read.issuerDer);
    expect(nameText(read.subjectDer)).toMatch(/^CN=[^;]+;OU=labcm;O=Lab;L=Lab;ST=Lab;C=XX$/);
    expect(x509.subject.split('\n').map((part) => part.split('=')[0])).toEqual(['C', 'O', 'OU', 'CN', 'ST', 'L']);
    expect(read.notBefore).toBe(NOW - 86_400_000);
    expect(read.modulusBits).toBe(role === 'callmanager-ec' ? undefined : 2048);
    expect(read.keyOctets).toHaveLength(role === 'callmanager-ec' ? 97 : 270);
  });

  it('may have SHA-1, for phones that know no other', () => {
    const { certificate } = makeIdentity('callmanager', { ...FACTS, hash: 'sha1' });
    const x509 = new X509Certificate(certificate);
    expect(x509.verify(x509.publicKey)).toBe(true);
    expect(x509.toLegacyObject().bits).toBe(2048);
  });

  it('issues the certificate of a phone, by its CAPF', () => {
    const capf = makeIdentity('capf', FACTS);
    for (const { publicKey } of [
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ]) {
      const spki = publicKey.export({ type: 'spki', format: 'der' });
      const lsc = issueLsc(capf, { device: 'SEP00270DC01C92', publicKey: spki, now: NOW, years: 5 });
      const x509 = new X509Certificate(pemOf(lsc));
      expect(x509.verify(createPublicKey(capf.certificate))).toBe(true);
      expect(x509.checkIssued(new X509Certificate(capf.certificate))).toBe(true);
      expect(x509.ca).toBe(false);
      expect(x509.subject).toContain('CN=SEP00270DC01C92');
      expect(x509.publicKey.export({ type: 'spki', format: 'der' })).toEqual(spki);
    }
  });
});
