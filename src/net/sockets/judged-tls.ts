// TLS of a client that judges the certificate of its server within the handshake, as phones do. Node judges only after it, when a
// server has seen a handshake that came to its end; so this side reads the certificate in what arrives, and lets TLS see it later.

import type net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { ServerRefusal, TlsClient } from '../ports.js';
import { CertificateFinder } from './certificate-finder.js';

const ALERT = 21;
const FATAL = 2;
/** How long a server has to close its end after the alert. */
const LINGER_MS = 1_000;

type Judge = Required<TlsClient>['judgeServer'];

/**
 * Begins TLS over a TCP socket that is open, or is being opened. If `judge` refuses the server, its alert is sent and the socket that is
 * returned is destroyed with an `Error` of that reason.
 */
export const judgedTls = (raw: net.Socket, options: tls.ConnectionOptions, judge: Judge): tls.TLSSocket => {
  const gate = new Gate(raw, judge, (refusal) => socket.destroy(new Error(refusal.why)));
  const socket: tls.TLSSocket = tls.connect({ ...options, maxVersion: 'TLSv1.2', socket: gate });
  // What comes after the first error changes nothing; an `error` without a listener would end the process.
  socket.on('error', () => {});
  socket.once('close', () => gate.destroy());
  raw.on('error', (error) => socket.destroy(error));
  return socket;
};

/** Between TCP and TLS: passes all octets on, but holds those that complete the certificate until it was judged. */
class Gate extends Duplex {
  readonly #raw: net.Socket;
  readonly #judge: Judge;
  readonly #onRefused: (refusal: ServerRefusal) => void;
  /** `undefined`: the certificate was found, or none will come. */
  #finder: CertificateFinder | undefined = new CertificateFinder();
  #isRefused = false;

  constructor(raw: net.Socket, judge: Judge, onRefused: (refusal: ServerRefusal) => void) {
    super({ allowHalfOpen: true });
    this.#raw = raw;
    this.#judge = judge;
    this.#onRefused = onRefused;
    raw.on('data', (octets: Buffer) => this.#onData(octets));
    raw.once('end', () => this.push(null));
    raw.once('close', () => this.destroy());
    raw.pause();
  }

  override _read(): void {
    this.#raw.resume();
  }

  override _write(octets: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#raw.destroyed || this.#isRefused) done();
    else this.#raw.write(octets, () => done());
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#raw.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#isRefused) this.#raw.destroy();
    done(error);
  }

  #onData(octets: Buffer): void {
    if (this.#isRefused) return;
    const certificate = this.#finder?.push(octets);
    if (certificate === undefined) {
      this.#pass(octets);
      return;
    }
    this.#finder = undefined;
    if (certificate === 'none') {
      this.#pass(octets);
      return;
    }
    this.#raw.pause();
    const version = octets.subarray(1, 3);
    void this.#judge(certificate).then((refusal) => {
      if (this.#raw.destroyed) return;
      if (refusal === undefined) this.#pass(octets);
      else this.#refuse(refusal, version);
    });
  }

  #pass(octets: Buffer): void {
    if (this.push(octets)) this.#raw.resume();
    else this.#raw.pause();
  }

  /** Says why in the clear: nothing is encrypted yet (RFC 5246 §7.2). */
  #refuse(refusal: ServerRefusal, version: Buffer): void {
    this.#isRefused = true;
    this.#raw.end(Buffer.from([ALERT, version[0] ?? 3, version[1] ?? 1, 0, 2, FATAL, refusal.alert]));
    this.#raw.resume();
    this.#raw.setTimeout(LINGER_MS, () => this.#raw.destroy());
    this.#onRefused(refusal);
  }
}
