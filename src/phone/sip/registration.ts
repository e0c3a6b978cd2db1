// A phone's REGISTER, from its first try to the answer that counts: challenged it proves who it is, told of a
// least interval it asks for that one (`sip.md` §3, RFC 3261 §10.2.8). When to register, and what follows, is the dialogue's.

import type { WallTime } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { CallManagerNode } from '../boot/device-file.js';
import type { PhoneIdentity } from '../identity.js';
import type { SipExchange } from './client-transactions.js';
import type { SipOwner } from './dialogue.js';
import { authorizationOf, type Challenge, challengeOf } from './digest.js';
import type { SipWords } from './identifiers.js';
import { reasonOf, registerText, type SipLine } from './requests.js';
import { retryAfter, wordsOf } from './response-fields.js';

/** One line's registration as it runs on: Call-ID stays, CSeq rises. */
export interface Binding {
  readonly line: SipLine;
  /** The first of the phone's lines, which speaks for all. */
  readonly leads: boolean;
  callId: string;
  cseq: number;
  challenge: Challenge | undefined;
  uses: number;
  bound: boolean;
}

export interface RegisterKind {
  readonly expires: number;
  readonly ping: boolean;
  /** A first registration says why and offers what it can. */
  readonly first: boolean;
  readonly onBound: (answer: SipMessage) => void;
}

export interface SipRegistersParts {
  readonly identity: PhoneIdentity;
  readonly local: Endpoint;
  readonly node: CallManagerNode;
  readonly owner: Pick<SipOwner, 'silent' | 'refused' | 'challenged'>;
  readonly words: SipWords;
  readonly exchange: SipExchange;
}

const MOST_TRIES = 3;

export class SipRegisters {
  /** As the server's answers tell it. */
  clock: WallTime | undefined;
  readonly #parts: SipRegistersParts;
  #reason: { readonly number: number; readonly words: string };
  #registering = false;

  constructor(parts: SipRegistersParts) {
    this.#parts = parts;
    this.#reason = parts.identity.sip.lastReason;
  }

  /** A registration of each line, not yet bound. */
  of(lines: readonly SipLine[]): readonly Binding[] {
    return lines.map((line, index) => ({
      line,
      leads: index === 0,
      callId: this.#parts.words.callId(),
      cseq: this.#parts.identity.sip.firstCSeq,
      challenge: undefined,
      uses: 0,
      bound: false,
    }));
  }

  /** From now on a refusal is the owner's affair. `reason`: why the phone was out of service. */
  begin(reason: { readonly number: number; readonly words: string }): void {
    this.#reason = reason;
    this.#registering = true;
  }

  cease(): void {
    this.#registering = false;
  }

  /** `onEnd`: called instead of the owner's words where the answer is no 200, as at the end of a registration. */
  send(binding: Binding, kind: RegisterKind, onEnd?: () => void, fromTag = this.#parts.words.tag(), tries = 0): void {
    const { identity, local, node, words, exchange } = this.#parts;
    const branch = words.branch();
    const text = registerText({
      identity,
      line: binding.line,
      local,
      node: node.address,
      branch,
      fromTag,
      callId: binding.callId,
      sessionId: words.sessionId,
      cseq: binding.cseq++,
      date: this.clock,
      authorization: this.#authorization(binding),
      reason: kind.first ? reasonOf(identity, this.#reason.number, this.#reason.words) : undefined,
      expires: kind.expires,
      ping: kind.ping,
      offer: kind.first && binding.leads ? identity.sip.offer : undefined,
    });
    exchange.request(branch, text, (answer) => this.#answered(binding, kind, onEnd, fromTag, tries, answer));
  }

  #answered(
    binding: Binding,
    kind: RegisterKind,
    onEnd: (() => void) | undefined,
    fromTag: string,
    tries: number,
    answer: SipMessage | undefined,
  ): void {
    const { owner, words } = this.#parts;
    if (answer === undefined) {
      if (onEnd === undefined) owner.silent();
      else onEnd();
      return;
    }
    const { status } = answer;
    if (status < 300) {
      kind.onBound(answer);
      return;
    }
    const challenge = status === 401 || status === 407 ? challengeOf(answer) : undefined;
    const password = binding.line.authPassword !== '';
    const again = tries < MOST_TRIES;
    if (challenge !== undefined && password && (binding.challenge === undefined || challenge.stale) && again) {
      binding.challenge = challenge;
      binding.uses = 0;
      owner.challenged(challenge.realm);
      this.send(binding, kind, onEnd, fromTag, tries + 1);
      return;
    }
    const least = Number(answer.text(ID['Min-Expires']));
    if (status === 423 && least > 0 && again) {
      binding.callId = words.callId();
      this.send(binding, { ...kind, expires: least }, onEnd, fromTag, tries + 1);
      return;
    }
    binding.challenge = undefined;
    if (onEnd !== undefined) onEnd();
    else if (kind.ping) owner.silent();
    else if (this.#registering) owner.refused(wordsOf(answer), retryAfter(answer));
  }

  #authorization(binding: Binding): string | undefined {
    const { challenge, line } = binding;
    if (challenge === undefined) return undefined;
    const { node, words } = this.#parts;
    binding.uses += 1;
    const uri = `sip:${node.address}`;
    return authorizationOf(challenge, line.authName, line.authPassword, 'REGISTER', uri, binding.uses, words.eight());
  }
}
