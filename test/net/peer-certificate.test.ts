// What a TLS listener for phones sees of them: certificates, ciphers and versions (`docs/protocols/secure.md` §7), over the
// captured matrix of clients and keys.

import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { alternativeNames } from '../../src/core/certificate-names.js';
import { parseWallTime, type WallTime } from '../../src/core/time.js';
import type { TlsPeer } from '../../src/core/tls-peer.js';
import type { StreamListenOptions, StreamServer, TlsFailure, TlsIdentity } from '../../src/net/ports.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { makeCertificate, selfSignedIdentity } from '../../src/security/certificate.js';
import { pemOf } from '../../src/security/der.js';
import { nameDer } from '../../src/security/distinguished-name.js';

const FIXTURES = join(process.env.LABCM_FIXTURES ?? '', 'secure');
const hasFixtures = existsSync(join(FIXTURES, 'keys/capf.pem'));
const pem = (name: string): string => (hasFixtures ? readFileSync(join(FIXTURES, 'keys', `${name}.pem`), 'utf8') : '');
const identityOf = (name: string) => ({ key: pem(`${name}.test-only.key`), certificate: pem(name) });

const servers: StreamServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

const listening = async (options: Partial<StreamListenOptions> = {}) => {
  const peers: (TlsPeer | undefined)[] = [];
  const failures: TlsFailure[] = [];
  const refused: string[] = [];
  const server = await nodeStreams.listen(
    {
      address: '127.0.0.1',
      port: 0,
      tls: identityOf('callmanager-1'),
      maxLinks: 100,
      maxLinksPerSource: 100,
      asksForCertificate: () => true,
      phoneIssuers: [
        { certificate: pem('capf'), origin: 'lsc' },
        { certificate: pem('test-manufacturing-ca'), origin: 'mic' },
      ],
      onTlsFailed: (_remote, failure) => void failures.push(failure),
      onRefused: (_remote, limit) => void refused.push(limit),
      ...options,
    },
    (link) => {
      peers.push(link.peer);
      return { received: (bytes) => link.write(bytes), closed: () => {} };
    },
  );
  servers.push(server);
  return { port: server.local.port, peers, failures, refused };
};

