// One DISCOVER of a phone that does not exist, to learn what other servers would give phones (`docs/protocols/explain.md`
// §3). It is never followed by a REQUEST, so a server holds its offer for a moment and forgets it.

import type { Ipv4Address, MacAddress } from '../core/identifiers.js';
import { after, type Clock, type Instant, minutes, seconds } from '../core/time.js';
import type { Endpoint, InterfaceNetwork, InterfaceSocket, Random } from '../net/ports.js';
import { dhcpPacket } from './client-message.js';
import { ipv4Octets, ipv4Text } from './ipv4.js';
import { CODE } from './options.js';
import { DhcpMessage, parseMessage, REPLY } from './packet.js';

/** How long offers are listened for. */
export const DISCOVERY_LASTS = seconds(5);
/** One DISCOVER in this time at most: each makes a server hold an address. */
const AGAIN_AFTER = minutes(1);
const MOST_OFFERS = 16;

/** An offer that came for the DISCOVER. */
export interface HeardOffer {
  /** Option 54, else the sender. */
  readonly server: string;
  readonly from: string;
  readonly yiaddr: string;
  readonly siaddr: string;
  /** By code, in hexadecimal. */
  readonly options: Readonly<Record<string, string>>;
}

/** How a DISCOVER went. `refused`: it was not sent, and why. */
export type Discovery =
  | {
      readonly kind: 'heard';
      readonly interface: string;
      /** The address that stood for a relay: only servers that serve it answer. Absent: it was broadcast as a client's. */
      readonly giaddr?: string;
      readonly offers: readonly HeardOffer[];
    }
  | { readonly kind: 'refused'; readonly why: string };

const VENDOR_CLASS = 'Cisco Systems, Inc. IP Phone CP-7962G\0';
const BROADCAST_ADDRESS = '255.255.255.255';
const SERVER_PORT = 67;
const CLIENT_PORT = 68;
const RECEIVE_BUFFER = 262_144;
/** Locally administered, to one machine (IEEE 802, clause 8.2): no phone has such an address. */
const LOCALLY_ADMINISTERED = '02';

/** The DISCOVER, and the transaction by which its answers are known. `relay`: the address that stands for one. */
export const discoverMessage = (random: Random, relay?: number): { readonly bytes: Buffer; readonly xid: number } => {
  const xid = random.below(0x1_0000_0000);
  const tail = Array.from({ length: 5 }, () => random.below(256).toString(16).padStart(2, '0')).join('');
  const mac = `${LOCALLY_ADMINISTERED}${tail}`.toUpperCase() as MacAddress;
  const bytes = dhcpPacket({
    type: 'DISCOVER',
    xid,
    secs: 0,
    mac,
    hostName: `SEP${mac}`,
    vendorClass: VENDOR_CLASS,
    requested: undefined,
    serverId: undefined,
    clientAddress: undefined,
    ...(relay === undefined ? {} : { relay: ipv4Octets([relay]) }),
  });
  return { bytes, xid };
};

/** What an OFFER says; `undefined`: it is none. */
export const heardOffer = (message: DhcpMessage, from: string): HeardOffer | undefined => {
  if (message.op !== REPLY || message.type !== 'OFFER') return undefined;
  const server = message.u32(CODE.serverId);
  return {
    server: server === undefined ? from : ipv4Text(server),
    from,
    yiaddr: ipv4Text(message.yiaddr),
    siaddr: ipv4Text(message.siaddr),
    options: Object.fromEntries([...message.options].map(([code, value]) => [String(code), value.toString('hex')])),
  };
};

/** Asks through an open socket of the server's port, as a relay on that interface. */
export class RelayedDiscovery {
  readonly #clock: Clock;
  readonly #random: Random;
  #lastAt: Instant | undefined;
  /** The transactions that are listened for, each with its offers. */
  readonly #open = new Map<number, HeardOffer[]>();
  /** Ends the waiting of each, before its time. */
  readonly #ends = new Set<() => void>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether a message belongs to a DISCOVER of this class: our own, which came back, or an answer. */
  isOwn(message: DhcpMessage): boolean {
    return this.#open.size > 0 && this.#open.has(message.xid);
  }

  /** Takes a reply of another server. */
  receive(message: DhcpMessage, from: string): void {
    const offers = this.#open.get(message.xid);
    const offer = heardOffer(message, from);
    if (offers !== undefined && offer !== undefined && offers.length < MOST_OFFERS) offers.push(offer);
  }

  /** Sends the DISCOVER and waits for offers. `port`: that of servers. */
  async ask(socket: InterfaceSocket, address: number, port: number): Promise<Discovery> {
    const now = this.#clock.now();
    const again = this.#lastAt === undefined ? now : after(this.#lastAt, AGAIN_AFTER);
    if (again > now)
      return { kind: 'refused', why: `one a minute at most; the next one in ${Math.ceil((again - now) / 1000)} s` };
    this.#lastAt = now;
    const { bytes, xid } = discoverMessage(this.#random, address);
    const offers: HeardOffer[] = [];
    this.#open.set(xid, offers);
    const giaddr = ipv4Text(address);
    socket.send(bytes, giaddr, { address: BROADCAST_ADDRESS, port });
    await new Promise<void>((resolve) => {
      const timer = this.#clock.callAt(after(now, DISCOVERY_LASTS), () => end());
      const end = (): void => {
        timer.cancel();
        this.#ends.delete(end);
        resolve();
      };
      this.#ends.add(end);
    });
    this.#open.delete(xid);
    return { kind: 'heard', interface: socket.interface, giaddr, offers };
  }

  /** Waits no longer. */
  close(): void {
    for (const end of this.#ends) end();
  }
}

/** What `discoverAsClient` needs. */
export interface ClientDiscovery {
  readonly network: InterfaceNetwork;
  readonly clock: Clock;
  readonly random: Random;
  readonly interface: string;
}

/**
 * Asks as a client does, from port 68 of an interface. That port is privileged and often held: then the answer says so.
 * Never rejects.
 */
export const discoverAsClient = async (options: ClientDiscovery): Promise<Discovery> => {
  const { network, clock, random, interface: name } = options;
  const { bytes, xid } = discoverMessage(random);
  const offers: HeardOffer[] = [];
  let socket: InterfaceSocket;
  try {
    socket = await network.open(
      { interface: name, port: CLIENT_PORT, receiveBuffer: RECEIVE_BUFFER },
      {
        onReceived: (octets: Buffer, { address: from }: Endpoint) => {
          const message = parseMessage(octets);
          if (!(message instanceof DhcpMessage) || message.xid !== xid || offers.length >= MOST_OFFERS) return;
          const offer = heardOffer(message, from);
          if (offer !== undefined) offers.push(offer);
        },
        onDrained: () => {},
      },
    );
  } catch (error) {
    return { kind: 'refused', why: error instanceof Error ? error.message : String(error) };
  }
  const [own = '0.0.0.0'] = socket.addresses;
  if (socket.loopback) {
    await socket.close();
    return { kind: 'refused', why: `${name} is loopback, where nobody else is` };
  }
  socket.send(bytes, own as Ipv4Address, { address: BROADCAST_ADDRESS, port: SERVER_PORT });
  await new Promise<void>((resolve) => {
    clock.callAt(after(clock.now(), DISCOVERY_LASTS), resolve);
  });
  await socket.close();
  return { kind: 'heard', interface: name, offers };
};
