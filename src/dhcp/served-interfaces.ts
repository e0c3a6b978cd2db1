// The interfaces that are served. One that goes and comes back, or whose addresses change, is served anew: its sockets
// belonged to what is gone, and hear nothing.

import type { Ipv4Address } from '../core/identifiers.js';
import { after, type Clock, seconds, type Timer } from '../core/time.js';
import type { Endpoint, InterfaceNetwork, InterfaceSocket } from '../net/ports.js';
import type { DhcpInterface } from './events.js';
import type { ServedInterface } from './exchange.js';
import { ipv4Number } from './ipv4.js';

const LOOK_AT_INTERFACES = seconds(5);
/** Some 8,000 waiting messages of a whole site that powers up. */
const RECEIVE_BUFFER = 16 * 1024 * 1024;

export interface Served {
  readonly socket: InterfaceSocket;
  readonly wire: ServedInterface;
}

export interface ServedInterfacesParts {
  readonly network: InterfaceNetwork;
  readonly clock: Clock;
  readonly received: (bytes: Buffer, from: Endpoint, to: string | undefined, served: Served) => void;
  readonly drained: () => void;
  /** An interface went, came back, or cannot be served though it is there. */
  readonly changed: (type: DhcpInterface['type'], name: string, detail: string) => void;
}

/** One configured interface. */
interface Place {
  readonly name: string;
  port: number;
  /** `undefined` while it cannot be served. */
  served: Served | undefined;
  /** As the network tells it apart from one that is made anew; `undefined`: it is not there. */
  identity: string | undefined;
  /** What was told last of it. */
  told: string;
}

export class ServedInterfaces {
  readonly #parts: ServedInterfacesParts;
  readonly #places: Place[] = [];
  #look: Timer | undefined;
  #following: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(parts: ServedInterfacesParts) {
    this.#parts = parts;
  }

  get all(): readonly Served[] {
    return this.#places.flatMap(({ served }) => served ?? []);
  }

  /** Rejects with a `BindError` where one cannot be served; then none is. */
  async open(names: readonly string[], port: number): Promise<void> {
    const { network } = this.#parts;
    try {
      for (const name of names) {
        const place: Place = { name, port, served: undefined, identity: network.identityOf?.(name), told: '' };
        this.#places.push(place);
        place.served = await this.#openOn(place);
        place.port = place.served.wire.port; // 0: any, and the same from now on
      }
    } catch (error) {
      await this.#leaveAll();
      throw error;
    }
    if (network.identityOf !== undefined && names.length > 0) this.#lookLater();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#look?.cancel();
    await this.#following;
    await this.#leaveAll();
  }

  async #leaveAll(): Promise<void> {
    await Promise.all(this.#places.splice(0).map(({ served }) => served?.socket.close()));
  }

  #lookLater(): void {
    const { clock } = this.#parts;
    this.#look = clock.callAt(after(clock.now(), LOOK_AT_INTERFACES), () => {
      this.#following = this.#follow();
    });
  }

  async #follow(): Promise<void> {
    for (const place of this.#places) await this.#followOne(place);
    if (!this.#closed) this.#lookLater();
  }

  async #followOne(place: Place): Promise<void> {
    const identity = this.#identityOf(place);
    if (identity === undefined) {
      this.#tell(place, 'dhcp.interface-lost', 'it is gone, is down, or has no IPv4 address');
      return;
    }
    const isAnother = identity !== place.identity;
    if (isAnother || place.served === undefined) {
      const before = place.served;
      place.served = undefined;
      place.identity = identity;
      await before?.socket.close();
      try {
        place.served = await this.#openOn(place);
      } catch (error) {
        this.#tell(place, 'dhcp.interface-failed', error instanceof Error ? error.message : String(error));
        return;
      }
    }
    if (isAnother || place.told !== '') {
      place.told = '';
      this.#parts.changed('dhcp.interface-served', place.name, place.served.socket.addresses.join(', '));
    }
  }

  /** As it was, where the machine does not say, e.g. for want of descriptors. */
  #identityOf({ name, identity }: Place): string | undefined {
    try {
      return this.#parts.network.identityOf?.(name);
    } catch {
      return identity;
    }
  }

  /** Once, until it is served again. */
  #tell(place: Place, type: DhcpInterface['type'], detail: string): void {
    if (place.told === type) return;
    place.told = type;
    this.#parts.changed(type, place.name, detail);
  }

  async #openOn({ name, port }: Place): Promise<Served> {
    const { network, received, drained } = this.#parts;
    let served: Served | undefined;
    const socket = await network.open(
      { interface: name, port, receiveBuffer: RECEIVE_BUFFER },
      {
        received: (bytes, from, to) => {
          if (served !== undefined) received(bytes, from, to, served);
        },
        drained,
      },
    );
    const addresses = socket.addresses.map((address) => ipv4Number(address as Ipv4Address));
    served = { socket, wire: { name, addresses, loopback: socket.loopback, port: socket.port } };
    return served;
  }
}
