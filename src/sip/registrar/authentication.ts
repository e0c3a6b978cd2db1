import type { Instant } from '../../core/time.js';
import type { DeviceRecord, RefusalDetails, RefusalReason } from '../../devices/index.js';
import type { CredentialsWorth } from '../events.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { parseSipUri } from '../message/uri.js';
import { refusalResponse, type SipResponse, sipResponse } from '../response/response.js';
import { DEFAULT_CHALLENGES, type SettingsRef } from '../settings.js';
import type { Flow } from '../transport/flow.js';
import { type Credentials, type DigestResult, type DigestVerifier, parseCredentials } from './digest.js';
import { isOfCisco } from './identification.js';
import { sameContact } from './location.js';
import { Lockout } from './lockout.js';

/** A client writes one Authorization line for each challenge that it answers. */
const MOST_TRIED = 8;

/** The Authorization headers of a request. */
export interface PresentedCredentials {
  /** Those for the realm of this server, in their order. */
  readonly ours: readonly Credentials[];
  /** The realm of the first that is for another one. */
  readonly otherRealm: string | undefined;
  /** The user of the first for this server, else of the first for another one. */
  readonly user: string | undefined;
}

const NOTHING: PresentedCredentials = { ours: [], otherRealm: undefined, user: undefined };

/** The result of checking a request. */
export interface Proof {
  /** The response that denies it; `undefined`: the request may be handled. */
  readonly denied: SipResponse | undefined;
  readonly credentials: CredentialsWorth;
}

/**
 * Checks whether a request comes from the device that it names (`sip.md` §9). It challenges, verifies credentials, and
 * locks out who guesses passwords. Whatever is wrong, an unknown sender gets the same answer.
 */
export class Authentication {
  readonly #verifier: DigestVerifier;
  readonly #settingsRef: SettingsRef;
  readonly #lockout: Lockout;

  constructor(verifier: DigestVerifier, settingsRef: SettingsRef) {
    this.#verifier = verifier;
    this.#settingsRef = settingsRef;
    this.#lockout = new Lockout(settingsRef);
  }

  /** Reads the credentials of a request. */
  presentedIn(message: SipMessage): PresentedCredentials {
    if (!message.has(ID.Authorization)) return NOTHING;
    const { realm } = this.#settingsRef.settings;
    const all = message.all(ID.Authorization).flatMap((text) => parseCredentials(text) ?? []);
    const ours = all.filter((credentials) => credentials.get('realm') === realm);
    const other = all.find((credentials) => credentials.get('realm') !== realm);
    return {
      ours: ours.slice(0, MOST_TRIED),
      otherRealm: other?.get('realm'),
      user: (ours[0] ?? other)?.get('username'),
    };
  }

  /**
   * Checks the credentials of a request. `record` `undefined`: there is no such device, which is answered as a wrong
   * password is. `onRefused` is called if credentials are refused; a challenge alone is no refusal.
   */
  check(
    message: SipMessage,
    presented: PresentedCredentials,
    record: DeviceRecord | undefined,
    flow: Flow,
    now: Instant,
    onRefused: (reason: RefusalReason, details: RefusalDetails) => void,
  ): Proof {
    const unchecked = uncheckedCredentials(presented);
    if (record !== undefined && record.configured.digest === undefined)
      return { denied: undefined, credentials: unchecked };
    const address = flow.remote.address;
    const [first] = presented.ours;
    if (first === undefined) return { denied: this.#challenge(message, address, false, now), credentials: unchecked };
    const results = new Set<DigestResult>();
    let locked: Credentials | undefined;
    for (const credentials of presented.ours) {
      const user = digestUser(credentials);
      if (this.#lockout.secondsLeft(address, user, now) > 0) {
        locked = credentials;
        continue;
      }
      const result = this.#verify(message, credentials, record, flow, now);
      results.add(result);
      if (result !== 'right') continue;
      this.#lockout.forgive(address, user);
      flow.validate(now); // the nonce was sent to that address
      return { denied: undefined, credentials: 'right' };
    }
    if (locked !== undefined) return this.#lockedOut(address, digestUser(locked), now, onRefused);
    // The password was right, and only the nonce was not.
    if (results.has('stale') || results.has('unknown-nonce'))
      return { denied: this.#challenge(message, address, results.has('stale'), now), credentials: 'right' };
    this.#countFailures(presented.ours, address, now);
    const { user: configured } = record?.configured.digest ?? {};
    onRefused('wrong-credentials', configured === undefined ? {} : { given: digestUser(first), configured });
    return { denied: this.#challenge(message, address, false, now), credentials: 'wrong' };
  }

  #verify(
    message: SipMessage,
    credentials: Credentials,
    record: DeviceRecord | undefined,
    flow: Flow,
    now: Instant,
  ): DigestResult {
    const digest = record?.configured.digest;
    return this.#verifier.verify({
      realm: this.#settingsRef.settings.realm,
      from: flow.remote.address,
      credentials,
      method: message.method,
      password: digest?.user === digestUser(credentials) ? digest.password : undefined,
      acceptUri: (uri) => this.#isLocalUri(uri, message, flow),
      now,
    });
  }

