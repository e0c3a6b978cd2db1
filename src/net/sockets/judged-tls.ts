// TLS of a client that judges the certificate of its server within the handshake, as phones do. Node judges only after it, when a
// server has seen a handshake that came to its end; so this side reads the certificate in what arrives, and lets TLS see it later.

import type net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { after, type Clock, seconds } from '../../core/time.js';
import type { ServerRefusal, TlsClient } from '../ports.js';
import { CertificateFinder, type NoCertificate } from './certificate-finder.js';

const ALERT = 21;
const FATAL = 2;
/** How long a server has to close its end after the alert, whatever it still sends. */
const LINGER = seconds(1);

/** RFC 5246 §7.2.2. */
const BAD_CERTIFICATE = 42;

/** Where no certificate can be judged the handshake ends. After an alert of the server TLS ends it, and says which alert it was. */
const WITHOUT_CERTIFICATE: Readonly<Record<Exclude<NoCertificate, 'alert'>, ServerRefusal>> = {
  'no-tls': { alert: BAD_CERTIFICATE, why: 'the server speaks no TLS' },
  none: { alert: BAD_CERTIFICATE, why: 'the server shows no certificate that can be judged' },
};

type Judge = Required<TlsClient>['judgeServer'];

/**
 * Begins TLS over a TCP socket that is open, or is being opened. If `judge` refuses the server, its alert is sent and the socket that is
 * returned is destroyed with an `Error` of that reason. So it is where the server shows no certificate that can be judged, before
 * its listeners of `secureConnect` are called where TLS has seen another certificate than `judge`.
 */
export const judgedTls = (
  raw: net.Socket,
  options: tls.ConnectionOptions,
  judge: Judge,
  clock: Clock,
): tls.TLSSocket => {
  const gate = new Gate(raw, judge, clock, (refusal) => socket.destroy(new Error(refusal.why)));
  const socket: tls.TLSSocket = tls.connect({ ...options, maxVersion: 'TLSv1.2', socket: gate });
  // What comes after the first error changes nothing; an `error` without a listener would end the process.
  socket.on('error', () => {});
  socket.once('close', () => gate.destroy());
  socket.once('secureConnect', () => {
    const shown = socket.getPeerX509Certificate()?.raw;
    if (shown === undefined || gate.judged?.equals(shown) !== true)
      socket.destroy(new Error('the certificate of the server is not the one that was judged'));
  });
  raw.on('error', (error) => socket.destroy(error));
  return socket;
};

/** `finding`: octets pass until one of them completes the certificate. `judging`: none pass. */
type GateState = 'finding' | 'judging' | 'open' | 'refused';

/** Between TCP and TLS: passes all octets on, but holds those that complete the certificate until it was judged. */
class Gate extends Duplex {
  readonly #raw: net.Socket;
  readonly #judge: Judge;
  readonly #clock: Clock;
  readonly #onRefused: (refusal: ServerRefusal) => void;
  readonly #finder = new CertificateFinder();
  #state: GateState = 'finding';
  /** The certificate that was judged and not refused. */
  judged: Buffer | undefined;

  constructor(raw: net.Socket, judge: Judge, clock: Clock, onRefused: (refusal: ServerRefusal) => void) {
    super({ allowHalfOpen: true });
    this.#raw = raw;
    this.#judge = judge;
    this.#clock = clock;
    this.#onRefused = onRefused;
    raw.on('data', (octets: Buffer) => this.#onData(octets));
    raw.once('end', () => this.push(null));
    raw.once('close', () => this.destroy());
    raw.pause();
  }

  override _read(): void {
    if (this.#state !== 'judging') this.#raw.resume();
  }

  override _write(octets: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#raw.destroyed || this.#state === 'refused') done();
    else this.#raw.write(octets, () => done());
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#raw.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.#state !== 'refused') this.#raw.destroy();
    done(error);
  }

  #onData(octets: Buffer): void {
    if (this.#state === 'refused') return;
    const found = this.#state === 'finding' ? this.#finder.push(octets) : undefined;
    if (found === undefined) this.#pass(octets);
    else if (Buffer.isBuffer(found)) this.#hold(found, octets);
    else if (found === 'alert') this.#open(octets);
    else this.#refuse(WITHOUT_CERTIFICATE[found]);
  }

  #hold(certificate: Buffer, octets: Buffer): void {
    this.#state = 'judging';
    this.#raw.pause();
    const shown = Buffer.from(certificate);
    void this.#judge(certificate).then((refusal) => {
      if (this.#raw.destroyed) return;
      if (refusal !== undefined) {
        this.#refuse(refusal);
        return;
      }
      this.judged = shown;
      this.#open(octets);
    });
  }

  #open(octets: Buffer): void {
    this.#state = 'open';
    this.#pass(octets);
  }

  #pass(octets: Buffer): void {
    if (this.push(octets)) this.#raw.resume();
    else this.#raw.pause();
  }

  /** Says why in the clear: nothing is encrypted yet (RFC 5246 §7.2). The version is that of the server's first record. */
  #refuse(refusal: ServerRefusal): void {
    this.#state = 'refused';
    this.#raw.end(Buffer.from([ALERT, ...this.#finder.version, 0, 2, FATAL, refusal.alert]));
    this.#raw.resume();
    const linger = this.#clock.callAt(after(this.#clock.now(), LINGER), () => this.#raw.destroy());
    this.#raw.once('close', () => linger.cancel());
    this.#onRefused(refusal);
  }
}
