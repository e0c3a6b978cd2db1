// Digest authentication (RFC 2617, 7616, 8760; `sip.md` §9). Users and passwords are given by the caller.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type Duration, type Instant, instant, minutes } from '../../core/time.js';
import type { Random } from '../../net/ports.js';
import { afterQuoted, isTokenCode, skipBlanks, unquoted } from '../message/grammar.js';
import type { DigestAlgorithm } from '../settings.js';

/** The digest algorithms, each with the name that Node's crypto gives it. */
export const ALGORITHMS: Readonly<Record<DigestAlgorithm, string>> = {
  MD5: 'md5',
  'SHA-256': 'sha256',
  'SHA-512-256': 'sha512-256',
};

/** The fields of an Authorization header, names in lower case, values without quotes. */
export type Credentials = ReadonlyMap<string, string>;

/** Reads an Authorization or WWW-Authenticate header. `undefined`: it has another scheme, or cannot be read. */
export const parseCredentials = (text: string): Credentials | undefined => {
  if (!/^Digest[ \t]/i.test(text)) return undefined;
  const fields = new Map<string, string>();
  for (let at = skipBlanks(text, 6); at < text.length; ) {
    const start = at;
    while (at < text.length && isTokenCode(text.charCodeAt(at))) at += 1;
    const name = text.slice(start, at).toLowerCase();
    at = skipBlanks(text, at);
    if (name === '' || text[at] !== '=') return undefined;
    const from = skipBlanks(text, at + 1);
    at = text[from] === '"' ? afterQuoted(text, from) : endOfBare(text, from);
    if (at <= from) return undefined;
    fields.set(name, unquoted(text.slice(from, at)));
    at = skipBlanks(text, at);
    if (at < text.length && text[at] !== ',') return undefined;
    at = skipBlanks(text, at + 1);
  }
  return fields;
};

const endOfBare = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && text[at] !== ',' && text.charCodeAt(at) > 0x20) at += 1;
  return at;
};

const hash = (algorithm: DigestAlgorithm, text: string): string =>
  createHash(ALGORITHMS[algorithm]).update(text, 'latin1').digest('hex');

/** What a digest response is computed from (RFC 7616 §3.4). */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  readonly session: boolean;
  readonly user: string;
  readonly realm: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  /** Absent: the form of RFC 2069. */
  readonly qopFields?: { readonly qop: string; readonly count: string; readonly clientNonce: string };
}

/** The right value of `response`, in hexadecimal. */
export const expectedResponse = (input: DigestInput): string => {
  const { algorithm, user, realm, password, method, uri, nonce, qopFields } = input;
  const base = hash(algorithm, `${user}:${realm}:${password}`);
  const first = input.session ? hash(algorithm, `${base}:${nonce}:${qopFields?.clientNonce ?? ''}`) : base;
  const second = hash(algorithm, `${method}:${uri}`);
  return qopFields === undefined
    ? hash(algorithm, `${first}:${nonce}:${second}`)
    : hash(algorithm, `${first}:${nonce}:${qopFields.count}:${qopFields.clientNonce}:${qopFields.qop}:${second}`);
};

/** How long a nonce is valid. */
export const NONCE_LIFE: Duration = minutes(10);
const NONCES_COUNTED = 16_384;
const COUNT_WINDOW = 64;
/** Octets of a nonce. */
const HEAD_OCTETS = 9;
const MAC_OCTETS = 11;
const ADDRESS_MAC_OCTETS = 4;

/**
 * The result of verifying credentials. `right`: they are valid. `stale`: the password is right, but the nonce is too
 * old, was used before, or was sent to another address. `unknown-nonce`: the password is right, but this server did not
 * issue the nonce, or did so before it restarted. `wrong`: anything else.
 */
export type DigestResult = 'right' | 'stale' | 'unknown-nonce' | 'wrong';

/** What a challenge is made for. */
export interface ChallengeOptions {
  readonly realm: string;
  /** The address of the client. */
  readonly from: string;
  /** Only MD5 without qop, which is all that Cisco's phones know (`sip.md` §9). */
  readonly simple: boolean;
  readonly algorithms: readonly DigestAlgorithm[];
  /** The credentials were right, but for their nonce. */
  readonly stale: boolean;
  readonly now: Instant;
}

/** What credentials are verified against. */
export interface VerifyOptions {
  readonly realm: string;
  /** The address of the client. */
  readonly from: string;
  readonly credentials: Credentials;
  readonly method: string;
  /** `undefined`: there is no such user, which takes as long as a wrong password. */
  readonly password: string | undefined;
  /** Whether the URI that the client hashed stands for this server. */
  readonly acceptUri: (uri: string) => boolean;
  readonly now: Instant;
}

/**
 * Issues challenges and verifies the responses to them. Nonces are not stored: each has a keyed hash of its content.
 * Responses are compared in constant time, and a nonce count is accepted only once.
 */
export class DigestVerifier {
  readonly #secret: Buffer;
  readonly #random: Random;
  /** The counts seen of each nonce: the highest, and a bit for each of the 64 below it. The oldest nonce first. */
  readonly #counts = new Map<string, { highest: number; seen: bigint }>();

  constructor(random: Random) {
    this.#random = random;
    this.#secret = Buffer.from(Array.from({ length: 32 }, () => random.below(256)));
  }

  /** The WWW-Authenticate headers for a client. */
  challenge({ realm, from, simple, algorithms, stale, now }: ChallengeOptions): string {
    const nonce = this.#nonce(realm, from, now);
    const start = `WWW-Authenticate: Digest realm="${realm}", nonce="${nonce}"${stale ? ', stale=true' : ''}`;
    if (simple) return `${start}, algorithm=MD5\r\n`;
    return algorithms.map((name) => `${start}, algorithm=${name}, qop="auth"\r\n`).join('');
  }

