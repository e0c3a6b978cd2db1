import type { RisStatus } from '../devices/index.js';
import { describeStatus } from '../devices/status.js';
import type { DeviceDetail } from '../http/index.js';

/**
 * Thrown when a device does not have the status that a test waits for. The message says what was found instead, and
 * why.
 */
export class NotReached extends Error {
  override readonly name = 'NotReached';
  readonly code: 'UNKNOWN_DEVICE' | 'NOT_REACHED';
  readonly device: string;
  readonly wanted: RisStatus;
  /** The device as it was found; `undefined`: there is no such device. */
  readonly found: DeviceDetail | undefined;
  /** Why, as labcm concludes; `undefined`: it has concluded nothing. */
  readonly verdict: DeviceDetail['verdict'] | undefined;

  /** `when` ends the message: `within 5 s`. */
  constructor(device: string, wanted: RisStatus, found: DeviceDetail | undefined, when: string) {
    const what = found === undefined ? 'no device of that name' : describeStatus(found);
    super(`${device}: found ${what}; wanted ${wanted} ${when}`);
    this.code = found === undefined ? 'UNKNOWN_DEVICE' : 'NOT_REACHED';
    this.device = device;
    this.wanted = wanted;
    this.found = found;
    this.verdict = found?.verdict ?? undefined;
  }
}
