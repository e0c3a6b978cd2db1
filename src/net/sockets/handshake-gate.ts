// Who decides on a connection before its TLS handshake, and what it is shown.

import type net from 'node:net';
import type { Endpoint, TlsGate, TlsIdentity } from '../ports.js';

/** The gate of one listener: without a gate each connection is shown the usual certificate. */
export class HandshakeGate {
  readonly #usual: TlsIdentity;
  readonly #show: (identity: TlsIdentity) => void;
  #shown: TlsIdentity;
  #gate: TlsGate | undefined;

  /** `show`: from now on handshakes are made with this identity. */
  constructor(usual: TlsIdentity, show: (identity: TlsIdentity) => void) {
    this.#usual = usual;
    this.#show = show;
    this.#shown = usual;
  }

  /** Asks `gate` before each handshake; `undefined`: as at first. */
  set(gate: TlsGate | undefined): void {
    this.#gate = gate;
    if (gate === undefined) this.#change(this.#usual);
  }

  /** Called for a connection before its handshake begins. `false`: it was reset. */
  passes(socket: net.Socket, remote: Endpoint): boolean {
    const verdict = this.#gate?.(remote);
    if (verdict === 'reset') {
      socket.on('error', () => {});
      socket.resetAndDestroy();
      return false;
    }
    this.#change(verdict ?? this.#usual);
    return true;
  }

  #change(identity: TlsIdentity): void {
    if (identity === this.#shown) return;
    this.#shown = identity;
    this.#show(identity);
  }
}
