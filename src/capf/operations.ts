// What is to be done with the certificates of devices, and what became of it. An operation is armed by somebody, done once, and
// then gone; it is kept over a restart.

import { createHash, timingSafeEqual } from 'node:crypto';
import { type DeviceKey, type DeviceName, deviceKey } from '../core/identifiers.js';
import type { WallTime } from '../core/time.js';

/** What is done with the certificate of a phone. */
export const CAPF_OPERATIONS = ['install', 'delete', 'fetch'] as const;
export type CapfOperationName = (typeof CAPF_OPERATIONS)[number];

/** How a phone proves itself, by the number that its file gives (`capfAuthMode`). */
export const CAPF_AUTHENTICATIONS = { string: 1, null: 2, lsc: 3, mic: 4 } as const;
export type CapfAuthentication = keyof typeof CAPF_AUTHENTICATIONS;

/** The key that a phone makes: bits of an RSA key, or the curve of an EC key. */
export type CapfKey = number | 'P-256' | 'P-384' | 'P-521';

/** An operation that waits for its phone. */
export interface CapfOperation {
  readonly device: DeviceName;
  readonly operation: CapfOperationName;
  readonly authentication: CapfAuthentication;
  /** What the user types; only with `string`. A secret. */
  readonly password?: string | undefined;
  readonly key: CapfKey;
  readonly until: WallTime;
}

/** Keeps the operations. `save` returns when they are safe, and throws if they cannot be written. */
export interface CapfOperationStore {
  load(): readonly CapfOperation[];
  save(operations: readonly CapfOperation[]): void;
}

/** Wrong passwords, after which an operation is over. */
export const MOST_WRONG_PASSWORDS = 5;

/** The operations that wait. */
export class CapfOperations {
  readonly #store: CapfOperationStore;
  readonly #armed = new Map<DeviceKey, CapfOperation>();
  readonly #wrong = new Map<DeviceKey, number>();

  constructor(store: CapfOperationStore) {
    this.#store = store;
    for (const operation of store.load()) this.#armed.set(deviceKey(operation.device), operation);
  }

  /** The operation of a device; `undefined`: none waits, or its time is over. */
  of(device: string, now: WallTime): CapfOperation | undefined {
    const armed = this.#armed.get(deviceKey(device));
    return armed === undefined || armed.until <= now ? undefined : armed;
  }

  /** All that wait, in the order in which they were armed. */
  all(now: WallTime): readonly CapfOperation[] {
    return [...this.#armed.values()].filter(({ until }) => until > now);
  }

  /** Takes the place of the one before. Throws if it cannot be kept; then nothing has changed. */
  arm(operation: CapfOperation): void {
    const key = deviceKey(operation.device);
    this.#store.save([...[...this.#armed].filter(([other]) => other !== key).map(([, kept]) => kept), operation]);
    this.#armed.delete(key);
    this.#armed.set(key, operation);
    this.#wrong.delete(key);
  }

  /** Forgets the operation of a device. `false`: there was none. */
  disarm(device: string): boolean {
    const key = deviceKey(device);
    this.#wrong.delete(key);
    if (!this.#armed.delete(key)) return false;
    this.#store.save([...this.#armed.values()]);
    return true;
  }

  /** Forgets an operation that was done. One that took its place meanwhile stays. Throws if that cannot be kept. */
  finish(operation: CapfOperation): void {
    if (this.#armed.get(deviceKey(operation.device)) === operation) this.disarm(operation.device);
  }

  /** Notes a wrong password. Returns how many the operation still allows; at 0 it is over. */
  countWrongPassword(device: string): number {
    const key = deviceKey(device);
    const count = (this.#wrong.get(key) ?? 0) + 1;
    this.#wrong.set(key, count);
    if (count >= MOST_WRONG_PASSWORDS) this.disarm(device);
    return Math.max(0, MOST_WRONG_PASSWORDS - count);
  }

  /** Removes those whose time is over; returns them. */
  expire(now: WallTime): readonly CapfOperation[] {
    const over = [...this.#armed.values()].filter(({ until }) => until <= now);
    for (const { device } of over) {
      this.#armed.delete(deviceKey(device));
      this.#wrong.delete(deviceKey(device));
    }
    if (over.length > 0) this.#store.save([...this.#armed.values()]);
    return over;
  }
}

/** Compares passwords in a time that says nothing of where they differ. */
export const equalPasswords = (one: string, other: string): boolean =>
  timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());
