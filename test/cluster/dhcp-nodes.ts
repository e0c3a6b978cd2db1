// Nodes that serve one subnet, with one engine between them, and phones that ask them. A ledger finds an address that two
// phones hold at a time.

import type { ClusterEvent } from '../../src/cluster/events.js';
import { type InProcessBus, InProcessEngine } from '../../src/cluster/in-process-bus.js';
import { ClusterLeases } from '../../src/cluster/index.js';
import type { Ipv4Address } from '../../src/core/identifiers.js';
import type { DeviceEvent } from '../../src/devices/events.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { DhcpEvent } from '../../src/dhcp/events.js';
import { DhcpServer } from '../../src/dhcp/server.js';
import type { DhcpSettings } from '../../src/dhcp/settings.js';
import type { Endpoint, InterfaceHandler, InterfaceNetwork } from '../../src/net/ports.js';
import {
  aPool,
  type ClientMessageFields,
  macNumber,
  message,
  type ReadReply,
  readReply,
  withSubnet,
} from '../dhcp/harness.js';
import { MemoryLeaseFile } from '../dhcp/memory-lease-file.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { SkewedClock } from './skewed-clock.js';

/** Lets everything happen that needs no time. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Wire implements InterfaceNetwork {
  readonly address: string;
  readonly replies: ReadReply[] = [];
  #handler: InterfaceHandler | undefined;

  constructor(address: string) {
    this.address = address;
  }

  open(_options: unknown, handler: InterfaceHandler) {
    this.#handler = handler;
    return Promise.resolve({
      addresses: [this.address as Ipv4Address],
      loopback: false,
      port: 67,
      send: (bytes: Buffer, _from: string, to: Endpoint) => void this.replies.push(readReply({ bytes, to })),
      close: () => Promise.resolve(),
    } as never);
  }

  hear(bytes: Buffer, to: string | undefined): void {
    const from = { address: '0.0.0.0', port: 68 };
    (this.#handler as { onReceived(bytes: Buffer, from: Endpoint, to?: string): void }).onReceived(bytes, from, to);
    this.#handler?.onDrained();
  }
}

/** A machine with a DHCP server. What it keeps on disk outlives its starts. */
export class DhcpNode {
  readonly name: string;
  readonly clock: SkewedClock;
  readonly file = new MemoryLeaseFile();
  readonly probe = new EventRecorder<DhcpEvent | DeviceEvent | ClusterEvent>();
  readonly degraded: string[] = [];
  readonly lab: DhcpLab;
  readonly address: string;
  wire: Wire;
  leases!: ClusterLeases;
  server!: DhcpServer;
  bus!: InProcessBus;
  isRunning = false;
  #starts = 0;

  constructor(lab: DhcpLab, name: string, index: number) {
    this.lab = lab;
    this.name = name;
    this.address = `10.10.210.${10 + index}`;
    this.clock = new SkewedClock(lab.clock, index * 7_654_321, index * 5 * 60_000);
    this.wire = new Wire(this.address);
  }

  async start(): Promise<void> {
    this.#starts += 1;
    const { lab, name, clock, probe } = this;
    this.bus = lab.engine.connection(name);
    const bus = this.bus;
    const leases = new ClusterLeases({
      clock,
      bus: probe.bus,
      bucket: bus.bucket('leases'),
      self: { node: name, instance: `${name}-${this.#starts}` },
      exists: (node) => lab.configured.has(node),
      isSteady: (node) => lab.nodes.some((one) => one.name === node && one.isRunning && one.bus.state.isConnected),
      others: () => [...lab.configured].filter((node) => node !== name),
      degraded: (reason) => void (reason !== undefined && this.degraded.push(reason)),
    });
    this.leases = leases;
    bus.watch('leases', leases);
    bus.onState(({ isConnected }) => {
      if (!isConnected) leases.lost();
    });
    bus.start();
    leases.start();
    this.wire = new Wire(this.address);
    this.server = new DhcpServer({
      settings: lab.settings,
      network: this.wire,
      file: this.file,
      devices: new DeviceDatabase(probe.bus),
      bus: probe.bus,
      clock,
      shared: leases,
    });
    await this.server.open();
    this.isRunning = true;
    await settle();
  }

  /** As after a kill: nobody is told anything. */
  async kill(): Promise<void> {
    this.isRunning = false;
    this.bus.cut(true);
    this.leases.close();
    await this.bus.close();
    await this.server.close();
    await settle();
  }

  /** The state and client of an address in the table. */
  stateOf(address: string): string | undefined {
    return this.server.leases().find((lease) => lease.address === address)?.state;
  }
}

/** A phone. It knows until when it has its address, by the one true clock. */
export class DhcpPhone {
  readonly mac: string;
  readonly #lab: DhcpLab;
  address: string | undefined;
  until = 0;
  server: string | undefined;

  constructor(lab: DhcpLab, number: number) {
    this.#lab = lab;
    this.mac = macNumber(number);
  }

  get isBound(): boolean {
    return this.address !== undefined && this.#lab.clock.now() < this.until;
  }

