// Faults of connections. Without rules their octets pass the functions that they passed before.

import type {
  StreamHandler,
  StreamLink,
  StreamListenOptions,
  StreamNetwork,
  StreamServer,
  TlsIdentity,
} from '../../net/ports.js';
import type { Injector } from '../injector.js';
import type { FaultName, WirePlace } from '../settings.js';
import { MessageCutter, type Outlet, WireChannel } from '../wire-channel.js';
import type { WireProtocol } from '../wire-protocol.js';
import { PortSet, type ReplaceablePort } from './port-set.js';
import { replaceMethods } from './replace-methods.js';

/** Makes the identity that a phone must refuse, from the usual one. */
export type ExpiredIdentity = (usual: TlsIdentity) => TlsIdentity;

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
    const close = (how: 'end' | 'reset'): void => (how === 'end' ? link.end() : link.destroy());
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

/** Resets connections before their handshake, or shows them a certificate that has expired. */
class HandshakePort implements ReplaceablePort {
  readonly #injector: Injector;
  readonly #server: StreamServer;
  readonly #usual: TlsIdentity;
  readonly #expired: ExpiredIdentity;
  #made: TlsIdentity | undefined;

  constructor(injector: Injector, server: StreamServer, usual: TlsIdentity, expired: ExpiredIdentity) {
    this.#injector = injector;
    this.#server = server;
    this.#usual = usual;
    this.#expired = expired;
  }

  install(): void {
    const injector = this.#injector;
    this.#server.setGate?.((remote) => {
      const subject = injector.subjectOf('tls', remote);
      let verdict: 'reset' | TlsIdentity | undefined;
      const inject = (fault: FaultName, decide: () => 'reset' | TlsIdentity): void => {
        const target = { place: 'tls', faults: new Set([fault]), direction: 'sent', names: [], subject } as const;
        const make = (): string => {
          verdict = decide();
          return '';
        };
        injector.inject(target, make, () => verdict === undefined);
      };
      // A certificate that nobody is shown is not injected.
      inject('close', () => 'reset');
      inject('expired-certificate', () => this.#expiredIdentity());
      return verdict;
    });
  }

  uninstall(): void {
    this.#server.setGate?.(undefined);
  }

  #expiredIdentity(): TlsIdentity {
    this.#made ??= this.#expired(this.#usual);
    return this.#made;
  }
}

/** The same network, whose connections make the faults of a place, and those of handshakes. */
export const injectedStreams = (
  network: StreamNetwork,
  about: StreamPlace,
  expired: ExpiredIdentity,
): StreamNetwork => {
  const { injector, place } = about;
  const listeners = new PortSet<ListenerPort>(injector, place);
  const handshakes = new PortSet<HandshakePort>(injector, 'tls');
  return {
    connect: (to, options, accept) => network.connect(to, options, accept),
    listen: async (options: StreamListenOptions, accept) => {
      const port: ListenerPort = new ListenerPort(about, accept, () => server);
      const server = await network.listen(options, (link) => port.accept(link));
      listeners.add(port);
      const handshake =
        options.tls === undefined ? undefined : new HandshakePort(injector, server, options.tls, expired);
      if (handshake !== undefined) handshakes.add(handshake);
      const { close } = server;
      server.close = () => {
        listeners.delete(port);
        if (handshake !== undefined) handshakes.delete(handshake);
        return close.call(server);
      };
      return server;
    },
  };
};
