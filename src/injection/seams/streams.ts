// Faults of connections. Without rules their octets pass the functions that they passed before.

import type { StreamHandler, StreamLink, StreamListenOptions, StreamNetwork, StreamServer } from '../../net/ports.js';
import type { Injector } from '../injector.js';
import type { WirePlace } from '../settings.js';
import { MessageCutter, type Outlet, WireChannel } from '../wire-channel.js';
import type { WireProtocol } from '../wire-protocol.js';
import { PortSet, type ReplaceablePort } from './port-set.js';
import { replaceMethods } from './replace-methods.js';

/** What all connections of a place have. */
interface StreamPlace {
  readonly injector: Injector;
  readonly place: WirePlace;
  readonly protocol: WireProtocol;
}

class LinkPort {
  readonly #channels: { readonly sent: WireChannel; readonly received: WireChannel };
  readonly #cutters: { readonly sent: MessageCutter; readonly received: MessageCutter };
  readonly #outlets: { readonly sent: Outlet; readonly received: Outlet };
  readonly #restore: () => void;

  constructor(
    { injector, place, protocol }: StreamPlace,
    link: StreamLink,
    handler: StreamHandler,
    onClosed: () => void,
  ) {
    const common = { injector, place, protocol, isStream: true } as const;
    const lengthOf = protocol.messageLength ?? ((bytes: Buffer) => bytes.length);
    this.#channels = {
      sent: new WireChannel({ ...common, direction: 'sent' }),
      received: new WireChannel({ ...common, direction: 'received' }),
    };
    this.#cutters = { sent: new MessageCutter(lengthOf), received: new MessageCutter(lengthOf) };
    const { write } = link;
    const { received, closed } = handler;
    const close = (how: 'end' | 'reset'): void => {
      if (how === 'end') link.end();
      else {
        // What came in the same piece is not heard either.
        for (const channel of Object.values(this.#channels)) channel.finish();
        link.destroy();
      }
    };
    const writeOn = (bytes: Buffer): void => write.call(link, bytes);
    this.#outlets = {
      sent: { deliver: writeOn, reply: () => {}, close },
      received: { deliver: (bytes) => received.call(handler, bytes), reply: writeOn, close },
    };
    const { remote } = link;
    const pass = (direction: 'sent' | 'received', bytes: Buffer): void => {
      const [channel, outlet] = [this.#channels[direction], this.#outlets[direction]];
      this.#cutters[direction].take(
        bytes,
        (message) => channel.pass(message, remote, outlet),
        (raw) => channel.passRaw(raw, outlet),
      );
    };
    const restoreLink = replaceMethods(link, {
      write: (octets) => pass('sent', typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets),
    });
    const restoreHandler = replaceMethods(handler, {
      received: (bytes) => pass('received', bytes),
      closed: (cause) => {
        this.#channels.sent.drop();
        this.#channels.received.drop();
        onClosed();
        closed.call(handler, cause);
      },
    });
    this.#restore = () => {
      restoreLink();
      restoreHandler();
    };
  }

  uninstall(): void {
    this.#restore();
    for (const direction of ['sent', 'received'] as const) {
      const [channel, outlet] = [this.#channels[direction], this.#outlets[direction]];
      channel.flush();
      const rest = this.#cutters[direction].rest();
      if (rest.length > 0) outlet.deliver(rest);
    }
  }
}

class ListenerPort implements ReplaceablePort {
  accept: (link: StreamLink) => StreamHandler;
  readonly #about: StreamPlace;
  readonly #server: () => StreamServer;
  readonly #links = new Map<StreamLink, LinkPort>();
  #restore: () => void = () => {};

  constructor(about: StreamPlace, accept: (link: StreamLink) => StreamHandler, server: () => StreamServer) {
    this.#about = about;
    this.accept = accept;
    this.#server = server;
  }

  install(): void {
    const { accept } = this;
    this.accept = (link) => {
      const handler = accept(link);
      this.#take(link, handler);
      return handler;
    };
    this.#server().each?.((link, handler) => this.#take(link, handler));
    this.#restore = () => {
      this.accept = accept;
    };
  }

  uninstall(): void {
    this.#restore();
    for (const port of this.#links.values()) port.uninstall();
    this.#links.clear();
  }

  /** Its links are told that they are closed. */
  forget(): void {
    this.#restore();
  }

  #take(link: StreamLink, handler: StreamHandler): void {
    this.#links.set(link, new LinkPort(this.#about, link, handler, () => void this.#links.delete(link)));
  }
}

/** The same network, whose connections make the faults of a place. */
export const injectedStreams = (network: StreamNetwork, about: StreamPlace): StreamNetwork => {
  const { injector, place } = about;
  const listeners = new PortSet<ListenerPort>(injector, place);
  return {
    connect: (to, options, accept) => network.connect(to, options, accept),
    listen: async (options: StreamListenOptions, accept) => {
      const port: ListenerPort = new ListenerPort(about, accept, () => server);
      const server = await network.listen(options, (link) => port.accept(link));
      listeners.add(port);
      const { close } = server;
      server.close = () => {
        listeners.delete(port);
        return close.call(server);
      };
      return server;
    },
  };
};
