import { DeadlineTimer } from '../core/deadline-timer.js';
import type { Publisher } from '../core/event-bus.js';
import type { Ipv4Address } from '../core/identifiers.js';
import { after, type Clock, type Instant } from '../core/time.js';
import type { LeaseFact } from '../devices/index.js';
import type { InterfaceNetwork, InterfaceSocket, Random } from '../net/ports.js';
import type { Prober } from './address-choice.js';
import { type Discovery, RelayedDiscovery } from './discovery.js';
import type { MessageCounts } from './event-publisher.js';
import type { DhcpEvent } from './events.js';
import type { Reply, ServedInterface } from './exchange.js';
import { ipv4Number, ipv4Text } from './ipv4.js';
import { type LeaseFile, type LeaseFileListener, LeaseJournal } from './lease-journal.js';
import { type LeaseSnapshot, leaseSnapshot } from './lease-snapshot.js';
import type { PoolOccupancy } from './pool-occupancy.js';
import { ServedInterfaces } from './served-interfaces.js';
import { DhcpService, type LeasedDevices } from './service.js';
import type { DhcpSettings } from './settings.js';
import type { SharedLeases } from './shared-leases.js';

/** How many offers may be delayed at a time; others are sent at once. */
const MAX_DELAYED = 1000;

/** What a `DhcpServer` is made of. */
export interface DhcpServerDependencies {
  readonly settings: DhcpSettings;
  readonly network: InterfaceNetwork;
  readonly file: LeaseFile;
  readonly devices: LeasedDevices;
  readonly bus: Publisher<DhcpEvent>;
  readonly clock: Clock;
  readonly prober?: Prober;
  /** For a DISCOVER of our own; absent: there is none. */
  readonly random?: Random;
  /** The other servers that give addresses of the same pools; absent: this one is alone with them. */
  readonly shared?: SharedLeases | undefined;
}

/**
 * The DHCP server: its sockets, timers and lease file around a `DhcpService`. Hands datagrams to the service, and sends
 * the replies once their leases are written. Decides nothing about the protocol.
 */
export class DhcpServer {
  readonly #dependencies: DhcpServerDependencies;
  readonly #service: DhcpService;
  readonly #journal: LeaseJournal;
  readonly #timers: readonly DeadlineTimer[];
  readonly #interfaces: ServedInterfaces;
  readonly #discovery: RelayedDiscovery | undefined;
  #settings: DhcpSettings;
  /** The replies of this turn. They are sent together when their leases are written. */
  #waiting: { readonly reply: Reply; readonly socket: InterfaceSocket }[] = [];
  #delayed = 0;
  #isClosed = false;
  #isFlushing = false;

