// The service: a message and its way in, an answer and its way out. It knows no socket and no file; what a kind of
// message leads to is in `conversations.ts`, who is answered at all in `admission.ts`, which address in `leases.ts`.

import type { HasDeadlines } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import { type MacAddress, parseIpv4Address } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { DeviceRecord, LeaseFact } from '../devices/index.js';
import type { Prober } from './address-choice.js';
import { Admission, type DevicesByMac } from './admission.js';
import { destinationOf } from './destination.js';
import { DhcpEventPublisher } from './event-publisher.js';
import type { DhcpEvent } from './events.js';
import {
  type Arrival,
  clientOf,
  type Exchange,
  macOfClientId,
  type Outcome,
  type Reply,
  relayAddress,
  SUB_OPTION,
  senderOf,
  silent,
  subjectOf,
} from './exchange.js';
import { type HandlerContext, isUs, ownAddressFor, serverIdFor } from './handler-context.js';
import { CONVERSATIONS } from './handlers.js';
import { ipv4Number, ipv4Text } from './ipv4.js';
import type { Client, Lease } from './lease.js';
import { type LeaseListener, LeaseTable } from './leases.js';
import { NewClientLimit } from './new-client-limit.js';
import { CODE } from './options.js';
import { type DhcpMessage, parseMessage, REPLY } from './packet.js';
import { REASONS } from './reasons.js';
import { leaseTimes, type ReplyContent, ReplyWriter } from './reply.js';
import type { DhcpSettings } from './settings.js';
import { type ClientOptions, type Subnet, withOwnFileServer } from './subnet.js';
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

export interface ServiceParts {
  readonly settings: DhcpSettings;
  readonly bus: Publisher<DhcpEvent>;
  readonly devices: LeasedDevices;
  /** Hears of every lease that must be written down before its acknowledgement leaves. */
  readonly written: (lease: Lease) => void;
  readonly prober?: Prober;
}

export class DhcpService implements HasDeadlines, LeaseListener {
  readonly notices: DhcpEventPublisher;
  readonly book: LeaseTable;
  readonly #devices: LeasedDevices;
  readonly #written: (lease: Lease) => void;
  readonly #throttle = new NewClientLimit();
  /** Of clients that were turned away before: those that ask for the first time leave them their share. */
  readonly #throttleOfSecondAsks = new NewClientLimit();
  readonly #turnedAwayLately = new TurnedAway();
  readonly #writer = new ReplyWriter();
  #desk: HandlerContext;
  #admission: Admission;
  #byWire = new Map<string, readonly Subnet[]>();
  #selfServed = new Map<ClientOptions, Map<number, ClientOptions>>();
  /** Leased until another configuration knew their subnet no more, and not told yet. */
  #gone: readonly number[] = [];

