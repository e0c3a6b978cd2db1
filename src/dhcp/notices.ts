// What the service tells of its doings: facts for the journal, built only where somebody listens, and counters by reason.
// Strangers and other servers are told once, or once in a while, however often they are heard; of a stampede's messages
// so many a second are told, and how many are not.

import type { Publisher } from '../core/journal.js';
import { Ration } from '../core/ration.js';
import { type Instant, minutes } from '../core/time.js';
import type { DhcpEvent } from './events.js';
import { type Arrival, type Exchange, type Outcome, type Reply, subjectOf } from './exchange.js';
import { ipv4Text } from './ipv4.js';
import type { Client, Lease } from './lease.js';
import type { DhcpMessage, Malformed } from './packet.js';
import type { Decision, MalformedReason, Reason } from './reasons.js';
import { requestStateOf } from './requests.js';
import type { Subnet } from './subnet.js';
import type { Refusal } from './throttle.js';

const BYTES_TOLD = 64;
const STRANGERS_REMEMBERED = 4096;
const SERVERS_REMEMBERED = 256;
const OTHER_SERVER_AGAIN = minutes(10);

/** Messages since the start by what was decided and why: `silent not-allowed`, `OFFER free-address`… */
export type Counts = ReadonlyMap<string, Readonly<Count>>;

export interface Count {
  readonly decision: Decision | 'malformed';
  readonly reason: Reason | MalformedReason;
  count: number;
}

export class Notices {
  readonly #journal: Publisher<DhcpEvent>;
  readonly #counts = new Map<Count['decision'], Map<Count['reason'], Count>>();
  readonly #strangers = new Set<string>();
  readonly #servers = new Map<string, Instant>();
  readonly #emptyPools = new Set<string>();
  readonly #ration: Ration;
  /** Of its own: a flood of nonsense hides no phone. */
  readonly #malformedRation: Ration;

  constructor(journal: Publisher<DhcpEvent>, tracedPerSecond: () => number) {
    this.#journal = journal;
    const untold = (messages: number, at: Instant): void => {
      if (journal.listens('dhcp.untraced')) journal.publish({ type: 'dhcp.untraced', at, messages });
    };
    this.#ration = new Ration(tracedPerSecond, untold);
    this.#malformedRation = new Ration(tracedPerSecond, untold);
  }

  get counts(): Counts {
    return new Map(
      [...this.#counts.values()].flatMap((reasons) =>
        [...reasons.values()].map((count): [string, Count] => [`${count.decision} ${count.reason}`, count]),
      ),
    );
  }

