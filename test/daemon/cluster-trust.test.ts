// A daemon with `security.itl`: lists and signed files over TFTP and HTTP, and what is kept in `state/trust`.

import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { days, wallTime } from '../../src/core/time.js';
import { openClusterTrust } from '../../src/daemon/cluster-trust.js';
import { readConfig } from '../../src/daemon/read-config.js';
import { listRequest, TakenLists } from '../../src/daemon/taken-lists.js';
import { nodeDatagrams } from '../../src/net/sockets/node-datagrams.js';
import { isRollbackList } from '../../src/security/held-lists.js';
import { makeIdentity } from '../../src/security/identity.js';
import { judge } from '../../src/security/judge.js';
import { SignedFiles } from '../../src/security/signed-files.js';
import { functionName, isEmptyRecord, readTrustListFile } from '../../src/security/trust-list.js';
import { eventually, TestDaemon } from '../support/daemon.js';
import { fetchFile } from '../support/tftp-client.js';

const NOW = wallTime(Date.UTC(2026, 0, 1));
const LATER = wallTime(NOW + days(40));

let lab: TestDaemon;
beforeEach(() => {
  lab = new TestDaemon();
  lab.configure();
});
afterEach(() => lab.remove());

const opened = async (now = NOW, ...overrides: string[]) =>
  openClusterTrust(await readConfig(lab.configPath, overrides), now);
const faultOf = async (...args: Parameters<typeof opened>) => {
  const error: unknown = await opened(...args).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigError)) throw new Error('it was opened');
  return error.faults[0];
};
const listBytes = (trust: Awaited<ReturnType<typeof opened>>): Buffer => trust.list('ITL') ?? Buffer.alloc(0);

