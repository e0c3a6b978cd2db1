// The service: a message and its way in, an answer and its way out. It knows no socket and no file; what a kind of
// message leads to is in `conversations.ts`, who is answered at all in `admission.ts`, which address in `leases.ts`.

import type { HasDeadlines } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import { type MacAddress, parseIpv4Address } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { DeviceRecord, LeaseFact } from '../devices/index.js';
import type { Prober } from './address-choice.js';
import { Admission, type DevicesByMac } from './admission.js';
import { DhcpEventPublisher } from './event-publisher.js';
import type { DhcpEvent } from './events.js';
import {
  type Arrival,
  addressOf,
  clientOf,
  type Exchange,
  macOfClientId,
  type Outcome,
  type Reply,
  relayAddress,
  SUB_OPTION,
  senderOf,
  silent,
} from './exchange.js';
import { type HandlerContext, isLocalServer } from './handler-context.js';
import { HANDLERS } from './handlers.js';
import { ipv4Number, ipv4Text } from './ipv4.js';
import type { Client, Lease } from './lease.js';
import { type LeaseListener, LeaseTable } from './lease-table.js';
import { NewClientLimit } from './new-client-limit.js';
import { CODE } from './options.js';
import { type DhcpMessage, parseMessage, REPLY } from './packet.js';
import { type AnsweredOutcome, isAnswered, ReplyBuilder } from './reply-builder.js';
import type { ServedSubnet } from './served-subnet.js';
import type { DhcpSettings } from './settings.js';
import { TurnedAway } from './turned-away.js';

/** The device database, as far as leases are its affair. */
export interface LeasedDevices extends DevicesByMac {
  /** The device last heard from this address. */
  byAddress(address: string): DeviceRecord | undefined;
  /** How many there are. */
  readonly size: number;
  recordLease(lease: LeaseFact, now: Instant): void;
  endLease(address: string, now: Instant): void;
}

export interface DhcpServiceDependencies {
  readonly settings: DhcpSettings;
  readonly bus: Publisher<DhcpEvent>;
  readonly devices: LeasedDevices;
  /** Hears of every lease that must be written down before its acknowledgement leaves. */
  readonly onLeaseChanged: (lease: Lease) => void;
  readonly prober?: Prober;
}

export class DhcpService implements HasDeadlines, LeaseListener {
  readonly events: DhcpEventPublisher;
  readonly table: LeaseTable;
  readonly #devices: LeasedDevices;
  readonly #onLeaseChanged: (lease: Lease) => void;
  readonly #newClients = new NewClientLimit();
  /** Of clients that were turned away before: those that ask for the first time leave them their share. */
  readonly #repeatedClients = new NewClientLimit();
  readonly #turnedAway = new TurnedAway();
  #context: HandlerContext;
  #admission: Admission;
  #subnetsByInterface = new Map<string, readonly ServedSubnet[]>();
  #replies = new ReplyBuilder();
  /** Leased until another configuration knew their subnet no more, and not told yet. */
  #dropped: readonly number[] = [];

