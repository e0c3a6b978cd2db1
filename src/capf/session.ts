// One session with CAPF as a pure machine: messages and the time in, messages out (`secure.md` §5.2). Knows no socket.

import { createHash, createPublicKey } from 'node:crypto';
import { ProtocolError } from '../core/errors.js';
import { type DeviceName, parseDeviceName } from '../core/identifiers.js';
import { after, type Instant, minutes, seconds, type WallTime } from '../core/time.js';
import type { PhoneIssuer } from '../net/ports.js';
import type { CapfOutcome } from './events.js';
import {
  CAPF_CURVES,
  CAPF_KEY_TYPES,
  CAPF_REASONS,
  type CapfCommand,
  type CapfMessage,
  certificateElement,
  certificateIn,
  octet,
  textOf,
  uint16,
  writeCapfMessage,
} from './messages.js';
import { type CapfKey, type CapfOperation, equalPasswords } from './operations.js';
import { proofIn, readX509 } from './proof.js';

/** What the session needs of the service around it. */
export interface CapfAuthority {
  /** Whether a device of that name is configured; its name as configured. */
  deviceNamed(name: string): DeviceName | undefined;
  operationOf(device: DeviceName): CapfOperation | undefined;
  /** Whether an operation still waits: it was not cancelled, replaced or done since the session was given it. */
  isWaiting(operation: CapfOperation): boolean;
  /** Notes a wrong password; returns how many more there may be. */
  countWrongPassword(device: DeviceName): number;
  /** Issues a certificate for a key, as DER. `undefined`: its address was given too many. Throws if the key cannot be used. */
  issue(device: DeviceName, publicKey: Buffer): Buffer | undefined;
  /** Who may have issued the certificate that a phone proves itself by. */
  readonly issuers: readonly PhoneIssuer[];
  wallTime(): WallTime;
  /** An operation was done. Throws if that cannot be kept. */
  complete(operation: CapfOperation, certificate: Buffer | undefined): void;
}

/** How a session ended, for its event. */
export interface CapfEnd {
  readonly outcome: CapfOutcome;
  readonly detail?: string;
  readonly fingerprint?: string;
}

const VERSION = 3;
/** Making a key takes an old phone minutes. */
const WHOLE_SESSION = minutes(15);
const FIRST_ANSWER = seconds(30);
/** Messages of one session. Who makes a key says once in a while that it is not done. */
const MOST_MESSAGES = 1_000;
/** RSA keys that are taken. Old phones make 512 bits, new ones up to 4096. */
const RSA_BITS = { least: 512, most: 4096 };
/** Of a certificate that is fetched: configurations are encrypted for it (`security/encrypt-file.ts`). */
const FETCHED_RSA_BITS = { least: 1_024, most: 4096 };
/** OpenSSL's names of the curves that a phone may be asked for. */
const EC_CURVES: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** What is awaited: a table of who answers what. */
type CapfState = 'auth' | 'key' | 'stored' | 'fetched' | 'deleted' | 'ended';

const AWAITED: Readonly<Record<Exclude<CapfState, 'ended'>, CapfCommand>> = {
  auth: 'AuthRes',
  key: 'KeyGenRes',
  stored: 'StoreCertRes',
  fetched: 'FetchCertRes',
  deleted: 'DeleteCertRes',
};

/** One session. `open` first; then each message, until `end` is there. */
export class CapfSession {
  readonly number: number;
  readonly #authority: CapfAuthority;
  readonly #begun: Instant;
  #state: CapfState = 'auth';
  /** As the phone named itself; empty: it has not. */
  device = '';
  operation: CapfOperation | undefined;
  /** Set when it is over. */
  end: CapfEnd | undefined;
  #issued: Buffer | undefined;
  #messages = 0;

  constructor(number: number, authority: CapfAuthority, now: Instant) {
    this.number = number;
    this.#authority = authority;
    this.#begun = now;
  }