  #lockedOut(
    address: string,
    user: string,
    now: Instant,
    onRefused: (reason: RefusalReason, details: RefusalDetails) => void,
  ): Proof {
    const { node, lockout } = this.#settingsRef.settings;
    const retryAfter = this.#lockout.secondsLeft(address, user, now);
    onRefused('locked-out', {
      ...(lockout === undefined ? {} : { given: lockout.failures, configured: lockout.for / 1000 }),
      retryAfter,
    });
    return { denied: refusalResponse('locked-out', node, [], retryAfter), credentials: 'unchecked' };
  }

  /**
   * Counts only failures with a nonce that was sent to the address: who forges an address cannot have it locked out.
   */
  #countFailures(presented: readonly Credentials[], address: string, now: Instant): void {
    const { realm } = this.#settingsRef.settings;
    const counting = presented.filter((each) => this.#verifier.issued(realm, address, each.get('nonce') ?? '', now));
    for (const user of new Set(counting.map(digestUser))) this.#lockout.recordFailure(address, user, now);
  }

  /**
   * The challenge for a node of the cluster whose address is not proved. Over UDP it may be forged, and who forges it
   * does not see the nonce. `undefined`: the request has a nonce that was sent to its address, or came over a
   * connection.
   */
  addressChallenge(message: SipMessage, { transport, remote }: Flow, now: Instant): SipResponse | undefined {
    if (transport !== 'udp') return undefined;
    const { realm } = this.#settingsRef.settings;
    const isProved = this.presentedIn(message).ours.some((credentials) =>
      this.#verifier.issued(realm, remote.address, credentials.get('nonce') ?? '', now),
    );
    return isProved ? undefined : this.#challenge(message, remote.address, false, now);
  }

  /** Cisco's phones read only the first challenge, and know only MD5 without qop (`sip.md` §9). */
  #challenge(message: SipMessage, address: string, stale: boolean, now: Instant): SipResponse {
    const { realm, challenges = DEFAULT_CHALLENGES } = this.#settingsRef.settings;
    return sipResponse(401, 'Unauthorized', {
      headers: this.#verifier.challenge({
        realm,
        from: address,
        simple: isOfCisco(message),
        algorithms: challenges,
        stale,
        now,
      }),
    });
  }

  /**
   * The URI that was hashed need not be written as the Request-URI, but it must have the same host, or one of this
   * node.
   */
  #isLocalUri(uri: string, message: SipMessage, { local }: Flow): boolean {
    if (uri === message.uri || sameContact(uri, message.uri)) return true;
    const hashed = parseSipUri(uri);
    const requestUri = parseSipUri(message.uri);
    if (typeof hashed === 'string') return false;
    if (typeof requestUri === 'object' && hashed.host === requestUri.host) return true;
    return hashed.host === local.address || (this.#settingsRef.settings.domains?.has(hashed.host) ?? false);
  }
}

const digestUser = (credentials: Credentials): string => credentials.get('username') ?? '';

/** What is known of credentials that are not checked. */
export const uncheckedCredentials = ({ ours, otherRealm }: PresentedCredentials): CredentialsWorth => {
  if (ours.length > 0) return 'unchecked';
  return otherRealm === undefined ? 'none' : 'other';
};