  /**
   * Verifies credentials. Those with qop are valid once for each count. Those without are valid only from the address
   * that the nonce was sent to, so that nobody else can use them.
   */
  verify({ realm, from, credentials, method, password, acceptUri, now }: VerifyOptions): DigestResult {
    const field = (name: string): string => credentials.get(name) ?? '';
    const [name, session] = splitAlgorithm(field('algorithm'));
    const qop = credentials.get('qop');
    const withQop = qop === undefined ? {} : { qopFields: { qop, count: field('nc'), clientNonce: field('cnonce') } };
    const expected = expectedResponse({
      algorithm: name ?? 'MD5',
      session,
      user: field('username'),
      realm,
      password: password ?? 'no such user',
      method,
      uri: field('uri'),
      nonce: field('nonce'),
      ...withQop,
    });
    const right = sameText(expected, field('response').toLowerCase());
    const genuine = this.#age(realm, field('nonce'), now);
    const understood = name !== undefined && (qop === undefined || qop === 'auth');
    if (!understood || password === undefined) return 'wrong';
    if (!right || field('realm') !== realm || !acceptUri(field('uri'))) return 'wrong';
    if (genuine === undefined) return 'unknown-nonce';
    if (genuine > NONCE_LIFE) return 'stale';
    const fresh =
      qop === undefined ? this.#isBoundTo(from, field('nonce')) : this.#acceptCount(field('nonce'), field('nc'));
    return fresh ? 'right' : 'stale';
  }

  /** Whether this server has issued that nonce to the address `from`. */
  issued(realm: string, from: string, nonce: string, now: Instant): boolean {
    return this.#age(realm, nonce, now) !== undefined && this.#isBoundTo(from, nonce);
  }

  /**
   * A nonce of 32 characters, in base64: the time (6 octets), a random number (3), a keyed hash of both and the realm
   * (11), and one of both and the address (4).
   */
  #nonce(realm: string, from: string, now: Instant): string {
    const head = Buffer.alloc(HEAD_OCTETS);
    head.writeUIntBE(now, 0, 6);
    head.writeUIntBE(this.#random.below(0x100_0000), 6, 3);
    return Buffer.concat([
      head,
      this.#mac(head, `realm ${realm}`, MAC_OCTETS),
      this.#mac(head, from, ADDRESS_MAC_OCTETS),
    ]).toString('base64');
  }

  #mac(head: Buffer, text: string, octets: number): Buffer {
    return createHmac('sha256', this.#secret).update(head).update(text).digest().subarray(0, octets);
  }

  #isBoundTo(from: string, nonce: string): boolean {
    const bytes = Buffer.from(nonce, 'base64');
    return this.#mac(bytes.subarray(0, HEAD_OCTETS), from, ADDRESS_MAC_OCTETS).equals(
      bytes.subarray(HEAD_OCTETS + MAC_OCTETS),
    );
  }

  /** Milliseconds since this server issued the nonce; `undefined`: it did not. */
  #age(realm: string, nonce: string, now: Instant): number | undefined {
    const bytes = Buffer.from(nonce, 'base64');
    if (nonce.length !== 32 || bytes.length !== HEAD_OCTETS + MAC_OCTETS + ADDRESS_MAC_OCTETS) return undefined;
    const head = bytes.subarray(0, HEAD_OCTETS);
    if (
      !timingSafeEqual(
        this.#mac(head, `realm ${realm}`, MAC_OCTETS),
        bytes.subarray(HEAD_OCTETS, HEAD_OCTETS + MAC_OCTETS),
      )
    )
      return undefined;
    const made = instant(head.readUIntBE(0, 6));
    return made > now ? undefined : now - made;
  }

  #acceptCount(nonce: string, text: string): boolean {
    if (!/^[0-9A-Fa-f]{8}$/.test(text)) return false;
    const count = Number.parseInt(text, 16);
    const known = this.#counts.get(nonce);
    if (known === undefined) {
      if (this.#counts.size >= NONCES_COUNTED) for (const oldest of this.#counts.keys()) if (this.#drop(oldest)) break;
      this.#counts.set(nonce, { highest: count, seen: 1n });
      return count > 0;
    }
    if (count > known.highest) {
      known.seen = BigInt.asUintN(
        COUNT_WINDOW,
        (known.seen << BigInt(Math.min(count - known.highest, COUNT_WINDOW))) | 1n,
      );
      known.highest = count;
      return true;
    }
    const bit = 1n << BigInt(known.highest - count);
    if (known.highest - count >= COUNT_WINDOW || count === 0 || (known.seen & bit) !== 0n) return false;
    known.seen |= bit;
    return true;
  }

  #drop(nonce: string): boolean {
    return this.#counts.delete(nonce);
  }
}

/** The algorithm, and whether it is a session one. Without a name it is MD5; `undefined`: it is unknown. */
const splitAlgorithm = (text: string): [DigestAlgorithm | undefined, boolean] => {
  if (text === '') return ['MD5', false];
  const session = /-sess$/i.test(text);
  const name = (session ? text.slice(0, -5) : text).toUpperCase();
  return [name in ALGORITHMS ? (name as DigestAlgorithm) : undefined, session];
};

const sameText = (one: string, other: string): boolean => {
  const expected = Buffer.from(one);
  const given = Buffer.alloc(expected.length);
  given.write(other);
  return timingSafeEqual(expected, given) && one.length === other.length;
};
