import { DeadlineQueue } from '../../core/deadline-queue.js';
import type { HasDeadlines } from '../../core/deadline-timer.js';
import type { Duration, Instant } from '../../core/time.js';
import type { Endpoint, LinkLimit, StreamHandler, StreamLink, StreamNetwork, StreamServer } from '../../net/ports.js';
import { StreamFlow, type StreamOwner } from './connections.js';
import type { Flow } from './flow.js';
import { LinkPool } from './link-pool.js';

/** What the listeners need of the service around them. */
export interface StreamListenersDependencies extends Omit<StreamOwner, 'deadlines'> {
  readonly network: StreamNetwork;
  /** The next number of a flow. */
  nextLink(): number;
  /** Whether a phone is registered by the connection of that number. */
  carriesRegistration(link: number): boolean;
  /** A connection over a limit was closed at once. */
  onRefused(remote: Endpoint, limit: LinkLimit): void;
  /** Something from that connection could not be handled because of a bug in this program. */
  onFailure(flow: Flow, error: unknown, now: Instant): void;
  /** A connection has opened, closed, or received something: its deadline may have moved. */
  onActivity(): void;
}

/** The TCP and TLS listeners of the service, and their connections. `UdpSockets` is its counterpart for UDP. */
export class StreamListeners implements HasDeadlines {
  readonly #dependencies: StreamListenersDependencies;
  readonly #deadlines = new DeadlineQueue<StreamFlow>();
  readonly #owner: StreamOwner;
  /** The connections that this service opened. */
  readonly #opened = new Set<StreamFlow>();
  readonly #pools: Readonly<Record<'tcp' | 'tls', LinkPool<StreamFlow>>>;
  #servers: { readonly transport: 'tcp' | 'tls'; readonly server: StreamServer }[] = [];

  constructor(dependencies: StreamListenersDependencies) {
    this.#dependencies = dependencies;
    this.#owner = this.#ownerOf((flow, now) => {
      this.#pools[flow.transport].leave(flow);
      dependencies.onEnded(flow, now);
    });
    this.#pools = { tcp: this.#newPool(), tls: this.#newPool() };
  }

  /** Rejects with a `NodeJS.ErrnoException` if the address or the port cannot be had. */
  async open(transport: 'tcp' | 'tls', port: number): Promise<void> {
    const { network, settings, onRefused } = this.#dependencies;
    const { address, tls, limits } = settings;
    const server = await network.listen(
      {
        address,
        port,
        ...(transport === 'tls' && tls !== undefined ? { tls: tls.identity } : {}),
        maxLinks: limits.links,
        maxLinksPerSource: limits.linksPerSource,
        onRefused,
      },
      (stream) => this.#accept(stream, transport),
    );
    this.#servers.push({ transport, server });
  }

  /**
   * Opens a connection to another server over TCP. `onEnded` is called when it is over. Rejects with a
   * `NodeJS.ErrnoException` if it is refused.
   */
  async connect(to: Endpoint, localAddress: string | undefined, onEnded: () => void): Promise<StreamFlow> {
    const { network, nextLink, onEnded: onLinkEnded } = this.#dependencies;
    const owner = this.#ownerOf((flow, now) => {
      this.#opened.delete(flow);
      onLinkEnded(flow, now);
      onEnded();
    });
    return new Promise((resolve, reject) => {
      network
        .connect(to, localAddress === undefined ? {} : { localAddress }, (stream) => {
          const flow = new StreamFlow(stream, 'tcp', nextLink(), owner);
          this.#opened.add(flow);
          resolve(flow);
          return this.#handlerOf(flow);
        })
        .catch(reject);
    });
  }

  /** Where it listens. */
  get all(): readonly { readonly transport: 'tcp' | 'tls'; readonly local: Endpoint }[] {
    return this.#servers.map(({ transport, server }) => ({ transport, local: server.local }));
  }

  /** How many connections are open. */
  get links(): number {
    return this.#servers.reduce((sum, { server }) => sum + server.links, 0);
  }

  /** Resolves when the last connection has closed. */
  async close(): Promise<void> {
    for (const flow of this.#opened) flow.reset('stopped');
    await Promise.all(this.#servers.splice(0).map(({ server }) => server.close()));
  }

  nextDeadline(): Instant | undefined {
    return this.#deadlines.next();
  }

  expire(now: Instant): void {
    this.#deadlines.expire(now, (flow) => flow.expire(now));
  }

  postpone(span: Duration): void {
    this.#deadlines.postpone(span, (flow) => flow.postpone(span));
  }

  #accept(stream: StreamLink, transport: 'tcp' | 'tls'): StreamHandler {
    const flow = new StreamFlow(stream, transport, this.#dependencies.nextLink(), this.#owner);
    this.#pools[transport].enter(flow, flow.openedAt);
    return this.#handlerOf(flow);
  }

  #ownerOf(onEnded: StreamOwner['onEnded']): StreamOwner {
    const dependencies = this.#dependencies;
    return {
      get settings() {
        return dependencies.settings;
      },
      tap: dependencies.tap,
      bus: dependencies.bus,
      deadlines: this.#deadlines,
      now: dependencies.now,
      onMessage: dependencies.onMessage,
      onBroken: dependencies.onBroken,
      onNotSip: dependencies.onNotSip,
      onEnded,
    };
  }

  #handlerOf(flow: StreamFlow): StreamHandler {
    const { now, onFailure, onActivity } = this.#dependencies;
    onActivity();
    return {
      received: (bytes) => {
        try {
          flow.receive(bytes);
        } catch (error) {
          onFailure(flow, error, now());
          flow.reset('failed');
        }
        onActivity();
      },
      overdrawn: (kept) => flow.resetOverdrawn(kept),
      closed: (end) => {
        flow.onClosed(end);
        onActivity();
      },
    };
  }

  #newPool(): LinkPool<StreamFlow> {
    const { carriesRegistration } = this.#dependencies;
    return new LinkPool(
      () => this.#dependencies.settings.limits.links,
      carriesRegistration,
      (flow) => flow.reset('gave-way'),
    );
  }
}
