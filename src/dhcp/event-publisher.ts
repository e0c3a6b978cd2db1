import type { Publisher } from '../core/event-bus.js';
import { PerSecondBudget } from '../core/rate-limit.js';
import { between, type Instant, minutes } from '../core/time.js';
import type { DeviceRecord } from '../devices/index.js';
import type { DhcpEvent, DhcpInterface, DhcpOtherOffer } from './events.js';
import { type Arrival, addressOf, type Exchange, type Outcome, type Reply } from './exchange.js';
import { requestStateOf } from './handle-request.js';
import { ipv4Text } from './ipv4.js';
import type { Client, Lease } from './lease.js';
import type { NewClientRefusal } from './new-client-limit.js';
import { CODE } from './options.js';
import type { DhcpMessage, Malformed } from './packet.js';
import { PoolEventPublisher } from './pool-events.js';
import type { Decision, MalformedReason, Reason } from './reasons.js';
import { largestDatagram } from './reply.js';

const BYTES_SHOWN = 64;
const CLIENTS_REMEMBERED = 4096;
const SERVERS_REMEMBERED = 256;
const OTHER_SERVER_AGAIN = minutes(10);
const OTHER_OFFERS_PER_SECOND = 100;
/** The options of another server's message that its event shows. */
const OPTIONS_SHOWN = [
  CODE.subnetMask,
  CODE.router,
  CODE.dns,
  CODE.leaseTime,
  CODE.tftpServerName,
  CODE.tftpServerAddress,
];
const FOR_ANOTHER_SERVER: ReadonlySet<Reason> = new Set<Reason>(['other-server', 'not-to-us']);

/** Messages since the start by decision and reason, e.g. `silent not-allowed` or `OFFER free-address`. */
export type MessageCounts = ReadonlyMap<string, Readonly<MessageCount>>;

/** How many messages had one decision for one reason. */
export interface MessageCount {
  readonly decision: Decision | 'malformed';
  readonly reason: Reason | MalformedReason;
  count: number;
}

/**
 * Publishes the events of the DHCP service and counts messages by reason. Events are built only if there is a listener.
 *
 * Refused clients are reported once and other servers once in a while, however often they send. Messages are limited to
 * so many per second, and the others are counted (`src/README.md` decision 15). Devices have a limit of their own, so
 * that a flood of other clients does not hide them.
 */
export class DhcpEventPublisher {
  readonly pools: PoolEventPublisher;
  readonly #bus: Publisher<DhcpEvent>;
  readonly #counts = new Map<MessageCount['decision'], Map<MessageCount['reason'], MessageCount>>();
  readonly #refusedClients = new Set<string>();
  readonly #servers = new Map<string, Instant>();
  readonly #budget: PerSecondBudget;
  readonly #deviceBudget: PerSecondBudget;
  readonly #lapseBudget: PerSecondBudget;
  readonly #otherOfferBudget = new PerSecondBudget(() => OTHER_OFFERS_PER_SECOND);
  /** A limit of its own, so that a flood of malformed messages hides no phone. */
  readonly #malformedBudget: PerSecondBudget;

  constructor(bus: Publisher<DhcpEvent>, tracedPerSecond: () => number) {
    this.#bus = bus;
    this.pools = new PoolEventPublisher(bus);
    const publishUntraced = (messages: number, at: Instant): void => {
      if (bus.hasListener('dhcp.untraced')) bus.publish({ type: 'dhcp.untraced', at, messages });
    };
    this.#budget = new PerSecondBudget(tracedPerSecond, publishUntraced);
    this.#deviceBudget = new PerSecondBudget(tracedPerSecond, publishUntraced);
    this.#lapseBudget = new PerSecondBudget(tracedPerSecond, publishUntraced);
    this.#malformedBudget = new PerSecondBudget(tracedPerSecond, publishUntraced);
  }

  get counts(): MessageCounts {
    return new Map(
      [...this.#counts.values()].flatMap((reasons) =>
        [...reasons.values()].map((count): [string, MessageCount] => [`${count.decision} ${count.reason}`, count]),
      ),
    );
  }

