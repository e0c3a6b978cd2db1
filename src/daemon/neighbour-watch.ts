// Looks up the hardware addresses of phones in the ARP table of this machine.

import type { EventBus } from '../core/event-bus.js';
import type { Neighbour } from '../core/host-facts.js';
import type { DeviceName, MacAddress } from '../core/identifiers.js';
import { RecentKeys } from '../core/recent-keys.js';
import { after, type Clock, type Duration, type Instant, minutes, seconds, type Timer } from '../core/time.js';
import type { DeviceRecord } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import type { HostReader } from '../net/ports.js';

/** Bounds: of addresses that wait to be looked up, and of those that are remembered. */
export const NEIGHBOUR_BOUNDS = { waiting: 1024, remembered: 4096 } as const;

/** An address is looked up once in this time. */
const CACHED = seconds(60);
/** Within this time another hardware address is a change. */
const CHANGES_WITHIN = minutes(10);
/** The table is read once for all addresses that wait, so that a thousand phones at once cost a few readings. */
const LOOK_EVERY = seconds(1);
/**
 * After a lease the table may still have the client before. The new one announces itself, or asks for the address of its
 * router or of this machine, before it asks for a file (RFC 5227 §2.3).
 */
const AFTER_LEASE = seconds(5);

/** The part of the device database that says whose an address is. */
export interface AddressHolders {
  holderOf(address: string, at: Instant): DeviceRecord | 'several' | undefined;
}

/** What `NeighbourWatch` needs. */
export interface NeighbourEnvironment {
  readonly host: Pick<HostReader, 'neighbours'>;
  readonly clock: Clock;
  readonly bus: EventBus<LabcmEvent>;
  readonly devices: AddressHolders;
}

/** `mac`: `undefined` if the table does not have the address, as with a phone behind a router. */
interface Entry {
  readonly lookedAt: Instant;
  readonly mac: MacAddress | undefined;
  readonly macAt: Instant;
  readonly before: Neighbour['before'];
  /** Which device had the address. */
  readonly device: DeviceName | undefined;
}

/**
 * Looks up the hardware address of a phone that was leased an address, has fetched a file, has registered, or gave its
 * address back. Publishes one that differs from that of the device, or from the one ten minutes before.
 */
export class NeighbourWatch {
  readonly #environment: NeighbourEnvironment;
  /** By address, the one that was looked up first stands first. */
  readonly #entries = new Map<string, Entry>();
  /** The addresses to look up, and when. */
  readonly #waiting = new Map<string, Instant>();
  readonly #told = new RecentKeys(CHANGES_WITHIN, NEIGHBOUR_BOUNDS.remembered);
  readonly #listening: readonly (() => void)[];
  #timer: Timer | undefined;

