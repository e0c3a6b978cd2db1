import type { HasDeadlines } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import { type MacAddress, parseIpv4Address } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { DeviceDatabase, DeviceRecord, LeaseFact } from '../devices/index.js';
import type { Prober } from './address-choice.js';
import { Admission, type DevicesByMac } from './admission.js';
import { replyFactOf, requestFactOf } from './device-facts.js';
import type { RelayedDiscovery } from './discovery.js';
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
import type { LeaseWrite, SharedLeases } from './shared-leases.js';
import { TurnedAway } from './turned-away.js';

const MOST_RELAYS = 256;

/** What the DHCP service needs of the device database. */
export interface LeasedDevices extends DevicesByMac {
  /** The device that last registered from this address. */
  byAddress(address: string): DeviceRecord | undefined;
  /** How many devices there are. */
  readonly size: number;
  recordLease(lease: LeaseFact, now: Instant): void;
  endLease(address: string, now: Instant): void;
  /** Keeps the last messages of each device. */
  readonly facts: Pick<DeviceDatabase['facts'], 'recordDhcpRequest' | 'recordDhcpReply'>;
}

/** What a `DhcpService` is made of. */
export interface DhcpServiceDependencies {
  readonly settings: DhcpSettings;
  readonly bus: Publisher<DhcpEvent>;
  readonly devices: LeasedDevices;
  /** Is called for every lease that must be written down before its acknowledgement is sent. */
  readonly onLeaseChanged: (lease: Lease) => void;
  readonly prober?: Prober;
  /** Takes the answers to a DISCOVER of our own. */
  readonly discovery?: RelayedDiscovery;
  /** The other servers that give addresses of the same pools. */
  readonly shared?: SharedLeases;
}

/**
 * The DHCP service without its sockets and files: takes a message, decides about it, returns the reply. What each type
 * of message leads to is in `handlers.ts`, which clients are answered in `admission.ts`, and which address they get in
 * `lease-table.ts`.
 */
export class DhcpService implements HasDeadlines, LeaseListener {
  readonly events: DhcpEventPublisher;
  readonly table: LeaseTable;
  readonly #devices: LeasedDevices;
  readonly #onLeaseChanged: (lease: Lease) => void;
  readonly #newClients = new NewClientLimit();
  /** The limit for clients that were turned away before: new ones cannot use it up. */
  readonly #repeatedClients = new NewClientLimit();
  readonly #turnedAway = new TurnedAway();
  readonly #discovery: RelayedDiscovery | undefined;
  readonly #shared: SharedLeases | undefined;
  /** The relays that a message came from, the first ones. */
  readonly #relays = new Set<number>();
  #context: HandlerContext;
  #admission: Admission;
  #subnetsByInterface = new Map<string, readonly ServedSubnet[]>();
  #replies = new ReplyBuilder();
  /** Addresses that were leased until a new configuration dropped their subnet; not reported to the devices yet. */
  #dropped: readonly number[] = [];