  constructor({ settings, bus, devices, onLeaseChanged, prober }: DhcpServiceDependencies) {
    this.events = new DhcpEventPublisher(bus, () => this.#context.settings.tracedPerSecond);
    this.table = new LeaseTable(settings, this, prober, {
      isDevice: (client) => this.#deviceOf(client) !== undefined,
      get size() {
        return devices.size;
      },
    });
    this.#devices = devices;
    this.#onLeaseChanged = onLeaseChanged;
    this.#admission = new Admission(settings);
    this.#context = this.#contextFor(settings);
  }

  /** Other settings from now on; leases stay where a subnet still holds their address. Follow it by `tellLeases`. */
  configure(settings: DhcpSettings): void {
    const bound = [...this.table.all()].filter(({ state }) => state === 'bound').map(({ address }) => address);
    this.table.configure(settings);
    this.#dropped = [...this.#dropped, ...bound.filter((address) => this.table.leaseAt(address) === undefined)];
    this.#admission = new Admission(settings);
    this.#context = this.#contextFor(settings);
    this.#subnetsByInterface = new Map();
    this.#replies = new ReplyBuilder();
  }

  /** The addresses of an interface have changed. */
  forgetInterfaces(): void {
    this.#subnetsByInterface = new Map();
  }

  /** A datagram of port 67. `undefined`: nothing is sent. */
  receive(bytes: Buffer, arrival: Arrival, now: Instant): Reply | undefined {
    const message = parseMessage(bytes);
    if (!('malformed' in message)) return this.answer(message, arrival, now);
    this.events.publishMalformed(bytes, message, arrival, now);
    return undefined;
  }

  answer(message: DhcpMessage, arrival: Arrival, now: Instant): Reply | undefined {
    const client = clientOf(message);
    if (message.op === REPLY) return this.#receiveFromServer(message, client, arrival, now);
    const { type } = message;
    if (type === undefined) {
      this.events.publishIgnored(message, client, arrival, 'bootp', now);
      return undefined;
    }
    const exchange = this.#exchangeOf(message, type, client, arrival, now);
    const outcome = this.#decide(exchange);
    const reply = isAnswered(outcome) ? this.#reply(exchange, outcome) : undefined;
    this.events.publishReceived(exchange, reply === undefined && isAnswered(outcome) ? silent('no-room') : outcome);
    return reply;
  }

  nextDeadline(): Instant | undefined {
    return this.table.nextDeadline();
  }

  expire(now: Instant): void {
    this.table.expire(now);
  }

  // ── leases as the book tells of them ──────────────────────────────────────────────────────────────────────────

  onChanged(lease: Lease, now: Instant): void {
    this.#onLeaseChanged(lease);
    if (lease.state === 'bound') this.#reportLease(lease, now);
    else this.#devices.endLease(ipv4Text(lease.address), now);
  }

  onExpired(lease: Lease, was: 'bound' | 'declined', client: Client, now: Instant): void {
    const device = this.#deviceOf(client)?.configured.name;
    if (was === 'bound') this.#devices.endLease(ipv4Text(lease.address), now);
    this.events.publishExpired(lease, was, client, device, now);
  }

  onLapsed(address: number, client: Client, since: Instant, now: Instant): void {
    this.#turnedAway.add(client.key, now);
    this.events.publishLapsed(address, client, this.#deviceOf(client)?.configured.name, since, now);
  }

  /** Tells the device database of every lease: those that a restart brought back, or are of devices that are new. */
  reportLeases(now: Instant): void {
    for (const address of this.#dropped) this.#devices.endLease(ipv4Text(address), now);
    this.#dropped = [];
    for (const lease of this.table.all()) if (lease.state === 'bound') this.#reportLease(lease, now);
  }

  /** The lease in force of an address, as the device database keeps it. */
  leaseAt(address: string): LeaseFact | undefined {
    const text = parseIpv4Address(address);
    const lease = text === undefined ? undefined : this.table.leaseAt(ipv4Number(text));
    return lease?.state === 'bound' ? this.#factOf(lease) : undefined;
  }

  #reportLease(lease: Lease, now: Instant): void {
    this.#devices.recordLease(this.#factOf(lease), now);
  }

  #factOf({ address, since, until, client }: Lease): LeaseFact {
    const mac = this.#deviceOf(client)?.configured.mac ?? (client.mac as MacAddress);
    return { address: ipv4Text(address), mac, at: since, until };
  }

  #deviceOf({ mac, clientId }: Client) {
    const byChaddr = this.#devices.byMac(mac as MacAddress);
    if (byChaddr !== undefined) return byChaddr;
    const other = macOfClientId(clientId);
    return other === undefined || other === mac ? undefined : this.#devices.byMac(other);
  }

  // ── the steps of an answer ────────────────────────────────────────────────────────────────────────────────────

