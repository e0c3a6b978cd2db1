// Facts about what came and is no message, at a rate that no flood can raise: the rest is counted.

import type { Publisher } from '../../core/event-bus.js';

import type { Instant } from '../../core/time.js';
import type { SipEvent, SipLinkRefused, SipMalformed } from '../events.js';

const MOST_OCTETS = 256;

/** A connection over a bound: one fact a second and bound, with how many there were. */
export class Refusals {
  readonly #bus: Publisher<SipEvent>;
  readonly #untold = new Map<SipLinkRefused['limit'], { count: number; toldAt: Instant | undefined }>();

  constructor(bus: Publisher<SipEvent>) {
    this.#bus = bus;
  }

  tell(about: Omit<SipLinkRefused, 'type' | 'count'>): void {
    const { at, limit } = about;
    const untold = this.#untold.get(limit) ?? { count: 0, toldAt: undefined };
    this.#untold.set(limit, untold);
    untold.count += 1;
    if (untold.toldAt !== undefined && at - untold.toldAt < 1_000) return;
    const { count } = untold;
    untold.count = 0;
    untold.toldAt = at;
    if (this.#bus.hasListener('sip.link-refused')) this.#bus.publish({ type: 'sip.link-refused', ...about, count });
  }
}

/** Of a second's complaints one address may have so many, so that its junk does not hide another's. */
const SOURCE_SHARE = 0.7;

export class MalformedReports {
  readonly #bus: Publisher<SipEvent>;
  readonly #perSecond: number;
  /** Told in this second, by address. */
  readonly #bySource = new Map<string, number>();
  #second = Number.NaN;
  #said = 0;
  #unsaid = 0;

  constructor(bus: Publisher<SipEvent>, perSecond: number) {
    this.#bus = bus;
    this.#perSecond = perSecond;
  }

  tell(about: Omit<SipMalformed, 'type' | 'bytes' | 'unsaid'>, bytes: Buffer): void {
    if (!this.#bus.hasListener('sip.malformed')) return;
    const second = Math.floor(about.at / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#said = 0;
      this.#bySource.clear();
    }
    const ofSource = this.#bySource.get(about.address) ?? 0;
    if (this.#said >= this.#perSecond || ofSource >= Math.ceil(this.#perSecond * SOURCE_SHARE)) {
      this.#unsaid += 1;
      return;
    }
    this.#said += 1;
    this.#bySource.set(about.address, ofSource + 1);
    const unsaid = this.#unsaid;
    this.#unsaid = 0;
    this.#bus.publish({ type: 'sip.malformed', ...about, bytes: bytes.toString('hex', 0, MOST_OCTETS), unsaid });
  }
}
