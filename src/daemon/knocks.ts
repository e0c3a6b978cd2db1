// Listens on ports that no service has, to tell which phones try them.

import type { Publisher } from '../core/event-bus.js';
import type { Knock } from '../core/host-facts.js';
import { PerSecondBudget } from '../core/rate-limit.js';
import { RecentKeys } from '../core/recent-keys.js';
import { type Clock, minutes } from '../core/time.js';
import type { NetEvent } from '../net/events.js';
import type { DatagramNetwork, DatagramSocket, StreamNetwork, StreamServer } from '../net/ports.js';
import type { KnockPort } from './knock-ports.js';

/** Bounds: of addresses and ports that are told once a minute, of addresses that are remembered, of events a second. */
export const KNOCK_BOUNDS = { recent: 4096, remembered: 1024, perSecond: 10 } as const;

/** Connections last a moment, since they are reset at once. */
const MOST_LINKS = { maxLinks: 64, maxLinksPerSource: 8 };

/** What `Knocks` needs. */
export interface KnockEnvironment {
  readonly streams: Pick<StreamNetwork, 'listen'>;
  readonly datagrams: Pick<DatagramNetwork, 'open'>;
  readonly clock: Clock;
  readonly bus: Publisher<NetEvent>;
}

interface OpenPort {
  /** With the port that the system gave. */
  readonly port: KnockPort;
  readonly socket: DatagramSocket | StreamServer;
}

/**
 * The ports that are listened on only to tell who tries them. A connection is accepted, noted and reset; a datagram is
 * noted and dropped. A port that is taken or forbidden is left to whoever has it.
 */
export class Knocks {
  readonly #environment: KnockEnvironment;
  readonly #open = new Map<string, OpenPort>();
  /** By address, the one that was heard first stands first; for each at most one knock a port. */
  readonly #byAddress = new Map<string, readonly Knock[]>();
  readonly #told = new RecentKeys(minutes(1), KNOCK_BOUNDS.recent);
  readonly #budget = new PerSecondBudget(() => KNOCK_BOUNDS.perSecond);
  #unsaid = 0;
  #applying: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(environment: KnockEnvironment) {
    this.#environment = environment;
  }

  /** The ports that are open. */
  get ports(): readonly KnockPort[] {
    return [...this.#open.values()].map(({ port }) => port);
  }

  /** The number of addresses that are remembered. */
  get remembered(): number {
    return this.#byAddress.size;
  }

  /** The last knock of this address at each port, the newest last. */
  from(address: string): readonly Knock[] {
    return this.#byAddress.get(address) ?? [];
  }

  /** Opens these ports and closes all others. Never rejects. Calls run one after the other. */
  apply(wanted: readonly KnockPort[]): Promise<void> {
    this.#applying = this.#applying.then(() => this.#apply(this.#closed ? [] : wanted));
    return this.#applying;
  }

  /** Closes all ports for good, whatever a reload wants that is not finished yet. */
  close(): Promise<void> {
    this.#closed = true;
    return this.apply([]);
  }

  async #apply(wanted: readonly KnockPort[]): Promise<void> {
    const byKey = new Map(wanted.map((port) => [keyOf(port), port]));
    for (const [key, { socket }] of this.#open) {
      if (byKey.has(key)) continue;
      this.#open.delete(key);
      await socket.close();
    }
    for (const [key, port] of byKey) {
      if (this.#open.has(key)) continue;
      const socket = await this.#listen(port).catch(() => undefined);
      if (socket !== undefined) this.#open.set(key, { socket, port: { ...port, port: socket.local.port } });
    }
  }

  async #listen(wanted: KnockPort): Promise<DatagramSocket | StreamServer> {
    const { streams, datagrams } = this.#environment;
    const { service, transport, address, port } = wanted;
    let bound = port;
    const heard = (from: string): void => this.#heard(from, { service, transport, port: bound });
    const socket = await (transport === 'udp'
      ? datagrams.open({ address, port }, (_, from) => heard(from.address))
      : streams.listen({ address, port, ...MOST_LINKS, onRefused: (remote) => heard(remote.address) }, (link) => {
          heard(link.remote.address);
          link.destroy();
          return { received: () => {}, closed: () => {} };
        }));
    bound = socket.local.port;
    return socket;
  }

  #heard(address: string, at: Omit<Knock, 'at'>): void {
    const { clock, bus } = this.#environment;
    const now = clock.now();
    this.#remember(address, { ...at, at: now });
    const key = `${address} ${at.transport} ${at.port}`;
    if (this.#told.has(key, now)) return;
    if (!this.#budget.take(now)) {
      this.#unsaid += 1;
      return;
    }
    this.#told.add(key, now);
    bus.publish({ type: 'net.knock', at: now, ...at, address, unsaid: this.#unsaid });
    this.#unsaid = 0;
  }

  #remember(address: string, knock: Knock): void {
    const others = this.from(address).filter(
      ({ transport, port }) => transport !== knock.transport || port !== knock.port,
    );
    this.#byAddress.delete(address);
    if (this.#byAddress.size >= KNOCK_BOUNDS.remembered)
      for (const oldest of this.#byAddress.keys()) if (this.#byAddress.delete(oldest)) break;
    this.#byAddress.set(address, [...others, knock]);
  }
}

const keyOf = ({ transport, address, port }: KnockPort): string => `${transport} ${address} ${port}`;
