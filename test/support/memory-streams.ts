// Streams in memory: two connected ends, with segments delivered at once or split as the test wants.

import type { TlsPeer } from '../../src/core/tls-peer.js';
import type { Endpoint, KeptOctets, StreamEnd, StreamHandler, StreamLink } from '../../src/net/ports.js';

/** The server's end of a stream whose other end is the test. */
export class MemoryLink implements StreamLink {
  readonly remote: Endpoint;
  readonly local: Endpoint = { address: '10.10.210.10', port: 2000 };
  peer: TlsPeer | undefined = undefined;
  readonly written: Buffer[] = [];
  /** Set by a test to play a peer that does not read. */
  backlog = 0;
  /** What the owner keeps of what came. */
  kept = 0;
  paused = false;
  closed: StreamEnd | undefined;
  #handler: StreamHandler | undefined;

  constructor(remote: Endpoint = { address: '10.10.210.200', port: 3300 }) {
    this.remote = remote;
  }

  serve(handler: StreamHandler): void {
    this.#handler = handler;
  }

  /** Everything written so far, and forgets it. */
  take(): Buffer {
    return Buffer.concat(this.written.splice(0));
  }

  /** The peer sends `bytes`, in segments of at most `size` octets. */
  deliver(bytes: Buffer, size = bytes.length): void {
    for (let at = 0; at < bytes.length && this.closed === undefined; at += Math.max(1, size))
      this.#handler?.received(Buffer.from(bytes.subarray(at, at + Math.max(1, size))));
  }

  /** The peer ends the link. */
  hangUp(cause: StreamEnd = 'peer-closed'): void {
    if (this.closed !== undefined) return;
    this.closed = cause;
    this.#handler?.closed(cause);
  }

  write(octets: Buffer | string): void {
    if (this.closed === undefined) this.written.push(octetsOf(octets));
  }

  keeps(octets: number): void {
    this.kept = octets;
  }

  /** The peer has the oldest part in a budget that is used up. */
  overdraw(kept: KeptOctets): void {
    this.#handler?.overdrawn?.(kept);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.hangUp('closed-here');
  }

  destroy(): void {
    this.hangUp('closed-here');
  }
}

const octetsOf = (octets: Buffer | string): Buffer =>
  typeof octets === 'string' ? Buffer.from(octets, 'latin1') : Buffer.from(octets);
