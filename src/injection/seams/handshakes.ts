// Faults of TLS handshakes. Without rules no gate is asked.

import type { StreamNetwork, StreamServer, TlsGate, TlsIdentity } from '../../net/ports.js';
import type { Injector } from '../injector.js';
import type { FaultName } from '../settings.js';
import { PortSet, type ReplaceablePort } from './port-set.js';

/** Makes the identity that a phone must refuse, from the usual one. */
export type ExpiredIdentity = (usual: TlsIdentity) => TlsIdentity;

/** What is injected into handshakes, and by whom. */
export interface HandshakeFaults {
  readonly injector: Injector;
  readonly expired: ExpiredIdentity;
}

/** A listener that asks before each handshake. */
export interface GatedServer {
  setGate(gate: TlsGate | undefined): void;
  close(): Promise<void>;
}

/** Resets connections before their handshake, or shows them a certificate that has expired. */
class HandshakePort implements ReplaceablePort {
  readonly #injector: Injector;
  readonly #server: GatedServer;
  readonly #usual: TlsIdentity;
  readonly #expired: ExpiredIdentity;
  #made: TlsIdentity | undefined;

  constructor(injector: Injector, server: GatedServer, usual: TlsIdentity, expired: ExpiredIdentity) {
    this.#injector = injector;
    this.#server = server;
    this.#usual = usual;
    this.#expired = expired;
  }

  install(): void {
    const injector = this.#injector;
    this.#server.setGate((remote) => {
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
    this.#server.setGate(undefined);
  }

  #expiredIdentity(): TlsIdentity {
    this.#made ??= this.#expired(this.#usual);
    return this.#made;
  }
}

/**
 * Returns what makes the faults of the handshakes of a listener, from its opening until it is closed. Its second argument is what
 * the listener shows.
 */
export const injectedListeners = ({
  injector,
  expired,
}: HandshakeFaults): ((server: GatedServer, usual: TlsIdentity) => void) => {
  const ports = new PortSet<HandshakePort>(injector, 'tls');
  return (server, usual) => {
    const port = new HandshakePort(injector, server, usual, expired);
    ports.add(port);
    const { close } = server;
    server.close = () => {
      ports.delete(port);
      return close.call(server);
    };
  };
};

/** The same network, whose listeners make the faults of handshakes. */
export const injectedHandshakes = (network: StreamNetwork, faults: HandshakeFaults): StreamNetwork => {
  const inject = injectedListeners(faults);
  return {
    connect: (to, options, accept) => network.connect(to, options, accept),
    listen: async (options, accept) => {
      const server = await network.listen(options, accept);
      const { tls } = options;
      if (tls !== undefined && isGated(server)) inject(server, tls);
      return server;
    },
  };
};

const isGated = (server: StreamServer): server is StreamServer & GatedServer => server.setGate !== undefined;