describe('the list of a cluster', () => {
  it('names the signer, TFTP, TVS and CAPF, is valid, and stays the same until something changes', async () => {
    const first = await opened(NOW, 'security.itl=on');
    const judged = judge(listBytes(first), { now: NOW });
    expect(judged).toMatchObject({ verdict: 'valid', kind: 'ITL', warnings: [] });
    expect(judged.records?.map((record) => functionName(record.function))).toEqual(['SAST', 'TFTP', 'TVS', 'CAPF']);
    expect(first.list('CTL')).toBeUndefined();
    expect(first.remarks.join('\n')).toMatch(/refuses lists and files of every other call manager\n.*rollback/);
    const again = await opened(LATER, 'security.itl=on');
    expect(listBytes(again)).toEqual(listBytes(first));
    expect([again.lists[0]?.isChanged, again.remarks]).toEqual([false, []]);
    expect(readFileSync(join(first.directory, 'ITLFile.tlv'))).toEqual(listBytes(first));
    const longer = await opened(LATER, 'security.itl=on', 'security.digest=sha512');
    expect(readTrustListFile(listBytes(longer)).container).toMatchObject({ digest: 3, timestamp: LATER / 1000 });
    const back = await opened(NOW, 'security.itl=on');
    expect(readTrustListFile(listBytes(back)).container.timestamp).toBe(LATER / 1000 + 1);
  });

  it('signs files with one time, so that they are the same after every start', async () => {
    const first = await opened(NOW, 'security.itl=on');
    const file = first.sign('SEP005056A1033D.cnf.xml.sgn', Buffer.from('<device/>'));
    const lists = [readTrustListFile(listBytes(first))];
    expect(judge(file, { now: NOW, lists, name: 'SEP005056A1033D.cnf.xml.sgn' }).verdict).toBe('valid');
    expect(readTrustListFile(listBytes(first)).container.timestamp).toBe(NOW / 1000);
    const again = await opened(LATER, 'security.itl=on');
    expect(again.sign('SEP005056A1033D.cnf.xml.sgn', Buffer.from('<device/>'))).toEqual(file);
    expect(again.sign('SEP005056A1033D.cnf.xml.sgn', Buffer.from('<other/>'))).not.toEqual(file);
  });

  it('of a rollback is signed by the same key and sets phones free', async () => {
    const before = await opened(NOW, 'security.itl=on');
    const after = await opened(LATER, 'security.itl=rollback');
    const list = readTrustListFile(listBytes(after));
    expect(isRollbackList(list)).toBe(true);
    expect(list.container.signer).toEqual(readTrustListFile(listBytes(before)).container.signer);
    expect(after.remarks.join()).toMatch(/empty list/);
  });

  it('of a mixed cluster comes with a CTL, which loses its call managers when the cluster is mixed no more', async () => {
    const config = await readConfig(lab.configPath, ['security.itl=on']);
    const functionsIn = (bytes: Buffer | undefined) =>
      readTrustListFile(bytes ?? Buffer.alloc(0)).records.map((record) => [
        functionName(record.function),
        isEmptyRecord(record),
      ]);
    const mixed = openClusterTrust(config, NOW, true);
    expect(functionsIn(mixed.list('CTL'))).toEqual([
      ['SAST', false],
      ['CCM+TFTP', false],
      ['CAPF', false],
    ]);
    expect(functionsIn(mixed.list('ITL'))).toContainEqual(['CCM+TFTP', false]);
    expect(judge(mixed.list('CTL') ?? Buffer.alloc(0), { now: NOW })).toMatchObject({ verdict: 'valid', kind: 'CTL' });
    const later = openClusterTrust(config, LATER);
    expect(functionsIn(later.list('CTL'))).toContainEqual(['CCM+TFTP', true]);
    expect(functionsIn(later.list('ITL'))).toContainEqual(['TFTP', false]);
  });

  it('names call managers of other clusters that may sign files: in the CTL of a mixed one, else in the ITL', async () => {
    const alternatives = ['10.9.0.1', 'cm-b'];
    const other = makeIdentity('callmanager', { node: 'CM-B', cluster: 'B', alternatives, now: NOW, hash: 'sha256' });
    writeFileSync(join(lab.folder, 'other.pem'), other.certificate);
    const config = await readConfig(lab.configPath, ['security.itl=on', 'security.alternateTftp=[other.pem]']);
    const recordsIn = (bytes: Buffer | undefined) =>
      readTrustListFile(bytes ?? Buffer.alloc(0)).records.filter(
        ({ serial }) => serial?.equals(other.read.serial) === true,
      );
    const plain = openClusterTrust(config, NOW);
    expect(recordsIn(plain.list('ITL'))).toMatchObject([{ function: 3, dnsName: 'CM-B' }]);
    const lists = [readTrustListFile(listBytes(plain))];
    const theirs = new SignedFiles(
      { certificate: other.read, key: other.privateKey, digest: 'sha1', names: 'cucm' },
      NOW / 1000,
    ).sign('ringlist.xml.sgn', Buffer.from('<x/>'));
    expect(judge(theirs, { now: NOW, lists, name: 'ringlist.xml.sgn' }).verdict).toBe('valid');
    const mixed = openClusterTrust(config, LATER, true);
    expect(recordsIn(mixed.list('ITL'))).toEqual([]);
    expect(recordsIn(mixed.list('CTL'))).toMatchObject([{ function: 3, dnsName: 'CM-B', address: '10.9.0.1' }]);
    const back = openClusterTrust(config, LATER);
    expect(recordsIn(back.list('CTL'))).toEqual([]);
    const freed = await opened(LATER, 'security.itl=rollback', 'security.alternateTftp=[other.pem]');
    expect(recordsIn(freed.list('ITL'))).toEqual([]);
    expect(await faultOf(LATER, 'security.itl=on', 'security.alternateTftp=[none.pem]')).toMatchObject({
      ...{ key: 'security.alternateTftp', found: expect.stringMatching(/none\.pem: nothing that can be read/) },
    });
  });

  it('has certificates under SHA-1 where that is wanted, but for that of HTTPS', async () => {
    const sha1 = Buffer.from('2a864886f70d010105', 'hex');
    const { identities } = await opened(NOW, 'security={ itl: on, https: 6971, certificateHash: sha1 }');
    for (const role of ['itlrecovery', 'callmanager', 'capf', 'tvs'] as const)
      expect([role, identities[role].read.der.includes(sha1)]).toEqual([role, true]);
    expect(identities['callmanager-ec']?.read.publicKey.asymmetricKeyType).toBe('ec');
    expect(identities['callmanager-ec']?.read.der.includes(Buffer.from('2a8648ce3d040302', 'hex'))).toBe(true);
  });

  it('of another signer is not served where phones hold one of the first', async () => {
    const { directory } = await opened(NOW, 'security.itl=on');
    const mine = makeIdentity('itlrecovery', { node: 'X', cluster: 'L', alternatives: [], now: NOW, hash: 'sha256' });
    writeFileSync(join(lab.folder, 'mine.pem'), mine.certificate);
    writeFileSync(join(lab.folder, 'mine-key.pem'), mine.key);
    const own = 'security.certificates.itlrecovery={ certificate: mine.pem, key: mine-key.pem }';
    const fault = await faultOf(NOW, 'security.itl=on', own);
    expect(fault).toMatchObject({ file: join(directory, 'ITLFile.tlv'), wanted: expect.stringMatching(/trust roll/) });
    rmSync(join(directory, 'ITLFile.tlv'));
    expect(readTrustListFile(listBytes(await opened(NOW, 'security.itl=on', own))).container.signer.name).toMatch(
      /ITLRECOVERY_X/,
    );
  });

  it('is refused where the keys lie in the served directory, also through a link', async () => {
    mkdirSync(join(lab.folder, 'root'));
    const within = ['tftp.root=root', 'state.directory=root/state'];
    expect(await faultOf(NOW, 'security.itl=on', ...within)).toMatchObject({ key: 'state.directory' });
    symlinkSync(join(lab.folder, 'root'), join(lab.folder, 'linked'));
    const linked = ['tftp.root=root', 'state.directory=linked/state'];
    expect(await faultOf(NOW, 'security.itl=on', ...linked)).toMatchObject({ key: 'state.directory' });
  });
});

