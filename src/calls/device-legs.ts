// The living legs by device, in the order of their beginning, and by call identifier; and the calls of other phones that a device
// shows.

import type { DeviceName } from '../core/identifiers.js';
import type { Leg } from './leg.js';
import type { RemoteCall } from './remote-call.js';

const NONE: readonly Leg[] = [];
const NO_REMOTES: readonly RemoteCall[] = [];

export class DeviceLegs {
  readonly #byDevice = new Map<DeviceName, Leg[]>();
  readonly #byNumber = new Map<number, Leg>();
  readonly #remotes = new Map<DeviceName, RemoteCall[]>();
  readonly #remoteByNumber = new Map<number, RemoteCall>();

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

  /** Whether something has the number. */
  has(ci: number): boolean {
    return this.#byNumber.has(ci) || this.#remoteByNumber.has(ci);
  }

  /** The calls of other phones that the device shows, in the order of their beginning. */
  remotesOf(device: DeviceName): readonly RemoteCall[] {
    return this.#remotes.get(device) ?? NO_REMOTES;
  }

  remoteByNumber(ci: number): RemoteCall | undefined {
    return this.#remoteByNumber.get(ci);
  }

  /** How many legs the line has on the device, held ones included. */
  countOf(device: DeviceName, dn: string): number {
    let count = 0;
    for (const leg of this.of(device)) if (leg.dn === dn) count += 1;
    return count;
  }

  /** The smallest number from 1 that no call of the line on the device has. */
  freeInstance(device: DeviceName, dn: string): number {
    const [legs, remotes] = [this.of(device), this.remotesOf(device)];
    let instance = 1;
    const isTaken = (one: Leg | RemoteCall): boolean => one.dn === dn && one.callInstance === instance;
    while (legs.some(isTaken) || remotes.some(isTaken)) instance += 1;
    return instance;
  }

  /** The leg whose audio the phone has: the one that neither rings, waits, is held nor lives on without its phone. */
  activeOf(device: DeviceName): Leg | undefined {
    return this.of(device).find(({ state, isPreserved }) => state !== 'ring-in' && state !== 'hold' && !isPreserved);
  }

  /** Whether the phone has audio of a call, or may have: of one that is preserved. */
  mayTalk(device: DeviceName): boolean {
    return this.of(device).some(({ state }) => state !== 'ring-in' && state !== 'hold');
  }

  add(leg: Leg): void {
    this.#byNumber.set(leg.ci, leg);
    if (leg.device === undefined) return;
    const legs = this.#byDevice.get(leg.device);
    if (legs === undefined) this.#byDevice.set(leg.device, [leg]);
    else legs.push(leg);
  }

  addRemote(remote: RemoteCall): void {
    this.#remoteByNumber.set(remote.ci, remote);
    const remotes = this.#remotes.get(remote.device);
    if (remotes === undefined) this.#remotes.set(remote.device, [remote]);
    else remotes.push(remote);
  }

  removeRemote(remote: RemoteCall): void {
    if (this.#remoteByNumber.get(remote.ci) === remote) this.#remoteByNumber.delete(remote.ci);
    const rest = this.remotesOf(remote.device).filter((other) => other !== remote);
    if (rest.length === 0) this.#remotes.delete(remote.device);
    else this.#remotes.set(remote.device, rest);
  }

  remove(leg: Leg): void {
    this.#byNumber.delete(leg.ci);
    if (leg.device === undefined) return;
    const rest = this.of(leg.device).filter((other) => other !== leg);
    if (rest.length === 0) this.#byDevice.delete(leg.device);
    else this.#byDevice.set(leg.device, rest);
  }
}
