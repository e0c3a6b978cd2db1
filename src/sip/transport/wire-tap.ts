// Tells of every message that comes or goes, if anybody listens, up to a rate that no stampede of phones can raise: a
// trace that costs more than the service it traces would be the fault that it looks for. The rest is counted and told.

import { isUtf8 } from 'node:buffer';
import type { Publisher } from '../../core/event-bus.js';
import { Ration } from '../../core/rate-limit.js';
import type { Instant } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import type { SipEvent } from '../events.js';
import type { SipMessage } from '../message/message.js';
import type { Flow } from './flow.js';

export class WireTap {
  readonly #journal: Publisher<SipEvent>;
  readonly #ration: Ration;
  #sequence = 0;

  /** `perSecond`: messages of both directions. */
  constructor(journal: Publisher<SipEvent>, perSecond: () => number) {
    this.#journal = journal;
    this.#ration = new Ration(perSecond, (messages, at) => {
      if (journal.listens('sip.untraced')) journal.publish({ type: 'sip.untraced', at, messages });
    });
  }

  received(message: SipMessage, { transport, remote, link }: Flow, at: Instant): void {
    this.#sequence += 1;
    if (!this.#journal.listens('sip.received') || !this.#ration.take(at)) return;
    const { address, port } = remote;
    const octets = message.bodyEnd;
    this.#journal.publish({
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
  sent(words: string, { transport, link }: Flow, { address, port }: Endpoint, at: Instant): void {
    this.#sequence += 1;
    if (!this.#journal.listens('sip.sent') || !this.#ration.take(at)) return;
    const text = textOf(Buffer.from(words, 'latin1'));
    const [first = '', second = ''] = text.split(' ', 2);
    this.#journal.publish({
      type: 'sip.sent',
      at,
      transport,
      address,
      port,
      link,
      name: first.startsWith('SIP/') ? second : first,
      octets: words.length,
      text,
      sequence: this.#sequence,
    });
  }
}

/** For people: as UTF-8, as SIP has it; octet by octet where some phone's dictionary is in it. */
const textOf = (bytes: Buffer): string => bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
