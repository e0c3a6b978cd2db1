// Published presence (RFC 3903): entity tags that are given, kept, checked and forgotten in time. What a phone publishes
// (do not disturb) goes to its record; nothing here reads a state.

import { after, type Instant, seconds } from '../../core/time.js';
import type { Random } from '../../net/ports.js';
import { parseCount } from '../message/grammar.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { type SipResponse, sipResponse } from '../response/response.js';

const DEFAULT_SECONDS = 3_600;
const MIN_SECONDS = 60;

export class Publications {
  readonly #random: Random;
  readonly #most: number;
  /** Tag → until when. In order of their giving; the oldest goes when there are too many. */
  readonly #tags = new Map<string, Instant>();

  constructor(random: Random, most: number) {
    this.#random = random;
    this.#most = most;
  }

  get size(): number {
    return this.#tags.size;
  }

  /** What is wrong with it, whoever publishes; `undefined`: nothing. */
  refusalOf(message: SipMessage): SipResponse | undefined {
    if (message.eventPackage !== 'presence')
      return sipResponse(489, 'Bad Event', { headers: 'Allow-Events: presence\r\n' });
    const requested = requestedSeconds(message);
    return requested > 0 && requested < MIN_SECONDS
      ? sipResponse(423, 'Interval Too Brief', { headers: `Min-Expires: ${MIN_SECONDS}\r\n` })
      : undefined;
  }

  /** `message` is nothing that `refusalOf` refuses. The tag of one that is not `kept` is forgotten at once. */
  publish(message: SipMessage, kept: boolean, now: Instant): SipResponse {
    const match = message.text(ID['SIP-If-Match']);
    if (match !== undefined) {
      const until = this.#tags.get(match);
      this.#tags.delete(match);
      if (until === undefined || until <= now) return sipResponse(412, 'Conditional Request Failed');
    }
    const granted = Math.min(requestedSeconds(message), DEFAULT_SECONDS);
    const tag = `${this.#random.below(0x7fff_ffff).toString(16)}${this.#random.below(0x7fff_ffff).toString(16)}`;
    if (granted > 0 && kept) {
      if (this.#tags.size >= this.#most) for (const oldest of this.#tags.keys()) if (this.#tags.delete(oldest)) break;
      this.#tags.set(tag, after(now, seconds(granted)));
    }
    return sipResponse(200, 'OK', { headers: `SIP-ETag: ${tag}\r\nExpires: ${granted}\r\n` });
  }
}

const requestedSeconds = (message: SipMessage): number =>
  parseCount(message.text(ID.Expires) ?? '', 0xffff_ffff) ?? DEFAULT_SECONDS;
