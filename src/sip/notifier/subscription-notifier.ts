import type { Instant } from '../../core/time.js';
import type { Subscription } from '../presence/subscription-index.js';
import type { Subscriptions } from '../presence/subscriptions.js';
import { UNANSWERED } from '../transaction/client-transactions.js';
import type { RequestContent, RequestSender } from './request-sender.js';
import { notifyHeaders } from './request-writer.js';

/** Sends the NOTIFYs of subscriptions (RFC 6665 §4.2.2), and ends those whose NOTIFY is refused or not answered. */
export class SubscriptionNotifier {
  readonly #subscriptions: Subscriptions;
  readonly #sender: RequestSender;

  constructor(subscriptions: Subscriptions, sender: RequestSender) {
    this.#subscriptions = subscriptions;
    this.#sender = sender;
  }

  /**
   * Sends the present state. If so much may not be sent to an address that has proved nothing, it first sends a NOTIFY
   * of state pending without a body (RFC 6665 §4.1.3), whose answer is the proof.
   */
  notify(subscription: Subscription, now: Instant): void {
    const subscriptions = this.#subscriptions;
    const { flow, device, target, host, ended } = subscription;
    if (!flow.open) return;
    const body = subscriptions.nextBody(subscription);
    const { cseq } = subscription;
    const delivery = {
      flow,
      contact: target,
      serverHost: host,
      toDevice: device !== undefined,
      // A subscription that ended with its registration is notified once: the flow has ended, too.
      isWanted: () => subscription.cseq === cseq && subscription.ended !== 'deactivated',
      onFinal: (status: number, at: Instant): void => {
        if (status <= UNANSWERED || status === 481) subscriptions.endUnanswered(subscription);
        else if (status < 300) this.#onAnswered(subscription, at);
      },
    };
    const whole = this.#sender.write(this.#contentOf(subscription, body, now), delivery, now);
    if (ended !== undefined || flow.maySend(whole.text.length, now)) this.#sender.deliver(whole, delivery, now);
    else {
      subscription.notifiedState = undefined;
      this.#sender.send(this.#contentOf(subscription, undefined, now), delivery, now);
    }
  }

  #contentOf(subscription: Subscription, body: RequestContent['body'], now: Instant): RequestContent {
    const { target, local, remote, callId, eventText, dn, cseq, notifiedState } = subscription;
    const state = this.#subscriptions.stateText(subscription, notifiedState === undefined, now);
    return {
      method: 'NOTIFY',
      uri: target,
      from: local,
      to: remote,
      contactUser: `${dn}@`,
      headers: notifyHeaders(eventText, state),
      body,
      callId,
      cseq,
    };
  }

  #onAnswered(subscription: Subscription, now: Instant): void {
    this.#subscriptions.confirm(subscription);
    if (subscription.notifiedState === undefined && subscription.ended === undefined) this.notify(subscription, now);
  }
}
