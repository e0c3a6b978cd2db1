// Phones in mixed mode as real ones are: what their lists hold, whom they trust by them, what outlives their process, and in which form
// and from where they get their configuration.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { wallTime } from '../../src/core/time.js';
import { type Lab, type LabEventOf, type LabEventType, startLab } from '../../src/lab.js';
import { temporaryFolder } from '../../src/net/files/temporary-folder.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { isSignedBy } from '../../src/security/container.js';
import { nameText } from '../../src/security/distinguished-name.js';
import { judge } from '../../src/security/judge.js';
import { type ReadCertificate, readCertificate } from '../../src/security/read-certificate.js';
import { functionName, readTrustListFile } from '../../src/security/trust-list.js';
import { identity, listOf } from '../security/identities.js';

const SIP = 'SEP00270DC01C92';
const SCCP = 'SEP00270DC01C93';

const DEVICES = [
  { name: SIP, model: '8845', protocol: 'SIP', lines: ['5001'], security: { mode: 'encrypted', enrol: 'null-string' } },
  {
    name: SCCP,
    model: '7962',
    protocol: 'SCCP',
    lines: ['5002'],
    security: { mode: 'authenticated', enrol: 'null-string' },
  },
] as const;

let lab: Lab;
const folders: ReturnType<typeof temporaryFolder>[] = [];
afterEach(async () => {
  await lab.stop();
  for (const folder of folders.splice(0)) folder.remove();
});

const secureLab = async (security: object = {}, devices: readonly object[] = DEVICES): Promise<string> => {
  const folder = temporaryFolder('labcm-secure');
  folders.push(folder);
  lab = await startLab(
    { security: { mode: 'mixed', itl: 'on', ...security }, devices } as Parameters<typeof startLab>[0],
    { directory: folder.path },
  );
  return folder.path;
};

/** Collects the events of a type from now on. */
const collected = <T extends LabEventType>(type: T): LabEventOf<T>[] => {
  const events: LabEventOf<T>[] = [];
  lab.on(type, (event) => void events.push(event));
  return events;
};

const served = async (name: string): Promise<Buffer> => {
  const { port } = lab.listeners.find(({ service }) => service === 'HTTP') ?? { port: 0 };
  const response = await fetch(`http://127.0.0.1:${port}/${name}`);
  expect(response.status, name).toBe(200);
  return Buffer.from(await response.arrayBuffer());
};

describe('the lists of a mixed cluster', () => {
  it('have each role with its certificate, and are signed by the list signer; files are signed by the TFTP role', async () => {
    const folder = await secureLab({ https: 0 });
    const pem = (role: string): ReadCertificate =>
      readCertificate(readFileSync(join(folder, `state/trust/${role}.pem`), 'utf8'));
    const recordsOf = (bytes: Buffer) =>
      readTrustListFile(bytes).records.map(({ function: number, certificate, subject, issuer, serial, address }) => ({
        ...{ function: functionName(number), certificate, subject, issuer, serial, address },
      }));
    const record = (role: string, name: string, address: string | undefined) => {
      const read = pem(role);
      return {
        ...{ function: name, certificate: read.der, subject: nameText(read.subjectDer), serial: read.serial, address },
        issuer: nameText(read.issuerDer),
      };
    };
    const ctl = await served('CTLFile.tlv');
    const itl = await served('ITLFile.tlv');
    expect(recordsOf(ctl)).toEqual([
      record('itlrecovery', 'SAST', '127.0.0.1'),
      record('callmanager', 'CCM+TFTP', '127.0.0.1'),
      record('capf', 'CAPF', '127.0.0.1'),
    ]);
    expect(recordsOf(itl)).toEqual([
      record('itlrecovery', 'SAST', undefined),
      record('callmanager', 'CCM+TFTP', undefined),
      record('callmanager-ec', 'TFTP', undefined),
      record('tvs', 'TVS', undefined),
      record('capf', 'CAPF', undefined),
    ]);
    for (const [bytes, kind, version] of [
      [ctl, 'CTL', undefined],
      [itl, 'ITL', '1.1'],
    ] as const) {
      const { container } = readTrustListFile(bytes);
      const signer = pem('itlrecovery');
      expect(container).toMatchObject({
        fileName: `${kind}File.tlv`,
        listVersion: version,
        signer: { name: nameText(signer.subjectDer), issuer: nameText(signer.issuerDer), serial: signer.serial },
      });
      expect(isSignedBy(container, signer.publicKey)).toBe(true);
      expect(isSignedBy(container, pem('callmanager').publicKey)).toBe(false);
      expect(await served(`${kind}${SIP}.tlv`)).toEqual(bytes);
    }
    const name = `${SIP}.cnf.xml.sgn`;
    const file = await served(name);
    for (const list of [ctl, itl]) {
      const found = judge(file, { now: wallTime(Date.now()), lists: [readTrustListFile(list)], name });
      expect(found).toMatchObject({ verdict: 'valid' });
      expect(found.container?.signer.serial).toEqual(pem('callmanager').serial);
    }
  });

  it('are what phones hold then, each of its kind', async () => {
    await secureLab();
    const phones = [SIP, SCCP].map((name) => lab.phone({ name }));
    await Promise.all(phones.map((phone) => phone.registered({ within: '30s' })));
    for (const { trust } of phones) {
      expect(trust.itl?.signer).toMatch(/^CN=ITLRECOVERY_/);
      expect(trust.itl?.records.map((one) => one.function)).toEqual(['SAST', 'CCM+TFTP', 'TVS', 'CAPF']);
      expect(trust.ctl?.records.map((one) => one.function)).toEqual(['SAST', 'CCM+TFTP', 'CAPF']);
      expect(trust.ctl?.records.every(({ isEmpty }) => !isEmpty)).toBe(true);
      expect(trust.certificate).toContain('BEGIN CERTIFICATE');
    }
  });
});

