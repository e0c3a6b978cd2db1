import { isUtf8 } from 'node:buffer';
import type { Publisher } from '../../core/event-bus.js';
import { PerSecondBudget } from '../../core/rate-limit.js';
import type { Instant } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import type { SipEvent } from '../events.js';
import type { SipMessage } from '../message/message.js';
import type { Flow } from './flow.js';

/**
 * Publishes each message that is received or sent, if anybody listens, up to so many in a second. Above that it only
 * counts them and publishes how many: a trace line costs more than the message itself (decision 15 of `src/README.md`).
 */
export class WireTap {
  readonly #bus: Publisher<SipEvent>;
  readonly #budget: PerSecondBudget;
  #sequence = 0;

  /** `perSecond`: how many messages of both directions are published. */
  constructor(bus: Publisher<SipEvent>, perSecond: () => number) {
    this.#bus = bus;
    this.#budget = new PerSecondBudget(perSecond, (messages, at) => {
      if (bus.hasListener('sip.untraced')) bus.publish({ type: 'sip.untraced', at, messages });
    });
  }

  publishReceived(message: SipMessage, { transport, remote, link }: Flow, at: Instant): void {
    this.#sequence += 1;
    if (!this.#bus.hasListener('sip.received') || !this.#budget.take(at)) return;
    const { address, port } = remote;
    const octets = message.bodyEnd;
    this.#bus.publish({
      type: 'sip.received',
      at,
      transport,
      address,
      port,
      link,
      name: message.kind === 'request' ? message.method : String(message.status),
      octets,
      text: textOf(message.bytes.subarray(0, octets)),
      sequence: this.#sequence,
    });
  }

  publishSent(latin1: string, { transport, link }: Flow, { address, port }: Endpoint, at: Instant): void {
    this.#sequence += 1;
    if (!this.#bus.hasListener('sip.sent') || !this.#budget.take(at)) return;
    const text = textOf(Buffer.from(latin1, 'latin1'));
    const [first = '', second = ''] = text.split(' ', 2);
    this.#bus.publish({
      type: 'sip.sent',
      at,
      transport,
      address,
      port,
      link,
      name: first.startsWith('SIP/') ? second : first,
      octets: latin1.length,
      text,
      sequence: this.#sequence,
    });
  }
}

/** As text for people: UTF-8, as SIP has it, or latin1 if it is none, as with a phone's own dictionary of labels. */
const textOf = (bytes: Buffer): string => bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