const openClient = async (port: number, options: tls.ConnectionOptions): Promise<boolean> => {
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  socket.on('error', () => {});
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once('secureConnect', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
  if (isOpen) {
    socket.write('x');
    await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  }
  socket.destroy();
  return isOpen;
};

/** The lengths of the records with application data. */
const applicationRecords = (octets: Buffer): readonly number[] => {
  const lengths: number[] = [];
  for (let at = 0; at + 5 <= octets.length; at += 5 + octets.readUInt16BE(at + 3))
    if (octets[at] === 23) lengths.push(octets.readUInt16BE(at + 3));
  return lengths;
};

interface MatrixRow {
  readonly server: string;
  readonly client: string;
  readonly certificate: string | null;
  readonly handshake: boolean;
  readonly authorized?: boolean;
  readonly cipher?: string;
  readonly error?: string;
}

const MATRIX = join(FIXTURES, 'tls/matrix.json');
const rows: readonly MatrixRow[] = hasFixtures ? JSON.parse(readFileSync(MATRIX, 'utf8')).rows : [];

/** `TLS 1.0 NULL-SHA:AES128-SHA`. */
const clientOf = (text: string): tls.ConnectionOptions | undefined => {
  const [, number, ciphers] = /^TLS (1\.\d)(?: ([A-Z0-9:-]+))?$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  const version = (number === '1.0' ? 'TLSv1' : `TLSv${number}`) as tls.SecureVersion;
  return {
    minVersion: version,
    maxVersion: version,
    ...(version === 'TLSv1.3' ? {} : { ciphers: `${ciphers ?? 'DEFAULT'}:@SECLEVEL=0` }),
  };
};

/** Those of a listener that serves old phones. A client with NULL-SHA alone is one of them. */
const ofOldPhones = rows.filter(
  ({ server, client }) => !server.includes('no SECLEVEL') && clientOf(client) !== undefined,
);

const VERDICTS: Readonly<Record<string, string>> = {
  UNABLE_TO_GET_ISSUER_CERT: 'none',
  INVALID_PURPOSE: 'not-for-clients',
  CERT_SIGNATURE_FAILURE: 'other-key',
  CERT_HAS_EXPIRED: 'not-in-force',
};

describe.skipIf(!hasFixtures)('a listener for phones', () => {
  it.each(ofOldPhones.map((row) => [`${row.client}, ${row.certificate ?? 'no certificate'}`, row] as const))(
    'sees %s',
    async (_, row) => {
      const { port, peers } = await listening();
      const shown = row.certificate === null ? {} : identityOf(row.certificate);
      const { key, certificate: cert } = { key: undefined, certificate: undefined, ...shown };
      const isOpen = await openClient(port, { ...clientOf(row.client), ...(key === undefined ? {} : { key, cert }) });
      // The old suites had no NULL-SHA.
      expect(isOpen).toBe(row.handshake || row.client === 'TLS 1.0 NULL-SHA');
      await vi.waitFor(() => expect(peers).toHaveLength(1));
      const [peer] = peers;
      if (row.authorized === true) expect(peer?.verdict).toBe('trusted');
      else if (row.error !== undefined && row.handshake) expect(peer?.verdict).toBe(VERDICTS[row.error]);
      if (row.cipher !== undefined) expect(peer?.cipher).toBe(row.cipher);
      expect(peer?.origin).toBe(row.authorized !== true ? undefined : row.certificate === 'phone-mic' ? 'mic' : 'lsc');
    },
  );

  it('gives a phone that lists NULL-SHA first a cipher that encrypts', async () => {
    const { port, peers } = await listening();
    await openClient(port, { ...clientOf('TLS 1.0 NULL-SHA:AES128-SHA') });
    await vi.waitFor(() => expect(peers[0]?.cipher).toBe('AES128-SHA'));
    expect(peers[0]?.version).toBe('TLSv1');
  });

  it('sends no empty record before the first one', async () => {
    const { port } = await listening();
    const passed: Buffer[] = [];
    const relay = net.createServer((near) => {
      const far = net.connect(port, '127.0.0.1');
      for (const socket of [near, far]) socket.on('error', () => {});
      near.pipe(far).on('data', (bytes: Buffer) => void passed.push(bytes));
      far.pipe(near);
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    await openClient((relay.address() as net.AddressInfo).port, clientOf('TLS 1.0 AES128-SHA') ?? {});
    relay.close();
    expect(applicationRecords(Buffer.concat(passed))).toHaveLength(1);
  });

  it.each(['TLSv1', 'TLSv1.2'] as const)('keeps the verdict over a resumed session of %s', async (version) => {
    const { port, peers } = await listening();
    const options: tls.ConnectionOptions = {
      ...{ host: '127.0.0.1', port, rejectUnauthorized: false, minVersion: version, maxVersion: version },
      ciphers: 'AES128-SHA:@SECLEVEL=0',
      key: identityOf('phone-lsc').key,
      cert: identityOf('phone-lsc').certificate,
    };
    const first = tls.connect(options);
    await once(first, 'secureConnect');
    const session = first.getSession();
    first.destroy();
    const second = tls.connect({ ...options, ...(session === undefined ? {} : { session }) });
    await once(second, 'secureConnect');
    expect(second.isSessionReused()).toBe(true);
    second.write('x');
    await once(second, 'data');
    second.destroy();
    await vi.waitFor(() => expect(peers).toHaveLength(2));
    expect(peers[1]).toEqual(peers[0]);
    expect(peers[1]).toMatchObject({
      verdict: 'trusted',
      origin: 'lsc',
      names: expect.arrayContaining(['SEP00270DC01C92']),
    });
  });

  it('trusts nobody where no issuer is given, and asks all the same', async () => {
    const { port, peers } = await listening({ phoneIssuers: [] });
    const { key, certificate: cert } = identityOf('phone-lsc');
    await openClient(port, { key, cert });
    await vi.waitFor(() => expect(peers[0]?.verdict).toBe('unknown-issuer'));
    expect(peers[0]?.names[0]).toBe('SEP00270DC01C92');
  });

  it('cuts off who is not trusted where that is wanted, and reports it', async () => {
    const { port, peers, failures } = await listening({ cutsOffUntrusted: true });
    const rogue = identityOf('phone-lsc-rogue-ca');
    await openClient(port, { key: rogue.key, cert: rogue.certificate });
    await openClient(port, {});
    await vi.waitFor(() => expect(failures.map(({ code }) => code)).toEqual(['other-key', 'none']));
    expect(peers).toEqual([]);
    const { key, certificate: cert } = identityOf('phone-mic');
    expect(await openClient(port, { key, cert })).toBe(true);
    expect(peers).toHaveLength(1);
  });

  it.each([
    ['TLSv1', 'phone-lsc-rogue-ca', 'SSL alert number 48'],
    ['TLSv1.1', 'phone-lsc-rogue-ca', 'SSL alert number 48'],
    ['TLSv1.2', 'phone-lsc-rogue-ca', 'SSL alert number 48'],
    ['TLSv1.2', 'phone-lsc-expired', 'SSL alert number 45'],
    ['TLSv1.2', undefined, 'SSL alert number 40'],
    ['TLSv1.3', undefined, 'SSL alert number 70'],
  ] as const)('over %s tells a client with %s by an alert why it is cut off', async (version, name, alert) => {
    const { port, peers } = await listening({ cutsOffUntrusted: true });
    const shown = name === undefined ? {} : { key: identityOf(name).key, cert: identityOf(name).certificate };
    const socket = tls.connect({
      ...{ host: '127.0.0.1', port, rejectUnauthorized: false, minVersion: version, maxVersion: version, ...shown },
      ...(version === 'TLSv1.3' ? {} : { ciphers: 'DEFAULT:@SECLEVEL=0' }),
    });
    let isOpen = false;
    socket.once('secureConnect', () => {
      isOpen = true;
    });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain(alert);
    expect(isOpen).toBe(false);
    expect(peers).toEqual([]);
  });
});

const at = (text: string): WallTime => parseWallTime(text) as WallTime;
const FROM = { notBefore: at('2020-01-01T00:00:00Z'), notAfter: at('2046-01-01T00:00:00Z') };

/** A certificate and its key, signed by another one, else by itself. */
const signed = (commonName: string, issuer?: { readonly name: string; readonly key: string }, isLeaf = false) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const certificate = makeCertificate({
    subject: { CN: commonName },
    publicKey,
    issuer: {
      nameDer: nameDer({ CN: issuer?.name ?? commonName }),
      key: issuer === undefined ? privateKey : createPrivateKey(issuer.key),
    },
    ...FROM,
    constraint: isLeaf ? 'leaf' : 'open',
    keyUsage: isLeaf ? ['digitalSignature', 'keyEncipherment'] : ['keyCertSign'],
    extendedUsage: isLeaf,
    alternatives: [],
    hash: 'sha256',
  });
  return { name: commonName, key, certificate: pemOf(certificate) };
};

describe('what a listener shows', () => {
  const [usual, other] = ['CM1', 'CM2'].map((commonName) =>
    selfSignedIdentity({ commonName, organization: 'Lab', alternatives: ['127.0.0.1'], ...FROM }),
  ) as [TlsIdentity, TlsIdentity];
  const root = signed('Manufacturing Root');
  const between = signed('Manufacturing CA', root);
  const phone = signed('SEP00270DC01C92', between, true);

  const opened = async (options: Partial<StreamListenOptions>) => {
    const lab = await listening({
      ...{ tls: usual, phoneIssuers: [{ certificate: between.certificate, origin: 'mic' }] },
      ...options,
    });
    return { ...lab, gate: (shown: TlsIdentity | undefined) => servers.at(-1)?.setGate?.(() => shown) };
  };

  it.each(['TLSv1', 'TLSv1.2', 'TLSv1.3'] as const)(
    'trusts a phone over %s by the one certificate between it and the root that is known, also with another of its own',
    async (version) => {
      const { port, peers, gate } = await opened({ tls: { ...usual, minVersion: 'TLSv1' } });
      const client: tls.ConnectionOptions = {
        ...{ key: phone.key, cert: phone.certificate, minVersion: version, maxVersion: version },
        ...(version === 'TLSv1' ? { ciphers: 'DEFAULT:@SECLEVEL=0' } : {}),
      };
      for (const shown of [undefined, other, usual]) {
        gate(shown);
        expect(await openClient(port, client)).toBe(true);
      }
      expect(peers.map((peer) => `${peer?.verdict} ${peer?.origin}`)).toEqual(Array(3).fill('trusted mic'));
    },
  );

  it('is spoken in the same versions, whichever certificate it is', async () => {
    const { port, gate, failures } = await opened({ cutsOffUntrusted: true });
    const tooNew: tls.ConnectionOptions = { key: phone.key, cert: phone.certificate, minVersion: 'TLSv1.3' };
    for (const shown of [undefined, other, usual]) {
      gate(shown);
      expect(await openClient(port, tooNew)).toBe(false);
    }
    await vi.waitFor(() => expect(failures).toHaveLength(3));
    expect(await openClient(port, { key: phone.key, cert: phone.certificate })).toBe(true);
  });

  it('tells also by another certificate who is cut off why, by an alert', async () => {
    const { port, gate, peers } = await opened({ cutsOffUntrusted: true });
    gate(other);
    const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('SSL alert number 40');
    expect(peers).toEqual([]);
  });
});

describe('alternative names', () => {
  it.each([
    ['DNS:sep00270dc01c92, URI:SEP00270DC01C92', ['sep00270dc01c92', 'SEP00270DC01C92']],
    ['IP Address:10.0.0.1, DNS:a', ['a']],
    // One name that looks like two: node puts it in quotes.
    ['DNS:"x, DNS:SEP00270DC01C92", DNS:b', ['b']],
    ['DNS:"x\\", DNS:SEP00270DC01C92, \\"y", URI:c', ['c']],
    ['DNS:"unended, DNS:SEP00270DC01C92', []],
    ['', []],
    ['nothing', []],
    ['email:x@y.z, DirName:"C = XX, CN = SEP00270DC01C92"', []],
  ])('%s', (text, names) => expect(alternativeNames(text)).toEqual(names));

  it('of a certificate whose name holds a comma are none', async () => {
    const own = selfSignedIdentity({
      commonName: 'CM1',
      organization: 'Lab',
      alternatives: ['x, DNS:SEP00270DC01C92, y'],
      ...FROM,
    });
    const { port, peers } = await listening({
      tls: own,
      phoneIssuers: [{ certificate: own.certificate, origin: 'mic' }],
    });
    await openClient(port, { key: own.key, cert: own.certificate });
    await vi.waitFor(() => expect(peers[0]?.names).toEqual(['CM1']));
  });
});
