// What a registered phone subscribes to (RFC 6665, `sip.md` §10.5): asked once, refreshed before it expires, gone with the
// registration. No capture shows which models ask for what, nor in which order.

import { seconds } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { CallManagerNode } from '../boot/device-file.js';
import type { PhoneIdentity } from '../identity.js';
import type { Tell } from '../steps.js';
import type { BootTimer, Timers } from '../timers.js';
import type { SipExchange } from './client-transactions.js';
import type { SipWords } from './identifiers.js';
import type { SipProfile } from './profiles.js';
import { type SipLine, subscribeText } from './requests.js';

export type SubscribedEvent = 'message-summary' | 'presence';

const ACCEPT: Readonly<Record<SubscribedEvent, string>> = {
  'message-summary': 'application/simple-message-summary',
  presence: 'application/pidf+xml',
};

export interface SubscriptionWish {
  readonly event: SubscribedEvent;
  /** The number that is watched. */
  readonly dn: string;
}

/** Its own mailbox, where the model asks; each number that a lamp shows, where the server does not send it unasked. */
export const subscriptionsOf = (
  { subscribes, offer }: SipProfile,
  lines: readonly SipLine[],
  watched: readonly string[],
): readonly SubscriptionWish[] => [
  ...(subscribes.includes('message-summary') ? lines.map(({ dn }) => ({ event: 'message-summary' as const, dn })) : []),
  ...(subscribes.includes('presence') && offer === undefined
    ? watched.map((dn) => ({ event: 'presence' as const, dn }))
    : []),
];

export interface SubscriptionParts {
  readonly identity: PhoneIdentity;
  readonly local: Endpoint;
  readonly node: CallManagerNode;
  readonly words: SipWords;
  readonly exchange: SipExchange;
  readonly agenda: Timers;
  readonly tell: Tell;
  readonly wishes: readonly SubscriptionWish[];
}

interface Standing {
  readonly wish: SubscriptionWish;
  readonly line: SipLine;
  readonly callId: string;
  readonly fromTag: string;
  readonly due: BootTimer;
  /** As the server wrote it, its tag included, once it has. */
  to: string | undefined;
  cseq: number;
}

const ASKED = 3600;
const DELTA = 5;

export class SipSubscriptions {
  readonly #parts: SubscriptionParts;
  #standing: Standing[] = [];

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
  }

  /** After a first registration; again after each. */
  begin(line: SipLine): void {
    this.end();
    const { wishes, words, agenda } = this.#parts;
    this.#standing = wishes.map((wish) => {
      const standing: Standing = {
        ...{ wish, line, callId: words.callId(), fromTag: words.tag(), to: undefined, cseq: 101 },
        due: agenda.appointment(() => this.#ask(standing)),
      };
      return standing;
    });
    for (const standing of this.#standing) this.#ask(standing);
  }

  end(): void {
    for (const { due } of this.#standing) due.cancel();
    this.#standing = [];
  }

  #ask(standing: Standing): void {
    const { identity, local, node, words, exchange } = this.#parts;
    const { wish, line, callId, fromTag, to } = standing;
    const branch = words.branch();
    const { event, dn } = wish;
    const text = subscribeText({
      ...{ identity, line, local, node: node.address, branch, fromTag, callId, to, event, dn },
      cseq: standing.cseq++,
      accept: ACCEPT[event],
      expires: ASKED,
    });
    exchange.request(branch, text, (answer) => this.#answered(standing, answer));
  }

  #answered(standing: Standing, answer: SipMessage | undefined): void {
    const { event, dn } = standing.wish;
    if (!this.#standing.includes(standing)) return;
    if (answer === undefined || answer.status >= 300) {
      this.#parts.tell('phone.subscription-refused', {
        event,
        dn,
        why: answer === undefined ? 'no answer' : `${answer.status} ${answer.reason}`,
      });
      return;
    }
    if (standing.to === undefined) this.#parts.tell('phone.subscribed', { event, dn });
    standing.to = answer.text(ID.To);
    const granted = Number.parseInt(answer.text(ID.Expires) ?? '', 10);
    standing.due.in(seconds(Math.max(1, (Number.isNaN(granted) ? ASKED : granted) - DELTA)));
  }
}
