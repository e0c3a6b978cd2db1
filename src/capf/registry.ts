// What CAPF knows of devices: the operations that wait, and the certificates that phones have. It is what the server, the API and
// the files for phones ask.

import { createHash } from 'node:crypto';
import type { Publisher } from '../core/event-bus.js';
import { type DeviceKey, type DeviceName, deviceKey } from '../core/identifiers.js';
import { type Clock, type WallTime, wallTime } from '../core/time.js';
import type { DeviceRecord, Enrolment } from '../devices/index.js';
import type { CapfEvent } from './events.js';
import { type FactoryCertificateStore, FactoryCertificates } from './factory-certificates.js';
import {
  CAPF_AUTHENTICATIONS,
  type CapfKey,
  type CapfOperation,
  type CapfOperationStore,
  CapfOperations,
} from './operations.js';

/** Keeps the certificates of phones. `save` and `remove` throw if nothing can be written. */
export interface PhoneCertificateStore {
  load(): readonly { readonly device: DeviceName; readonly der: Buffer }[];
  save(device: DeviceName, der: Buffer): void;
  remove(device: DeviceName): void;
}

/** What a device's file says of CAPF. An unchanged one is the same object. */
export interface CapfFacts {
  readonly authMode: number;
  readonly certHash: string;
}

/** What the registry is made of. */
export interface CapfRegistryDependencies {
  readonly operations: CapfOperationStore;
  readonly certificates: PhoneCertificateStore;
  /** Keeps the certificates of factories that phones have shown. Absent: they are forgotten. */
  readonly factoryCertificates?: FactoryCertificateStore;
  readonly clock: Clock;
  readonly bus: Publisher<CapfEvent>;
  readonly devices: { byName(name: string): DeviceRecord | undefined };
  /** The key that phones make where nobody says otherwise. */
  readonly key: () => CapfKey;
}

const NOTHING: CapfFacts = Object.freeze({ authMode: 0, certHash: '' });
const DAY_MS = 86_400_000;
/** CUCM's default for the end of an operation. */
export const USUAL_DAYS = 10;

const ENROLMENTS = { 'null-string': 'null', mic: 'mic' } as const satisfies Record<Exclude<Enrolment, 'off'>, string>;

/** The operations and certificates of all devices. */
export class CapfRegistry {
  /** What phones have registered with that no CAPF issued. */
  readonly factory: FactoryCertificates;
  readonly #dependencies: CapfRegistryDependencies;
  readonly #operations: CapfOperations;
  readonly #certificates = new Map<DeviceKey, Buffer>();
  readonly #facts = new Map<DeviceKey, CapfFacts>();

  constructor(dependencies: CapfRegistryDependencies) {
    this.#dependencies = dependencies;
    this.#operations = new CapfOperations(dependencies.operations);
    for (const { device, der } of dependencies.certificates.load()) this.#certificates.set(deviceKey(device), der);
    this.factory = new FactoryCertificates(dependencies.factoryCertificates);
  }

  /** The certificate of a device, as DER; `undefined`: none is known. */
  certificateOf(device: string): Buffer | undefined {
    return this.#certificates.get(deviceKey(device));
  }

  /** The certificates of all devices, by name. */
  get certificates(): readonly { readonly device: DeviceName; readonly der: Buffer }[] {
    const { devices } = this.#dependencies;
    return [...this.#certificates]
      .map(([key, der]) => ({ device: devices.byName(key)?.configured.name ?? (String(key) as DeviceName), der }))
      .sort((one, other) => (one.device < other.device ? -1 : 1));
  }

  /** What waits for a device: what was armed, else what its configuration wants while it has no certificate. */
  operationOf(device: DeviceName): CapfOperation | undefined {
    const now = this.#now();
    const armed = this.#operations.of(device, now);
    if (armed !== undefined) return armed;
    const enrol = this.#dependencies.devices.byName(device)?.configured.security.enrol ?? 'off';
    if (enrol === 'off' || this.certificateOf(device) !== undefined) return undefined;
    return {
      device,
      operation: 'install',
      authentication: ENROLMENTS[enrol],
      key: this.#dependencies.key(),
      until: wallTime(now + USUAL_DAYS * DAY_MS),
    };
  }

  /** Whether an operation still waits: it was not cancelled, replaced or done meanwhile. */
  isWaiting({ device, operation, authentication, password }: CapfOperation): boolean {
    const current = this.operationOf(device);
    return (
      current?.operation === operation && current.authentication === authentication && current.password === password
    );
  }

  /** The operations that were armed and wait. */
  get armed(): readonly CapfOperation[] {
    return this.#operations.all(this.#now());
  }

  /** Takes the place of what waited. Throws if it cannot be kept. */
  arm(operation: CapfOperation): void {
    this.#operations.arm(operation);
    this.#publish(operation, 'armed');
  }

  /** `false`: nothing waited. Throws if that cannot be kept. */
  cancel(device: DeviceName): boolean {
    const operation = this.#operations.of(device, this.#now());
    if (operation === undefined || !this.#operations.disarm(device)) return false;
    this.#publish(operation, 'cancelled');
    return true;
  }

  /** Notes a wrong password. Returns how many more there may be; at 0 the operation is over. */
  countWrongPassword(device: DeviceName): number {
    const operation = this.#operations.of(device, this.#now());
    const left = this.#operations.countWrongPassword(device);
    if (left === 0 && operation !== undefined) this.#publish(operation, 'locked');
    return left;
  }

  /** An operation was done. Keeps what the phone has now. Throws if that cannot be kept. */
  complete(operation: CapfOperation, certificate: Buffer | undefined): void {
    const { certificates } = this.#dependencies;
    const { device } = operation;
    if (operation.operation === 'delete') {
      certificates.remove(device);
      this.#certificates.delete(deviceKey(device));
    } else if (certificate !== undefined) {
      certificates.save(device, certificate);
      this.#certificates.set(deviceKey(device), certificate);
    }
    this.#operations.finish(operation);
  }

  /** Forgets operations whose time is over. */
  expire(): void {
    for (const operation of this.#operations.expire(this.#now())) this.#publish(operation, 'expired');
  }

  /** What the file of a device says. */
  factsOf(device: DeviceName): CapfFacts {
    const operation = this.operationOf(device);
    const certificate = this.certificateOf(device);
    if (operation === undefined && certificate === undefined) return NOTHING;
    const key = deviceKey(device);
    const facts = {
      authMode: operation === undefined ? 0 : CAPF_AUTHENTICATIONS[operation.authentication],
      certHash: certificate === undefined ? '' : createHash('md5').update(certificate).digest('hex'),
    };
    const known = this.#facts.get(key);
    if (known?.authMode === facts.authMode && known.certHash === facts.certHash) return known;
    this.#facts.set(key, facts);
    return facts;
  }

  #now(): WallTime {
    const { clock } = this.#dependencies;
    return clock.wallTime(clock.now());
  }

  #publish({ device, operation, authentication }: CapfOperation, change: 'armed' | 'cancelled' | 'expired' | 'locked') {
    const { bus, clock } = this.#dependencies;
    if (bus.hasListener('capf.operation'))
      bus.publish({ type: 'capf.operation', at: clock.now(), device, operation, authentication, change });
  }
}
