import { type DeviceKey, type DirectoryNumber, deviceKey, type MacAddress, macOfName } from '../core/identifiers.js';
import { type Instant, minutes } from '../core/time.js';
import type { MutableRecord } from './record.js';

/** How long an address without lease or registration belongs to the device that gave its name from it. */
const ADDRESS_STANDS = minutes(10);

/** If more devices gave their names from one address, it is not that of one phone. */
const MOST_LOOKED_AT = 16;

/** Finds records by name, hardware address, network address and directory number, each in constant time. */
export class DeviceLookup {
  readonly #byKey = new Map<DeviceKey, MutableRecord>();
  /** Mostly one; of several, the one that is named by the address stands first. */
  readonly #byMac = new Map<MacAddress, readonly MutableRecord[]>();
  readonly #byAddress = new Map<string, MutableRecord>();
  /** The addresses at which several devices were seen last, with all of them. */
  readonly #sharing = new Map<string, Set<MutableRecord>>();
  readonly #byDirectoryNumber = new Map<DirectoryNumber, MutableRecord[]>();
  readonly #onFreed: (dn: DirectoryNumber) => void;

  /** `onFreed` is called with a number that no device has any more. */
  constructor(onFreed: (dn: DirectoryNumber) => void) {
    this.#onFreed = onFreed;
  }

  get size(): number {
    return this.#byKey.size;
  }

  all(): IterableIterator<MutableRecord> {
    return this.#byKey.values();
  }

  byName(name: string): MutableRecord | undefined {
    return this.#byKey.get(deviceKey(name));
  }

  byMac(mac: MacAddress): MutableRecord | undefined {
    return this.#byMac.get(mac)?.[0];
  }

  byAddress(address: string): MutableRecord | undefined {
    return this.#byAddress.get(address);
  }

  /**
   * The one device that has the address: by a registration or a lease, or for a while after it named itself. `several`:
   * what comes from there may be any of theirs.
   */
  holderOf(address: string, at: Instant): MutableRecord | 'several' | undefined {
    const sharing = this.#sharing.get(address);
    if (sharing === undefined) {
      const record = this.#byAddress.get(address);
      return record !== undefined && holds(record, address, at) ? record : undefined;
    }
    if (sharing.size > MOST_LOOKED_AT) return 'several';
    const [holder, other] = [...sharing].filter((record) => holds(record, address, at));
    return other === undefined ? holder : 'several';
  }

  byDirectoryNumber(dn: DirectoryNumber): readonly MutableRecord[] {
    return this.#byDirectoryNumber.get(dn) ?? [];
  }

  add(record: MutableRecord): void {
    this.#byKey.set(deviceKey(record.configured.name), record);
    this.#link(record);
  }

  remove(record: MutableRecord): void {
    this.#unlink(record);
    this.#leaveAddress(record);
    this.#byKey.delete(deviceKey(record.configured.name));
  }

  /** `change` gives the record another configuration of the same name. */
  change(record: MutableRecord, change: () => void): void {
    this.#unlink(record);
    change();
    this.#link(record);
  }

  /** The last device to name itself is the one that the address stands for. */
  recordAddress(record: MutableRecord, address: string, now: Instant): void {
    record.namedAt = now;
    const last = this.#byAddress.get(address);
    if (last !== record) this.#byAddress.set(address, record);
    if (record.address === address) return;
    this.#leaveAddress(record);
    record.address = address;
    const sharing = this.#sharing.get(address);
    if (sharing !== undefined) sharing.add(record);
    else if (last !== undefined) this.#sharing.set(address, new Set([last, record]));
  }

  #link(record: MutableRecord): void {
    const { name, mac, lines } = record.configured;
    if (mac !== undefined) {
      const sharing = this.#byMac.get(mac) ?? [];
      this.#byMac.set(mac, macOfName(name) === mac ? [record, ...sharing] : [...sharing, record]);
    }
    for (const { dn } of lines) {
      const sharing = this.#byDirectoryNumber.get(dn);
      if (sharing === undefined) this.#byDirectoryNumber.set(dn, [record]);
      else if (!sharing.includes(record)) sharing.push(record);
    }
  }

  #unlink(record: MutableRecord): void {
    const { mac, lines } = record.configured;
    if (mac !== undefined) {
      const rest = this.#byMac.get(mac)?.filter((other) => other !== record) ?? [];
      if (rest.length === 0) this.#byMac.delete(mac);
      else this.#byMac.set(mac, rest);
    }
    for (const { dn } of lines) {
      const rest = this.#byDirectoryNumber.get(dn)?.filter((other) => other !== record) ?? [];
      if (rest.length === 0) {
        this.#byDirectoryNumber.delete(dn);
        this.#onFreed(dn);
      } else this.#byDirectoryNumber.set(dn, rest);
    }
  }

  #leaveAddress(record: MutableRecord): void {
    const { address } = record;
    if (address === undefined) return;
    if (this.#byAddress.get(address) === record) this.#byAddress.delete(address);
    const sharing = this.#sharing.get(address);
    if (sharing?.delete(record) !== true || sharing.size > 1) return;
    this.#sharing.delete(address);
    for (const left of sharing) this.#byAddress.set(address, left);
  }
}

const holds = ({ registration, lease, namedAt }: MutableRecord, address: string, at: Instant): boolean =>
  registration?.address === address ||
  lease?.address === address ||
  (namedAt !== undefined && at - namedAt <= ADDRESS_STANDS);