  constructor(environment: NeighbourEnvironment) {
    this.#environment = environment;
    const { bus } = environment;
    const ofFile = ({ context, at }: { readonly context: { readonly address: string }; readonly at: Instant }): void =>
      this.#lookUp(context.address, at, LOOK_EVERY);
    this.#listening = [
      bus.on('device.leased', ({ address, at }) => this.#lookUp(address, at, AFTER_LEASE)),
      bus.on('dhcp.received', ({ kind, address, at }) => {
        if (kind === 'DECLINE' && address !== undefined) this.#lookUp(address, at, LOOK_EVERY);
      }),
      bus.on('tftp.completed', ofFile),
      bus.on('tftp.refused', ofFile),
      bus.on('http.file', ofFile),
      bus.on('device.registered', ({ address, at }) => this.#lookUp(address, at, LOOK_EVERY)),
      bus.on('device.partially-registered', ({ address, at }) => this.#lookUp(address, at, LOOK_EVERY)),
    ];
  }

  /** The number of addresses that are remembered, and of those that wait. */
  get size(): { readonly remembered: number; readonly waiting: number } {
    return { remembered: this.#entries.size, waiting: this.#waiting.size };
  }

  /** What the table said of the address. `undefined`: it was not looked up, or is behind a router. */
  at(address: string): Neighbour | undefined {
    const entry = this.#entries.get(address);
    if (entry?.mac === undefined) return undefined;
    const { mac, lookedAt, before } = entry;
    return { mac, at: lookedAt, ...(before === undefined ? {} : { before }) };
  }

  /** Stops listening. */
  close(): void {
    for (const stop of this.#listening) stop();
    this.#timer?.cancel();
  }

  #lookUp(address: string, now: Instant, span: Duration): void {
    if (this.#waiting.has(address) || this.#waiting.size >= NEIGHBOUR_BOUNDS.waiting || isNoNeighbour(address)) return;
    const known = this.#entries.get(address);
    if (known !== undefined && now - known.lookedAt < CACHED) return;
    this.#waiting.set(address, after(now, span));
    if (this.#timer === undefined) this.#lookLater();
  }

  #lookLater(): void {
    const { clock } = this.#environment;
    this.#timer = clock.callAt(after(clock.now(), LOOK_EVERY), () => this.#look(clock.now()));
  }

  #look(now: Instant): void {
    this.#timer = undefined;
    const due = [...this.#waiting].filter(([, at]) => at <= now).map(([address]) => address);
    if (due.length > 0) {
      const table = this.#environment.host.neighbours();
      for (const address of due) {
        this.#waiting.delete(address);
        this.#found(address, table.get(address), now);
      }
    }
    if (this.#waiting.size > 0) this.#lookLater();
  }

  #found(address: string, mac: MacAddress | undefined, now: Instant): void {
    const last = this.#entries.get(address);
    const holder = this.#environment.devices.holderOf(address, now);
    const record = holder === 'several' ? undefined : holder;
    const device = record?.configured.name;
    this.#remember(address, entryOf(mac, device, last, now));
    if (mac === undefined) return;
    const own = record?.configured.mac;
    const isForeign = own !== undefined && own !== mac;
    const hadOther = last?.mac !== undefined && last.mac !== mac && now - last.macAt <= CHANGES_WITHIN;
    // Its lease went from one device to another, each with its own hardware address.
    const hasMoved = own === mac && last?.device !== device;
    if (!isForeign && (!hadOther || hasMoved)) return;
    const key = `${address} ${mac}`;
    if (this.#told.has(key, now)) return;
    this.#told.add(key, now);
    this.#environment.bus.publish({
      type: 'net.neighbour',
      at: now,
      address,
      mac,
      ...(hadOther ? { before: last.mac } : {}),
      ...(device === undefined ? {} : { device }),
      ...(isForeign ? { own } : {}),
    });
  }

  #remember(address: string, entry: Entry): void {
    this.#entries.delete(address);
    if (this.#entries.size >= NEIGHBOUR_BOUNDS.remembered)
      for (const oldest of this.#entries.keys()) if (this.#entries.delete(oldest)) break;
    this.#entries.set(address, entry);
  }
}

/** An entry that the kernel has forgotten meanwhile is no change. */
const entryOf = (
  found: MacAddress | undefined,
  device: DeviceName | undefined,
  last: Entry | undefined,
  now: Instant,
): Entry => {
  if (found === undefined && last !== undefined && now - last.macAt <= CHANGES_WITHIN)
    return { ...last, lookedAt: now };
  const isOther = last?.mac !== undefined && last.mac !== found && now - last.macAt <= CHANGES_WITHIN;
  const before = isOther && last.mac !== undefined ? { mac: last.mac, at: last.macAt } : last?.before;
  return {
    lookedAt: now,
    mac: found,
    macAt: now,
    before: before !== undefined && now - before.at <= CHANGES_WITHIN ? before : undefined,
    device,
  };
};

/** What no ARP table has. */
const isNoNeighbour = (address: string): boolean => address.startsWith('127.') || address === '0.0.0.0';
