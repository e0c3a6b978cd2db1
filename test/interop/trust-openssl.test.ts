// The signatures of our lists and signed files by another implementation: the signature's element is cut out, and `openssl dgst`
// verifies the rest. Certificates by `openssl verify`.

import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endOf, HEADER_TAG, readContainer } from '../../src/security/container.js';
import { pemOf } from '../../src/security/der.js';
import { issueLsc } from '../../src/security/identity.js';
import { identity, listOf, NOW, signedFile } from '../security/identities.js';

let folder: string;
const at = (name: string): string => join(folder, name);
const openssl = (...args: readonly string[]): string =>
  execFileSync('openssl', args, { encoding: 'utf8', cwd: folder });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-openssl-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const verified = (bytes: Buffer, digest: string, certificate: string): string => {
  const { fields, signature } = readContainer(bytes);
  const field = fields.find(({ tag }) => tag === HEADER_TAG.signature);
  if (field === undefined) throw new Error('no signature');
  writeFileSync(at('rest'), Buffer.concat([bytes.subarray(0, field.at), bytes.subarray(endOf(field))]));
  writeFileSync(at('signature'), signature);
  writeFileSync(at('signer.pem'), certificate);
  writeFileSync(at('public.pem'), openssl('x509', '-in', 'signer.pem', '-noout', '-pubkey'));
  return openssl('dgst', `-${digest}`, '-verify', 'public.pem', '-signature', 'signature', 'rest').trim();
};

describe('openssl', () => {
  it.each(['sha1', 'sha512'] as const)('verifies our lists and signed files, with %s', (digest) => {
    const signer = identity('itlrecovery');
    const list = listOf(
      signer,
      [
        ['SAST', signer],
        ['TFTP', identity('callmanager')],
        ['TVS', undefined],
      ],
      { digest },
    );
    expect(verified(list, digest, signer.certificate)).toBe('Verified OK');
    const file = signedFile(identity('callmanager'), 'SEP00270DC01C92.cnf.xml.sgn', Buffer.from('<device/>'), digest);
    expect(verified(file, digest, identity('callmanager').certificate)).toBe('Verified OK');
  });

  it('verifies the certificates that we make and issue, strictly', () => {
    for (const role of ['itlrecovery', 'callmanager', 'callmanager-ec', 'capf', 'tvs'] as const) {
      writeFileSync(at('own.pem'), identity(role).certificate);
      expect(openssl('verify', '-attime', String(NOW / 1000 + 60), '-CAfile', 'own.pem', 'own.pem')).toMatch(/: OK/);
    }
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const capf = identity('capf');
    writeFileSync(at('capf.pem'), capf.certificate);
    writeFileSync(
      at('lsc.pem'),
      pemOf(issueLsc(capf, { device: 'SEP00270DC01C92', publicKey: spki, now: NOW, years: 5 })),
    );
    expect(
      openssl('verify', '-attime', String(NOW / 1000 + 60), '-purpose', 'sslclient', '-CAfile', 'capf.pem', 'lsc.pem'),
    ).toMatch(/: OK/);
    expect(openssl('x509', '-in', 'lsc.pem', '-noout', '-subject')).toMatch(/CN ?= ?SEP00270DC01C92/);
  });
});