  constructor({ settings, bus, devices, written, prober }: ServiceParts) {
    this.notices = new DhcpEventPublisher(bus, () => this.#desk.settings.tracedPerSecond);
    this.book = new LeaseTable(settings, this, prober, {
      isDevice: (client) => this.#deviceOf(client) !== undefined,
      get size() {
        return devices.size;
      },
    });
    this.#devices = devices;
    this.#written = written;
    this.#admission = new Admission(settings);
    this.#desk = this.#deskFor(settings);
  }

  /** Other settings from now on; leases stay where a subnet still holds their address. Follow it by `tellLeases`. */
  configure(settings: DhcpSettings): void {
    const bound = [...this.book.leases()].filter(({ state }) => state === 'bound').map(({ address }) => address);
    this.book.configure(settings);
    this.#gone = [...this.#gone, ...bound.filter((address) => this.book.at(address) === undefined)];
    this.#admission = new Admission(settings);
    this.#desk = this.#deskFor(settings);
    this.#byWire = new Map();
    this.#selfServed = new Map();
  }

  /** The addresses of an interface have changed. */
  rewired(): void {
    this.#byWire = new Map();
  }

  /** A datagram of port 67. `undefined`: nothing is sent. */
  receive(bytes: Buffer, arrival: Arrival, now: Instant): Reply | undefined {
    const message = parseMessage(bytes);
    if (!('malformed' in message)) return this.answer(message, arrival, now);
    this.notices.malformed(bytes, message, arrival, now);
    return undefined;
  }

  answer(message: DhcpMessage, arrival: Arrival, now: Instant): Reply | undefined {
    const client = clientOf(message);
    if (message.op === REPLY) return this.#heardServer(message, client, arrival, now);
    const { type } = message;
    if (type === undefined) {
      this.notices.ignored(message, client, arrival, 'bootp', now);
      return undefined;
    }
    const exchange = this.#meet(message, type, client, arrival, now);
    const outcome = this.#decide(exchange);
    const reply = this.#reply(exchange, outcome);
    this.notices.received(exchange, reply === undefined && isAnswered(outcome) ? silent('no-room') : outcome);
    return reply;
  }

  nextDeadline(): Instant | undefined {
    return this.book.nextDeadline();
  }

  expire(now: Instant): void {
    this.book.expire(now);
  }

  // ── leases as the book tells of them ──────────────────────────────────────────────────────────────────────────

  changed(lease: Lease, now: Instant): void {
    this.#written(lease);
    if (lease.state === 'bound') this.#tellDevices(lease, now);
    else this.#devices.endLease(ipv4Text(lease.address), now);
  }

  ranOut(lease: Lease, was: 'bound' | 'declined', client: Client, now: Instant): void {
    const device = this.#deviceOf(client)?.configured.name;
    if (was === 'bound') this.#devices.endLease(ipv4Text(lease.address), now);
    this.notices.ranOut(lease, was, client, device, now);
  }

  lapsed(address: number, client: Client, since: Instant, now: Instant): void {
    this.#turnedAwayLately.note(client.key, now);
    this.notices.lapsed(address, client, this.#deviceOf(client)?.configured.name, since, now);
  }

  /** Tells the device database of every lease: those that a restart brought back, or are of devices that are new. */
  tellLeases(now: Instant): void {
    for (const address of this.#gone) this.#devices.endLease(ipv4Text(address), now);
    this.#gone = [];
    for (const lease of this.book.leases()) if (lease.state === 'bound') this.#tellDevices(lease, now);
  }

  /** The lease in force of an address, as the device database keeps it. */
  leaseAt(address: string): LeaseFact | undefined {
    const text = parseIpv4Address(address);
    const lease = text === undefined ? undefined : this.book.at(ipv4Number(text));
    return lease?.state === 'bound' ? this.#factOf(lease) : undefined;
  }

  #tellDevices(lease: Lease, now: Instant): void {
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
  #meet(message: DhcpMessage, kind: Exchange['kind'], client: Client, arrival: Arrival, now: Instant): Exchange {
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
  #subnetsOf(message: DhcpMessage, ciaddr: number, giaddr: number, { wire }: Arrival): readonly Subnet[] {
    if (giaddr !== 0 || ciaddr !== 0) {
      const link = giaddr === 0 ? ciaddr : relayAddress(message, SUB_OPTION.linkSelection);
      const subnet = this.book.subnets.find((one) => (link === undefined ? one.hasHost(giaddr) : one.contains(link)));
      return subnet === undefined ? [] : [subnet];
    }
    const known = this.#byWire.get(wire.name);
    if (known !== undefined) return known;
    const subnets = this.book.subnets.filter((subnet) => wire.addresses.some((address) => subnet.contains(address)));
    this.#byWire.set(wire.name, subnets);
    return subnets;
  }

  #decide(exchange: Exchange): Outcome {
    const { message, kind, giaddr, serverId, arrival, client, now } = exchange;
    // Whoever takes another server's offer tells of that server, phone or not.
    if (kind === 'REQUEST' && serverId !== undefined && !isUs(this.#desk, exchange, serverId))
      this.notices.otherServer(serverId, client.mac, arrival, 'named-by-client', now);
    const direct = giaddr === 0 && message.options.has(CODE.relayAgentInformation);
    if (direct && this.#desk.settings.directRelayInformation === 'drop') return silent('option-82-without-relay');
    return this.#turnedAway(exchange) ?? CONVERSATIONS[kind](this.#desk, exchange);
  }

  /** RELEASE and DECLINE need not say who sends them: they are known by their lease (`provisioning.md` §2.2). */
  #turnedAway(exchange: Exchange): Outcome | undefined {
    const { kind } = exchange;
    if (kind === 'RELEASE' || kind === 'DECLINE') return undefined;
    const lease = exchange.client.vendorClass === '' ? this.book.at(subjectOf(exchange)) : undefined;
    const remembered = lease?.client.key === exchange.client.key ? lease.client.vendorClass : '';
    const reason = this.#admission.refuses(exchange, remembered);
    return reason === undefined ? undefined : silent(reason);
  }

  #reply(exchange: Exchange, outcome: Outcome): Reply | undefined {
    if (!isAnswered(outcome)) return undefined;
    const { decision } = outcome;
    const { settings } = this.#desk;
    const content = decision === 'NAK' ? this.#nak(exchange, outcome) : this.#offer(exchange, outcome);
    const bytes = this.#writer.write(exchange.message, content);
    if (bytes === undefined) return undefined;
    const to = destinationOf(exchange, decision, settings.clientPort);
    const subnet = decision === 'NAK' ? exchange.subnets[0] : outcome.subnet;
    return { bytes, to, from: ownAddressFor(exchange, subnet), type: decision, exchange, outcome };
  }

  #nak(exchange: Exchange, { reason }: Outcome): ReplyContent {
    const serverId = serverIdFor(this.#desk, exchange, exchange.subnets[0]);
    return { type: 'NAK', yiaddr: 0, serverId, offering: undefined, times: undefined, message: REASONS[reason] };
  }

  #offer(exchange: Exchange, outcome: Extract<Outcome, { subnet: Subnet; offering: ClientOptions }>): ReplyContent {
    const { decision, reason, subnet, offering, lease, granted } = outcome;
    if (lease !== undefined) this.notices.pools.gave(subnet, reason, exchange.now);
    return {
      type: decision,
      yiaddr: lease?.address ?? 0,
      serverId: serverIdFor(this.#desk, exchange, subnet),
      offering:
        offering.fileServers.length > 0 ? offering : this.#selfServing(offering, ownAddressFor(exchange, subnet)),
      times: granted === undefined ? undefined : leaseTimes(granted, subnet),
      message: undefined,
    };
  }

  /** The offering of a subnet that names no file server: we are it. */
  #selfServing(offering: ClientOptions, own: number): ClientOptions {
    const byAddress = this.#selfServed.get(offering) ?? new Map<number, ClientOptions>();
    this.#selfServed.set(offering, byAddress);
    const known = byAddress.get(own) ?? withOwnFileServer(offering, own);
    byAddress.set(own, known);
    return known;
  }

  /** A reply that arrives at a server's port: another server is there, unless it is our own that came back. */
  #heardServer(message: DhcpMessage, client: Client, arrival: Arrival, now: Instant): undefined {
    const server = message.u32(CODE.serverId) ?? senderOf(arrival);
    if (!arrival.wire.addresses.includes(server)) {
      this.notices.otherServer(server, client.mac, arrival, 'heard', now);
      if (message.type === 'OFFER' || message.type === 'ACK')
        this.notices.otherOffer(message, ipv4Text(server), this.#deviceOf(client)?.configured.name, arrival, now);
    }
    this.notices.ignored(message, client, arrival, 'a-reply', now);
  }

  #deskFor(settings: DhcpSettings): HandlerContext {
    return {
      settings,
      book: this.book,
      turnedAway: this.#turnedAwayLately,
      crowded: ({ giaddr, arrival, client, now }) => {
        const link = giaddr === 0 ? arrival.wire.name : ipv4Text(giaddr);
        const throttle = this.#turnedAwayLately.has(client.key, now) ? this.#throttleOfSecondAsks : this.#throttle;
        const refusal = throttle.refuses(link, settings.limits, now);
        if (refusal !== undefined) this.notices.throttled(refusal, now);
        return refusal !== undefined;
      },
    };
  }
}

type Answered = Extract<Outcome, { decision: 'OFFER' | 'ACK' | 'NAK' }>;

const isAnswered = (outcome: Outcome): outcome is Answered =>
  outcome.decision !== 'silent' && outcome.decision !== 'noted';
