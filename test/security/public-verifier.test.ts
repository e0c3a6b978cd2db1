// Our lists, signed and encrypted files by a verifier that does what the public one does; and that verifier by the fixtures.

import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { clusterList } from '../../src/security/cluster-lists.js';
import { pemOf } from '../../src/security/der.js';
import { certificateHash, encryptFile } from '../../src/security/encrypt-file.js';
import { issueLsc } from '../../src/security/identity.js';
import { readCertificate } from '../../src/security/read-certificate.js';
import { capturedBytes, capturedJson, capturedText, describeCaptured } from '../support/fixtures.js';
import { mutated, seededRandom } from '../support/random.js';
import { CLUSTER_LISTS, clusterContent } from './cluster-content.js';
import { identity, NOW, signedFile } from './identities.js';
import { openConfiguration, type PublicVerdict, verifyList, verifySigned } from './public-verifier.js';

const NAME = 'SEP00270DC01C92.cnf.xml';

describe('the public verifier', () => {
  for (const digest of ['sha1', 'sha512'] as const)
    for (const names of ['cucm', 'certutils'] as const)
      it.each(CLUSTER_LISTS)(`takes our %s, ${digest}, names as ${names}`, (_, kind, rest) => {
        const list = clusterList(kind, clusterContent({ settings: { digest, names }, ...rest }));
        expect(verifyList(list)).toBe('valid');
      });

  it('takes none of a thousand changed lists', () => {
    const list = clusterList('ITL', clusterContent());
    const random = seededRandom(13);
    const verdicts = new Set<PublicVerdict>();
    for (let count = 0; count < 1_000; count += 1) {
      const changed = mutated(list, random);
      if (!changed.equals(list)) verdicts.add(verifyList(changed));
    }
    expect(verdicts).not.toContain('valid');
  });

  it.each(['sha1', 'sha512'] as const)('unwraps our signed files, %s', (digest) => {
    const signer = identity('callmanager');
    const file = signedFile(signer, `${NAME}.sgn`, Buffer.from('<device/>'), digest);
    const { verdict, content: plain } = verifySigned(file, new X509Certificate(signer.certificate));
    expect([verdict, plain.toString()]).toEqual(['valid', '<device/>']);
    const other = new X509Certificate(identity('capf').certificate);
    expect(verifySigned(file, other).verdict).toBe('no-signer');
  });

  it.each([0, 1, 15, 16, 17, 4_096])('opens our encrypted files, %i octets', (octets) => {
    const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' });
    const lsc = issueLsc(identity('capf'), { device: 'SEP00270DC01C92', publicKey, now: NOW, years: 5 });
    const { read: certificate, privateKey: key } = identity('callmanager');
    const plain = Buffer.alloc(octets, '<device/>');
    const signer = { certificate, key, digest: 'sha1', names: 'cucm' } as const;
    const recipient = readCertificate(lsc);
    const file = encryptFile({ name: `${NAME}.enc.sgn`, plain, recipient, signer, timestamp: 1_700_000_000 });
    expect(verifySigned(file, new X509Certificate(pemOf(certificate.der))).verdict).toBe('valid');
    const pem = (pair: typeof keys): string => pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(openConfiguration(file, pem(keys))?.equals(plain)).toBe(true);
    expect(certificateHash(recipient)).toMatch(/^[0-9a-f]{32}$/);
  });
});

interface Row {
  readonly verdict: string;
  readonly key?: string;
  readonly plain?: string;
}

/** What the public one passes, since it does not look at it: the name within a file. */
const LOOKED_OVER = ['wrong-name'];
/** What only who opens a file can see. */
const INSIDE = ['wrong-key', 'digest-mismatch'];

describeCaptured('the public verifier and the fixtures', () => {
  const index =
    capturedJson<Readonly<Record<'lists' | 'sgn' | 'enc', Readonly<Record<string, Row>>>>>('secure/index.json');
  const tftp = new X509Certificate(capturedText('secure/keys/callmanager-1.pem'));
  const isGood = (verdict: string, more: readonly string[] = []): boolean =>
    ['valid', ...LOOKED_OVER, ...more].includes(verdict);

  it.each(Object.entries(index.lists))('lists/%s', (name, { verdict }) => {
    expect(verifyList(capturedBytes(`secure/lists/${name}`)) === 'valid').toBe(isGood(verdict));
  });

  it.each(Object.entries(index.sgn))('sgn/%s', (name, { verdict }) => {
    const found = verifySigned(capturedBytes(`secure/sgn/${name}`), tftp).verdict;
    expect(found === 'valid').toBe(isGood(verdict));
  });

  it.each(Object.entries(index.enc).filter(([name]) => name.endsWith('.enc.sgn')))('enc/%s', (name, row) => {
    const bytes = capturedBytes(`secure/enc/${name}`);
    expect(verifySigned(bytes, tftp).verdict === 'valid').toBe(isGood(row.verdict, INSIDE));
    if (row.verdict !== 'valid' || row.plain === undefined) return;
    const plain = openConfiguration(bytes, capturedText(`secure/keys/${row.key}.test-only.key.pem`));
    expect(plain?.equals(capturedBytes(`secure/enc/${row.plain}`))).toBe(true);
  });
});
