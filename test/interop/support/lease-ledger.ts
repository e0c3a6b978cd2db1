// DHCP clients behind a relay that asks all nodes, and the ledger of what they were acknowledged: an address that two clients
// have at one time is written down.

import dgram from 'node:dgram';
import { once } from 'node:events';
import { message, readReply } from '../../dhcp/harness.js';
import { seededRandom } from '../../support/random.js';

const RELAY_PORT = 67;
/** Of the history of an address. */
const SHOWN = 6;
const MOST_ASKED = 3;

/** A client that asks again and again. */
interface Client {
  readonly mac: string;
  address: string | undefined;
  /** Of its last question: answers to an earlier one come too late for it (RFC 2131 §4.4.1). */
  xid: number;
  /** What it was offered in this turn. */
  offered: string | undefined;
  /** How often it has asked since it was acknowledged last. */
  asked: number;
}

export class LeaseLedger {
  /** Each as `ADDRESS: MAC and MAC`. */
  readonly twice: string[] = [];
  readonly #relay: string;
  readonly #servers: readonly string[];
  readonly #socket = dgram.createSocket('udp4');
  readonly #clients = new Map<string, Client>();
  readonly #holders = new Map<string, string>();
  /** What was acknowledged of each address, and by whom. */
  readonly #history = new Map<string, string[]>();
  readonly #random = seededRandom(11);
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;

  constructor(relay: string, servers: readonly string[]) {
    this.#relay = relay;
    this.#servers = servers;
    this.#socket.on('message', (bytes, { address }) => this.#heard(bytes, address));
  }

  /** The clients that have an address. */
  get holders(): ReadonlyMap<string, string> {
    return this.#holders;
  }

  get size(): number {
    return this.#clients.size;
  }

  async open(): Promise<void> {
    this.#socket.bind(RELAY_PORT, this.#relay);
    await once(this.#socket, 'listening');
  }

  /** Adds clients that have no address yet. */
  add(count: number): void {
    for (let added = 0; added < count; added += 1) {
      const mac = `0050569${(0x10000 + this.#clients.size).toString(16).toUpperCase()}`.slice(0, 12);
      this.#clients.set(mac, { mac, address: undefined, xid: 0, offered: undefined, asked: MOST_ASKED });
    }
  }

  /** So many messages a second, for as long as it is open. */
  start(perSecond: number): void {
    this.#timer ??= setInterval(() => this.#step(), 1000 / perSecond);
  }

  /** Which clients have asked again and again and have none. */
  without(): readonly string[] {
    return [...this.#clients.values()].filter(({ asked }) => asked >= MOST_ASKED).map(({ mac }) => mac);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  /** The next client: one without an address asks for one, another renews. */
  #step(): void {
    const all = [...this.#clients.values()];
    const client = all[this.#turn % all.length];
    this.#turn += 1;
    if (client === undefined) return;
    const { address } = client;
    client.offered = undefined;
    client.xid = this.#turn;
    client.asked += 1;
    // Half as after a restart (INIT-REBOOT), half anew: those have no address until they are acknowledged one.
    if (address !== undefined && this.#random.below(2) === 0) this.#send('REQUEST', client, { requested: address });
    else {
      this.#forget(client);
      this.#send('DISCOVER', client, {});
    }
  }

  #send(type: 'DISCOVER' | 'REQUEST', { mac, xid }: Client, fields: object): void {
    const bytes = message(type, { mac, xid, giaddr: this.#relay, ...fields });
    for (const server of this.#servers) this.#socket.send(bytes, RELAY_PORT, server);
  }

  #heard(bytes: Buffer, from: string): void {
    const { type, chaddr, yiaddr, xid } = readReply({ bytes, to: { address: this.#relay, port: RELAY_PORT } });
    const client = this.#clients.get(chaddr.slice(0, 12).toUpperCase());
    if (client === undefined || client.xid !== xid) return;
    if (type === 'OFFER') {
      if (client.offered !== undefined) return;
      client.offered = yiaddr;
      this.#send('REQUEST', client, { requested: yiaddr, server: from });
    } else if (type === 'ACK') this.#acknowledged(client, yiaddr, from);
    else if (type === 'NAK') this.#forget(client);
  }

  #acknowledged(client: Client, address: string, from: string): void {
    const history = this.#history.get(address) ?? [];
    this.#history.set(address, history);
    const seconds = (performance.now() / 1000).toFixed(1);
    history.push(`${seconds} ${client.mac} by ${from}${client.offered === undefined ? '' : ' as offered'}`);
    const holder = this.#holders.get(address);
    if (holder !== undefined && holder !== client.mac)
      this.twice.push(`${address}: ${holder} and ${client.mac}: ${history.slice(-SHOWN).join('; ')}`);
    if (client.address !== undefined && client.address !== address) this.#forget(client);
    client.address = address;
    client.asked = 0;
    this.#holders.set(address, client.mac);
  }

  #forget(client: Client): void {
    if (client.address !== undefined && this.#holders.get(client.address) === client.mac) {
      this.#holders.delete(client.address);
      this.#history.get(client.address)?.push(`${(performance.now() / 1000).toFixed(1)} ${client.mac} has left it`);
    }
    client.address = undefined;
  }
}
