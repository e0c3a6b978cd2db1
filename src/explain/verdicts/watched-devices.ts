// The devices whose boot or trouble is watched, with the verdict that each has, and how many have each code.

import { Queued } from '../../core/deadline-queue.js';
import type { DeviceKey } from '../../core/identifiers.js';
import type { Instant } from '../../core/time.js';
import type { Severity, VerdictFinding } from './verdict.js';

/** How many devices have a verdict. */
export interface VerdictCount {
  readonly code: string;
  readonly severity: Severity;
  readonly devices: number;
}

/** The place of a device in the queue, and its verdict. */
export class WatchedDevice extends Queued {
  readonly key: DeviceKey;
  /** Written by `WatchedDevices.setVerdict` alone. */
  verdict: VerdictFinding | undefined;
  /** A fact of trouble waits to be judged. */
  isTroubled = false;
  /** When the boot of its last fact began. */
  bootBegan: Instant;

  constructor(key: DeviceKey, bootBegan: Instant) {
    super();
    this.key = key;
    this.bootBegan = bootBegan;
  }
}

/** The watched devices by name, and those with a verdict by its code. */
export class WatchedDevices {
  readonly #devices = new Map<DeviceKey, WatchedDevice>();
  /** The devices with a verdict, by its code. No set is empty. */
  readonly #byCode = new Map<string, Set<DeviceKey>>();

  get(key: DeviceKey): WatchedDevice | undefined {
    return this.#devices.get(key);
  }

  all(): Iterable<WatchedDevice> {
    return this.#devices.values();
  }

  /** Begins to watch a device that was not watched. */
  add(key: DeviceKey, bootBegan: Instant): WatchedDevice {
    const device = new WatchedDevice(key, bootBegan);
    this.#devices.set(key, device);
    return device;
  }

  /** Ends it. Returns the device, if it was watched. */
  remove(key: DeviceKey): WatchedDevice | undefined {
    const device = this.#devices.get(key);
    if (device === undefined) return undefined;
    this.#move(key, device.verdict?.code, undefined);
    this.#devices.delete(key);
    return device;
  }

  setVerdict(device: WatchedDevice, verdict: VerdictFinding | undefined): void {
    const before = device.verdict?.code;
    device.verdict = verdict;
    if (verdict?.code !== before) this.#move(device.key, before, verdict?.code);
  }

  /** How many devices have a verdict of this code. */
  withVerdict(code: string): number {
    return this.#byCode.get(code)?.size ?? 0;
  }

  /** How many besides one have a verdict of this code. */
  othersWith(code: string, key: DeviceKey): number {
    const devices = this.#byCode.get(code);
    return devices === undefined ? 0 : devices.size - (devices.has(key) ? 1 : 0);
  }

  /** How many devices have each verdict, by its code and severity. */
  get counts(): readonly VerdictCount[] {
    return this.verdicts().flatMap(({ code, findings }) => {
      const devices = new Map<Severity, number>();
      for (const [, { severity }] of findings) devices.set(severity, (devices.get(severity) ?? 0) + 1);
      return [...devices].map(([severity, count]) => ({ code, severity, devices: count }));
    });
  }

  /** The devices with each code, and their verdicts. */
  verdicts(): readonly {
    readonly code: string;
    readonly findings: readonly (readonly [DeviceKey, VerdictFinding])[];
  }[] {
    return [...this.#byCode].map(([code, keys]) => ({
      code,
      findings: [...keys].flatMap((key) => {
        const verdict = this.#devices.get(key)?.verdict;
        return verdict === undefined ? [] : [[key, verdict] as const];
      }),
    }));
  }

  #move(key: DeviceKey, before: string | undefined, code: string | undefined): void {
    if (before !== undefined) {
      const devices = this.#byCode.get(before);
      devices?.delete(key);
      if (devices?.size === 0) this.#byCode.delete(before);
    }
    if (code === undefined) return;
    const devices = this.#byCode.get(code);
    if (devices === undefined) this.#byCode.set(code, new Set([key]));
    else devices.add(key);
  }
}