  constructor({ settings, bus, devices, onLeaseChanged, prober, discovery, shared }: DhcpServiceDependencies) {
    this.#discovery = discovery;
    this.#shared = shared;
    this.events = new DhcpEventPublisher(bus, () => this.#context.settings.tracedPerSecond);
    const known = {
      isDevice: (client: Client) => this.#deviceOf(client) !== undefined,
      get size() {
        return devices.size;
      },
    };
    this.table = new LeaseTable(settings, this, prober, known, shared);
    this.#devices = devices;
    this.#onLeaseChanged = onLeaseChanged;
    this.#admission = new Admission(settings);
    this.#context = this.#contextFor(settings);
  }

  /** Takes other settings. Leases stay if a subnet still contains their address. Call `reportLeases` afterwards. */
  configure(settings: DhcpSettings): void {
    const bound = [...this.table.all()].filter(({ state }) => state === 'bound').map(({ address }) => address);
    this.table.configure(settings);
    this.#dropped = [...this.#dropped, ...bound.filter((address) => this.table.leaseAt(address) === undefined)];
    this.#admission = new Admission(settings);
    this.#context = this.#contextFor(settings);
    this.#subnetsByInterface = new Map();
    this.#replies = new ReplyBuilder();
    this.#shared?.configured();
  }

  /** The relays that a message came from since the start, the first of them. */
  get relays(): readonly string[] {
    return [...this.#relays].map(ipv4Text);
  }

  /** Call it when the addresses of an interface have changed. */
  forgetInterfaces(): void {
    this.#subnetsByInterface = new Map();
  }

  /** Takes a datagram of the server port; returns the reply, if there is one. */
  receive(bytes: Buffer, arrival: Arrival, now: Instant): Reply | undefined {
    const message = parseMessage(bytes);
    if (!('malformed' in message)) return this.answer(message, arrival, now);
    this.events.publishMalformed(bytes, message, arrival, now);
    return undefined;
  }

  answer(message: DhcpMessage, arrival: Arrival, now: Instant): Reply | undefined {
    const client = clientOf(message);
    if (message.op === REPLY) return this.#receiveFromServer(message, client, arrival, now);
    if (this.#discovery?.isOwn(message) === true) return undefined; // our own broadcast, which came back
    const { type } = message;
    if (type === undefined) {
      this.events.publishIgnored(message, client, arrival, 'bootp', now);
      return undefined;
    }
    const exchange = this.#exchangeOf(message, type, client, arrival, now);
    const outcome = this.#decide(exchange);
    const reply = isAnswered(outcome) ? this.#reply(exchange, outcome) : undefined;
    const decided = reply === undefined && isAnswered(outcome) ? silent('no-room') : outcome;
    this.events.publishReceived(exchange, decided);
    if (exchange.device !== undefined)
      this.#devices.facts.recordDhcpRequest(exchange.device, requestFactOf(exchange, decided), now);
    return reply;
  }

  /** Notes that a reply has been sent. `at`: when, if that was later than its request came. */
  onSent(reply: Reply, at: Instant = reply.exchange.now): void {
    this.events.publishSent(reply, at);
    const { device } = reply.exchange;
    if (device !== undefined) this.#devices.facts.recordDhcpReply(device, replyFactOf(reply), at);
  }

  /**
   * When the acknowledgement of a lease may leave: at once, where this server is alone with its pools. Resolves with the
   * reply to send, which may be a NAK; `undefined`: none is sent, and that is noted.
   */
  settled(reply: Reply): Reply | Promise<Reply | undefined> {
    const { outcome } = reply;
    const lease = 'lease' in outcome ? outcome.lease : undefined;
    if (this.#shared === undefined || lease === undefined) return reply;
    const settled = this.#shared.settled(lease);
    if (settled === 'written') return reply;
    return Promise.resolve(settled).then((write) => this.#replyAfter(write, reply));
  }

  #replyAfter(write: LeaseWrite, reply: Reply): Reply | undefined {
    if (write === 'written') return reply;
    const { exchange } = reply;
    if (write === 'taken') return this.#reply(exchange, { decision: 'NAK', reason: 'given-by-another-node' });
    this.events.countUntold();
    if (exchange.device !== undefined)
      this.#devices.facts.recordDhcpRequest(exchange.device, requestFactOf(exchange, silent('not-told')), exchange.now);
    return undefined;
  }

  /** Notes that a reply could not be sent, because its lease was not saved. */
  onUnsaved(reply: Reply, now: Instant): void {
    this.events.publishUnsaved(reply, now);
    const { exchange } = reply;
    if (exchange.device !== undefined)
      this.#devices.facts.recordDhcpRequest(exchange.device, requestFactOf(exchange, silent('not-saved')), now);
  }

  nextDeadline(): Instant | undefined {
    return this.table.nextDeadline();
  }

  expire(now: Instant): void {
    this.table.expire(now);
  }

  // ── the lease table's listener ────────────────────────────────────────────────────────────────────────────────

  onChanged(lease: Lease, now: Instant): void {
    this.#onLeaseChanged(lease);
    this.#shared?.changed(lease);
    if (lease.state === 'bound') this.#reportLease(lease, now);
    else this.#devices.endLease(ipv4Text(lease.address), now);
  }

  onExpired(lease: Lease, was: 'bound' | 'declined', client: Client, now: Instant): void {
    const device = this.#deviceOf(client)?.configured.name;
    if (was === 'bound') this.#devices.endLease(ipv4Text(lease.address), now);
    this.#shared?.changed(lease);
    this.events.publishExpired(lease, was, client, device, now);
  }

  onLapsed(address: number, client: Client, since: Instant, now: Instant): void {
    this.#turnedAway.add(client.key, now);
    this.events.publishLapsed(address, client, this.#deviceOf(client)?.configured.name, since, now);
  }

  /** Reports every lease to the device database, after a restart or when there are new devices. */
  reportLeases(now: Instant): void {
    for (const address of this.#dropped) this.#devices.endLease(ipv4Text(address), now);
    this.#dropped = [];
    for (const lease of this.table.all()) if (lease.state === 'bound') this.#reportLease(lease, now);
  }

  /** The lease in force of an address, in the form of the device database. */
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

  // ── the steps to a reply ──────────────────────────────────────────────────────────────────────────────────────

  /** Collects what is known about a message before it is decided on. */
  #exchangeOf(message: DhcpMessage, kind: Exchange['kind'], client: Client, arrival: Arrival, now: Instant): Exchange {
    const { giaddr } = message;
    if (giaddr !== 0 && this.#relays.size < MOST_RELAYS) this.#relays.add(giaddr);
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

  /** The client's subnets: by the relay's link, its own address, or the interface (RFC 2131 §4.3.1, RFC 3527). */
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
    // A client that takes another server's offer shows that there is one, whether it is a phone or not.
    if (kind === 'REQUEST' && serverId !== undefined && !isLocalServer(this.#context, exchange, serverId))
      this.events.publishOtherServer(serverId, client.mac, arrival, 'named-by-client', now);
    const direct = giaddr === 0 && message.options.has(CODE.relayAgentInformation);
    if (direct && this.#context.settings.directRelayInformation === 'drop') return silent('option-82-without-relay');
    return this.#refusal(exchange) ?? HANDLERS[kind](this.#context, exchange);
  }

  /**
   * Refuses clients that are not admitted. RELEASE and DECLINE are recognised by their lease (`provisioning.md` §2.2).
   */
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

  /**
   * Takes a reply that arrives at the server port: there is another server, unless it is our own reply that came back.
   */
  #receiveFromServer(message: DhcpMessage, client: Client, arrival: Arrival, now: Instant): undefined {
    const server = message.u32(CODE.serverId) ?? senderOf(arrival);
    if (!arrival.servedInterface.addresses.includes(server)) {
      this.events.publishOtherServer(server, client.mac, arrival, 'heard', now);
      const { type } = message;
      const device = this.#deviceOf(client)?.configured.name;
      const isOwn = this.#discovery?.isOwn(message) === true;
      if (type === 'OFFER' || type === 'ACK')
        this.events.publishOtherOffer(message, type, ipv4Text(server), device, arrival, now, isOwn);
      this.#discovery?.receive(message, arrival.from.address);
    }
    this.events.publishIgnored(message, client, arrival, 'a-reply', now);
  }

  #contextFor(settings: DhcpSettings): HandlerContext {
    return {
      settings,
      table: this.table,
      turnedAway: this.#turnedAway,
      shared: this.#shared,
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
