import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseWallTime, type WallTime } from '../../src/core/time.js';
import { OLDEST_TLS, TLS_VERSIONS, type TlsVersion } from '../../src/core/tls-versions.js';
import type { LabcmEvent } from '../../src/events.js';
import type { StreamServer } from '../../src/net/ports.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { reportTlsFailures } from '../../src/net/sockets/tls-failures.js';
import { selfSignedIdentity } from '../../src/security/certificate.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

const identityOf = (commonName: string) =>
  selfSignedIdentity({
    commonName,
    organization: 'Lab',
    alternatives: ['127.0.0.1'],
    notBefore: parseWallTime('2020-01-01T00:00:00Z') as WallTime,
    notAfter: parseWallTime('2046-01-01T00:00:00Z') as WallTime,
  });
const identity = identityOf('CM1');
const phone = identityOf('SEP005056A1033D');

const servers: StreamServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

const listening = async (asksForCertificate?: () => boolean, minVersion?: TlsVersion) => {
  const clock = new ManualClock();
  const probe = new EventRecorder<LabcmEvent>();
  const names: (readonly string[])[] = [];
  const streams = reportTlsFailures(nodeStreams, 'SCCP', clock, probe.bus);
  const server = await streams.listen(
    {
      address: '127.0.0.1',
      port: 0,
      tls: minVersion === undefined ? identity : { ...identity, minVersion },
      maxLinks: 100,
      maxLinksPerSource: 100,
      ...(asksForCertificate === undefined ? {} : { asksForCertificate }),
    },
    (link) => {
      names.push(link.peer?.names ?? []);
      return { received: (bytes) => link.write(bytes), closed: () => {} };
    },
  );
  servers.push(server);
  const told = async (count = 1) => {
    await vi.waitFor(() => expect(probe.of('net.tls-failed').length).toBeGreaterThanOrEqual(count));
    return probe.of('net.tls-failed');
  };
  return { port: server.local.port, clock, probe, names, told };
};

