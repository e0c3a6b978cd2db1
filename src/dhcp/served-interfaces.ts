import type { Ipv4Address } from '../core/identifiers.js';
import { after, type Clock, seconds, type Timer } from '../core/time.js';
import type { Endpoint, InterfaceNetwork, InterfaceSocket } from '../net/ports.js';
import type { DhcpInterface } from './events.js';
import type { ServedInterface } from './exchange.js';
import { ipv4Number } from './ipv4.js';

const CHECK_EVERY = seconds(5);
/** Room for some 8,000 messages, when a whole site powers up. */
const RECEIVE_BUFFER = 16 * 1024 * 1024;

/** An interface and its socket. */
export interface OpenInterface {
  readonly socket: InterfaceSocket;
  readonly servedInterface: ServedInterface;
}

/** What `ServedInterfaces` needs, and what it calls. */
export interface ServedInterfacesOptions {
  readonly network: InterfaceNetwork;
  readonly clock: Clock;
  readonly onReceived: (bytes: Buffer, from: Endpoint, to: string | undefined, opened: OpenInterface) => void;
  readonly onDrained: () => void;
  /** An interface is gone, is served again, or exists and cannot be served. */
  readonly onChanged: (type: DhcpInterface['type'], name: string, detail: string) => void;
}

/** One configured interface. */
interface ConfiguredInterface {
  readonly name: string;
  port: number;
  /** `undefined` while it cannot be served. */
  open: OpenInterface | undefined;
  /** Differs if the interface was made anew or has other addresses; `undefined`: it does not exist. */
  identity: string | undefined;
  /** The problem that was reported last; '': none. */
  reported: string;
}

/**
 * The sockets on the configured interfaces. An interface that goes and comes back, or whose addresses change, gets a
 * new socket: the old one would receive nothing.
 */
export class ServedInterfaces {
  readonly #options: ServedInterfacesOptions;
  readonly #configured: ConfiguredInterface[] = [];
  #timer: Timer | undefined;
  #checking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: ServedInterfacesOptions) {
    this.#options = options;
  }

  get all(): readonly OpenInterface[] {
    return this.#configured.flatMap(({ open: opened }) => opened ?? []);
  }

  /** Opens all of them. Rejects with a `BindError` if one cannot be opened; then none is open. */
  async open(names: readonly string[], port: number): Promise<void> {
    const { network } = this.#options;
    try {
      for (const name of names) {
        const configured: ConfiguredInterface = {
          name,
          port,
          open: undefined,
          identity: network.identityOf?.(name),
          reported: '',
        };
        this.#configured.push(configured);
        configured.open = await this.#openOn(configured);
        configured.port = configured.open.servedInterface.port; // 0: any, and the same from now on
      }
    } catch (error) {
      await this.#closeAll();
      throw error;
    }
    if (network.identityOf !== undefined && names.length > 0) this.#scheduleCheck();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#checking;
    await this.#closeAll();
  }

  async #closeAll(): Promise<void> {
    await Promise.all(this.#configured.splice(0).map(({ open: opened }) => opened?.socket.close()));
  }

  #scheduleCheck(): void {
    const { clock } = this.#options;
    this.#timer = clock.callAt(after(clock.now(), CHECK_EVERY), () => {
      this.#checking = this.#checkAll();
    });
  }

  async #checkAll(): Promise<void> {
    for (const configured of this.#configured) await this.#check(configured);
    if (!this.#closed) this.#scheduleCheck();
  }

  async #check(configured: ConfiguredInterface): Promise<void> {
    const identity = this.#identityOf(configured);
    if (identity === undefined) {
      this.#report(configured, 'dhcp.interface-lost', 'it is gone, is down, or has no IPv4 address');
      return;
    }
    const isAnother = identity !== configured.identity;
    if (isAnother || configured.open === undefined) {
      const former = configured.open;
      configured.open = undefined;
      configured.identity = identity;
      await former?.socket.close();
      try {
        configured.open = await this.#openOn(configured);
      } catch (error) {
        this.#report(configured, 'dhcp.interface-failed', error instanceof Error ? error.message : String(error));
        return;
      }
    }
    if (isAnother || configured.reported !== '') {
      configured.reported = '';
      this.#options.onChanged('dhcp.interface-served', configured.name, configured.open.socket.addresses.join(', '));
    }
  }

  /** The present identity; the last one if the machine does not say, e.g. because descriptors are used up. */
  #identityOf({ name, identity }: ConfiguredInterface): string | undefined {
    try {
      return this.#options.network.identityOf?.(name);
    } catch {
      return identity;
    }
  }

  /** Reports a problem once, until the interface is served again. */
  #report(configured: ConfiguredInterface, type: DhcpInterface['type'], detail: string): void {
    if (configured.reported === type) return;
    configured.reported = type;
    this.#options.onChanged(type, configured.name, detail);
  }

  async #openOn({ name, port }: ConfiguredInterface): Promise<OpenInterface> {
    const { network, onReceived, onDrained } = this.#options;
    let opened: OpenInterface | undefined;
    const socket = await network.open(
      { interface: name, port, receiveBuffer: RECEIVE_BUFFER },
      {
        onReceived: (bytes, from, to) => {
          if (opened !== undefined) onReceived(bytes, from, to, opened);
        },
        onDrained,
      },
    );
    const addresses = socket.addresses.map((address) => ipv4Number(address as Ipv4Address));
    opened = { socket, servedInterface: { name, addresses, loopback: socket.loopback, port: socket.port } };
    return opened;
  }
}
