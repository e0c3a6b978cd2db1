// What is told of pools that have nothing for a client: once in a while, however many clients that are.

import type { Publisher } from '../core/event-bus.js';
import { ReportOncePerSecond } from '../core/rate-limit.js';
import { after, type Instant, seconds } from '../core/time.js';
import type { DhcpEvent, DhcpPool } from './events.js';
import type { Reason } from './reasons.js';
import type { Subnet } from './subnet.js';

const STRAINED_AGAIN = seconds(10);
/** An address was given that was nobody's. */
const GIVEN_ANEW: ReadonlySet<Reason> = new Set<Reason>(['free-address', 'previous-address', 'requested-address']);

export class PoolNotices {
  readonly #bus: Publisher<DhcpEvent>;
  /** By subnet: what was told last, and when it was told that it has nothing. A change of state: nothing is counted. */
  readonly #told = new Map<string, { type: DhcpPool['type']; toldAt: Instant }>();
  readonly #fullShares = new Map<string, ReportOncePerSecond>();

  constructor(bus: Publisher<DhcpEvent>) {
    this.#bus = bus;
  }

  nothingFrom(subnet: Subnet, reason: Reason, at: Instant): void {
    if (reason === 'too-many-open-offers') this.#shareFull(subnet, at);
    else if (reason === 'pool-empty') this.#strained(subnet, 'dhcp.pool-empty', at);
    else if (reason === 'kept-for-devices') this.#strained(subnet, 'dhcp.pool-kept', at);
  }

  /** The subnet gave an address: if it had none before, that is over. */
  gave({ name, size }: Subnet, reason: Reason, at: Instant): void {
    if (this.#told.size === 0 || !GIVEN_ANEW.has(reason)) return;
    const told = this.#told.get(name);
    if (told === undefined || told.type === 'dhcp.pool-recovered') return;
    told.type = 'dhcp.pool-recovered';
    this.#bus.publish({ type: told.type, at, subnet: name, addresses: size });
  }

  #strained({ name, size }: Subnet, type: 'dhcp.pool-empty' | 'dhcp.pool-kept', at: Instant): void {
    const told = this.#told.get(name);
    if (told !== undefined && (told.type === type || at < after(told.toldAt, STRAINED_AGAIN))) return;
    this.#told.set(name, { type, toldAt: at });
    this.#bus.publish({ type, at, subnet: name, addresses: size });
  }

  #shareFull({ name }: Subnet, at: Instant): void {
    const reports = this.#fullShares.get(name) ?? new ReportOncePerSecond();
    this.#fullShares.set(name, reports);
    const count = reports.add(at);
    if (count > 0) this.#bus.publish({ type: 'dhcp.throttled', at, link: name, limit: 'openOffers', count });
  }
}