  /** Everything that is known of a message before it is decided on. */
  #exchangeOf(message: DhcpMessage, kind: Exchange['kind'], client: Client, arrival: Arrival, now: Instant): Exchange {
    const { giaddr } = message;
    const ciaddr = kind === 'INFORM' && giaddr === 0 ? message.ciaddr || senderOf(arrival) : message.ciaddr;
    return {
      message,
      kind,
      arrival,
      now,
      client,
      device: this.#deviceOf(client),
      subnets: this.#subnetsOf(message, ciaddr, giaddr, arrival),
      ciaddr,
      giaddr,
      requested: message.u32(CODE.requestedAddress),
      serverId: message.u32(CODE.serverId),
    };
  }

  /** Where the client is, or may be: the relay's link, its own address, the interface (RFC 2131 §4.3.1, RFC 3527). */
  #subnetsOf(
    message: DhcpMessage,
    ciaddr: number,
    giaddr: number,
    { servedInterface }: Arrival,
  ): readonly ServedSubnet[] {
    if (giaddr !== 0 || ciaddr !== 0) {
      const link = giaddr === 0 ? ciaddr : relayAddress(message, SUB_OPTION.linkSelection);
      const subnet = this.table.subnets.find((one) => (link === undefined ? one.hasHost(giaddr) : one.contains(link)));
      return subnet === undefined ? [] : [subnet];
    }
    const known = this.#subnetsByInterface.get(servedInterface.name);
    if (known !== undefined) return known;
    const subnets = this.table.subnets.filter((subnet) =>
      servedInterface.addresses.some((address) => subnet.contains(address)),
    );
    this.#subnetsByInterface.set(servedInterface.name, subnets);
    return subnets;
  }

  #decide(exchange: Exchange): Outcome {
    const { message, kind, giaddr, serverId, arrival, client, now } = exchange;
    // Whoever takes another server's offer tells of that server, phone or not.
    if (kind === 'REQUEST' && serverId !== undefined && !isLocalServer(this.#context, exchange, serverId))
      this.events.publishOtherServer(serverId, client.mac, arrival, 'named-by-client', now);
    const direct = giaddr === 0 && message.options.has(CODE.relayAgentInformation);
    if (direct && this.#context.settings.directRelayInformation === 'drop') return silent('option-82-without-relay');
    return this.#refusal(exchange) ?? HANDLERS[kind](this.#context, exchange);
  }

  /** RELEASE and DECLINE need not say who sends them: they are known by their lease (`provisioning.md` §2.2). */
  #refusal(exchange: Exchange): Outcome | undefined {
    const { kind } = exchange;
    if (kind === 'RELEASE' || kind === 'DECLINE') return undefined;
    const lease = exchange.client.vendorClass === '' ? this.table.leaseAt(addressOf(exchange)) : undefined;
    const remembered = lease?.client.key === exchange.client.key ? lease.client.vendorClass : '';
    const reason = this.#admission.refusal(exchange, remembered);
    return reason === undefined ? undefined : silent(reason);
  }

  #reply(exchange: Exchange, outcome: AnsweredOutcome): Reply | undefined {
    if (outcome.decision !== 'NAK' && outcome.lease !== undefined)
      this.events.pools.onGiven(outcome.subnet, outcome.reason, exchange.now);
    return this.#replies.build(this.#context, exchange, outcome);
  }

  /** A reply that arrives at a server's port: another server is there, unless it is our own that came back. */
  #receiveFromServer(message: DhcpMessage, client: Client, arrival: Arrival, now: Instant): undefined {
    const server = message.u32(CODE.serverId) ?? senderOf(arrival);
    if (!arrival.servedInterface.addresses.includes(server)) {
      this.events.publishOtherServer(server, client.mac, arrival, 'heard', now);
      if (message.type === 'OFFER' || message.type === 'ACK')
        this.events.publishOtherOffer(message, ipv4Text(server), this.#deviceOf(client)?.configured.name, arrival, now);
    }
    this.events.publishIgnored(message, client, arrival, 'a-reply', now);
  }

  #contextFor(settings: DhcpSettings): HandlerContext {
    return {
      settings,
      table: this.table,
      turnedAway: this.#turnedAway,
      takeNewClient: ({ giaddr, arrival, client, now }) => {
        const link = giaddr === 0 ? arrival.servedInterface.name : ipv4Text(giaddr);
        const limit = this.#turnedAway.has(client.key, now) ? this.#repeatedClients : this.#newClients;
        const refusal = limit.take(link, settings.limits, now);
        if (refusal !== undefined) this.events.publishThrottled(refusal, now);
        return refusal === undefined;
      },
    };
  }
}
