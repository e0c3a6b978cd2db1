import { type DeviceKey, deviceKey } from '../../core/identifiers.js';
import { after, type Instant, seconds } from '../../core/time.js';
import type { RegistrationRequest } from '../../devices/index.js';

const LINGERS = seconds(30);
const MOST = 4_096;

interface Rejection {
  readonly fingerprint: string;
  readonly until: Instant;
}

/**
 * The devices that were rejected in the last half minute. CUCM keeps a rejected station for so long: if the same
 * request comes again, the phone is told to wait (`sip.md` §4.4).
 */
export class RecentRejections {
  readonly #rejections = new Map<DeviceKey, Rejection>();

  get size(): number {
    return this.#rejections.size;
  }

  /** Notes that the request was rejected just now. */
  add(request: RegistrationRequest, now: Instant): void {
    const key = deviceKey(request.name);
    this.#rejections.delete(key);
    this.#rejections.set(key, { fingerprint: fingerprintOf(request), until: after(now, LINGERS) });
    for (const [oldest, { until }] of this.#rejections) {
      if (until > now && this.#rejections.size <= MOST) return;
      this.#rejections.delete(oldest);
    }
  }

  /** Whether the same request was rejected in the last half minute. */
  has(request: RegistrationRequest, now: Instant): boolean {
    const rejection = this.#rejections.get(deviceKey(request.name));
    return rejection !== undefined && rejection.until > now && rejection.fingerprint === fingerprintOf(request);
  }

  /** Forgets a device, because its configuration has changed. */
  forget(device: string): void {
    this.#rejections.delete(deviceKey(device));
  }

  /** Forgets all, because the policy may have changed. */
  clear(): void {
    this.#rejections.clear();
  }
}

/** Where a request comes from, and everything that its result may depend on. */
const fingerprintOf = ({ address, transport, typeId, dn, peer }: RegistrationRequest): string =>
  `${address} ${transport} ${typeId} ${dn} ${peer?.fingerprint} ${peer?.verdict} ${peer?.cipher}`;
