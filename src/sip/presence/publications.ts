import { after, type Instant, seconds } from '../../core/time.js';
import type { Random } from '../../net/ports.js';
import { parseCount } from '../message/grammar.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { type SipResponse, sipResponse } from '../response/response.js';

const DEFAULT_SECONDS = 3_600;
const MIN_SECONDS = 60;

/**
 * The entity tags of published presence (RFC 3903): gives them, checks them and forgets them in time. The caller reads
 * what a phone publishes.
 */
export class Publications {
  readonly #random: Random;
  readonly #most: number;
  /** When each tag ends, the oldest tag first. If there are too many, the oldest is forgotten. */
  readonly #tags = new Map<string, Instant>();

  constructor(random: Random, most: number) {
    this.#random = random;
    this.#most = most;
  }

  get size(): number {
    return this.#tags.size;
  }

  /** The response to a PUBLISH that is wrong whoever sent it; `undefined`: it is right. */
  refusalOf(message: SipMessage): SipResponse | undefined {
    if (message.eventPackage !== 'presence')
      return sipResponse(489, 'Bad Event', { headers: 'Allow-Events: presence\r\n' });
    const requested = requestedSeconds(message);
    return requested > 0 && requested < MIN_SECONDS
      ? sipResponse(423, 'Interval Too Brief', { headers: `Min-Expires: ${MIN_SECONDS}\r\n` })
      : undefined;
  }

  /** Answers a PUBLISH that `refusalOf` does not refuse. `kept`: whether its tag is remembered. */
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