  /** Sends to some nodes, and returns what each of them answered. */
  async #ask(
    nodes: readonly DhcpNode[],
    type: 'DISCOVER' | 'REQUEST' | 'RELEASE' | 'DECLINE',
    fields: ClientMessageFields,
    to?: string,
  ): Promise<ReadReply[]> {
    const xid = this.#lab.nextXid();
    for (const node of nodes) if (node.isRunning) node.wire.hear(message(type, { xid, mac: this.mac, ...fields }), to);
    await settle();
    return nodes.flatMap(({ wire }) => wire.replies.filter((reply) => reply.xid === xid));
  }

  #take(ack: ReadReply | undefined): boolean {
    if (ack?.type === 'NAK') this.#drop();
    if (ack?.type !== 'ACK') return false;
    this.address = ack.yiaddr;
    this.until = this.#lab.clock.now() + Number.parseInt(ack.option(51) ?? '0', 16) * 1000;
    this.server = ipOf(ack.option(54) ?? '');
    this.#lab.check();
    return true;
  }

  #drop(): void {
    this.address = undefined;
    this.until = 0;
  }

  /** DISCOVER, and REQUEST of one of the offers. `choose`: which. */
  async boot(nodes: readonly DhcpNode[], choose: (offers: number) => number = () => 0): Promise<string | undefined> {
    this.#drop();
    const offers = (await this.#ask(nodes, 'DISCOVER', {})).filter(({ type }) => type === 'OFFER');
    if (offers.length === 0) return undefined;
    await this.request(nodes, offers[choose(offers.length)] as ReadReply);
    return this.address;
  }

  async discover(nodes: readonly DhcpNode[]): Promise<ReadReply | undefined> {
    const [offer] = await this.#ask(nodes, 'DISCOVER', {});
    return offer;
  }

  /** The type of the answer. */
  async request(nodes: readonly DhcpNode[], offer: ReadReply): Promise<string | undefined> {
    const server = ipOf(offer.option(54) ?? '');
    const [answer] = await this.#ask(nodes, 'REQUEST', { requested: offer.yiaddr, server });
    this.#take(answer);
    return answer?.type;
  }

  /** To the server that gave the address. The type of the answer. */
  async renew(node: DhcpNode): Promise<string | undefined> {
    const [answer] = await this.#ask([node], 'REQUEST', { ciaddr: this.address ?? '' }, node.address);
    this.#take(answer);
    return answer?.type;
  }

  /** To all. */
  async rebind(nodes: readonly DhcpNode[]): Promise<string | undefined> {
    const answers = await this.#ask(nodes, 'REQUEST', { ciaddr: this.address ?? '' });
    for (const answer of answers) if (this.address !== undefined) this.#take(answer);
    return answers[0]?.type;
  }

  /** With the address that it remembers. */
  async reboot(nodes: readonly DhcpNode[]): Promise<string | undefined> {
    const answers = await this.#ask(nodes, 'REQUEST', { requested: this.address ?? '' });
    for (const answer of answers) if (this.address !== undefined) this.#take(answer);
    return answers[0]?.type;
  }

  async release(node: DhcpNode): Promise<void> {
    const { address = '' } = this;
    this.#drop();
    await this.#ask([node], 'RELEASE', { ciaddr: address, server: node.address }, node.address);
  }

  async decline(node: DhcpNode): Promise<void> {
    const { address = '' } = this;
    this.#drop();
    await this.#ask([node], 'DECLINE', { requested: address, server: node.address });
  }
}

const ipOf = (hex: string): string => [...Buffer.from(hex, 'hex')].join('.');

/** The machines, the engine and the phones. */
export class DhcpLab {
  readonly clock = new ManualClock();
  readonly engine = new InProcessEngine(this.clock);
  readonly settings: DhcpSettings;
  /** The nodes of the configuration. */
  readonly configured = new Set<string>();
  readonly nodes: DhcpNode[] = [];
  readonly phones: DhcpPhone[] = [];
  #xid = 1;

  private constructor(settings: DhcpSettings) {
    this.settings = settings;
  }

  /** `last`: the last octet of the pool, which begins with 200. */
  static async of(
    names: readonly string[],
    last = 250,
    settings: Parameters<typeof withSubnet>[0] = {},
  ): Promise<DhcpLab> {
    const lab = new DhcpLab({
      ...withSubnet({ ...aPool('10.10.210.200', `10.10.210.${last}`), ...settings }, { answer: 'all' }),
      limits: { newClients: 100_000, newClientsPerLink: 100_000, openOffers: 1 },
    });
    for (const [index, name] of names.entries()) {
      lab.configured.add(name);
      const node = new DhcpNode(lab, name, index);
      lab.nodes.push(node);
      await node.start();
    }
    await lab.advance(3_000); // the bucket is new: the nodes wait for what others remember
    return lab;
  }

  nextXid(): number {
    this.#xid += 1;
    return this.#xid;
  }

  phone(): DhcpPhone {
    const phone = new DhcpPhone(this, this.phones.length + 1);
    this.phones.push(phone);
    return phone;
  }

  async advance(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= 500) {
      this.clock.advance(Math.min(500, left));
      await settle();
    }
  }

  /** Throws if two phones have one address. */
  check(): void {
    const holders = new Map<string, DhcpPhone>();
    for (const phone of this.phones) {
      if (!phone.isBound) continue;
      const other = holders.get(phone.address as string);
      if (other !== undefined) throw new Error(`${phone.address} was given to ${other.mac} and to ${phone.mac}`);
      holders.set(phone.address as string, phone);
    }
  }
}
