// The shell: one socket per interface, datagrams to the service, answers back when their leases are on disk. It decides
// nothing about the protocol.

import { DeadlineTimer } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import type { Ipv4Address } from '../core/identifiers.js';
import { after, type Clock, type Instant } from '../core/time.js';
import type { LeaseFact } from '../devices/index.js';
import type { InterfaceNetwork, InterfaceSocket } from '../net/ports.js';
import type { Prober } from './address-choice.js';
import type { Counts } from './event-publisher.js';
import type { DhcpEvent } from './events.js';
import type { Reply, ServedInterface } from './exchange.js';
import { ipv4Number, ipv4Text } from './ipv4.js';
import { type LeaseFile, type LeaseFileListener, LeaseJournal } from './lease-journal.js';
import { type LeaseView, leaseView } from './lease-view.js';
import { ServedInterfaces } from './served-interfaces.js';
import { DhcpService, type LeasedDevices } from './service.js';
import type { DhcpSettings } from './settings.js';

/** Offers that wait to be late; beyond them offers leave at once. */
const MAX_DELAYED = 1000;

export interface DhcpServerParts {
  readonly settings: DhcpSettings;
  readonly network: InterfaceNetwork;
  readonly file: LeaseFile;
  readonly devices: LeasedDevices;
  readonly bus: Publisher<DhcpEvent>;
  readonly clock: Clock;
  readonly prober?: Prober;
}

export class DhcpServer {
  readonly #parts: DhcpServerParts;
  readonly #service: DhcpService;
  readonly #leases: LeaseJournal;
  readonly #pumps: readonly DeadlineTimer[];
  readonly #interfaces: ServedInterfaces;
  #settings: DhcpSettings;
  /** Decided on in this turn; they leave together when their leases are written. */
  #waiting: { readonly reply: Reply; readonly socket: InterfaceSocket }[] = [];
  #delayed = 0;

  constructor(parts: DhcpServerParts) {
    const { settings, network, file, devices, bus, clock, prober } = parts;
    this.#parts = parts;
    this.#settings = settings;
    const listener: LeaseFileListener = {
      failed: (detail, now) => this.#service.notices.file('lease.file-failed', detail, now),
      recovered: (now) => this.#service.notices.file('lease.file-recovered', 'every lease is written down again', now),
    };
    this.#leases = new LeaseJournal(file, () => this.#service.book, listener, clock);
    this.#service = new DhcpService({
      settings,
      bus,
      devices,
      written: (lease) => this.#leases.changed(lease),
      ...(prober === undefined ? {} : { prober }),
    });
    this.#interfaces = new ServedInterfaces({
      network,
      clock,
      received: (bytes, from, to, { wire, socket }) => {
        const arrival = { wire, from, to: to === undefined ? undefined : ipv4Number(to as Ipv4Address) };
        const reply = this.#service.receive(bytes, arrival, clock.now());
        if (reply !== undefined) this.#enqueue(reply, socket);
      },
      drained: () => this.#sendWaiting(),
      changed: (type, name, detail) => {
        this.#service.rewired();
        this.#service.notices.interface(type, name, detail, clock.now());
      },
    });
    this.#pumps = [new DeadlineTimer(this.#service, clock), new DeadlineTimer(this.#leases, clock)];
  }

  /** Reads the leases, then answers on every configured interface. Rejects with a `BindError`; then nothing is open. */
  async open(): Promise<void> {
    this.#readLeases();
    await this.#interfaces.open(this.#settings.interfaces, this.#settings.port);
    this.#touch();
  }

  /** Where it answers. */
  get wires(): readonly ServedInterface[] {
    return this.#interfaces.all.map(({ wire }) => wire);
  }

  /** Messages since the start by decision and reason. */
  get counts(): Counts {
    return this.#service.notices.counts;
  }

  /** Addresses for anybody, leased and offered, by subnet. */
  occupancy(): readonly {
    readonly subnet: string;
    readonly size: number;
    readonly bound: number;
    readonly offered: number;
  }[] {
    const { book } = this.#service;
    return book.subnets.map((subnet) => ({ subnet: subnet.name, ...book.occupancy(subnet) }));
  }

  /** Every lease that somebody has or had, in order of address. */
  leases(): readonly LeaseView[] {
    return [...this.#service.book.leases()]
      .filter(({ client }) => client.key !== '')
      .sort((a, b) => a.address - b.address)
      .map((lease) => leaseView(lease, this.#parts.devices));
  }

  /** The lease of an address, where it is in force: whose phone it is that fetches a file from there. */
  leaseAt(address: string): LeaseFact | undefined {
    return this.#service.leaseAt(address);
  }

  /** Other settings from now on, and no phone dropped. Interfaces and ports stay as they are. */
  configure(settings: DhcpSettings): void {
    this.#settings = { ...settings, interfaces: this.#settings.interfaces, port: this.#settings.port };
    this.#service.configure(this.#settings);
    this.#service.tellLeases(this.#parts.clock.now());
    this.#touch();
  }

  /** Answers no more, writes what is left and ends. */
  async close(): Promise<void> {
    for (const pump of this.#pumps) pump.stop();
    this.#sendWaiting();
    await this.#interfaces.close();
    await this.#leases.close(this.#parts.clock.now());
  }

  #readLeases(): void {
    const now = this.#parts.clock.now();
    const foreign = new Set<number>();
    const { lines, damaged } = this.#leases.read((lease) => {
      if (!this.#service.book.restore(lease, now)) foreign.add(lease.address);
    });
    if (lines === 0) return;
    this.#service.tellLeases(now);
    const dropped =
      foreign.size === 0 ? '' : `; dropped ${foreign.size} of no configured subnet, such as ${firstOf(foreign)}`;
    const detail = `${this.#service.book.size} leases in ${lines} lines, ${damaged} of them damaged${dropped}`;
    this.#service.notices.file('lease.file-read', detail, now);
  }

  #enqueue(reply: Reply, socket: InterfaceSocket): void {
    const { offerDelay } = this.#settings;
    if (reply.type !== 'OFFER' || offerDelay === 0 || this.#delayed >= MAX_DELAYED) {
      this.#waiting.push({ reply, socket });
      return;
    }
    const { clock } = this.#parts;
    this.#delayed += 1;
    clock.callAt(after(clock.now(), offerDelay), () => {
      this.#delayed -= 1;
      this.#send(reply, socket, clock.now());
    });
  }

  /** Leases are written first: an acknowledgement that a client has is of a lease that a kill cannot undo. */
  #sendWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const saved = this.#leases.flush(this.#parts.clock.now());
    for (const { reply, socket } of waiting) {
      if (saved || !bindsLease(reply)) this.#send(reply, socket);
      else this.#service.notices.unsent('not-saved');
    }
    this.#touch();
  }

  #send(reply: Reply, socket: InterfaceSocket, at?: Instant): void {
    socket.send(reply.bytes, ipv4Text(reply.from), reply.to);
    this.#service.notices.sent(reply, at);
  }

  #touch(): void {
    for (const pump of this.#pumps) pump.rearm();
  }
}

const firstOf = (addresses: ReadonlySet<number>): string => ipv4Text(addresses.values().next().value ?? 0);

const bindsLease = ({ outcome }: Reply): boolean => outcome.decision === 'ACK' && outcome.lease !== undefined;
