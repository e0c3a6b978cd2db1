import type { WallTime } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { CallManagerAddress } from '../boot/device-file.js';
import type { OutOfService } from '../call-manager-link.js';
import type { PhoneIdentity } from '../identity.js';
import type { PhoneClientTransactions } from './client-transactions.js';
import type { SipOwner } from './dialogue.js';
import { authorizationOf, type Challenge, challengeOf } from './digest.js';
import type { SipIdentifiers } from './identifiers.js';
import { reasonOf, registerText, type SipLine } from './requests.js';
import { reasonText, retryAfter } from './response-fields.js';

/** The registration of one line. Its Call-ID stays the same from refresh to refresh, its CSeq rises. */
export interface LineRegistration {
  readonly line: SipLine;
  /** The first of the phone's lines, whose REGISTER carries what the phone offers. */
  readonly isFirst: boolean;
  callId: string;
  cseq: number;
  challenge: Challenge | undefined;
  /** How often the nonce of `challenge` has been used. */
  nonceCount: number;
  /** A 200 has accepted it, and it has not ended since. */
  isBound: boolean;
}

/** What kind of REGISTER to send. */
export interface RegisterOptions {
  /** Seconds. */
  readonly expires: number;
  /** Asks a standby node whether it is up. */
  readonly isPing: boolean;
  /** A first registration carries the Reason and what the phone offers. */
  readonly isInitial: boolean;
  readonly onBound: (response: SipMessage) => void;
  /** Called instead of the owner's callbacks if the response is no 2xx, as at the end of a registration. */
  readonly onEnd?: () => void;
}

/** One REGISTER and the ones that repeat it with credentials or with a longer interval. */
interface Attempt {
  readonly registration: LineRegistration;
  readonly options: RegisterOptions;
  readonly fromTag: string;
  /** How many of them have been sent before. */
  readonly tries: number;
}

/** What a `SipRegistration` needs. */
export interface SipRegistrationOptions {
  readonly identity: PhoneIdentity;
  readonly local: Endpoint;
  readonly node: CallManagerAddress;
  readonly owner: Pick<SipOwner, 'onSilence' | 'onRefused' | 'onChallenge'>;
  readonly identifiers: SipIdentifiers;
  readonly transactions: PhoneClientTransactions;
}

const MOST_TRIES = 3;

/**
 * Sends a phone's REGISTERs and repeats each until its answer is final: with credentials after a challenge, with the
 * server's least interval after a 423 (`sip.md` §3, RFC 3261 §10.2.8). `SipDialogue` decides when to register.
 */
export class SipRegistration {
  /** The Date of the server's last response; `undefined` before the first one. */
  clock: WallTime | undefined;
  readonly #options: SipRegistrationOptions;
  #reason: OutOfService;
  #registering = false;

  constructor(options: SipRegistrationOptions) {
    this.#options = options;
    this.#reason = options.identity.sip.lastReason;
  }

  /** A registration for each line, not yet bound. */
  linesFor(lines: readonly SipLine[]): readonly LineRegistration[] {
    return lines.map((line, index) => ({
      line,
      isFirst: index === 0,
      callId: this.#options.identifiers.callId(),
      cseq: this.#options.identity.sip.firstCSeq,
      challenge: undefined,
      nonceCount: 0,
      isBound: false,
    }));
  }

  /** From now on the owner hears of refusals. `reason`: why the phone was out of service. */
  begin(reason: OutOfService): void {
    this.#reason = reason;
    this.#registering = true;
  }

  /** From now on the owner does not hear of refusals. */
  cease(): void {
    this.#registering = false;
  }

  send(registration: LineRegistration, options: RegisterOptions): void {
    this.#send({ registration, options, fromTag: this.#options.identifiers.tag(), tries: 0 });
  }

  #send(attempt: Attempt): void {
    const { identity, local, node, identifiers, transactions } = this.#options;
    const { registration, options, fromTag } = attempt;
    const branch = identifiers.branch();
    const text = registerText({
      identity,
      line: registration.line,
      local,
      node: node.address,
      branch,
      fromTag,
      callId: registration.callId,
      sessionId: identifiers.sessionId,
      cseq: registration.cseq++,
      date: this.clock,
      authorization: this.#authorization(registration),
      reason: options.isInitial ? reasonOf(identity, this.#reason) : undefined,
      expires: options.expires,
      ping: options.isPing,
      offer: options.isInitial && registration.isFirst ? identity.sip.offer : undefined,
    });
    transactions.request(branch, text, (response) => this.#onResponse(attempt, response));
  }

  #onResponse(attempt: Attempt, response: SipMessage | undefined): void {
    const { owner, identifiers } = this.#options;
    const { registration, options } = attempt;
    const { onEnd } = options;
    if (response === undefined) {
      if (onEnd === undefined) owner.onSilence();
      else onEnd();
      return;
    }
    const { status } = response;
    if (status < 300) {
      options.onBound(response);
      return;
    }
    const challenge = status === 401 || status === 407 ? challengeOf(response) : undefined;
    const hasPassword = registration.line.authPassword !== '';
    const mayRetry = attempt.tries < MOST_TRIES;
    const next = { ...attempt, tries: attempt.tries + 1 };
    if (
      challenge !== undefined &&
      hasPassword &&
      (registration.challenge === undefined || challenge.stale) &&
      mayRetry
    ) {
      registration.challenge = challenge;
      registration.nonceCount = 0;
      owner.onChallenge(challenge.realm);
      this.#send(next);
      return;
    }
    const least = Number(response.text(ID['Min-Expires']));
    if (status === 423 && least > 0 && mayRetry) {
      registration.callId = identifiers.callId();
      this.#send({ ...next, options: { ...options, expires: least } });
      return;
    }
    registration.challenge = undefined;
    if (onEnd !== undefined) onEnd();
    else if (options.isPing) owner.onSilence();
    else if (this.#registering) owner.onRefused(reasonText(response), retryAfter(response));
  }

  #authorization(registration: LineRegistration): string | undefined {
    const { challenge, line } = registration;
    if (challenge === undefined) return undefined;
    const { node, identifiers } = this.#options;
    registration.nonceCount += 1;
    return authorizationOf(challenge, {
      user: line.authName,
      password: line.authPassword,
      uri: `sip:${node.address}`,
      nonceCount: registration.nonceCount,
      clientNonce: identifiers.hexDigits(),
    });
  }
}
