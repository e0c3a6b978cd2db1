// The ladder of an encrypted configuration, and the forms in which a phone asks for files: what is asked, in which order, and when it goes
// to CAPF.

import { describe, expect, it } from 'vitest';
import type { TlsIdentity } from '../../src/net/ports.js';
import type { FileSecurity } from '../../src/phone/boot/device-file.js';
import type { FileOutcome } from '../../src/phone/boot/tftp-client.js';
import { TrustStore } from '../../src/phone/boot/trust-store.js';
import { TrustedFiles, type TrustedFilesOptions } from '../../src/phone/boot/trusted-files.js';
import { certificateHash, encryptFile } from '../../src/security/encrypt-file.js';
import type { Identity } from '../../src/security/identity.js';
import { identity, NOW, signedFile, usualList } from '../security/identities.js';

const NAME = 'SEP00270DC01C92';
const FILE = `${NAME}.cnf.xml`;
const PLAIN = Buffer.from(`<device><versionStamp>1</versionStamp></device>`);
const signer = identity('callmanager');

const signed = (name: string, body: Buffer): Buffer => signedFile(signer, name, body);
const stub = (certHash: string, capf = '10.10.210.10'): Buffer =>
  Buffer.from(
    `<device><fullConfig>False</fullConfig><capfAuthMode>0</capfAuthMode><capfList><capf><phonePort>3804</phonePort><processNodeName>${capf}</processNodeName></capf></capfList><certHash>${certHash}</certHash><encrConfig>true</encrConfig></device>`,
  );
const encrypted = (recipient: Identity): Buffer =>
  encryptFile({
    ...{ name: `${FILE}.enc.sgn`, plain: PLAIN, recipient: recipient.read, timestamp: 1_700_000_000 },
    signer: { certificate: signer.read, key: signer.privateKey, digest: 'sha1', names: 'cucm' },
  });

const tlsOf = ({ key, certificate }: Identity): TlsIdentity => ({ key, certificate });
const [own, next] = [identity('callmanager', 'OWN'), identity('callmanager', 'NEXT')];

interface Setup {
  /** Holds the usual list. */
  readonly holds?: boolean;
  readonly has?: Identity;
  /** What CAPF gives it, by the number of the session. */
  readonly capf?: readonly (Identity | undefined)[];
  readonly files: Readonly<Record<string, Buffer>>;
  readonly overHttps?: Readonly<Record<string, Buffer>> | 'closed';
  readonly wantsHttps?: boolean;
  readonly hadEncrypted?: boolean;
  readonly https?: 'listed' | 'client';
}

const ask = async ({ holds = true, has, capf = [], files, overHttps, ...setup }: Setup) => {
  const asked: string[] = [];
  const untrusted: string[] = [];
  const trust = new TrustStore(has === undefined ? {} : { factory: tlsOf(has) });
  if (holds) trust.offer('ITL', usualList(), NOW);
  const sessions: FileSecurity[] = [];
  const security: TrustedFilesOptions['security'] = {
    trust,
    wantsHttps: setup.wantsHttps ?? false,
    hadEncrypted: setup.hadEncrypted ?? false,
    get certificateHash() {
      const { identity: held } = trust;
      const found = [own, next].find(({ certificate }) => certificate === held?.certificate);
      return found === undefined ? '' : certificateHash(found.read);
    },
    enrol: async (said) => {
      asked.push('CAPF');
      const given = capf[sessions.push(said) - 1];
      if (given !== undefined) trust.issue(tlsOf(given));
    },
    vouchSigner: async () => ({ why: 'nobody vouches' }),
  };
  const from =
    (served: Readonly<Record<string, Buffer>>, prefix: string) =>
    async (name: string): Promise<FileOutcome> => {
      asked.push(prefix + name);
      const bytes = served[name];
      return bytes === undefined ? { kind: 'refused', why: 'none' } : { kind: 'fetched', bytes };
    };
  const outcome = await new TrustedFiles({
    ...{ security, device: NAME, encryptedFirst: true, https: setup.https ?? 'listed', now: () => NOW },
    fetch: from(files, ''),
    ...(overHttps === undefined
      ? {}
      : {
          fetchSecurely:
            overHttps === 'closed'
              ? async (name: string): Promise<FileOutcome> => {
                  asked.push(`https ${name}`);
                  return { kind: 'missed', why: 'ECONNREFUSED' };
                }
              : from(overHttps, 'https '),
        }),
    publish: (type, details) =>
      void (type === 'phone.file-untrusted' && untrusted.push((details as { why: string }).why)),
  }).configuration(FILE);
  return { asked, outcome, untrusted, sessions, security };
};