/** A client that shows a certificate where it is asked for one, and what it heard. */
const client = async (port: number, options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> => {
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
};

describe('a client certificate', () => {
  it('is asked for only while somebody compares the name in it', async () => {
    let asks = false;
    const { port, names } = await listening(() => asks);
    const shown = { key: phone.key, cert: phone.certificate };
    const first = await client(port, shown);
    await vi.waitFor(() => expect(names).toEqual([[]]));
    asks = true;
    const second = await client(port, shown);
    await vi.waitFor(() => expect(names[1]?.[0]).toBe('SEP005056A1033D'));
    for (const socket of [first, second]) socket.destroy();
  });

  it('is not asked for where nobody said so', async () => {
    const { port, names } = await listening();
    const socket = await client(port, { key: phone.key, cert: phone.certificate });
    await vi.waitFor(() => expect(names).toEqual([[]]));
    socket.destroy();
  });
});

it('a client cannot begin another handshake within its connection, which no bound would count', async () => {
  const { port } = await listening();
  const socket = await client(port, { maxVersion: 'TLSv1.2' });
  const refused = await new Promise<unknown>((resolve) => {
    socket.on('error', resolve);
    socket.renegotiate({ rejectUnauthorized: false }, resolve);
  });
  expect(refused).toBeInstanceOf(Error);
  socket.destroy();
});

/** Whether the OpenSSL of this node can speak a version as a client. */
const speaks = async (version: tls.SecureVersion): Promise<boolean> => {
  const server = tls.createServer({ ...pem, minVersion: 'TLSv1', ciphers: LOWEST }, (socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...only(version) });
  const spoke = await new Promise<boolean>((resolve) => {
    socket.once('secureConnect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  server.close();
  return spoke;
};

const LOWEST = 'DEFAULT@SECLEVEL=0';
const pem = { key: identity.key, cert: identity.certificate };
const only = (version: tls.SecureVersion): tls.ConnectionOptions => ({
  minVersion: version,
  maxVersion: version,
  ciphers: LOWEST,
});

const SPOKEN = new Map(
  await Promise.all(TLS_VERSIONS.map(async (version) => [version, await speaks(version)] as const)),
);

describe.each([...TLS_VERSIONS, undefined])('the oldest version %s', (minVersion) => {
  const oldest = TLS_VERSIONS.indexOf(minVersion ?? OLDEST_TLS);
  for (const [index, version] of TLS_VERSIONS.entries()) {
    const name = `${index < oldest ? 'refuses' : 'serves'} a client that speaks ${version} alone`;
    const why = SPOKEN.get(version) === true ? '' : ' (skipped: the OpenSSL of this machine forbids it)';
    it.skipIf(why !== '')(`${name}${why}`, async () => {
      const { port, told } = await listening(undefined, minVersion);
      const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...only(version) });
      socket.on('error', () => {});
      if (index < oldest) expect((await told())[0]).toMatchObject({ phase: 'handshake' });
      else {
        await once(socket, 'secureConnect');
        expect(socket.getProtocol()).toBe(version);
      }
      socket.destroy();
    });
  }
});

describe('a TLS handshake that fails', () => {
  it.skipIf(!hasOpenssl)(
    'is told with the alert of a client that does not know who signed our certificate',
    async () => {
      const { port, told } = await listening();
      const program = spawn('openssl', [
        's_client',
        '-connect',
        `127.0.0.1:${port}`,
        '-tls1_3',
        '-verify_return_error',
      ]);
      program.on('error', () => {});
      expect((await told())[0]).toMatchObject({
        service: 'SCCP',
        address: '127.0.0.1',
        code: expect.stringMatching(/^ERR_SSL_.*ALERT/),
        alert: 48,
        phase: 'handshake',
      });
      program.kill();
    },
  );

  it('because of what comes once it is done is told as that', async () => {
    const { port, told } = await listening();
    let inject = (): void => {};
    const relay = net.createServer((near) => {
      const far = net.connect(port, '127.0.0.1');
      for (const socket of [near, far]) socket.on('error', () => {});
      near.pipe(far).pipe(near);
      inject = () => void far.write('this is no record of TLS');
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    const socket = await client((relay.address() as net.AddressInfo).port);
    socket.write('x');
    await once(socket, 'data');
    inject();
    expect((await told())[0]).toMatchObject({ code: 'ERR_SSL_WRONG_VERSION_NUMBER', phase: 'established' });
    socket.destroy();
    relay.close();
  });

  it.each([
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n', 'ERR_SSL_HTTP_REQUEST'],
    ['SIP', 'REGISTER sip:x SIP/2.0\r\n\r\n', 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ])('because it is %s is told with the address of the peer, though it has gone', async (_, text, code) => {
    const { port, told } = await listening();
    const socket = net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.5' });
    socket.on('error', () => {});
    socket.write(text);
    const [fact] = await told();
    expect(fact).toMatchObject({ service: 'SCCP', address: '127.0.0.5', port: expect.any(Number), code });
    expect(fact?.phase).toBe('handshake');
    socket.destroy();
  });

  it('because the peer goes away in its midst is told', async () => {
    const { port, told } = await listening();
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.end(Buffer.from('1603010200010001fc0303', 'hex'));
    expect((await told())[0]).toMatchObject({ code: 'ECONNRESET', phase: 'handshake' });
    socket.destroy();
  });

  it('for want of a common version is told', async () => {
    const { port, told } = await listening();
    const socket = tls.connect({
      host: '127.0.0.1',
      port,
      rejectUnauthorized: false,
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
      maxVersion: 'TLSv1.2',
    });
    socket.on('error', () => {});
    expect((await told())[0]).toMatchObject({ code: 'ERR_SSL_NO_SHARED_CIPHER' });
    socket.destroy();
  });

  it('is told ten times a second at most, with how many there were besides', async () => {
    const { port, clock, probe, told } = await listening();
    const fail = async (): Promise<void> => {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.end('rubbish\r\n\r\n');
      socket.resume();
      await once(socket, 'close');
    };
    for (let count = 0; count < 30; count += 1) await fail();
    expect(probe.of('net.tls-failed')).toHaveLength(10);
    clock.advance(2_000);
    await fail();
    expect((await told(11)).at(-1)).toMatchObject({ unsaid: 20 });
  });
});
