// A client that judges the certificate of its server within the handshake: it goes on, or ends it by an alert that the server sees.

import { X509Certificate } from 'node:crypto';
import net from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseWallTime, type WallTime } from '../../src/core/time.js';
import type { ServerRefusal, StreamLink, StreamServer, TlsFailure } from '../../src/net/ports.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { selfSignedIdentity } from '../../src/security/certificate.js';

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

const servers: { close(): Promise<void> | void }[] = [];
const links: StreamLink[] = [];
afterEach(async () => {
  for (const link of links.splice(0)) link.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const listening = async () => {
  const failures: TlsFailure[] = [];
  const accepted: StreamLink[] = [];
  const server: StreamServer = await nodeStreams.listen(
    {
      ...{ address: '127.0.0.1', port: 0, tls: identity, maxLinks: 100, maxLinksPerSource: 100 },
      asksForCertificate: () => true,
      onTlsFailed: (_remote, failure) => failures.push(failure),
    },
    (link) => {
      accepted.push(link);
      return { received: (bytes) => link.write(bytes), closed: () => {} };
    },
  );
  servers.push(server);
  return { to: server.local, failures, accepted };
};

const connected = async (
  to: { readonly address: string; readonly port: number },
  judgeServer: (certificate: Buffer) => Promise<ServerRefusal | undefined>,
  signal?: AbortSignal,
) => {
  const received: Buffer[] = [];
  const ends: string[] = [];
  const link = await nodeStreams.connect(
    to,
    { localAddress: '127.0.0.1', tls: { ...phone, judgeServer }, ...(signal === undefined ? {} : { signal }) },
    () => ({ received: (bytes) => received.push(bytes), closed: (cause) => ends.push(cause) }),
  );
  links.push(link);
  return { link, received, ends };
};

describe('a client that judges its server', () => {
  it('is given the certificate, goes on, and knows where it is', async () => {
    const { to, accepted, failures } = await listening();
    const judged: Buffer[] = [];
    const { link, received } = await connected(to, async (der) => {
      judged.push(der);
      return undefined;
    });
    expect(judged).toEqual([new X509Certificate(identity.certificate).raw]);
    expect(link.remote).toEqual(to);
    expect(link.local.address).toBe('127.0.0.1');
    expect(link.local.port).toBe(accepted[0]?.remote.port);
    expect(accepted[0]?.peer).toMatchObject({ names: ['SEP005056A1033D'], version: 'TLSv1.2' });
    const much = Buffer.alloc(300_000, 7);
    link.write(much);
    await vi.waitFor(() => expect(Buffer.concat(received)).toHaveLength(much.length));
    expect(Buffer.concat(received)).toEqual(much);
    expect(failures).toEqual([]);
  });

  it.each([48, 46, 45, 42])('ends the handshake by alert %i, which the server sees', async (alert) => {
    const { to, failures, accepted } = await listening();
    const refused = connected(to, async () => ({ alert, why: 'its lists do not have the certificate' }));
    await expect(refused).rejects.toThrow('its lists do not have the certificate');
    await vi.waitFor(() => expect(failures).toHaveLength(1));
    expect(failures[0]).toMatchObject({ alert, phase: 'handshake' });
    expect(accepted).toEqual([]);
  });

  it('may take its time', async () => {
    const { to } = await listening();
    let decide: (refusal: undefined) => void = () => {};
    const asked = new Promise<void>((resolve) => {
      void connected(to, () => {
        resolve();
        return new Promise((done) => {
          decide = done;
        });
      }).then(({ link }) => link.write('later'));
    });
    await asked;
    decide(undefined);
    await vi.waitFor(() => expect(links).toHaveLength(1));
  });

  it('closes what it opened, either way', async () => {
    const { to, accepted } = await listening();
    const first = await connected(to, async () => undefined);
    first.link.end();
    await vi.waitFor(() => expect(first.ends).toEqual(['closed-here']));
    const second = await connected(to, async () => undefined);
    accepted[1]?.end();
    await vi.waitFor(() => expect(second.ends).toEqual(['peer-closed']));
  });

  it('rejects where nobody listens, where no TLS is spoken, and where it is given up', async () => {
    const server = net.createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push({ close: () => void server.close() });
    const { port } = server.address() as net.AddressInfo;
    const judge = vi.fn(async () => undefined);
    await expect(connected({ address: '127.0.0.1', port }, judge)).rejects.toThrow();
    await expect(connected({ address: '127.0.0.1', port: 1 }, judge)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(judge).not.toHaveBeenCalled();
    const { to } = await listening();
    const attempt = new AbortController();
    const given = connected(
      to,
      () => {
        attempt.abort();
        return new Promise(() => {});
      },
      attempt.signal,
    );
    await expect(given).rejects.toMatchObject({ code: 'ABORT_ERR' });
  });
});