describe('an encrypted configuration', () => {
  it('is asked for where the certificate is the one that the stub names', async () => {
    const { asked, outcome, security } = await ask({
      has: own,
      files: {
        [`${FILE}.sgn`]: signed(`${FILE}.sgn`, stub(certificateHash(own.read))),
        [`${FILE}.enc.sgn`]: encrypted(own),
      },
    });
    expect(asked).toEqual([`${FILE}.sgn`, `${FILE}.enc.sgn`]);
    expect(outcome).toEqual({ kind: 'fetched', bytes: PLAIN });
    expect(security.hadEncrypted).toBe(true);
  });

  it.each([
    ['names none', ''],
    ['names another', certificateHash(next.read)],
  ])('has the phone go to CAPF first, where the stub %s', async (_title, hash) => {
    const { asked, outcome, sessions } = await ask({
      has: own,
      capf: [next],
      files: { [`${FILE}.sgn`]: signed(`${FILE}.sgn`, stub(hash)), [`${FILE}.enc.sgn`]: encrypted(next) },
    });
    expect(asked).toEqual([`${FILE}.sgn`, 'CAPF', `${FILE}.enc.sgn`]);
    expect(sessions).toMatchObject([{ capfAddress: '10.10.210.10', capfPort: 3804 }]);
    expect(outcome).toEqual({ kind: 'fetched', bytes: PLAIN });
  });

  it('that cannot be opened has it go there, and ask again if that gave it another certificate', async () => {
    const files = {
      [`${FILE}.sgn`]: signed(`${FILE}.sgn`, stub(certificateHash(own.read))),
      [`${FILE}.enc.sgn`]: encrypted(next),
    };
    const saved = await ask({ has: own, capf: [next], files });
    expect(saved.asked).toEqual([`${FILE}.sgn`, `${FILE}.enc.sgn`, 'CAPF', `${FILE}.enc.sgn`]);
    expect(saved.outcome).toEqual({ kind: 'fetched', bytes: PLAIN });
    const lost = await ask({ has: own, files });
    expect(lost.asked).toEqual([`${FILE}.sgn`, `${FILE}.enc.sgn`, 'CAPF']);
    expect(lost.outcome).toMatchObject({ kind: 'untrusted', why: expect.stringMatching(/another key/) });
  });

  it('is opened by nobody without a certificate', async () => {
    const { outcome, untrusted } = await ask({
      files: { [`${FILE}.sgn`]: signed(`${FILE}.sgn`, stub('')), [`${FILE}.enc.sgn`]: encrypted(own) },
    });
    expect(outcome).toMatchObject({ kind: 'untrusted' });
    expect(untrusted).toEqual(['it is encrypted, and the phone has no certificate that the server knows']);
  });

  it('is asked for first by a phone that had one, which goes back to the signed one', async () => {
    const again = await ask({ has: own, hadEncrypted: true, files: { [`${FILE}.enc.sgn`]: encrypted(own) } });
    expect(again.asked).toEqual([`${FILE}.enc.sgn`]);
    const back = await ask({
      has: own,
      hadEncrypted: true,
      files: { [`${FILE}.sgn`]: signed(`${FILE}.sgn`, PLAIN) },
    });
    expect(back.asked).toEqual([`${FILE}.enc.sgn`, `${FILE}.sgn`]);
    expect(back.security.hadEncrypted).toBe(false);
  });
});

describe('a configuration over HTTPS', () => {
  const sgn = { [`${FILE}.sgn`]: signed(`${FILE}.sgn`, PLAIN) };

  it.each<[string, Partial<Setup>, readonly string[]]>([
    ['is asked for as the list says', { overHttps: { [`${FILE}.sgn`]: PLAIN } }, [`https ${FILE}.sgn`]],
    ['is asked for on the usual port where it is not there', { overHttps: {} }, [`https ${FILE}.sgn`, `${FILE}.sgn`]],
    [
      'is asked for there where what came is no plain configuration',
      { overHttps: sgn },
      [`https ${FILE}.sgn`, `${FILE}.sgn`],
    ],
  ])('%s', async (_title, setup, then) => {
    const { asked, outcome } = await ask({ files: sgn, wantsHttps: true, ...setup });
    expect(asked).toEqual([`https ext_ITL${NAME}.tlv`, ...then]);
    expect(outcome).toEqual({ kind: 'fetched', bytes: PLAIN });
  });

  it('is asked for on the usual port at once where nobody listens, or the phone does not trust who does', async () => {
    const { asked } = await ask({ files: sgn, wantsHttps: true, overHttps: 'closed' });
    expect(asked).toEqual([`https ext_ITL${NAME}.tlv`, `${FILE}.sgn`]);
  });

  it('is never asked for where the list does not say so', async () => {
    const { asked } = await ask({ files: sgn, overHttps: { [`${FILE}.sgn`]: PLAIN } });
    expect(asked).toEqual([`${FILE}.sgn`]);
  });

  it('is asked for by soft clients whatever they hold', async () => {
    const client = await ask({ holds: false, https: 'client', files: {}, overHttps: { [FILE]: PLAIN } });
    expect(client.asked).toEqual([`https ${FILE}`]);
    const without = await ask({ holds: false, https: 'client', files: { [FILE]: PLAIN }, overHttps: 'closed' });
    expect(without.asked).toEqual([`https ${FILE}`, FILE]);
  });
});
