// CUCM's stations linger for half a minute after a rejection: the same phone that asks the same once more meanwhile is told
// to wait (`sip.md` §4.4). One entry for each name that was rejected, the oldest first.

import { type DeviceKey, deviceKey } from '../../core/identifiers.js';
import { after, type Instant, seconds } from '../../core/time.js';
import type { RegistrationRequest } from '../../devices/index.js';

const LINGERS = seconds(30);
const MOST = 4_096;

interface Rejection {
  readonly fingerprint: string;
  readonly until: Instant;
}

export class RecentRejections {
  readonly #rejections = new Map<DeviceKey, Rejection>();

  get size(): number {
    return this.#rejections.size;
  }

  /** It was rejected just now. */
  add(request: RegistrationRequest, now: Instant): void {
    const key = deviceKey(request.name);
    this.#rejections.delete(key);
    this.#rejections.set(key, { fingerprint: fingerprintOf(request), until: after(now, LINGERS) });
    for (const [oldest, { until }] of this.#rejections) {
      if (until > now && this.#rejections.size <= MOST) return;
      this.#rejections.delete(oldest);
    }
  }

  /** Whether it was rejected just now for the same. One that says something else is judged anew. */
  has(request: RegistrationRequest, now: Instant): boolean {
    const rejection = this.#rejections.get(deviceKey(request.name));
    return rejection !== undefined && rejection.until > now && rejection.fingerprint === fingerprintOf(request);
  }

  /** The configuration of that device has changed. */
  forget(device: string): void {
    this.#rejections.delete(deviceKey(device));
  }

  /** The policy has changed, or may have. */
  clear(): void {
    this.#rejections.clear();
  }
}

/** Where it comes from and what its judgement may depend on. */
const fingerprintOf = ({ address, transport, typeId, dn, certificateNames }: RegistrationRequest): string =>
  `${address} ${transport} ${typeId} ${dn} ${certificateNames}`;
