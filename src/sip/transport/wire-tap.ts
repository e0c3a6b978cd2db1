// Tells of every message that comes or goes, if anybody listens, up to a rate that no stampede of phones can raise: a
// trace that costs more than the service it traces would be the fault that it looks for. The rest is counted and told.

import { isUtf8 } from 'node:buffer';
import type { Publisher } from '../../core/event-bus.js';
import { PerSecondBudget } from '../../core/rate-limit.js';
import type { Instant } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import type { SipEvent } from '../events.js';
import type { SipMessage } from '../message/message.js';
import type { Flow } from './flow.js';

export class WireTap {
  readonly #bus: Publisher<SipEvent>;
  readonly #budget: PerSecondBudget;
  #sequence = 0;

  /** `perSecond`: messages of both directions. */
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

  /** `words`: latin1. */
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

/** For people: as UTF-8, as SIP has it; octet by octet where some phone's dictionary is in it. */
const textOf = (bytes: Buffer): string => bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
