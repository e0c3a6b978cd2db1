import { milliseconds } from '../../core/time.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { BootTimer } from '../timers.js';
import type { CallDialog } from './call-dialog.js';
import type { SipPhoneCallsOptions } from './calls.js';
import { authorizationOf, challengeOf } from './digest.js';

/** The callbacks of `CallInvites`; a `SipCall` implements them. */
export interface InviteOwner {
  /** The headers and the offer of the next INVITE. */
  inviteHeaders(isFirst: boolean): readonly string[];
  offer(): string;
  /** A provisional response to the first INVITE. */
  onProvisional(response: SipMessage): void;
  /** A 2xx, which has been acknowledged. `isWanted`: the user has not hung up meanwhile. */
  onAccepted(response: SipMessage, isFirst: boolean, isWanted: boolean): void;
  /** Any other final response; `undefined`: none came. `isCancelled`: the user has hung up. */
  onRefused(response: SipMessage | undefined, isFirst: boolean, isCancelled: boolean): void;
}

/** An INVITE that waits for its final response. */
interface OpenInvite {
  readonly branch: string;
  readonly cseq: number;
  readonly isFirst: boolean;
  hasProvisional: boolean;
  isCancelled: boolean;
}

/**
 * The INVITEs that a phone sends in one dialog: the first and those that change the media. Each is acknowledged; the
 * first is cancelled when the user hangs up, and answers a challenge; a changing one that met another is sent again
 * (RFC 3261 §9.1, §13.2, §14.1).
 */
export class CallInvites {
  readonly #options: SipPhoneCallsOptions;
  readonly #dialog: CallDialog;
  readonly #owner: InviteOwner;
  /** The phone has made the call. */
  readonly #isCaller: boolean;
  readonly #retryTimer: BootTimer;
  #open: OpenInvite | undefined;
  #hasAuthorized = false;
  /** The last ACK to a 2xx, which a repeated 2xx gets again. */
  #ack: { readonly cseq: number; readonly text: string } | undefined;

  constructor(options: SipPhoneCallsOptions, dialog: CallDialog, owner: InviteOwner, isCaller: boolean) {
    this.#options = options;
    this.#dialog = dialog;
    this.#owner = owner;
    this.#isCaller = isCaller;
    this.#retryTimer = options.timers.create(() => this.send(false));
  }

  /** One waits for its final response. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  send(isFirst: boolean, more: readonly string[] = []): void {
    const { identifiers, transactions } = this.#options;
    const branch = identifiers.branch();
    const cseq = this.#dialog.nextCSeq();
    const invite: OpenInvite = { branch, cseq, isFirst, hasProvisional: false, isCancelled: false };
    this.#open = invite;
    const headers = [...this.#owner.inviteHeaders(isFirst), ...more];
    const text = this.#dialog.request('INVITE', { branch, cseq, headers, body: this.#owner.offer() });
    transactions.request(
      branch,
      text,
      (response) => this.#onFinal(invite, response),
      (response) => this.#onProvisional(invite, response),
    );
  }

  /** The user hangs up: the first INVITE is cancelled, as soon as it may be. False: none is open. */
  cancel(): boolean {
    const invite = this.#open;
    if (invite?.isFirst !== true) return false;
    invite.isCancelled = true;
    if (invite.hasProvisional) this.#sendCancel(invite);
    return true;
  }

  /** A 2xx that no request waits for: its ACK was lost. */
  repeated(response: SipMessage): void {
    if (this.#ack !== undefined && response.cseq?.number === this.#ack.cseq) this.#options.send(this.#ack.text);
  }

  close(): void {
    this.#retryTimer.cancel();
  }

  #onProvisional(invite: OpenInvite, response: SipMessage): void {
    if (this.#open !== invite) return;
    const isFirst = !invite.hasProvisional;
    invite.hasProvisional = true;
    if (!invite.isCancelled) {
      if (invite.isFirst) this.#owner.onProvisional(response);
    } else if (isFirst) this.#sendCancel(invite);
  }

  #onFinal(invite: OpenInvite, response: SipMessage | undefined): void {
    const { branch, cseq, isFirst, isCancelled } = invite;
    if (this.#open === invite) this.#open = undefined;
    if (response === undefined) this.#owner.onRefused(undefined, isFirst, isCancelled);
    else if (response.status < 300) {
      this.#dialog.confirm(response);
      this.#dialog.retarget(response);
      const text = this.#dialog.request('ACK', { branch: this.#options.identifiers.branch(), cseq });
      this.#ack = { cseq, text };
      this.#options.send(text);
      this.#owner.onAccepted(response, isFirst, !isCancelled);
    } else {
      this.#options.send(this.#dialog.transactionRequest('ACK', isFirst, { branch, cseq }, response));
      if (response.status === 491 && !isFirst) this.#retryTimer.startIn(this.#glareDelay());
      else if (!isFirst || isCancelled || !this.#authorize(response))
        this.#owner.onRefused(response, isFirst, isCancelled);
    }
  }

  /** Answers a challenge, once. False: it is none, or there is no password. */
  #authorize(response: SipMessage): boolean {
    const { line, node } = this.#dialog.side;
    const isChallenge = (response.status === 401 || response.status === 407) && !this.#hasAuthorized;
    const challenge = isChallenge ? challengeOf(response) : undefined;
    if (challenge === undefined || line.authPassword === '') return false;
    this.#hasAuthorized = true;
    const authorization = authorizationOf(challenge, {
      ...{ user: line.authName, password: line.authPassword, uri: `sip:${node}`, method: 'INVITE', nonceCount: 1 },
      clientNonce: this.#options.identifiers.hexDigits(),
    });
    this.send(true, [`${response.status === 401 ? 'Authorization' : 'Proxy-Authorization'}: ${authorization}`]);
    return true;
  }

  /** After a 491: the side that has made the Call-ID waits longer (RFC 3261 §14.1). */
  #glareDelay() {
    const { below } = this.#options;
    return milliseconds(this.#isCaller ? 2_100 + below(190) * 10 : below(200) * 10);
  }

  #sendCancel({ branch, cseq }: OpenInvite): void {
    const text = this.#dialog.transactionRequest('CANCEL', true, { branch, cseq });
    this.#options.transactions.request(branch, text, () => {});
  }
}
