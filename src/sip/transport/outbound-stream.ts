// A flow to a configured server over TCP: it connects when something is first sent, and again when the connection has ended.

import type { Instant } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import type { StreamFlow } from './connections.js';
import type { Flow } from './flow.js';

/** What waits for a connection; more is lost, as it is on a connection that breaks. */
const MOST_WAITING = 256;

/** What the stream needs of the service around it. */
export interface OutboundStreamOwner {
  /** Opens a connection. `onEnded` is called once, when it is over. Rejects if it is refused. */
  connect(to: Endpoint, onEnded: () => void): Promise<StreamFlow>;
  /** Where this service listens over TCP; the address may be 0.0.0.0. */
  listensAt(): Endpoint;
  now(): Instant;
  /** No connection can be had: `code` is the system's, such as `ECONNREFUSED`. */
  onFailed(code: string, now: Instant): void;
  /** A connection that stood has ended. */
  onEnded(now: Instant): void;
}

/** The flow of a trunk over TCP. It counts as open for ever: whether the other end is there, pings tell. */
export class OutboundStream implements Flow {
  readonly transport = 'tcp';
  readonly link = 0;
  readonly peer = undefined;
  readonly open = true;
  readonly remote: Endpoint;
  readonly #owner: OutboundStreamOwner;
  #flow: StreamFlow | undefined;
  #waiting: string[] | undefined;
  #isClosed = false;

  constructor(remote: Endpoint, owner: OutboundStreamOwner) {
    this.remote = remote;
    this.#owner = owner;
  }

  /** The port is that of our listener, which others can connect to; the address that of the connection. */
  get local(): Endpoint {
    const { address, port } = this.#owner.listensAt();
    return { address: this.#flow?.local.address ?? address, port };
  }

  send(text: string, to: Endpoint, now: Instant): boolean {
    if (this.#flow?.open === true) return this.#flow.send(text, to, now);
    if (this.#isClosed) return true;
    if (this.#waiting === undefined) {
      this.#waiting = [text];
      void this.#connect();
    } else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(text);
    return true;
  }

  maySend(): boolean {
    return true;
  }

  isValidated(): boolean {
    return true;
  }

  validate(): void {}

  /** Ends the connection, and makes no other. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = undefined;
    this.#flow?.end('stopped');
  }

  async #connect(): Promise<void> {
    const owner = this.#owner;
    try {
      const flow = await owner.connect(this.remote, () => {
        this.#flow = undefined;
        if (!this.#isClosed) owner.onEnded(owner.now());
      });
      if (this.#isClosed) {
        flow.end('stopped');
        return;
      }
      this.#flow = flow;
      const waiting = this.#waiting ?? [];
      this.#waiting = undefined;
      for (const text of waiting) flow.send(text, this.remote, owner.now());
    } catch (error) {
      this.#waiting = undefined;
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      if (!this.#isClosed) owner.onFailed(code, owner.now());
    }
  }
}
