import type { Publisher } from '../core/event-bus.js';
import { ReportOncePerSecond } from '../core/rate-limit.js';
import { after, type Instant, seconds } from '../core/time.js';
import type { DhcpEvent, DhcpPool } from './events.js';
import type { Reason } from './reasons.js';
import type { ServedSubnet } from './served-subnet.js';

const SHORTAGE_AGAIN = seconds(10);
/** Reasons of an offer that show that the pool has free addresses again. */
const GIVEN_ANEW: ReadonlySet<Reason> = new Set<Reason>(['free-address', 'previous-address', 'requested-address']);

/**
 * Publishes that a pool has no address for clients, or has one again: once in a while, however many clients that are.
 */
export class PoolEventPublisher {
  readonly #bus: Publisher<DhcpEvent>;
  /** By subnet: the last event, and when the last shortage was published. */
  readonly #last = new Map<string, { type: DhcpPool['type']; publishedAt: Instant }>();
  readonly #fullShares = new Map<string, ReportOncePerSecond>();

  constructor(bus: Publisher<DhcpEvent>) {
    this.#bus = bus;
  }

  /** The subnet had no address for a client. */
  onRefused(subnet: ServedSubnet, reason: Reason, at: Instant): void {
    if (reason === 'too-many-open-offers') this.#publishShareFull(subnet, at);
    else if (reason === 'pool-empty') this.#publishShortage(subnet, 'dhcp.pool-empty', at);
    else if (reason === 'kept-for-devices') this.#publishShortage(subnet, 'dhcp.pool-kept', at);
  }

  /** The subnet had an address for a client. If it had none before, that is over. */
  onGiven({ name, size }: ServedSubnet, reason: Reason, at: Instant): void {
    if (this.#last.size === 0 || !GIVEN_ANEW.has(reason)) return;
    const last = this.#last.get(name);
    if (last === undefined || last.type === 'dhcp.pool-recovered') return;
    last.type = 'dhcp.pool-recovered';
    this.#bus.publish({ type: last.type, at, subnet: name, addresses: size });
  }

  #publishShortage({ name, size }: ServedSubnet, type: 'dhcp.pool-empty' | 'dhcp.pool-kept', at: Instant): void {
    const last = this.#last.get(name);
    if (last !== undefined && (last.type === type || at < after(last.publishedAt, SHORTAGE_AGAIN))) return;
    this.#last.set(name, { type, publishedAt: at });
    this.#bus.publish({ type, at, subnet: name, addresses: size });
  }

  #publishShareFull({ name }: ServedSubnet, at: Instant): void {
    const reports = this.#fullShares.get(name) ?? new ReportOncePerSecond();
    this.#fullShares.set(name, reports);
    const count = reports.add(at);
    if (count > 0) this.#bus.publish({ type: 'dhcp.throttled', at, link: name, limit: 'openOffers', count });
  }
}
