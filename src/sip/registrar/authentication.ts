// Whether a request proves to be its device's own (`sip.md` §9): challenges, verdicts and patience with guessers. Who the
// device is was found before; a stranger hears the same whatever is wrong.

import type { Instant } from '../../core/time.js';
import type { DeviceRecord, RefusalDetails, RefusalReason } from '../../devices/index.js';
import type { CredentialsWorth } from '../events.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { parseSipUri } from '../message/uri.js';
import { refusalReply, reply, type SipResponse } from '../response/response.js';
import { DEFAULT_CHALLENGES, type SettingsRef } from '../settings.js';
import type { Flow } from '../transport/flow.js';
import { type Credentials, type DigestResult, type DigestVerifier, parseCredentials } from './digest.js';
import { isOfCisco } from './identification.js';
import { sameContact } from './location.js';
import { Lockout } from './lockout.js';

/** A client writes one Authorization line for each challenge that it answers. */
const MOST_TRIED = 8;

/** The Authorization lines of a request. */
export interface Presented {
  /** Those for our realm, in their order. */
  readonly ours: readonly Credentials[];
  /** The realm of the first that is for another. */
  readonly otherRealm: string | undefined;
}

const NOTHING: Presented = { ours: [], otherRealm: undefined };

/** What came of looking at them. */
export interface Proof {
  /** `undefined`: it may go on. */
  readonly denied: SipResponse | undefined;
  readonly credentials: CredentialsWorth;
}

export class Authentication {
  readonly #guard: DigestVerifier;
  readonly #settled: SettingsRef;
  readonly #lockout: Lockout;

  constructor(guard: DigestVerifier, settled: SettingsRef) {
    this.#guard = guard;
    this.#settled = settled;
    this.#lockout = new Lockout(settled);
  }

  presentedIn(message: SipMessage): Presented {
    if (message.count(ID.Authorization) === 0) return NOTHING;
    const { realm } = this.#settled.settings;
    const all = message.all(ID.Authorization).flatMap((text) => parseCredentials(text) ?? []);
    const ours = all.filter((credentials) => credentials.get('realm') === realm);
    return {
      ours: ours.slice(0, MOST_TRIED),
      otherRealm: all.find((credentials) => credentials.get('realm') !== realm)?.get('realm'),
    };
  }

  /**
   * `record` `undefined`: nobody that we know, which is answered as a wrong password is. `onRefused` hears why what was
   * presented is refused; a challenge is no refusal.
   */
  check(
    message: SipMessage,
    presented: Presented,
    record: DeviceRecord | undefined,
    flow: Flow,
    now: Instant,
    onRefused: (reason: RefusalReason, details: RefusalDetails) => void,
  ): Proof {
    const worth = unlooked(presented);
    if (record !== undefined && record.configured.digest === undefined)
      return { denied: undefined, credentials: worth };
    const from = flow.remote.address;
    const [first] = presented.ours;
    if (first === undefined) return { denied: this.#challenge(message, from, false, now), credentials: worth };
    const verdicts = new Set<DigestResult>();
    let locked: Credentials | undefined;
    for (const credentials of presented.ours) {
      const user = digestUser(credentials);
      if (this.#lockout.secondsLeft(from, user, now) > 0) {
        locked = credentials;
        continue;
      }
      const verdict = this.#judge(message, credentials, record, flow, now);
      verdicts.add(verdict);
      if (verdict !== 'right') continue;
      this.#lockout.forgive(from, user);
      flow.validate(now); // the nonce was sent there
      return { denied: undefined, credentials: 'right' };
    }
    if (locked !== undefined) return this.#lockedOut(from, digestUser(locked), now, onRefused);
    // The password was right: but for its nonce it would have been let in.
    if (verdicts.has('stale') || verdicts.has('foreign'))
      return { denied: this.#challenge(message, from, verdicts.has('stale'), now), credentials: 'right' };
    this.#failed(presented.ours, from, now);
    const { user: configured } = record?.configured.digest ?? {};
    onRefused('wrong-credentials', configured === undefined ? {} : { given: digestUser(first), configured });
    return { denied: this.#challenge(message, from, false, now), credentials: 'wrong' };
  }

  #judge(
    message: SipMessage,
    credentials: Credentials,
    record: DeviceRecord | undefined,
    flow: Flow,
    now: Instant,
  ): DigestResult {
    const digest = record?.configured.digest;
    return this.#guard.verify(
      this.#settled.settings.realm,
      flow.remote.address,
      credentials,
      message.method,
      digest?.user === digestUser(credentials) ? digest.password : undefined,
      (uri) => this.#isOurs(uri, message, flow),
      now,
    );
  }

  #lockedOut(
    from: string,
    user: string,
    now: Instant,
    onRefused: (reason: RefusalReason, details: RefusalDetails) => void,
  ): Proof {
    const { node, lockout } = this.#settled.settings;
    const retryAfter = this.#lockout.secondsLeft(from, user, now);
    onRefused('locked-out', {
      ...(lockout === undefined ? {} : { given: lockout.failures, configured: lockout.for / 1000 }),
      retryAfter,
    });
    return { denied: refusalReply('locked-out', node, [], retryAfter), credentials: 'unchecked' };
  }

  /** Whoever forges the address of another never sees the nonce that is given to it, and locks nobody out. */
  #failed(presented: readonly Credentials[], from: string, now: Instant): void {
    const { realm } = this.#settled.settings;
    const counting = presented.filter((each) => this.#guard.gave(realm, from, each.get('nonce') ?? '', now));
    for (const user of new Set(counting.map(digestUser))) this.#lockout.failed(from, user, now);
  }

  /**
   * The challenge for a node of the cluster whose address is not proved: over UDP it may be forged, and who forges it never
   * sees the nonce. `undefined`: it brings one back that its address was given, or has a connection.
   */
  addressChallenge(message: SipMessage, { transport, remote }: Flow, now: Instant): SipResponse | undefined {
    if (transport !== 'udp') return undefined;
    const { realm } = this.#settled.settings;
    const isProved = this.presentedIn(message).ours.some((credentials) =>
      this.#guard.gave(realm, remote.address, credentials.get('nonce') ?? '', now),
    );
    return isProved ? undefined : this.#challenge(message, remote.address, false, now);
  }

  /** Cisco's phones read the first challenge only, and know MD5 without qop (`sip.md` §9). */
  #challenge(message: SipMessage, from: string, stale: boolean, now: Instant): SipResponse {
    const { realm, challenges = DEFAULT_CHALLENGES } = this.#settled.settings;
    return reply(401, 'Unauthorized', {
      headers: this.#guard.challenge(realm, from, isOfCisco(message), challenges, stale, now),
    });
  }

  /** The URI that was hashed need not be spelled as the Request-URI; it must name the same server, or stand for us. */
  #isOurs(uri: string, message: SipMessage, { local }: Flow): boolean {
    if (uri === message.uri || sameContact(uri, message.uri)) return true;
    const hashed = parseSipUri(uri);
    const asked = parseSipUri(message.uri);
    if (typeof hashed === 'string') return false;
    if (typeof asked === 'object' && hashed.host === asked.host) return true;
    return hashed.host === local.address || (this.#settled.settings.domains?.has(hashed.host) ?? false);
  }
}

const digestUser = (credentials: Credentials): string => credentials.get('username') ?? '';

/** Of credentials that nobody looked at. */
export const unlooked = ({ ours, otherRealm }: Presented): CredentialsWorth => {
  if (ours.length > 0) return 'unchecked';
  return otherRealm === undefined ? 'none' : 'other';
};
