// CUCM's stations linger for half a minute after a rejection: the same phone that asks the same once more meanwhile is told
// to wait (`sip.md` §4.4). One entry for each name that was rejected, the oldest first.

import { type DeviceKey, deviceKey } from '../../core/identifiers.js';
import { after, type Instant, seconds } from '../../core/time.js';
import type { RegistrationRequest } from '../../devices/index.js';

const LINGERS = seconds(30);
const MOST = 4_096;

interface Closing {
  readonly asked: string;
  readonly until: Instant;
}

export class ClosingStations {
  readonly #closing = new Map<DeviceKey, Closing>();

  get size(): number {
    return this.#closing.size;
  }

  /** It was rejected just now. */
  begin(attempt: RegistrationRequest, now: Instant): void {
    const key = deviceKey(attempt.name);
    this.#closing.delete(key);
    this.#closing.set(key, { asked: wordsOf(attempt), until: after(now, LINGERS) });
    for (const [oldest, { until }] of this.#closing) {
      if (until > now && this.#closing.size <= MOST) return;
      this.#closing.delete(oldest);
    }
  }

  /** Whether it was rejected just now for the same. One that says something else is judged anew. */
  has(attempt: RegistrationRequest, now: Instant): boolean {
    const closing = this.#closing.get(deviceKey(attempt.name));
    return closing !== undefined && closing.until > now && closing.asked === wordsOf(attempt);
  }

  /** The configuration of that device has changed. */
  forget(device: string): void {
    this.#closing.delete(deviceKey(device));
  }

  /** The policy has changed, or may have. */
  clear(): void {
    this.#closing.clear();
  }
}

/** Where it comes from and what its judgement may depend on. */
const wordsOf = ({ address, transport, typeId, dn, certificateNames }: RegistrationRequest): string =>
  `${address} ${transport} ${typeId} ${dn} ${certificateNames}`;
