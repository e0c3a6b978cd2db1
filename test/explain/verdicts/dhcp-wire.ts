// The DHCP service of a `VerdictLab`, and clients that speak to it octet by octet.

import { DeadlineTimer } from '../../../src/core/deadline-timer.js';
import { seconds } from '../../../src/core/time.js';
import type { Arrival, ServedInterface } from '../../../src/dhcp/exchange.js';
import { DhcpService } from '../../../src/dhcp/service.js';
import {
  address4,
  type ClientMessageFields,
  ip,
  message,
  option,
  type ReadReply,
  readReply,
} from '../../dhcp/harness.js';
import { MAC, type VerdictLab } from './verdict-lab.js';

/** The address of the service, and of another DHCP server on its network. */
export const SERVER = '10.2.0.1';
export const OTHER_SERVER = '10.2.0.2';

const WIRE: ServedInterface = { name: 'eth1', addresses: [ip(SERVER)], loopback: false, port: 67 };
const WIRES = new WeakMap<VerdictLab, DhcpWire>();

/** The subnet of most cases. */
export const SUBNET = {
  subnet: '10.2.0.0/24',
  pools: ['10.2.0.14-10.2.0.99'],
  routers: ['10.2.0.254'],
  leaseTime: '1h',
};
/** DHCP of that subnet. */
export const DHCP = { enabled: true, interface: ['eth1'], subnets: [SUBNET] };

/** The service of a lab, made at the first use. */
export const wireOf = (lab: VerdictLab): DhcpWire => {
  const wire = WIRES.get(lab) ?? new DhcpWire(lab);
  WIRES.set(lab, wire);
  return wire;
};

/** A client of it; absent: `PHONE` without a relay. */
export interface Client extends ClientMessageFields {
  /** The relay that passes its messages on. */
  readonly relay?: string;
}

export class DhcpWire {
  readonly #lab: VerdictLab;
  readonly #service: DhcpService;
  readonly #timer: DeadlineTimer;

  constructor(lab: VerdictLab) {
    const { bus, database, clock } = lab;
    this.#lab = lab;
    this.#service = new DhcpService({ settings: lab.config.dhcp, bus, devices: database, onLeaseChanged: () => {} });
    this.#timer = new DeadlineTimer(this.#service, clock);
  }

  /** What the service answers to a message. */
  says(kind: Parameters<typeof message>[0], client: Client = {}): ReadReply | undefined {
    const reply = this.#receive(kind, client);
    return reply === undefined ? undefined : readReply(reply);
  }

  /** The same, if the lease cannot be written down. */
  saysUnsaved(kind: Parameters<typeof message>[0], client: Client = {}): void {
    const reply = this.#receive(kind, client, false);
    if (reply !== undefined) this.#service.onUnsaved(reply, this.#lab.now());
  }

  /** Asks for an address and takes it. Returns it, or throws. */
  lease(client: Client = {}): string {
    const address = this.says('DISCOVER', client)?.yiaddr;
    const acknowledged = this.says('REQUEST', { ...client, requested: address ?? '0.0.0.0', server: SERVER });
    if (acknowledged?.type !== 'ACK') throw new Error('it was given no address');
    return acknowledged.yiaddr;
  }

  /** Takes the offer of another server. */
  takesOther(address = '10.2.0.200', server = OTHER_SERVER): void {
    this.says('REQUEST', { requested: address, server });
  }

  /** A message of another server to the client is heard. `options`: by code, in hexadecimal. */
  hearsOther(kind: 'OFFER' | 'ACK', options: Readonly<Record<number, string>>, siaddr = '0.0.0.0'): void {
    const more = Object.entries(options).map(([code, value]) => option(Number(code), Buffer.from(value, 'hex')));
    const bytes = message(kind, { op: 2, mac: MAC_DIGITS, yiaddr: '10.2.0.200', server: OTHER_SERVER, more });
    address4(siaddr).copy(bytes, 20);
    this.#lab.wait(100);
    this.#service.receive(bytes, arrivalOf(undefined), this.#lab.now());
  }

  /** Another configuration is in force. */
  configure(): void {
    this.#service.configure(this.#lab.config.dhcp);
    this.#service.reportLeases(this.#lab.now());
  }

  #receive(kind: Parameters<typeof message>[0], { relay, ...fields }: Client, isSent = true) {
    this.#lab.wait(100);
    const giaddr = relay === undefined ? {} : { giaddr: relay };
    const reply = this.#service.receive(
      message(kind, { mac: MAC_DIGITS, ...giaddr, ...fields }),
      arrivalOf(relay),
      this.#lab.now(),
    );
    if (reply !== undefined && isSent) this.#service.onSent(reply);
    this.#timer.rearm();
    return reply;
  }
}

const MAC_DIGITS = MAC.replaceAll(':', '');

const arrivalOf = (relay: string | undefined): Arrival => ({
  servedInterface: WIRE,
  from: { address: relay ?? '0.0.0.0', port: relay === undefined ? 68 : 67 },
  to: relay === undefined ? undefined : ip(SERVER),
});

/** A client repeats its DISCOVER after 4, 8, 16… seconds (RFC 2131 §4.1). */
export const discoverAgain = (lab: VerdictLab, times: number): void => {
  const wire = wireOf(lab);
  wire.says('DISCOVER');
  for (let pause = 4, left = times; left > 0; left -= 1, pause *= 2) {
    lab.wait(seconds(pause));
    wire.says('DISCOVER');
  }
};