const octets = async (file: string): Promise<Buffer> =>
  (await fetchFile(nodeDatagrams, lab.endpoint('TFTP'), file)).bytes;
const overHttp = async (file: string): Promise<Buffer> =>
  Buffer.from(await (await fetch(lab.url(`/${file}`, 'HTTP'))).arrayBuffer());

describe('a daemon', () => {
  it('serves lists and signed files alike over TFTP and HTTP, and notes who took the list', async () => {
    await lab.start(['security.itl=on']);
    const list = await octets('ITLSEP005056A1033D.tlv');
    expect(await overHttp('ITLFile.tlv')).toEqual(list);
    const lists = [readTrustListFile(list)];
    const signed = await octets('SEP005056A1033D.cnf.xml.sgn');
    expect(await overHttp('SEP005056A1033D.cnf.xml.sgn')).toEqual(signed);
    const judged = judge(signed, { now: NOW, lists, name: 'SEP005056A1033D.cnf.xml.sgn' });
    expect(judged.verdict).toBe('valid');
    expect(judged.plain).toEqual(await octets('SEP005056A1033D.cnf.xml'));
    expect((await octets('English_United_States/ipc-sip.jar.sgn')).includes('ipc-sip.jar.sgn\0')).toBe(true);
    await eventually(() =>
      expect(lab.log('tftp.txt')).toMatch(/Taken File\[ITLFile\.tlv\], Device\[SEP005056A1033D\]/),
    );
    expect(lab.log('tftp.txt')).toMatch(/Build File\[ITLFile\.tlv\], Octets\(\d+\), SHA1\[[0-9a-f]{40}\]/);
    await lab.stop();
    const taken = new TakenLists(join(lab.folder, 'state/trust'));
    expect([...taken.all()]).toMatchObject([{ device: 'SEP005056A1033D', kind: 'ITL' }]);
    taken.close();
  });

  it('without it makes no key and no list, and misses what it missed before', async () => {
    await lab.start();
    for (const file of ['ITLSEP005056A1033D.tlv', 'ITLFile.tlv', 'SEP005056A1033D.cnf.xml.sgn'])
      await expect(octets(file)).rejects.toMatchObject({ code: 1 });
    expect(existsSync(join(lab.folder, 'state/trust'))).toBe(false);
  });
});

