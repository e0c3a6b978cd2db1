// Clients of TLS that others wrote, as phones: `gnutls-cli` and `openssl s_client` send one request, and what the server chose is read
// off the wire between them.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';

/** What a client is: its program, and what it offers. */
export interface TlsClient {
  readonly program: 'gnutls' | 'openssl';
  /** A priority string of GnuTLS, or the options of `s_client`. */
  readonly offers: string;
}

/** PEM files of a client's certificate and key. */
export interface ClientFiles {
  readonly certificate: string;
  readonly key: string;
}

/** What came of it. `undefined`: it did not come so far. */
export interface TlsOutcome {
  /** Of the ServerHello: `0301` is TLS 1.0. With TLS 1.3 it says 1.2 (RFC 8446 §4.1.3). */
  readonly version: string | undefined;
  /** The number of the suite, such as `002f`. */
  readonly suite: string | undefined;
  /** The alert with which the server ended the handshake. */
  readonly alert: number | undefined;
  /** What the client heard, and printed besides. */
  readonly heard: Buffer;
}

/** Whether a program is there. */
export const has = (program: string): boolean => spawnSync('which', [program]).status === 0;

const RECORD_HEAD = 5;
const HANDSHAKE = 22;
const ALERT = 21;
const SERVER_HELLO = 2;
/** Type, length, version and random of a ServerHello; then the length of its session. */
const SESSION_AT = 4 + 2 + 32;

/** Reads what a server sent in clear. */
const choiceIn = (sent: Buffer): Omit<TlsOutcome, 'heard'> => {
  const [type, length] = [sent[0], sent.length >= RECORD_HEAD ? sent.readUInt16BE(3) : 0];
  const record = sent.subarray(RECORD_HEAD, RECORD_HEAD + length);
  if (type === ALERT && record.length === 2) return { version: undefined, suite: undefined, alert: record[1] };
  if (type !== HANDSHAKE || record[0] !== SERVER_HELLO || record.length <= SESSION_AT)
    return { version: undefined, suite: undefined, alert: undefined };
  const at = SESSION_AT + 1 + (record[SESSION_AT] ?? 0);
  const hex = (from: number): string => record.toString('hex', from, from + 2);
  return { version: hex(4), suite: hex(at), alert: undefined };
};

const argumentsOf = ({ program, offers }: TlsClient, port: number, files: ClientFiles | undefined): string[] =>
  program === 'gnutls'
    ? [
        ...['--insecure', '--no-ca-verification', '--disable-sni', '--priority', offers, '-p', String(port)],
        ...(files === undefined ? [] : ['--x509certfile', files.certificate, '--x509keyfile', files.key]),
        '127.0.0.1',
      ]
    : [
        ...['s_client', '-connect', `127.0.0.1:${port}`, '-quiet', '-noservername', ...offers.split(' ')],
        ...(files === undefined ? [] : ['-cert', files.certificate, '-key', files.key]),
      ];

/**
 * Has a client connect to `port` and send `request`. Resolves when it has heard what `isAnswer` holds for, or has ended.
 */
export const asClient = async (
  client: TlsClient,
  port: number,
  request: Buffer,
  isAnswer: (heard: Buffer) => boolean,
  files?: ClientFiles,
): Promise<TlsOutcome> => {
  let sent = Buffer.alloc(0);
  const relay = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1');
    for (const socket of [near, far]) socket.on('error', () => {});
    far.on('data', (bytes: Buffer) => {
      sent = Buffer.concat([sent, bytes]);
    });
    near.pipe(far).pipe(near);
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const program = client.program === 'gnutls' ? 'gnutls-cli' : 'openssl';
  const child = spawn(program, argumentsOf(client, (relay.address() as net.AddressInfo).port, files));
  let heard = Buffer.alloc(0);
  await new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => {
        heard = Buffer.concat([heard, bytes]);
        if (isAnswer(heard)) resolve();
      });
    child.once('close', () => resolve());
    child.stdin.on('error', () => {});
    child.stdin.write(request);
  });
  if (child.exitCode === null) {
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
  }
  relay.close();
  return { ...choiceIn(sent), heard };
};
