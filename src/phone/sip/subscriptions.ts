import { seconds } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import type { CallManagerAddress } from '../boot/device-file.js';
import type { PhoneIdentity } from '../identity.js';
import type { PublishStep } from '../steps.js';
import type { BootTimer, Timers } from '../timers.js';
import type { PhoneClientTransactions } from './client-transactions.js';
import type { SipIdentifiers } from './identifiers.js';
import type { SipProfile } from './profiles.js';
import { type SipLine, subscribeText } from './requests.js';

/** An event package to which a phone subscribes. */
export type SubscribedEvent = 'message-summary' | 'presence' | 'dialog';

const ACCEPT: Readonly<Record<SubscribedEvent, string>> = {
  'message-summary': 'application/simple-message-summary',
  presence: 'application/pidf+xml',
  dialog: 'application/dialog-info+xml',
};

/** One subscription that a phone should have. */
export interface SubscriptionSpec {
  readonly event: SubscribedEvent;
  /** The number that is watched. */
  readonly dn: string;
}

/**
 * A phone's subscriptions: its own mailboxes, if the model subscribes to them, and the numbers on its BLF buttons, if
 * the server does not send their state unsolicited; and `asked`, the numbers that it watches all the same: phones of other
 * makers by the dialogs of the line.
 */
export const subscriptionsOf = (
  { subscribes, offer }: SipProfile,
  lines: readonly SipLine[],
  watched: readonly string[],
  asked: readonly string[] = [],
): readonly SubscriptionSpec[] => [
  ...(subscribes.includes('message-summary') ? lines.map(({ dn }) => ({ event: 'message-summary' as const, dn })) : []),
  ...(subscribes.includes('presence') && offer === undefined
    ? watched.map((dn) => ({ event: 'presence' as const, dn }))
    : []),
  ...asked.map(
    (dn) => ({ event: subscribes.includes('presence') || offer !== undefined ? 'presence' : 'dialog', dn }) as const,
  ),
];

/** What `SipSubscriptions` needs. */
export interface SubscriptionOptions {
  readonly identity: PhoneIdentity;
  readonly local: Endpoint;
  readonly node: CallManagerAddress;
  readonly identifiers: SipIdentifiers;
  readonly transactions: PhoneClientTransactions;
  readonly timers: Timers;
  readonly publish: PublishStep;
  readonly specs: readonly SubscriptionSpec[];
}

interface ActiveSubscription {
  readonly spec: SubscriptionSpec;
  readonly line: SipLine;
  readonly callId: string;
  readonly fromTag: string;
  /** When to subscribe again. */
  readonly timer: BootTimer;
  /** The To of the server's response, with its tag; `undefined` before the first one. */
  to: string | undefined;
  cseq: number;
}

const REQUESTED_EXPIRES = 3600;
const REFRESH_DELTA = 5;

/**
 * The subscriptions of a registered phone (RFC 6665, `sip.md` §10.5): each is refreshed before it expires, and all end
 * with the registration. No capture shows which models subscribe to what, nor in which order.
 */
export class SipSubscriptions {
  readonly #options: SubscriptionOptions;
  #active: ActiveSubscription[] = [];

  constructor(options: SubscriptionOptions) {
    this.#options = options;
  }

  /** Subscribes anew, after each first registration. */
  begin(line: SipLine): void {
    this.end();
    const { specs, identifiers, timers } = this.#options;
    this.#active = specs.map((spec) => {
      const subscription: ActiveSubscription = {
        ...{ spec, line, callId: identifiers.callId(), fromTag: identifiers.tag(), to: undefined, cseq: 101 },
        timer: timers.create(() => this.#subscribe(subscription)),
      };
      return subscription;
    });
    for (const subscription of this.#active) this.#subscribe(subscription);
  }

  end(): void {
    for (const { timer } of this.#active) timer.cancel();
    this.#active = [];
  }

  #subscribe(subscription: ActiveSubscription): void {
    const { identity, local, node, identifiers, transactions } = this.#options;
    const { spec, line, callId, fromTag, to } = subscription;
    const branch = identifiers.branch();
    const { event, dn } = spec;
    const text = subscribeText({
      ...{ identity, line, local, node: node.address, branch, fromTag, callId, to, event, dn },
      cseq: subscription.cseq++,
      accept: ACCEPT[event],
      expires: REQUESTED_EXPIRES,
    });
    transactions.request(branch, text, (response) => this.#onResponse(subscription, response));
  }

  #onResponse(subscription: ActiveSubscription, response: SipMessage | undefined): void {
    const { event, dn } = subscription.spec;
    if (!this.#active.includes(subscription)) return;
    if (response === undefined || response.status >= 300) {
      this.#options.publish('phone.subscription-refused', {
        event,
        dn,
        why: response === undefined ? 'no answer' : `${response.status} ${response.reason}`,
      });
      return;
    }
    if (subscription.to === undefined) this.#options.publish('phone.subscribed', { event, dn });
    subscription.to = response.text(ID.To);
    const granted = Number.parseInt(response.text(ID.Expires) ?? '', 10);
    const expires = Number.isNaN(granted) ? REQUESTED_EXPIRES : granted;
    subscription.timer.startIn(seconds(Math.max(1, expires - REFRESH_DELTA)));
  }
}
