import type { Instant } from '../core/time.js';
import type { LeaseFact } from './device.js';
import type { DeviceEventPublisher } from './event-publisher.js';
import type { MutableRecord } from './record.js';

/**
 * Which device has which lease: the device of its hardware address, and any device that gives its name from the
 * leased address, such as a phone whose hardware address is not configured, or the second soft phone of one computer.
 */
export class DeviceLeases {
  readonly #events: DeviceEventPublisher;
  /** The devices by address, usually one. */
  readonly #byAddress = new Map<string, readonly MutableRecord[]>();
  /** Finds the lease in force of an address. */
  leaseAt: (address: string) => LeaseFact | undefined = () => undefined;

  constructor(events: DeviceEventPublisher) {
    this.#events = events;
  }

  /** `owner`: the device of the lease's hardware address. Other devices that had the address lose it. */
  assign(lease: LeaseFact, owner: MutableRecord | undefined, now: Instant): void {
    for (const holder of this.#byAddress.get(lease.address) ?? [])
      if (holder.lease?.mac === lease.mac) holder.lease = lease;
      else this.#end(holder, now);
    if (owner !== undefined) this.#give(owner, lease, now);
  }

  end(address: string, now: Instant): void {
    for (const holder of this.#byAddress.get(address) ?? []) this.#end(holder, now);
  }

  /** Notes that the device sent something from this address. A lease by its own hardware address is not replaced. */
  recordAddress(record: MutableRecord, address: string, now: Instant): void {
    const { lease, configured } = record;
    if (lease !== undefined && (lease.address === address || lease.mac === configured.mac)) return;
    const found = this.leaseAt(address);
    if (found !== undefined) this.#give(record, found, now);
  }

  /** Removes a device that no longer exists. */
  forget(record: MutableRecord): void {
    if (record.lease !== undefined) this.#leave(record, record.lease.address);
  }

  #give(record: MutableRecord, lease: LeaseFact, now: Instant): void {
    const before = record.lease?.address;
    record.lease = lease;
    if (before === lease.address) return;
    if (before !== undefined) this.#leave(record, before);
    this.#byAddress.set(lease.address, [...(this.#byAddress.get(lease.address) ?? []), record]);
    this.#events.publishLeased('device.leased', record.configured.name, lease.address, now);
  }

  #end(record: MutableRecord, now: Instant): void {
    if (record.lease === undefined) return;
    const { address } = record.lease;
    record.lease = undefined;
    this.#leave(record, address);
    this.#events.publishLeased('device.lease-ended', record.configured.name, address, now);
  }

  #leave(record: MutableRecord, address: string): void {
    const rest = this.#byAddress.get(address)?.filter((other) => other !== record) ?? [];
    if (rest.length === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, rest);
  }
}