  /** A message was decided on. */
  received(exchange: Exchange, outcome: Outcome): void {
    const { decision, reason } = outcome;
    this.#count(decision, reason);
    if (decision === 'silent') this.#silent(exchange, outcome);
    if (!this.#tells('dhcp.received', exchange.now)) return;
    const { message, client, device, kind, arrival, giaddr, now } = exchange;
    const state = kind === 'REQUEST' ? requestStateOf(exchange) : undefined;
    const subject = subjectOf(exchange);
    this.#journal.publish({
      type: 'dhcp.received',
      at: now,
      interface: arrival.wire.name,
      xid: xidText(message),
      mac: client.mac,
      device: device?.configured.name,
      from: arrival.from.address,
      kind,
      state,
      relay: textOf(giaddr),
      address: textOf(subject),
      hostName: client.hostName,
      vendorClass: client.vendorClass,
      decision,
      reason,
    });
  }

  /** A message that belongs to no conversation: plain BOOTP, or what servers send. */
  ignored(message: DhcpMessage, client: Client, arrival: Arrival, reason: Reason, now: Instant): void {
    this.#count('silent', reason);
    if (!this.#tells('dhcp.received', now)) return;
    this.#journal.publish({
      type: 'dhcp.received',
      at: now,
      interface: arrival.wire.name,
      xid: xidText(message),
      mac: client.mac,
      device: undefined,
      from: arrival.from.address,
      kind: message.type ?? 'BOOTP',
      state: undefined,
      relay: textOf(message.giaddr),
      address: textOf(message.yiaddr),
      hostName: client.hostName,
      vendorClass: client.vendorClass,
      decision: 'silent',
      reason,
    });
  }

  /** `at`: when it left, where that was later than its question came. */
  sent({ exchange, outcome, bytes, to, type }: Reply, at: Instant = exchange.now): void {
    if (!this.#tells('dhcp.sent', at)) return;
    const { message, client, device, arrival } = exchange;
    const { decision, reason } = outcome;
    const lease = 'lease' in outcome ? outcome.lease : undefined;
    const granted = 'granted' in outcome ? outcome.granted : undefined;
    this.#journal.publish({
      type: 'dhcp.sent',
      at,
      interface: arrival.wire.name,
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

  /** An answer that was decided on did not leave. */
  unsent(reason: Reason): void {
    this.#count('silent', reason);
  }

  malformed(bytes: Buffer, { malformed, offset }: Malformed, arrival: Arrival, now: Instant): void {
    this.#count('malformed', malformed);
    if (!this.#journal.listens('dhcp.malformed') || !this.#malformedRation.take(now)) return;
    this.#journal.publish({
      type: 'dhcp.malformed',
      at: now,
      interface: arrival.wire.name,
      address: arrival.from.address,
      port: arrival.from.port,
      reason: malformed,
      offset,
      octets: bytes.length,
      bytes: bytes.toString('hex', 0, Math.min(bytes.length, BYTES_TOLD)),
    });
  }

  throttled({ link, limit, untold }: Refusal, at: Instant): void {
    if (untold > 0) this.#journal.publish({ type: 'dhcp.throttled', at, link, limit, count: untold });
  }

  otherServer(server: number, mac: string, arrival: Arrival, seen: 'named-by-client' | 'heard', at: Instant): void {
    const name = ipv4Text(server);
    const toldAt = this.#servers.get(name);
    if (toldAt !== undefined && at < toldAt + OTHER_SERVER_AGAIN) return;
    if (toldAt === undefined && this.#servers.size >= SERVERS_REMEMBERED) return;
    this.#servers.set(name, at);
    this.#journal.publish({ type: 'dhcp.other-server', at, interface: arrival.wire.name, server: name, mac, seen });
  }

  /** The subnet gave an address: if it had none before, that is over. */
  gave(subnet: Subnet, addresses: number, at: Instant): void {
    if (this.#emptyPools.size > 0 && this.#emptyPools.delete(subnet.name))
      this.#journal.publish({ type: 'dhcp.pool-recovered', at, subnet: subnet.name, addresses });
  }

  ranOut(
    { address }: Lease,
    was: 'bound' | 'declined',
    { mac }: Client,
    device: string | undefined,
    at: Instant,
  ): void {
    this.#journal.publish({
      type: was === 'bound' ? 'lease.expired' : 'lease.rested',
      at,
      address: ipv4Text(address),
      mac,
      ...(device === undefined ? {} : { device }),
    });
  }

  file(type: 'lease.file-read' | 'lease.file-failed' | 'lease.file-recovered', detail: string, at: Instant): void {
    this.#journal.publish({ type, at, detail });
  }

  #tells(type: 'dhcp.received' | 'dhcp.sent', now: Instant): boolean {
    return this.#journal.listens(type) && this.#ration.take(now);
  }

  #silent({ client, arrival, now }: Exchange, outcome: Outcome): void {
    const { reason } = outcome;
    if (reason === 'pool-empty' && 'subnet' in outcome && outcome.subnet !== undefined)
      this.#poolEmpty(outcome.subnet, now);
    if (reason !== 'not-allowed' && reason !== 'weak-class') return;
    const { mac, hostName, vendorClass } = client;
    if (this.#strangers.has(mac) || this.#strangers.size >= STRANGERS_REMEMBERED) return;
    this.#strangers.add(mac);
    this.#journal.publish({
      type: 'dhcp.stranger',
      at: now,
      interface: arrival.wire.name,
      mac,
      hostName,
      vendorClass,
      reason,
    });
  }

  #poolEmpty(subnet: Subnet, at: Instant): void {
    if (this.#emptyPools.has(subnet.name)) return;
    this.#emptyPools.add(subnet.name);
    this.#journal.publish({ type: 'dhcp.pool-empty', at, subnet: subnet.name, addresses: subnet.size });
  }

  #count(decision: Count['decision'], reason: Count['reason']): void {
    const reasons = this.#counts.get(decision) ?? new Map<Count['reason'], Count>();
    if (reasons.size === 0) this.#counts.set(decision, reasons);
    const known = reasons.get(reason);
    if (known === undefined) reasons.set(reason, { decision, reason, count: 1 });
    else known.count += 1;
  }
}

const textOf = (address: number): string | undefined => (address === 0 ? undefined : ipv4Text(address));

/** `0x00000a17`. */
export const xidText = ({ bytes }: DhcpMessage): string => `0x${bytes.toString('hex', 4, 8)}`;