describe('a phone in mixed mode', () => {
  it('compares the certificate of each server with its lists', async () => {
    await secureLab();
    const trusted = collected('phone.server-trusted');
    const phones = [SIP, SCCP].map((name) => lab.phone({ name }));
    await Promise.all(phones.map((phone) => phone.registered({ within: '30s' })));
    const servicesOf = (name: string) => trusted.filter(({ phone }) => phone === name).map(({ service }) => service);
    expect(servicesOf(SIP)).toEqual(['CAPF', 'SIP']);
    expect(servicesOf(SCCP)).toEqual(['CAPF', 'SCCP']);
  });

  it('keeps its lists and its certificate over its process, and needs no CAPF at its next start', async () => {
    const folder = await secureLab();
    const trustDirectory = join(folder, 'phones');
    const first = lab.phone({ name: SIP, trustDirectory });
    await first.registered({ within: '30s' });
    const { certificate } = first.trust;
    await first.stop();
    const [enrolling, taken, restored] = [
      collected('phone.enrolling'),
      collected('phone.trust-taken'),
      collected('phone.trust-restored'),
    ];
    const second = lab.phone({ name: SIP, trustDirectory });
    await second.registered({ within: '30s' });
    expect(restored).toMatchObject([{ certificate: true }]);
    expect(restored[0]?.lists).toHaveLength(2);
    expect([enrolling, taken]).toEqual([[], []]);
    expect(second.trust.certificate?.trim()).toBe(certificate?.trim());
    expect(lab.device(SIP)?.registration?.transport).toBe('tls');
  });

  it('that holds lists of another cluster ends the handshake by an alert, and labcm says what to do', async () => {
    const folder = await secureLab();
    const trustDirectory = join(folder, 'phones');
    const settings = { name: SCCP, trustDirectory };
    const first = lab.phone(settings);
    await first.registered({ within: '30s' });
    await first.stop();
    // As one that came from there: it keeps what it was configured with, and trusts nobody here.
    const theirs = identity('itlrecovery', 'THEIRS');
    for (const fileName of ['CTLFile.tlv', 'ITLFile.tlv'])
      writeFileSync(
        join(trustDirectory, SCCP, fileName),
        listOf(
          theirs,
          [
            ['SAST', theirs],
            ['CCM+TFTP', identity('callmanager', 'THEIRS')],
            ['TVS', identity('tvs', 'THEIRS')],
          ],
          { fileName },
        ),
      );
    const [failed, lists, files] = [
      collected('net.tls-failed'),
      collected('phone.trust-refused'),
      collected('phone.file-untrusted'),
    ];
    const second = lab.phone(settings);
    const refused = await lab.next('phone.server-refused', {
      where: ({ service }) => service === 'SCCP',
      within: '30s',
    });
    expect(refused).toMatchObject({ alert: 48, why: expect.stringContaining('its lists do not have the certificate') });
    expect(lists[0]?.why).toMatch(/^signer not in the list that it holds, and TVS at .*\(it does not trust TVS/);
    expect(files[0]?.file).toBe(`${SCCP}.cnf.xml.sgn`);
    await vi.waitFor(() =>
      expect(failed.map(({ service }) => service)).toEqual(expect.arrayContaining(['TVS', 'SCCP'])),
    );
    expect(failed.every(({ alert }) => alert === 48)).toBe(true);
    expect(second.why).toMatch(/^it does not trust SCCP at 127\.0\.0\.1:\d+: /);
    await expect(second.registered({ within: '1s' })).rejects.toThrow(/it does not trust SCCP/);
    await vi.waitFor(() => expect(lab.device(SCCP)?.verdict?.code).toBe('connect.tls-untrusted'), { timeout: 10_000 });
    expect(lab.device(SCCP)?.verdict?.sentence).toContain('alert 48 (unknown_ca)');
    // What a user does by hand.
    second.eraseTrust();
    await second.registered({ within: '30s' });
  });

  it('that its TVS vouches for the cluster takes its list, and registers', async () => {
    const folder = await secureLab();
    const trustDirectory = join(folder, 'phones');
    const first = lab.phone({ name: SCCP, trustDirectory });
    await first.registered({ within: '30s' });
    await first.stop();
    const theirs = identity('itlrecovery', 'THEIRS');
    const tvs = readCertificate(readFileSync(join(folder, 'state/trust/tvs.pem'), 'utf8'));
    for (const fileName of ['CTLFile.tlv', 'ITLFile.tlv'])
      writeFileSync(
        join(trustDirectory, SCCP, fileName),
        listOf(
          theirs,
          [
            ['SAST', theirs],
            ['CCM+TFTP', identity('callmanager', 'THEIRS')],
            ['TVS', { ...identity('tvs'), read: tvs }],
          ],
          { fileName },
        ),
      );
    const taken = collected('phone.trust-taken');
    const answered = collected('tvs.answered');
    await lab.phone({ name: SCCP, trustDirectory }).registered({ within: '30s' });
    expect(taken[0]).toMatchObject({ byTvs: true, signer: expect.stringMatching(/^CN=ITLRECOVERY_/) });
    expect(answered[0]).toMatchObject({ kind: 'query', known: true, roles: [0], device: `CP-7962-${SCCP}` });
  });
});

describe('a configuration', () => {
  it('comes over HTTPS to newer phones whose list says so, and never to older ones', async () => {
    await secureLab({ https: 0 });
    const [asked, trusted] = [collected('phone.file-asked'), collected('phone.server-trusted')];
    const phones = [SIP, SCCP].map((name) => lab.phone({ name }));
    await Promise.all(phones.map((phone) => phone.registered({ within: '30s' })));
    const overHttps = asked.filter(({ transport }) => transport === 'HTTPS');
    expect(overHttps.map(({ phone, file }) => [phone, file])).toEqual([
      [SIP, `ext_ITL${SIP}.tlv`],
      [SIP, `${SIP}.cnf.xml.sgn`],
    ]);
    expect(asked.filter(({ file, phone }) => phone === SIP && file.startsWith(`${SIP}.cnf`))).toHaveLength(1);
    expect(trusted.filter(({ service }) => service === 'HTTPS').every(({ by }) => by === 'ITL')).toBe(true);
  });

  it('is not taken from a server over HTTPS that the phone does not know, and labcm says which alert came', async () => {
    await secureLab({ https: 0 });
    const failed = collected('net.tls-failed');
    const { port } = lab.listeners.find(({ service }) => service === 'HTTPS') ?? { port: 0 };
    const judgeServer = async () => ({ alert: 48, why: 'its lists do not have the certificate' });
    const refused = nodeStreams.connect({ address: '127.0.0.1', port }, { tls: { judgeServer } }, () => ({
      received: () => {},
      closed: () => {},
    }));
    await expect(refused).rejects.toThrow('its lists do not have the certificate');
    await vi.waitFor(() => expect(failed).toMatchObject([{ service: 'HTTPS', alert: 48, address: '127.0.0.1' }]));
  });

  it('that is encrypted is opened by the phone that has the key', async () => {
    const phone = identity('callmanager', SIP);
    const certificates = temporaryFolder('labcm-certificates');
    folders.push(certificates);
    mkdirSync(certificates.path, { recursive: true });
    const path = join(certificates.path, `${SIP}.pem`);
    writeFileSync(path, phone.certificate);
    await secureLab({ encryptedConfig: { [SIP]: path }, phoneIssuers: [path] }, [
      { ...DEVICES[0], security: { mode: 'encrypted' } },
    ]);
    const [fetched, untrusted] = [collected('phone.file-fetched'), collected('phone.file-untrusted')];
    const factoryIdentity = { key: phone.key, certificate: phone.certificate };
    const one = lab.phone({ name: SIP, factoryIdentity });
    await one.registered({ within: '30s' });
    expect(fetched.map(({ file }) => file).filter((file) => file.includes('.cnf.xml'))).toEqual([
      `${SIP}.cnf.xml.sgn`,
      `${SIP}.cnf.xml.enc.sgn`,
    ]);
    expect(untrusted).toEqual([]);
    await one.stop();
    // Another phone of that name has nothing of it.
    const other = identity('callmanager', 'OTHER');
    lab.phone({ name: SIP, factoryIdentity: { key: other.key, certificate: other.certificate } });
    await vi.waitFor(() => expect(untrusted[0]?.why).toMatch(/another key/), { timeout: 10_000 });
  });
});
