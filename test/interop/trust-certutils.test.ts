// Lists, signed and encrypted files against usecallmanagernz/certutils, in both directions. `LABCM_CERTUTILS` names the folder with
// `tlvfile`, `sgnfile` and `enccnf`; they need Python with cryptography and lxml. Without it the test is skipped.

import { spawnSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wallTime } from '../../src/core/time.js';
import { clusterList } from '../../src/security/cluster-lists.js';
import { pemOf } from '../../src/security/der.js';
import { certificateHash, encryptFile } from '../../src/security/encrypt-file.js';
import { LIST_NAMES } from '../../src/security/held-lists.js';
import { type Identity, issueLsc } from '../../src/security/identity.js';
import { judge } from '../../src/security/judge.js';
import { readCertificate } from '../../src/security/read-certificate.js';
import { readTrustListFile } from '../../src/security/trust-list.js';
import { CLUSTER_LISTS, clusterContent } from '../security/cluster-content.js';
import { identity, NOW, signedFile } from '../security/identities.js';

const programs = process.env.LABCM_CERTUTILS;
const NAME = 'SEP00270DC01C92.cnf.xml';
const DEVICE_FILE = `<?xml version="1.0" encoding="UTF-8"?>\n<device>\n  <fullConfig>true</fullConfig>\n  <deviceProtocol>SIP</deviceProtocol>\n</device>\n`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-certutils-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: Buffer | string): string => {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
};
const read = (name: string): Buffer => readFileSync(join(folder, name));

/** What one of the programs says, and its exit code. */
const run = (program: 'tlvfile' | 'sgnfile' | 'enccnf', ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [join(programs ?? '', program), ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, said: `${stdout}${stderr}` };
};

/** Key and certificate in one file, as the programs want them. */
const both = (one: Identity): string => write(`${one.role}.both.pem`, `${one.certificate}${one.key}`);

/** The certificate of a phone, and its key. */
const phone = () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const der = issueLsc(identity('capf'), { device: 'SEP00270DC01C92', publicKey: spki, now: NOW, years: 5 });
  return { der, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
};

describe.skipIf(programs === undefined)('certutils', () => {
  for (const digest of ['sha1', 'sha512'] as const)
    for (const names of ['cucm', 'certutils'] as const)
      it.each(CLUSTER_LISTS)(`verify our %s, ${digest}, names as ${names}`, (_, kind, rest) => {
        const list = clusterList(kind, clusterContent({ settings: { digest, names }, ...rest }));
        const { status, said } = run('tlvfile', '-p', write(LIST_NAMES[kind], list));
        expect([status, said]).toEqual([0, expect.stringContaining('Valid signature')]);
      });

  it('refuse a list that was changed', () => {
    const list = clusterList('ITL', clusterContent());
    list[list.length - 1] = (list.at(-1) ?? 0) ^ 1;
    expect(run('tlvfile', '-p', write('ITLFile.tlv', list)).said).toContain('Invalid signature');
  });

  it('build lists that we find valid', () => {
    const [signer, tftp, tvs, capf] = [
      both(identity('itlrecovery')),
      both(identity('callmanager')),
      both(identity('tvs')),
      both(identity('capf')),
    ];
    const built = run('tlvfile', '-b', '-s', signer, '-t', tftp, '-T', tvs, '-A', capf, join(folder, 'ITLFile.tlv'));
    expect(built).toMatchObject({ status: 0 });
    const judged = judge(read('ITLFile.tlv'), { now: wallTime(Date.now()) });
    expect(judged).toMatchObject({ verdict: 'valid', kind: 'ITL' });
    expect(judged.records?.map((record) => record.function).sort()).toEqual([0, 21, 3, 4]);
  });

  it.each(['sha1', 'sha512'] as const)('verify our signed files, and build such, %s', (digest) => {
    const signer = identity('callmanager');
    const tftp = both(signer);
    write(`${NAME}.sgn`, signedFile(signer, `${NAME}.sgn`, Buffer.from(DEVICE_FILE), digest));
    expect(run('sgnfile', '-p', '--tftp', tftp, join(folder, `${NAME}.sgn`)).said).toContain('Valid signature');
    write(NAME, DEVICE_FILE);
    expect(run('sgnfile', '-b', '-d', digest, '--tftp', tftp, join(folder, NAME))).toMatchObject({ status: 0 });
    const lists = [readTrustListFile(clusterList('ITL', clusterContent()))];
    const judged = judge(read(`${NAME}.sgn`), {
      now: wallTime(Date.now()),
      certificates: [signer.read],
      lists,
      name: `${NAME}.sgn`,
    });
    expect([judged.verdict, judged.plain?.toString()]).toEqual(['valid', DEVICE_FILE]);
  });

  it('open our encrypted files', () => {
    const { der, key } = phone();
    const { read: certificate, privateKey } = identity('callmanager');
    const file = encryptFile({
      name: `${NAME}.enc.sgn`,
      plain: Buffer.from(DEVICE_FILE),
      recipient: readCertificate(der),
      signer: { certificate, key: privateKey, digest: 'sha1', names: 'cucm' },
      timestamp: 1_700_000_000,
    });
    write('phone.pem', `${pemOf(der)}${key}`);
    write(`${NAME}.sgn`, signedFile(identity('callmanager'), `${NAME}.sgn`, Buffer.from('<device/>')));
    const { status, said } = run(
      ...(['enccnf', '-r', '--key', join(folder, 'phone.pem'), write(`${NAME}.enc.sgn`, file)] as const),
    );
    expect([status, said]).toEqual([0, expect.stringContaining('Wrote')]);
    expect(read(NAME).toString()).toBe(DEVICE_FILE);
  });

  it('encrypt files that we open', () => {
    const { der, key } = phone();
    const signer = identity('callmanager');
    write(NAME, DEVICE_FILE);
    const device = write('phone.pem', pemOf(der));
    const built = run('enccnf', '-b', '--tftp', both(signer), '--certificate', device, join(folder, NAME));
    expect(built).toMatchObject({ status: 0 });
    const judged = judge(read(`${NAME}.enc.sgn`), {
      now: wallTime(Date.now()),
      certificates: [signer.read],
      key: createPrivateKey(key),
    });
    expect(judged.verdict).toBe('valid');
    expect(judged.plain?.toString()).toContain('<deviceProtocol>SIP</deviceProtocol>');
    expect(read(`${NAME}.sgn`).toString('latin1')).toContain(certificateHash(readCertificate(der)));
  });
});
