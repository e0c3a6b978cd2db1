// A client that judges the certificate of its server within the handshake: it goes on, or ends it by an alert that the server sees.

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseWallTime, type WallTime } from '../../src/core/time.js';
import type { ServerRefusal, StreamLink, StreamServer, TlsFailure } from '../../src/net/ports.js';
import { judgedTls } from '../../src/net/sockets/judged-tls.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { selfSignedIdentity } from '../../src/security/certificate.js';
import { ManualClock } from '../support/manual-clock.js';

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

/** In front of a server: sends something to the client before what the server does. */
const relaying = async (port: number, first: Buffer, passed: Buffer[] = []) => {
  const relay = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1');
    for (const socket of [near, far]) socket.on('error', () => {});
    near.write(first);
    near.pipe(far).pipe(near);
    far.on('data', (octets: Buffer) => void passed.push(octets));
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  servers.push({ close: () => void relay.close() });
  return { address: '127.0.0.1', port: (relay.address() as net.AddressInfo).port };
};

/** What a server answers to the hello of a client, up to its certificate. */
const flightOf = async ({ key, certificate }: typeof identity): Promise<Buffer> => {
  const server = tls.createServer({ key, cert: certificate, maxVersion: 'TLSv1.2' }).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => {});
  await once(server, 'listening');
  servers.push({ close: () => void server.close() });
  const passed: Buffer[] = [];
  const relay = await relaying((server.address() as net.AddressInfo).port, Buffer.alloc(0), passed);
  const socket = tls.connect({ host: relay.address, port: relay.port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  socket.destroy();
  const octets = Buffer.concat(passed);
  const hello = 5 + octets.readUInt16BE(3);
  return octets.subarray(0, hello + 5 + octets.readUInt16BE(hello + 3));
};

/** A TCP connection in memory: `hello` when this side has begun, `last` with the last octets that it sent. */
class Wire extends Duplex {
  #last = Buffer.alloc(0);
  #onHello = (): void => {};
  #onLast = (_octets: Buffer): void => {};
  readonly hello = new Promise<void>((resolve) => {
    this.#onHello = resolve;
  });
  readonly last = new Promise<Buffer>((resolve) => {
    this.#onLast = resolve;
  });

  override _read(): void {}

  override _write(octets: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#last = Buffer.from(octets);
    this.#onHello();
    done();
  }

  override _final(done: () => void): void {
    this.#onLast(this.#last);
    done();
  }
}

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

  it.each([
    ['a warning', '1503030002015a'],
    ['a HelloRequest', '160303000400000000'],
  ])('judges also a server that sends %s first', async (_title, first) => {
    const { to, accepted } = await listening();
    const relay = await relaying(to.port, Buffer.from(first, 'hex'));
    const judge = vi.fn(async () => ({ alert: 48, why: 'its lists do not have the certificate' }));
    await expect(connected(relay, judge)).rejects.toThrow('its lists do not have the certificate');
    expect(judge).toHaveBeenCalledTimes(1);
    expect(accepted).toEqual([]);
    await connected(await relaying(to.port, Buffer.from(first, 'hex')), async () => undefined);
    expect(accepted).toHaveLength(1);
  });

  it('refuses a server that it cannot judge, as its chain is too long', async () => {
    const copies = Math.ceil(70_000 / new X509Certificate(identity.certificate).raw.length);
    const server = tls.createServer({ key: identity.key, cert: identity.certificate.repeat(copies) });
    const failed = once(server, 'tlsClientError');
    const established = vi.fn();
    server.on('secureConnection', established).listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push({ close: () => void server.close() });
    const { port } = server.address() as net.AddressInfo;
    const judge = vi.fn(async () => undefined);
    const refused = connected({ address: '127.0.0.1', port }, judge);
    await expect(refused).rejects.toThrow('the server shows no certificate that can be judged');
    expect(judge).not.toHaveBeenCalled();
    const [error] = (await failed) as [Error];
    expect(error.message).toMatch(/SSL alert number 42/);
    expect(established).not.toHaveBeenCalled();
  });

  it('refuses a server whose handshake ends with another certificate than was judged', async () => {
    const { to } = await listening();
    const shown = vi.spyOn(tls.TLSSocket.prototype, 'getPeerX509Certificate');
    shown.mockReturnValue(new X509Certificate(phone.certificate));
    try {
      await expect(connected(to, async () => undefined)).rejects.toThrow('is not the one that was judged');
    } finally {
      shown.mockRestore();
    }
  });

  it('says its alert in the version of the server, wherever its octets are split', async () => {
    const flight = await flightOf(identity);
    const wrong: number[] = [];
    for (let at = 1; at < flight.length; at += 1) {
      const wire = new Wire();
      const refused = async () => ({ alert: 48, why: 'refused' });
      judgedTls(wire as unknown as net.Socket, { rejectUnauthorized: false }, refused, new ManualClock());
      await wire.hello;
      wire.push(flight.subarray(0, at));
      wire.push(flight.subarray(at));
      if (!(await wire.last).equals(Buffer.from([21, 3, 3, 0, 2, 2, 48]))) wrong.push(at);
    }
    expect(wrong).toEqual([]);
  });

  it('waits a second for the end of a server that it refused, whatever still comes', async () => {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {}).write('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push({ close: () => void server.close() });
    const clock = new ManualClock();
    const raw = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
    const socket = judgedTls(raw, { rejectUnauthorized: false }, async () => undefined, clock);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toBe('the server speaks no TLS');
    clock.advance(999);
    expect(raw.destroyed).toBe(false);
    clock.advance(1);
    expect(raw.destroyed).toBe(true);
    await once(raw, 'close');
    expect(clock.armed).toBe(0);
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
