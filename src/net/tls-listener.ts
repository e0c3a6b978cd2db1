// What services with TLS that phones ask now and then have in common, from their opening to their end: CAPF and TVS.

import { ReportOncePerSecond } from '../core/rate-limit.js';
import type { Clock, Instant } from '../core/time.js';
import type {
  Endpoint,
  LinkLimit,
  StreamHandler,
  StreamLink,
  StreamNetwork,
  StreamServer,
  TlsListenerIdentity,
} from './ports.js';

/** Connections over a limit, which were closed at once. */
export interface RefusedLinks {
  readonly at: Instant;
  /** Of the last of them. */
  readonly address: string;
  readonly port: number;
  readonly limit: LinkLimit;
  /** How many since the last report, this one included. */
  readonly count: number;
}

/** Where a service listens, for how many, and who serves them. */
export interface TlsListenerOptions {
  readonly network: StreamNetwork;
  readonly clock: Clock;
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  readonly identity: TlsListenerIdentity;
  readonly maxLinks: number;
  readonly maxLinksPerSource: number;
  /** Called for each link whose handshake is done. */
  accept(link: StreamLink): StreamHandler;
  /** Called once a second at most. */
  onRefused(refused: RefusedLinks): void;
}

/** A listener with TLS that can be opened once. */
export class TlsListener {
  readonly #options: TlsListenerOptions;
  readonly #refused = new ReportOncePerSecond();
  #server: StreamServer | undefined;

  constructor(options: TlsListenerOptions) {
    this.#options = options;
  }

  /** Where it listens; `undefined`: it is not open. */
  get local(): Endpoint | undefined {
    return this.#server?.local;
  }

  /** Rejects with a `NodeJS.ErrnoException` if the port cannot be had. */
  async open(): Promise<void> {
    const { network, address, port, identity, maxLinks, maxLinksPerSource } = this.#options;
    this.#server = await network.listen(
      {
        ...{ address, port, tls: identity, maxLinks, maxLinksPerSource },
        onRefused: (remote, limit) => this.#report(remote, limit),
      },
      (link) => this.#options.accept(link),
    );
  }

  /** Ends every link. */
  async close(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  #report({ address, port }: Endpoint, limit: LinkLimit): void {
    const at = this.#options.clock.now();
    const count = this.#refused.add(at);
    if (count > 0) this.#options.onRefused({ at, address, port, limit, count });
  }
}