describe('encrypted configurations', () => {
  const own = (name: string) => `security.encryptedConfig={ SEP005056A1033D: ${name} }`;
  const phone = `
devices:
  - { name: SEP005056A1033D, model: 8861, protocol: SIP, lines: [{ dn: "5005" }] }
`;

  it('are for the certificate that the owner names, and not served in clear', async () => {
    lab.configure(phone);
    const key = makeIdentity('callmanager', { node: 'P', cluster: 'L', alternatives: [], now: NOW, hash: 'sha256' });
    writeFileSync(join(lab.folder, 'phone.pem'), key.certificate);
    await lab.start(['security.itl=on', own('phone.pem')]);
    await expect(octets('SEP005056A1033D.cnf.xml')).rejects.toMatchObject({ code: 1 });
    const lists = [readTrustListFile(await octets('ITLFile.tlv'))];
    const encrypted = await octets('SEP005056A1033D.cnf.xml.enc.sgn');
    expect(await overHttp('SEP005056A1033D.cnf.xml.enc.sgn')).toEqual(encrypted);
    const judged = judge(encrypted, { now: NOW, lists, key: key.privateKey });
    expect(judged.verdict).toBe('valid');
    expect(judged.plain?.toString()).toContain('<fullConfig>true</fullConfig>');
    const stub = judge(await octets('SEP005056A1033D.cnf.xml.sgn'), { now: NOW, lists });
    expect(stub.plain?.toString()).toContain('<encrConfig>true</encrConfig>');
  });

  it('are refused for what cannot open them', async () => {
    lab.configure(phone);
    writeFileSync(
      join(lab.folder, 'ec.pem'),
      makeIdentity('callmanager-ec', { node: 'P', cluster: 'L', alternatives: [], now: NOW, hash: 'sha256' })
        .certificate,
    );
    expect(await faultOf(NOW, 'security.itl=on', own('ec.pem'))).toMatchObject({
      found: expect.stringMatching(/elliptic/),
    });
    expect(await faultOf(NOW, 'security.itl=on', own('none.pem'))).toMatchObject({ found: 'nothing that can be read' });
    lab.configure(phone.replace('8861', '7940').replace('SIP,', 'SCCP,'));
    expect(await faultOf(NOW, 'security.itl=on', own('ec.pem'))).toMatchObject({ found: 'a Cisco 7940' });
    const other = 'security.encryptedConfig={ SEP00AABBCCDDEE: ec.pem }';
    expect(await faultOf(NOW, 'security.itl=on', other)).toMatchObject({ found: 'no device of that name' });
    expect(await faultOf(NOW, other)).toMatchObject({ key: 'security.encryptedConfig' });
  });
});

describe('lists that phones have taken', () => {
  it('are noted once, and phones that nobody configured up to a number', () => {
    const taken = new TakenLists(join(lab.folder, 'trust'));
    const entry = { device: 'SEP005056A1033D', kind: 'ITL', fingerprint: 'aa' } as const;
    expect([taken.remember(entry, true), taken.remember(entry, true)]).toEqual([true, false]);
    for (let count = 0; count < 1_100; count += 1)
      taken.remember({ ...entry, device: `SEP00000000${String(count).padStart(4, '0')}` }, false);
    expect([...taken.all()]).toHaveLength(1_025);
    taken.close();
    writeFileSync(join(lab.folder, 'trust/taken.jsonl'), '{"device":"SEP005056A1033D"', { flag: 'a' });
    const again = new TakenLists(join(lab.folder, 'trust'));
    expect([...again.all()]).toHaveLength(1_025);
    expect(again.remember({ ...entry, fingerprint: 'bb' }, true)).toBe(true);
    again.close();
    const last = new TakenLists(join(lab.folder, 'trust'));
    expect(last.find('ITL', 'sep005056a1033d')?.fingerprint).toBe('bb');
    last.close();
  });

  it.each([
    ['ITLSEP005056A1033D.tlv', { kind: 'ITL', device: 'SEP005056A1033D' }],
    ['CTLipctest2.tlv', { kind: 'CTL', device: 'ipctest2' }],
    ['ITLFile.tlv', undefined],
    ['SEP005056A1033D.cnf.xml', undefined],
  ])('are known by the name that was asked: %s', (file, request) => {
    expect(listRequest(file)).toEqual(request);
  });
});