  constructor(dependencies: DhcpServerDependencies) {
    const { settings, network, file, devices, bus, clock, prober, random, shared } = dependencies;
    this.#dependencies = dependencies;
    this.#settings = settings;
    const listener: LeaseFileListener = {
      onFailed: (detail, now) => this.#service.events.publishFileEvent('lease.file-failed', detail, now),
      onRecovered: (now) =>
        this.#service.events.publishFileEvent('lease.file-recovered', 'every lease is written down again', now),
    };
    this.#journal = new LeaseJournal(file, () => this.#service.table, listener, clock);
    this.#discovery = random === undefined ? undefined : new RelayedDiscovery(clock, random);
    this.#service = new DhcpService({
      settings,
      bus,
      devices,
      onLeaseChanged: (lease) => this.#journal.add(lease),
      ...(prober === undefined ? {} : { prober }),
      ...(this.#discovery === undefined ? {} : { discovery: this.#discovery }),
      ...(shared === undefined ? {} : { shared }),
    });
    this.#interfaces = new ServedInterfaces({
      network,
      clock,
      onReceived: (bytes, from, to, { servedInterface, socket }) => {
        const arrival = { servedInterface, from, to: to === undefined ? undefined : ipv4Number(to as Ipv4Address) };
        const reply = this.#service.receive(bytes, arrival, clock.now());
        if (reply !== undefined) this.#enqueue(reply, socket);
      },
      onDrained: () => this.#sendWaiting(),
      onChanged: (type, name, detail) => {
        this.#service.forgetInterfaces();
        this.#service.events.publishInterfaceEvent(type, name, detail, clock.now());
      },
    });
    this.#timers = [new DeadlineTimer(this.#service, clock), new DeadlineTimer(this.#journal, clock)];
  }

  /** Reads the leases, then opens every configured interface. Rejects with a `BindError`; then nothing is open. */
  async open(): Promise<void> {
    this.#readLeases();
    this.#share();
    await this.#interfaces.open(this.#settings.interfaces, this.#settings.port);
    this.#rearmTimers();
  }

  /** The interfaces that it answers on. */
  get servedInterfaces(): readonly ServedInterface[] {
    return this.#interfaces.all.map(({ servedInterface }) => servedInterface);
  }

  /** Messages since the start by decision and reason. */
  get counts(): MessageCounts {
    return this.#service.events.counts;
  }

  /** For each subnet, how many addresses its pools have, and how many are leased and offered. */
  occupancy(): readonly {
    readonly subnet: string;
    readonly size: number;
    readonly bound: number;
    readonly offered: number;
  }[] {
    const { table: book } = this.#service;
    return book.subnets.map((subnet) => ({ subnet: subnet.name, ...book.occupancy(subnet) }));
  }

  /** The pools of each subnet: which addresses there are, and what has become of them. */
  pools(): readonly PoolOccupancy[] {
    const { table } = this.#service;
    return table.subnets.map((subnet) => table.pool(subnet));
  }

  /** Every lease that a client has or had, in the order of addresses. */
  leases(): readonly LeaseSnapshot[] {
    return [...this.#service.table.all()]
      .filter(({ client }) => client.key !== '')
      .sort((a, b) => a.address - b.address)
      .map((lease) => leaseSnapshot(lease, this.#dependencies.devices));
  }

  /** The lease in force of an address: which phone it is that fetches a file from there. */
  leaseAt(address: string): LeaseFact | undefined {
    return this.#service.leaseAt(address);
  }

  /** The relays that a message came from since the start. */
  get relays(): readonly string[] {
    return this.#service.relays;
  }

  /**
   * Asks the other servers of an interface what they would give a phone: one DISCOVER, five seconds of listening, and
   * never a REQUEST. One a minute at most. `name`: the interface; `undefined`: the first one beyond this machine.
   */
  async discover(name: string | undefined): Promise<Discovery> {
    const open = this.#interfaces.all.find(({ servedInterface, socket }) =>
      name === undefined ? !socket.loopback : servedInterface.name === name,
    );
    if (open === undefined || this.#discovery === undefined)
      return { kind: 'refused', why: `DHCP is not served on ${name ?? 'any interface beyond loopback'}` };
    const { socket, servedInterface } = open;
    const [address] = servedInterface.addresses;
    if (socket.loopback || address === undefined)
      return { kind: 'refused', why: `${servedInterface.name} is loopback, where nobody else is` };
    return this.#discovery.ask(socket, address, this.#settings.port);
  }

  /** Takes other settings, and drops no phone. Interfaces and ports stay as they are. */
  configure(settings: DhcpSettings): void {
    this.#settings = { ...settings, interfaces: this.#settings.interfaces, port: this.#settings.port };
    this.#service.configure(this.#settings);
    this.#service.reportLeases(this.#dependencies.clock.now());
    this.#rearmTimers();
  }

  /** Sends the replies that wait, closes the sockets, and writes what is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) timer.stop();
    this.#discovery?.close();
    this.#sendWaiting();
    await this.#interfaces.close();
    await this.#journal.close(this.#dependencies.clock.now());
  }

  #readLeases(): void {
    const now = this.#dependencies.clock.now();
    const outside = new Set<number>();
    const { lines, damaged } = this.#journal.read((lease) => {
      if (!this.#service.table.restore(lease, now)) outside.add(lease.address);
    });
    if (lines === 0) return;
    this.#service.reportLeases(now);
    const dropped =
      outside.size === 0 ? '' : `; dropped ${outside.size} of no configured subnet, such as ${firstOf(outside)}`;
    const detail = `${this.#service.table.size} leases in ${lines} lines, ${damaged} of them damaged${dropped}`;
    this.#service.events.publishFileEvent('lease.file-read', detail, now);
  }

  /** Lets the leases of other servers into the table, and these out of it. */
  #share(): void {
    const { table } = this.#service;
    this.#dependencies.shared?.serve({
      get subnets() {
        return table.subnets;
      },
      all: () => table.all(),
      leaseAt: (address) => table.leaseAt(address),
      learn: (...told) => {
        table.learn(...told);
        const lease = table.leaseAt(told[1].address);
        if (lease?.isForeign === false) this.#journal.add(lease);
        this.#flushSoon();
      },
      revoke: (address, now) => table.revoke(address, now),
    });
  }

  /** Writes what was learnt, after this turn. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      if (this.#isClosed) return;
      this.#journal.flush(this.#dependencies.clock.now());
      this.#rearmTimers();
    });
  }

  #enqueue(reply: Reply, socket: InterfaceSocket): void {
    const { offerDelay } = this.#settings;
    if (reply.type !== 'OFFER' || offerDelay === 0 || this.#delayed >= MAX_DELAYED) {
      this.#waiting.push({ reply, socket });
      return;
    }
    const { clock } = this.#dependencies;
    this.#delayed += 1;
    clock.callAt(after(clock.now(), offerDelay), () => {
      this.#delayed -= 1;
      this.#send(reply, socket, clock.now());
    });
  }

  /** Writes the leases, then sends the replies: a lease that a client knows of must survive a kill. */
  #sendWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const saved = this.#journal.flush(this.#dependencies.clock.now());
    for (const { reply, socket } of waiting) {
      if (!bindsLease(reply)) this.#send(reply, socket);
      else if (saved) this.#sendSettled(reply, socket);
      else this.#service.onUnsaved(reply, this.#dependencies.clock.now());
    }
    this.#rearmTimers();
  }

  /** In a cluster the acknowledgement of a lease leaves when the other servers know it. */
  #sendSettled(reply: Reply, socket: InterfaceSocket): void {
    const settled = this.#service.settled(reply);
    if (!(settled instanceof Promise)) {
      this.#send(settled, socket);
      return;
    }
    void settled.then((late) => {
      if (this.#isClosed) return;
      const now = this.#dependencies.clock.now();
      if (late !== undefined) this.#send(late, socket, now);
      this.#journal.flush(now); // a lease that another server gave first has ended here
      this.#rearmTimers();
    });
  }

  #send(reply: Reply, socket: InterfaceSocket, at?: Instant): void {
    socket.send(reply.bytes, ipv4Text(reply.from), reply.to);
    this.#service.onSent(reply, at);
  }

  #rearmTimers(): void {
    if (this.#isClosed) return;
    for (const timer of this.#timers) timer.rearm();
  }
}

const firstOf = (addresses: ReadonlySet<number>): string => ipv4Text(addresses.values().next().value ?? 0);

const bindsLease = ({ outcome }: Reply): boolean => outcome.decision === 'ACK' && outcome.lease !== undefined;
