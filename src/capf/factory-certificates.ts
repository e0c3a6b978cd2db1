// The certificates of their factories that phones have registered with: configurations may be encrypted for them.

import { createHash } from 'node:crypto';
import { type DeviceKey, type DeviceName, deviceKey } from '../core/identifiers.js';

/** Keeps the certificates. It never writes within a call, and is given one task at a time; a task that fails rejects. */
export interface FactoryCertificateStore {
  load(): readonly { readonly device: DeviceName; readonly der: Buffer }[];
  save(device: DeviceName, der: Buffer): Promise<void>;
  remove(device: DeviceName): Promise<void>;
}

/** A certificate of a factory, as DER. */
export interface FactoryCertificate {
  readonly der: Buffer;
  /** Its phone has registered with it since the start. Else it was kept, and nobody has judged it since. */
  readonly isProven: boolean;
}

interface KnownCertificate extends FactoryCertificate {
  readonly device: DeviceName;
  readonly fingerprint: string;
}

/** By device. What cannot be kept is known until the next start. */
export class FactoryCertificates {
  readonly #store: FactoryCertificateStore | undefined;
  readonly #known = new Map<DeviceKey, KnownCertificate>();
  /** Whose file differs from what is known. */
  readonly #unsaved = new Map<DeviceKey, DeviceName>();
  #writing: Promise<void> | undefined;

  /** `store` absent: they are forgotten with the process. */
  constructor(store?: FactoryCertificateStore) {
    this.#store = store;
    for (const { device, der } of store?.load() ?? [])
      this.#known.set(deviceKey(device), { device, der, fingerprint: fingerprintOf(der), isProven: false });
  }

  /** What the phone of a device showed last; `undefined`: nothing. */
  of(device: string): FactoryCertificate | undefined {
    return this.#known.get(deviceKey(device));
  }

  /**
   * Notes what a phone has registered with. `fingerprint`: its SHA-256 in lower-case hexadecimal digits. `read` is called for one that
   * is new. Nothing is written before this returns.
   */
  learn(device: DeviceName, fingerprint: string, read: () => Buffer): void {
    const key = deviceKey(device);
    const known = this.#known.get(key);
    const isKept = known?.fingerprint === fingerprint;
    if (isKept && known.isProven) return;
    this.#known.set(key, { device, der: isKept ? known.der : read(), fingerprint, isProven: true });
    if (!isKept) this.#saveLater(key, device);
  }

  /** Forgets what the phone of a device showed: another phone may get its name. */
  forget(device: string): void {
    const key = deviceKey(device);
    const known = this.#known.get(key);
    if (known === undefined) return;
    this.#known.delete(key);
    this.#saveLater(key, known.device);
  }

  /** Forgets those of devices that are none any more. */
  retain(isDevice: (key: DeviceKey) => boolean): void {
    for (const key of [...this.#known.keys()]) if (!isDevice(key)) this.forget(key);
  }

  /** Resolves when all is kept that can be. */
  async written(): Promise<void> {
    await this.#writing;
  }

  #saveLater(key: DeviceKey, device: DeviceName): void {
    if (this.#store === undefined) return;
    this.#unsaved.set(key, device);
    this.#writing ??= this.#write(this.#store);
  }

  /** One after the other: thousands of phones may come at once. */
  async #write(store: FactoryCertificateStore): Promise<void> {
    for (const [key, device] of this.#unsaved) {
      this.#unsaved.delete(key);
      const der = this.#known.get(key)?.der;
      try {
        await (der === undefined ? store.remove(device) : store.save(device, der));
      } catch {
        // The disk may be full: no registration fails for that.
      }
    }
    this.#writing = undefined;
  }
}

const fingerprintOf = (der: Buffer): string => createHash('sha256').update(der).digest('hex');
