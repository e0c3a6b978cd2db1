// The handshakes of each address, counted when its connections come. One on which nothing has come yet is bare: it has cost no handshake,
// so it makes room for the next of its address, and gives back what it took if it ends so. Who opens many of them keeps nobody else out.

import type net from 'node:net';
import type { HandshakeLimit } from '../ports.js';

/** The connections of one listener with TLS. */
export class BareConnections {
  readonly #limit: HandshakeLimit;
  /** By source, the first that came first: those that were bare when they were looked at last. */
  readonly #bySource = new Map<string, Set<net.Socket>>();

  constructor(limit: HandshakeLimit) {
    this.#limit = limit;
  }

  /** Counts a connection that has come. `false`: its source may begin no handshake now, and none of its connections is bare. */
  admit(socket: net.Socket, source: string): boolean {
    if (!this.#limit.take(source) && !this.#makeRoom(source)) return false;
    const known = this.#bySource.get(source) ?? new Set();
    this.#bySource.set(source, known.add(socket));
    socket.once('close', () => {
      if (this.#forget(socket, source) && socket.bytesRead === 0) this.#limit.giveBack(source);
    });
    return true;
  }

  /** The oldest bare one goes. What it took is its successor's. */
  #makeRoom(source: string): boolean {
    for (const socket of this.#bySource.get(source) ?? []) {
      this.#forget(socket, source);
      if (socket.bytesRead > 0) continue;
      socket.destroy();
      return true;
    }
    return false;
  }

  /** `false`: it was forgotten before. */
  #forget(socket: net.Socket, source: string): boolean {
    const known = this.#bySource.get(source);
    if (known?.delete(socket) !== true) return false;
    if (known.size === 0) this.#bySource.delete(source);
    return true;
  }
}
