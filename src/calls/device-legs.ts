// The living legs by device, in the order of their beginning, and by call identifier.

import type { DeviceName } from '../core/identifiers.js';
import type { Leg } from './leg.js';

const NONE: readonly Leg[] = [];

export class DeviceLegs {
  readonly #byDevice = new Map<DeviceName, Leg[]>();
  readonly #byNumber = new Map<number, Leg>();

  get size(): number {
    return this.#byNumber.size;
  }

  all(): IterableIterator<Leg> {
    return this.#byNumber.values();
  }

  of(device: DeviceName): readonly Leg[] {
    return this.#byDevice.get(device) ?? NONE;
  }

  byNumber(ci: number): Leg | undefined {
    return this.#byNumber.get(ci);
  }

  has(ci: number): boolean {
    return this.#byNumber.has(ci);
  }

  /** How many legs the line has on the device, held ones included. */
  countOf(device: DeviceName, dn: string): number {
    let count = 0;
    for (const leg of this.of(device)) if (leg.dn === dn) count += 1;
    return count;
  }

  /** The smallest number from 1 that no leg of the line on the device has. */
  freeInstance(device: DeviceName, dn: string): number {
    const legs = this.of(device);
    let instance = 1;
    while (legs.some((leg) => leg.dn === dn && leg.callInstance === instance)) instance += 1;
    return instance;
  }

  /** The leg whose audio the phone has: the one that neither rings, waits, is held nor lives on without its phone. */
  activeOf(device: DeviceName): Leg | undefined {
    return this.of(device).find(({ state, isPreserved }) => state !== 'ring-in' && state !== 'hold' && !isPreserved);
  }

  add(leg: Leg): void {
    this.#byNumber.set(leg.ci, leg);
    if (leg.device === undefined) return;
    const legs = this.#byDevice.get(leg.device);
    if (legs === undefined) this.#byDevice.set(leg.device, [leg]);
    else legs.push(leg);
  }

  remove(leg: Leg): void {
    this.#byNumber.delete(leg.ci);
    if (leg.device === undefined) return;
    const rest = this.of(leg.device).filter((other) => other !== leg);
    if (rest.length === 0) this.#byDevice.delete(leg.device);
    else this.#byDevice.set(leg.device, rest);
  }
}
