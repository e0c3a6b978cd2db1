// Whether a REGISTER proves to be its device's own (`sip.md` §9): challenges, verdicts and patience with guessers. Who the
// device is was found before; a stranger hears the same whatever is wrong.

import { after, type Instant, seconds } from '../core/time.js';
import type { DeviceRecord, RefusalReason } from '../devices/index.js';
import { type Credentials, type DigestGuard, parseCredentials } from './digest.js';
import type { Flow } from './flow.js';
import { ID } from './headers.js';
import { isOfCisco } from './identity.js';
import type { SipMessage } from './message.js';
import { RETRY_AFTER, type Reply, reply } from './reply.js';
import { DEFAULT_CHALLENGES, type Settled } from './settings.js';
import { sameContact } from './stations.js';
import { parseSipUri } from './uri.js';

const FAILURES = 10;
const FAILURES_WITHIN = seconds(60);
const LOCKED_FOR = seconds(30);
const SOURCES = 4_096;

interface Failures {
  count: number;
  since: Instant;
  lockedUntil: Instant | undefined;
}

export class Authentication {
  readonly #guard: DigestGuard;
  readonly #settled: Settled;
  readonly #serves: (host: string, flow: Flow) => boolean;
  /** By source and user, so that one phone with a wrong password locks no other behind its address. Oldest first. */
  readonly #failures = new Map<string, Failures>();

  constructor(guard: DigestGuard, settled: Settled, serves: (host: string, flow: Flow) => boolean) {
    this.#guard = guard;
    this.#settled = settled;
    this.#serves = serves;
  }

  /** Those for our realm; others are somebody else's. */
  credentialsOf(message: SipMessage): Credentials | undefined {
    if (message.count(ID.Authorization) === 0) return undefined;
    return message
      .all(ID.Authorization)
      .map(parseCredentials)
      .find((credentials) => credentials?.get('realm') === this.#settled.settings.realm);
  }

  /**
   * `undefined`: it may go on. `record` `undefined`: nobody that we know, which is answered as a wrong password is.
   * `onWrong` hears of credentials that prove nothing.
   */
  check(
    message: SipMessage,
    credentials: Credentials | undefined,
    record: DeviceRecord | undefined,
    flow: Flow,
    now: Instant,
    onWrong: (reason: RefusalReason) => void,
  ): Reply | undefined {
    if (record !== undefined && record.configured.digest === undefined) return undefined;
    // Cisco's phones read the first challenge only, and know MD5 without qop (`sip.md` §9).
    const simple = isOfCisco(message);
    const from = flow.remote.address;
    if (credentials === undefined) return this.#challenge(from, simple, false, now);
    const user = credentials.get('username') ?? '';
    const key = `${from} ${user}`;
    if ((this.#failures.get(key)?.lockedUntil ?? 0) > now)
      return reply(403, 'Forbidden', { server: true, headers: `Retry-After: ${RETRY_AFTER}\r\n` });
    const digest = record?.configured.digest;
    const password = digest?.user === user ? digest.password : undefined;
    const verdict = this.#guard.judge(
      this.#settled.settings.realm,
      from,
      credentials,
      message.method,
      password,
      (uri) => this.#isOurs(uri, message, flow),
      now,
    );
    if (verdict === 'right') {
      this.#failures.delete(key);
      return undefined;
    }
    if (verdict === 'wrong') {
      this.#failed(key, now);
      onWrong('wrong-credentials');
    }
    return this.#challenge(from, simple, verdict === 'stale', now);
  }

  #challenge(from: string, simple: boolean, stale: boolean, now: Instant): Reply {
    const { realm, challenges } = this.#settled.settings;
    return reply(401, 'Unauthorized', {
      headers: this.#guard.challenge(realm, from, simple, challenges ?? DEFAULT_CHALLENGES, stale, now),
    });
  }

  /** The URI that was hashed need not be spelled as the Request-URI; it must stand for us. */
  #isOurs(uri: string, message: SipMessage, flow: Flow): boolean {
    if (uri === message.uri || sameContact(uri, message.uri)) return true;
    const parsed = parseSipUri(uri);
    return typeof parsed === 'object' && this.#serves(parsed.host, flow);
  }

  #failed(key: string, now: Instant): void {
    const known = this.#failures.get(key);
    if (known === undefined || now - known.since > FAILURES_WITHIN) {
      if (this.#failures.size >= SOURCES)
        for (const oldest of this.#failures.keys()) if (this.#failures.delete(oldest)) break;
      this.#failures.delete(key);
      this.#failures.set(key, { count: 1, since: now, lockedUntil: undefined });
      return;
    }
    known.count += 1;
    if (known.count >= FAILURES) known.lockedUntil = after(now, LOCKED_FOR);
  }
}
