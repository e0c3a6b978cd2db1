// The far end of a trunk, over a real socket: labcm opens the connection, and a tape is played on it.

import type { Endpoint, StreamHandler, StreamLink, StreamNetwork, StreamServer } from '../../src/net/ports.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';

export class TrunkEnd {
  readonly #server: StreamServer;
  readonly #opened: Promise<StreamLink>;
  readonly #early: Buffer[];
  readonly #attend: (handler: StreamHandler) => void;

  private constructor(
    server: StreamServer,
    opened: Promise<StreamLink>,
    early: Buffer[],
    attend: (handler: StreamHandler) => void,
  ) {
    this.#server = server;
    this.#opened = opened;
    this.#early = early;
    this.#attend = attend;
  }

  /** Listens at a free port of this address. */
  static async open(address: string): Promise<TrunkEnd> {
    const early: Buffer[] = [];
    let handler: StreamHandler | undefined;
    let take: (link: StreamLink) => void = () => {};
    const opened = new Promise<StreamLink>((resolve) => {
      take = resolve;
    });
    const server = await nodeStreams.listen({ address, port: 0, maxLinks: 9, maxLinksPerSource: 9 }, (link) => {
      take(link);
      return {
        received: (bytes) => (handler === undefined ? void early.push(bytes) : handler.received(bytes)),
        closed: (cause) => handler?.closed(cause),
      };
    });
    return new TrunkEnd(server, opened, early, (attending) => {
      handler = attending;
    });
  }

  get endpoint(): Endpoint {
    return this.#server.local;
  }

  /** A network on which to connect is to wait for labcm. */
  get streams(): StreamNetwork {
    return {
      listen: nodeStreams.listen.bind(nodeStreams),
      connect: async (_to, _options, accept) => {
        const link = await this.#opened;
        const handler = accept(link);
        // Whoever connects has the link when it hears the first octets.
        setImmediate(() => {
          for (const bytes of this.#early.splice(0)) handler.received(bytes);
          this.#attend(handler);
        });
        return link;
      },
    };
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}
