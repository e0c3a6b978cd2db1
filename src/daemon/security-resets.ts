// Resets phones whose device is to be more or less secure from now on (`docs/protocols/secure.md` §9): each reads its file again, and comes
// as that says. Until then it stays registered as it is; what it registers next is judged by the new mode.

import type { EventBus } from '../core/event-bus.js';
import type { DeviceName } from '../core/identifiers.js';
import { after, type Clock, milliseconds, type Timer } from '../core/time.js';
import type { DeviceCommand } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';

/** A reload may change thousands of devices: so many phones boot at once, and no more. */
const RESETS = { at: 5, every: milliseconds(100) };

/** What resets are made with. */
export interface SecurityResetsDependencies {
  readonly clock: Clock;
  readonly bus: Pick<EventBus<LabcmEvent>, 'on'>;
  /** Sends the phone its protocol's own command. */
  command(device: DeviceName, command: DeviceCommand): unknown;
}

/** Resets the phones of changed devices, fifty a second. */
export class SecurityResets {
  readonly #dependencies: SecurityResetsDependencies;
  readonly #waiting = new Set<DeviceName>();
  readonly #stop: () => void;
  #timer: Timer | undefined;

  constructor(dependencies: SecurityResetsDependencies) {
    this.#dependencies = dependencies;
    this.#stop = dependencies.bus.on('device.security-changed', ({ device }) => {
      this.#waiting.add(device);
      this.#arm(milliseconds(0));
    });
  }

  close(): void {
    this.#stop();
    this.#timer?.cancel();
    this.#waiting.clear();
  }

  /** In a turn of its own: the change is still being made while it is told. */
  #arm(wait: typeof RESETS.every): void {
    const { clock } = this.#dependencies;
    this.#timer ??= clock.callAt(after(clock.now(), wait), () => {
      this.#timer = undefined;
      this.#turn();
    });
  }

  #turn(): void {
    let left = RESETS.at;
    for (const device of this.#waiting) {
      if (left === 0) {
        this.#arm(RESETS.every);
        return;
      }
      left -= 1;
      this.#waiting.delete(device);
      this.#dependencies.command(device, 'reset');
    }
  }
}
