// What clients of TLS send, recorded from real ones and changed: whole hellos, and the flight that answers the server, with the
// certificate of a client in it. Sending them costs no cryptography.

import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import type { Random, TlsIdentity } from '../../src/net/ports.js';
import { mutated } from './random.js';

/** The kinds of clients: old phones, newer ones, and those of today. */
const CLIENTS = {
  'TLS 1.0, AES128-SHA': { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'AES128-SHA:@SECLEVEL=0' },
  'TLS 1.0, NULL-SHA': { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'NULL-SHA:@SECLEVEL=0' },
  'TLS 1.2, AES128-SHA': { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:@SECLEVEL=0' },
  'TLS 1.2, ECDHE': { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
  'TLS 1.3': { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' },
} as const satisfies Readonly<Record<string, tls.ConnectionOptions>>;

/** What one client has sent. */
export interface RecordedFlights {
  readonly client: string;
  /** The record of its ClientHello. */
  readonly hello: Buffer;
  /** What it answered: up to TLS 1.2 its certificate, in clear, with all that follows up to Finished. */
  readonly answer: Buffer;
}

/** Records each kind of client with a server of the same kind as those under test. */
export const recordedFlights = async (
  server: TlsIdentity,
  client: TlsIdentity,
): Promise<readonly RecordedFlights[]> => {
  const listener = tls.createServer({
    ...{ key: server.key, cert: server.certificate, minVersion: 'TLSv1', requestCert: true, rejectUnauthorized: false },
    ciphers: 'ALL:NULL-SHA:@SECLEVEL=0',
  });
  listener.on('tlsClientError', () => {});
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  const flights: RecordedFlights[] = [];
  for (const [name, options] of Object.entries(CLIENTS)) {
    const sent: Buffer[] = [];
    const relay = net.createServer((near) => {
      const far = net.connect(port, '127.0.0.1');
      for (const socket of [near, far]) socket.on('error', () => {});
      near.on('data', (bytes: Buffer) => sent.push(bytes));
      near.pipe(far).pipe(near);
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const shown = { key: client.key, cert: client.certificate, rejectUnauthorized: false };
    const socket = tls.connect({ port: (relay.address() as net.AddressInfo).port, ...options, ...shown });
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    socket.end();
    await once(socket.resume(), 'close');
    relay.close();
    const [hello = Buffer.alloc(0), ...rest] = sent;
    flights.push({ client: name, hello, answer: Buffer.concat(rest) });
  }
  listener.close();
  return flights;
};

const RECORD_HEAD = 5;
const HANDSHAKE_HEAD = 4;
const HANDSHAKE = 22;

/** A record with a handshake message in it; both lengths are right. */
const framed = (version: Buffer, type: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(RECORD_HEAD + HANDSHAKE_HEAD);
  head[0] = HANDSHAKE;
  version.copy(head, 1);
  head.writeUInt16BE(Math.min(body.length + HANDSHAKE_HEAD, 0xffff), 3);
  head[RECORD_HEAD] = type;
  head.writeUIntBE(body.length, RECORD_HEAD + 1, 3);
  return Buffer.concat([head, body]);
};

/** What a stranger sends: a hello, and, once the server has answered it, more. */
export interface Attempt {
  readonly hello: Buffer;
  /** Absent: it ends its side after the hello. */
  readonly answer?: Buffer;
}

/** A changed handshake: of four in five the hello is changed, as it is or within lengths that are right, else the answer. */
export const mutatedAttempt = (flights: readonly RecordedFlights[], random: Random): Attempt => {
  const { hello, answer } = flights[random.below(flights.length)] as RecordedFlights;
  switch (random.below(5)) {
    case 0:
      return { hello: mutated(hello, random) };
    case 1:
      return { hello: hello.subarray(0, random.below(hello.length)) };
    case 2:
    case 3: {
      const body = mutated(hello.subarray(RECORD_HEAD + HANDSHAKE_HEAD), random);
      return { hello: framed(hello.subarray(1, 3), hello[RECORD_HEAD] ?? 1, body) };
    }
    default:
      return random.below(2) === 0
        ? { hello, answer: mutated(answer, random) }
        : { hello, answer: answer.subarray(0, random.below(answer.length)) };
  }
};

/** A peer that keeps silent is given up after so many milliseconds. */
const PATIENCE = 2_000;

/** Sends an attempt; resolves when its connection has ended. `true`: the server said something. */
export const attempt = (port: number, localAddress: string, { hello, answer }: Attempt): Promise<boolean> =>
  new Promise((resolve) => {
    let heard = false;
    const socket = net.connect({ host: '127.0.0.1', port, localAddress });
    socket.on('error', () => {});
    socket.once('close', () => resolve(heard));
    socket.setTimeout(PATIENCE, () => socket.destroy());
    socket.on('data', () => {
      if (!heard && answer !== undefined) socket.end(answer);
      heard = true;
    });
    socket.once('connect', () => {
      if (answer === undefined) socket.end(hello);
      else socket.write(hello);
    });
  });

/** Runs `act` for each number below `count`, so many at once. */
export const many = async (count: number, atOnce: number, act: (index: number) => Promise<unknown>): Promise<void> => {
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await act(next - 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, run));
};

/** One of `count` addresses of loopback that are nobody else's. */
export const sourceOf = (index: number, count: number): string => {
  const source = index % count;
  return `127.20.${source >> 8}.${(source & 0xff) === 0 ? 255 : source & 0xff}`;
};