  /** When it is given up if nothing comes. */
  get deadline(): Instant {
    return after(this.#begun, this.#state === 'auth' ? FIRST_ANSWER : WHOLE_SESSION);
  }

  /** The first message: the server speaks first. */
  open(): Buffer {
    return this.#message('AuthReq', [
      ['version', octet(VERSION)],
      ['authentication', octet(0)],
    ]);
  }

  /** Takes a message; returns what to send, `undefined`: nothing. Then `end` says whether it was the last. */
  receive(message: CapfMessage): Buffer | undefined {
    if (this.#state === 'ended') return undefined;
    const { command, session } = message;
    this.#messages += 1;
    if (this.#messages > MOST_MESSAGES) return this.#refuse('malformed', `more than ${MOST_MESSAGES} messages`);
    if (session !== this.number) return this.#refuse('malformed', `session ${session}`);
    if (command === 'RequestInProgress') return undefined;
    if (command === 'EndSession') {
      this.#over({ outcome: 'ended-by-phone' });
      return undefined;
    }
    if (command !== AWAITED[this.#state])
      return this.#refuse('malformed', `${command} in place of ${AWAITED[this.#state]}`);
    return this.#handlers[this.#state](message);
  }

  /** Its time is over. */
  expire(): void {
    this.#over({ outcome: 'timeout' });
  }

  /** What came is no message of CAPF. Returns the last message. */
  fail(error: unknown): Buffer | undefined {
    if (this.#state === 'ended') return undefined;
    const isTheirs = error instanceof ProtocolError;
    return this.#refuse(isTheirs ? 'malformed' : 'failed', error instanceof Error ? error.message : String(error));
  }

  /** The link is gone. */
  closed(): void {
    if (this.#state !== 'ended') this.#over({ outcome: 'ended-by-phone' });
  }

  readonly #handlers: Readonly<Record<Exclude<CapfState, 'ended'>, (message: CapfMessage) => Buffer>> = {
    auth: (message) => this.#authenticate(message),
    key: (message) => this.#issue(message),
    stored: (message) => this.#settle(message, this.#issued),
    fetched: (message) => this.#fetched(message),
    deleted: (message) => this.#settle(message, undefined),
  };

  #authenticate(message: CapfMessage): Buffer {
    const named = message.elements.get('deviceName');
    const name = named === undefined ? undefined : parseDeviceName(textOf(named));
    if (name === undefined) return this.#refuse('malformed', 'no device name');
    this.device = name;
    const device = this.#authority.deviceNamed(name);
    if (device === undefined) return this.#finish(CAPF_REASONS.unknownDevice, { outcome: 'unknown-device' });
    const operation = this.#authority.operationOf(device);
    if (operation === undefined) return this.#finish(CAPF_REASONS.noAction, { outcome: 'nothing-to-do' });
    this.operation = operation;
    const refusal = this.#refusalOf(operation, message);
    if (refusal !== undefined) return refusal;
    if (operation.operation === 'fetch') {
      this.#state = 'fetched';
      return this.#message('FetchCertReq');
    }
    if (operation.operation === 'delete') {
      this.#state = 'deleted';
      return this.#message('DeleteCertReq');
    }
    this.#state = 'key';
    return this.#message('KeyGenReq', keyElements(operation.key));
  }

  /** The last message, if the phone has not proved itself. */
  #refusalOf(operation: CapfOperation, message: CapfMessage): Buffer | undefined {
    const { authentication, device, password } = operation;
    if (authentication === 'null') return undefined;
    if (authentication === 'string') {
      const given = textOf(message.elements.get('password') ?? Buffer.alloc(0));
      if (password !== undefined && password !== '' && equalPasswords(given, password)) return undefined;
      const left = this.#authority.countWrongPassword(device);
      return this.#refuse('wrong-password', left === 0 ? 'the operation is over' : `${left} more are allowed`);
    }
    const proof = proofIn(message, device, this.#authority.issuers, this.#authority.wallTime());
    return typeof proof === 'string' ? this.#refuse('not-proven', proof) : undefined;
  }

  #issue({ elements }: CapfMessage): Buffer {
    const operation = this.operation as CapfOperation;
    const key = elements.get('publicKey');
    if (key === undefined) return this.#refuse('phone-failed', 'it made no key');
    const fault = faultOfKey(key);
    if (fault !== undefined) return this.#refuse('bad-key', fault);
    // Making the key may have taken minutes.
    if (!this.#authority.isWaiting(operation)) return this.#overtaken();
    const certificate = this.#authority.issue(operation.device, key);
    if (certificate === undefined) return this.#refuse('too-many', 'its address was given too many certificates');
    this.#issued = certificate;
    this.#state = 'stored';
    return this.#message('StoreCertReq', [
      ['certificateType', octet(1)],
      ['certificate', certificateElement(certificate)],
    ]);
  }

  #fetched(message: CapfMessage): Buffer {
    const der = certificateIn(message.elements.get('certificate'));
    const x509 = der === undefined ? undefined : readX509(der);
    if (der === undefined || x509 === undefined) return this.#refuse('phone-failed', 'it has no certificate');
    const fault = faultOfKey(x509.publicKey.export({ type: 'spki', format: 'der' }), FETCHED_RSA_BITS);
    if (fault !== undefined) return this.#refuse('bad-key', fault);
    // A view would keep the whole segment in memory that it came in.
    return this.#settle(message, Buffer.from(der));
  }

  /** The phone has done it, or says that it has not. */
  #settle({ elements }: CapfMessage, certificate: Buffer | undefined): Buffer {
    const reason = elements.get('reason')?.[0];
    if (reason !== CAPF_REASONS.done) return this.#refuse('phone-failed', `reason ${reason ?? 'missing'}`);
    const operation = this.operation as CapfOperation;
    if (!this.#authority.isWaiting(operation)) return this.#overtaken();
    this.#authority.complete(operation, certificate);
    return this.#finish(CAPF_REASONS.done, {
      outcome: 'done',
      ...(certificate === undefined ? {} : { fingerprint: createHash('sha256').update(certificate).digest('hex') }),
    });
  }

  /** Its operation was cancelled, replaced or done while the phone worked. */
  #overtaken(): Buffer {
    return this.#finish(CAPF_REASONS.noAction, { outcome: 'nothing-to-do', detail: 'its operation is over' });
  }

  #refuse(outcome: CapfOutcome, detail: string): Buffer {
    return this.#finish(CAPF_REASONS.invalid, { outcome, detail });
  }

  #finish(reason: number, end: CapfEnd): Buffer {
    this.#over(end);
    return this.#message('EndSession', [['reason', octet(reason)]]);
  }

  #over(end: CapfEnd): void {
    this.#state = 'ended';
    this.end ??= end;
  }

  #message(command: CapfCommand, elements: Parameters<typeof writeCapfMessage>[2] = []): Buffer {
    return writeCapfMessage(command, this.number, elements);
  }
}

const keyElements = (key: CapfKey): Parameters<typeof writeCapfMessage>[2] =>
  typeof key === 'number'
    ? [
        ['keySize', uint16(key)],
        ['keyType', octet(CAPF_KEY_TYPES.rsa)],
      ]
    : [
        ['keyType', octet(CAPF_KEY_TYPES.ec)],
        ['curve', octet(CAPF_CURVES[key])],
      ];

/** What is wrong with the public key of a phone; `undefined`: nothing. */
const faultOfKey = (spki: Buffer, allowed = RSA_BITS): string | undefined => {
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey({
      key: spki,
      format: 'der',
      type: 'spki',
    });
    if (type === 'ec') {
      const { namedCurve } = details ?? {};
      return EC_CURVES.has(namedCurve) ? undefined : `an EC key on ${namedCurve ?? 'a curve without a name'}`;
    }
    const bits = details?.modulusLength ?? 0;
    if (type !== 'rsa') return `a key of the kind ${type}`;
    return bits < allowed.least || bits > allowed.most ? `an RSA key of ${bits} bits` : undefined;
  } catch {
    return 'what it sent is no key';
  }
};