  /** Publishes a message and what was decided about it. */
  publishReceived(exchange: Exchange, outcome: Outcome): void {
    const { decision, reason } = outcome;
    this.#count(decision, reason);
    if (decision === 'silent') this.#publishUnanswered(exchange, outcome);
    if (!this.#takeBudget('dhcp.received', exchange.device, exchange.now)) return;
    const { message, client, device, kind, arrival, giaddr, serverId, now } = exchange;
    const pool = 'pool' in outcome ? outcome.pool : undefined;
    const state = kind === 'REQUEST' ? requestStateOf(exchange) : undefined;
    const subject = addressOf(exchange);
    this.#bus.publish({
      type: 'dhcp.received',
      at: now,
      interface: arrival.servedInterface.name,
      xid: xidText(message),
      mac: client.mac,
      device: device?.configured.name,
      from: arrival.from.address,
      kind,
      state,
      relay: addressText(giaddr),
      address: addressText(subject),
      hostName: client.hostName,
      vendorClass: client.vendorClass,
      decision,
      reason,
      server: serverId !== undefined && FOR_ANOTHER_SERVER.has(reason) ? ipv4Text(serverId) : undefined,
      pool:
        pool === undefined ? undefined : { subnet: pool.subnet.name, addresses: pool.subnet.size, taken: pool.taken },
      room: reason === 'no-room' ? largestDatagram(message) : undefined,
    });
  }

  /** Publishes a message that no handler takes: plain BOOTP, or one that servers send. */
  publishIgnored(message: DhcpMessage, client: Client, arrival: Arrival, reason: Reason, now: Instant): void {
    this.#count('silent', reason);
    if (!this.#takeBudget('dhcp.received', undefined, now)) return;
    this.#bus.publish({
      type: 'dhcp.received',
      at: now,
      interface: arrival.servedInterface.name,
      xid: xidText(message),
      mac: client.mac,
      device: undefined,
      from: arrival.from.address,
      kind: message.type ?? 'BOOTP',
      state: undefined,
      relay: addressText(message.giaddr),
      address: addressText(message.yiaddr),
      hostName: client.hostName,
      vendorClass: client.vendorClass,
      decision: 'silent',
      reason,
      server: undefined,
      pool: undefined,
      room: undefined,
    });
  }

  /** Publishes a reply. `at`: when it was sent, if that was later than its request came. */
  publishSent({ exchange, outcome, bytes, to, type }: Reply, at: Instant = exchange.now): void {
    if (!this.#takeBudget('dhcp.sent', exchange.device, at)) return;
    const { message, client, device, arrival } = exchange;
    const { decision, reason } = outcome;
    const lease = 'lease' in outcome ? outcome.lease : undefined;
    const granted = 'granted' in outcome ? outcome.granted : undefined;
    this.#bus.publish({
      type: 'dhcp.sent',
      at,
      interface: arrival.servedInterface.name,
      xid: xidText(message),
      mac: client.mac,
      device: device?.configured.name,
      to: to.address,
      port: to.port,
      kind: type,
      address: lease === undefined ? undefined : ipv4Text(lease.address),
      leaseTime: granted === undefined ? undefined : Math.floor(granted / 1000),
      octets: bytes.length,
      decision,
      reason,
    });
  }

  /** Counts a client that got no answer, since the other servers could not be told of its lease. */
  countUntold(): void {
    this.#count('silent', 'not-told');
  }

  /** Counts and publishes a reply that was not sent, because its lease was not saved. */
  publishUnsaved({ exchange: { client, device }, outcome }: Reply, at: Instant): void {
    this.#count('silent', 'not-saved');
    if (!('lease' in outcome) || outcome.lease === undefined || !this.#bus.hasListener('dhcp.unsaved')) return;
    if (!(device === undefined ? this.#budget : this.#deviceBudget).take(at)) return;
    const address = ipv4Text(outcome.lease.address);
    this.#bus.publish({ type: 'dhcp.unsaved', at, mac: client.mac, device: device?.configured.name, address });
  }

  publishMalformed(bytes: Buffer, { malformed, offset }: Malformed, arrival: Arrival, now: Instant): void {
    this.#count('malformed', malformed);
    if (!this.#bus.hasListener('dhcp.malformed') || !this.#malformedBudget.take(now)) return;
    this.#bus.publish({
      type: 'dhcp.malformed',
      at: now,
      interface: arrival.servedInterface.name,
      address: arrival.from.address,
      port: arrival.from.port,
      reason: malformed,
      offset,
      octets: bytes.length,
      bytes: bytes.toString('hex', 0, Math.min(bytes.length, BYTES_SHOWN)),
    });
  }

  publishThrottled({ link, limit, unreported }: NewClientRefusal, at: Instant): void {
    if (unreported > 0) this.#bus.publish({ type: 'dhcp.throttled', at, link, limit, count: unreported });
  }

  publishOtherServer(
    server: number,
    mac: string,
    arrival: Arrival,
    seen: 'named-by-client' | 'heard',
    at: Instant,
  ): void {
    const name = ipv4Text(server);
    const publishedAt = this.#servers.get(name);
    if (publishedAt !== undefined && at < publishedAt + OTHER_SERVER_AGAIN) return;
    if (publishedAt === undefined && this.#servers.size >= SERVERS_REMEMBERED) forgetFirst(this.#servers);
    this.#servers.set(name, at);
    this.#bus.publish({
      type: 'dhcp.other-server',
      at,
      interface: arrival.servedInterface.name,
      server: name,
      mac,
      seen,
    });
  }

  /** Publishes an offer or acknowledgement of another server. One for a DISCOVER of our own is for no phone. */
  publishOtherOffer(
    message: DhcpMessage,
    kind: DhcpOtherOffer['kind'],
    server: string,
    device: string | undefined,
    { servedInterface }: Arrival,
    at: Instant,
    isForOwnDiscover: boolean,
  ): void {
    if (!this.#bus.hasListener('dhcp.other-offer') || !this.#otherOfferBudget.take(at)) return;
    this.#bus.publish({
      type: 'dhcp.other-offer',
      at,
      interface: servedInterface.name,
      server,
      kind,
      relay: addressText(message.giaddr),
      mac: isForOwnDiscover ? '' : message.hardwareAddress,
      device,
      yiaddr: ipv4Text(message.yiaddr),
      siaddr: ipv4Text(message.siaddr),
      options: Object.fromEntries(
        OPTIONS_SHOWN.flatMap((code) => {
          const value = message.options.get(code)?.toString('hex');
          return value === undefined ? [] : [[code, value]];
        }),
      ),
    });
  }

  publishLapsed(address: number, { mac }: Client, device: string | undefined, since: Instant, at: Instant): void {
    if (!this.#bus.hasListener('dhcp.offer-lapsed') || !this.#lapseBudget.take(at)) return;
    this.#bus.publish({
      type: 'dhcp.offer-lapsed',
      at,
      mac,
      device,
      address: ipv4Text(address),
      after: between(since, at),
    });
  }

  publishExpired(
    { address }: Lease,
    was: 'bound' | 'declined',
    { mac }: Client,
    device: string | undefined,
    at: Instant,
  ): void {
    this.#bus.publish({
      type: was === 'bound' ? 'lease.expired' : 'lease.rested',
      at,
      address: ipv4Text(address),
      mac,
      ...(device === undefined ? {} : { device }),
    });
  }

  publishFileEvent(
    type: 'lease.file-read' | 'lease.file-failed' | 'lease.file-recovered',
    detail: string,
    at: Instant,
  ): void {
    this.#bus.publish({ type, at, detail });
  }

  publishInterfaceEvent(type: DhcpInterface['type'], name: string, detail: string, at: Instant): void {
    this.#bus.publish({ type, at, interface: name, detail });
  }

  #takeBudget(type: 'dhcp.received' | 'dhcp.sent', device: DeviceRecord | undefined, now: Instant): boolean {
    return this.#bus.hasListener(type) && (device === undefined ? this.#budget : this.#deviceBudget).take(now);
  }

  #publishUnanswered({ client, arrival, now }: Exchange, outcome: Outcome): void {
    const { reason } = outcome;
    if ('pool' in outcome && outcome.pool !== undefined) this.pools.onRefused(outcome.pool.subnet, reason, now);
    if (reason !== 'not-allowed' && reason !== 'weak-class') return;
    const { mac, hostName, vendorClass } = client;
    if (this.#refusedClients.has(mac)) return;
    if (this.#refusedClients.size >= CLIENTS_REMEMBERED) forgetFirst(this.#refusedClients);
    this.#refusedClients.add(mac);
    this.#bus.publish({
      type: 'dhcp.stranger',
      at: now,
      interface: arrival.servedInterface.name,
      mac,
      hostName,
      vendorClass,
      reason,
    });
  }

  #count(decision: MessageCount['decision'], reason: MessageCount['reason']): void {
    const reasons = this.#counts.get(decision) ?? new Map<MessageCount['reason'], MessageCount>();
    if (reasons.size === 0) this.#counts.set(decision, reasons);
    const known = reasons.get(reason);
    if (known === undefined) reasons.set(reason, { decision, reason, count: 1 });
    else known.count += 1;
  }
}

/** Deletes the oldest entry. */
const forgetFirst = (remembered: Map<string, unknown> | Set<string>): void => {
  for (const first of remembered.keys()) {
    remembered.delete(first);
    return;
  }
};

const addressText = (address: number): string | undefined => (address === 0 ? undefined : ipv4Text(address));

/** The transaction id as text, e.g. `0x00000a17`. */
export const xidText = ({ bytes }: DhcpMessage): string => `0x${bytes.toString('hex', 4, 8)}`;
