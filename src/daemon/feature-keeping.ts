// What users set by their phones, kept as if the API had asked: in the layer of devices, over restarts. One change after the
// other, and of several wishes for one thing the last, so that a phone can make no queue.

import type { CallFeatureRefused, FeatureKeeper, ForwardKind } from '../calls/index.js';
import type { DeviceName } from '../core/identifiers.js';
import type { Clock } from '../core/time.js';
import type { DoNotDisturb } from '../devices/index.js';
import type { DeviceWrite, WriteAsker, WriteResult } from '../http/index.js';

/** What keeping needs of the daemon. */
export interface FeatureKeepingDaemon {
  readonly clock: Pick<Clock, 'now'>;
  write(write: DeviceWrite, asker: WriteAsker): Promise<WriteResult>;
  /** The address of a registered device. */
  addressOf(device: DeviceName): string | undefined;
  publish(event: CallFeatureRefused): void;
}

interface Wish {
  readonly device: DeviceName;
  readonly dn: string;
  readonly number: string;
  readonly write: DeviceWrite;
}

export class FeatureKeeping implements FeatureKeeper {
  readonly #daemon: FeatureKeepingDaemon;
  /** By what they are about, the oldest first. */
  readonly #wishes = new Map<string, Wish>();
  #isWriting = false;

  constructor(daemon: FeatureKeepingDaemon) {
    this.#daemon = daemon;
  }

  keepForward(device: DeviceName, dn: string, kind: ForwardKind, number: string | undefined): void {
    const write: DeviceWrite = { op: 'forward', dn, forward: { [kind]: number ?? null } };
    this.#add(`${dn} ${kind}`, { device, dn, number: number ?? '', write });
  }

  keepDoNotDisturb(device: DeviceName, option: DoNotDisturb | undefined): void {
    const write: DeviceWrite = { op: 'do-not-disturb', name: device, body: { doNotDisturb: option ?? null } };
    this.#add(device, { device, dn: '', number: '', write });
  }

  #add(about: string, wish: Wish): void {
    this.#wishes.set(about, wish);
    if (!this.#isWriting) void this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    try {
      for (const [about, wish] of this.#wishes) {
        this.#wishes.delete(about);
        await this.#write(wish);
      }
    } finally {
      this.#isWriting = false;
    }
  }

  async #write({ device, dn, number, write }: Wish): Promise<void> {
    const address = this.#daemon.addressOf(device) ?? '';
    const result = await this.#daemon.write(write, { by: 'phone', device, address, token: false });
    if (result.done) return;
    const at = this.#daemon.clock.now();
    this.#daemon.publish({
      type: 'call.feature-refused',
      ...{ at, device, dn, number },
      reason: 'not-kept',
      detail: result.message,
    });
  }
}
