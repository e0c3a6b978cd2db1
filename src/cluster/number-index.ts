// The devices of each directory number, as the nodes tell of their registrations.

import type { ToldRegistration } from './told-registration.js';

/** An index over the lines of told registrations. What has ended stays until something else is told of the device. */
export class NumberIndex {
  readonly #devices = new Map<string, Set<string>>();
  readonly #lines = new Map<string, readonly string[]>();

  /** The numbers with a device. */
  numbers(): IterableIterator<string> {
    return this.#devices.keys();
  }

  has(dn: string): boolean {
    return this.#devices.has(dn);
  }

  /** The devices whose registration was told with that number. */
  devicesOf(dn: string): Iterable<string> {
    return this.#devices.get(dn) ?? [];
  }

  /** The numbers of a device. */
  linesOf(device: string): readonly string[] {
    return this.#lines.get(device) ?? [];
  }

  /** Another registration of the device is told. Returns the numbers that it had or has. */
  update(device: string, told: Pick<ToldRegistration, 'lines'> | undefined): readonly string[] {
    const before = this.linesOf(device);
    const lines = told?.lines ?? [];
    for (const dn of before) {
      const devices = this.#devices.get(dn);
      devices?.delete(device);
      if (devices?.size === 0) this.#devices.delete(dn);
    }
    for (const dn of lines) {
      const devices = this.#devices.get(dn) ?? new Set();
      this.#devices.set(dn, devices);
      devices.add(device);
    }
    if (lines.length > 0) this.#lines.set(device, lines);
    else this.#lines.delete(device);
    return [...new Set([...before, ...lines])];
  }
}
