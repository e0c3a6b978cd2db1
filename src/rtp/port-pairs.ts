// The pairs of UDP ports out of `rtp.ports`: an even one for RTP and the odd one after it for RTCP (RFC 3550 §11). The
// pair that was let go longest ago comes next, so that late packets of a call that is over do not meet the next one.

import type { DatagramHandler, DatagramNetwork, DatagramSocket } from '../net/ports.js';
import type { PortRange } from './settings.js';

/** An open pair. */
export interface PortPair {
  readonly rtp: DatagramSocket;
  /** Closes both sockets; the ports are free once it resolves. */
  close(): Promise<void>;
}

export interface PortPairParts {
  readonly network: DatagramNetwork;
  /** The port cannot be had at the address; another one is tried. */
  readonly onTaken: (address: string, port: number, code: string) => void;
  /** Whether a stream of ours goes to this port of this machine: it is not ours to open. */
  readonly isInUse: (port: number) => boolean;
}

/** Another program has the port, or this one may not have it: the next may do. */
const OF_ONE_PORT: readonly string[] = ['EADDRINUSE', 'EACCES'];

const noHandler: DatagramHandler = () => {};

export class PortPairs {
  readonly #parts: PortPairParts;
  #range: PortRange | undefined;
  /** Even ports, the next one first. */
  #free: number[] = [];
  /** Even ports of pairs that are open or being opened. */
  readonly #held = new Set<number>();
  /** Ports that were said to be taken. */
  readonly #taken = new Set<number>();

  constructor(range: PortRange | undefined, parts: PortPairParts) {
    this.#parts = parts;
    this.configure(range);
  }

  /** Takes another range; pairs that are open stay. */
  configure(range: PortRange | undefined): void {
    this.#range = range;
    this.#free = [];
    this.#taken.clear();
    if (range === undefined) return;
    for (let port = range.from + (range.from & 1); port + 1 <= range.to; port += 2)
      if (port > 0 && !this.#held.has(port)) this.#free.push(port);
  }

  get free(): number {
    return this.#free.length;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Whether the port, RTP or RTCP, is one of an open pair. */
  holds(port: number): boolean {
    return this.#held.has(port & ~1);
  }

  /**
   * Opens the next pair that can be had at `address`; `onDatagram` is given what comes to its RTP port. `undefined`:
   * none can. Rejects with a `NodeJS.ErrnoException` where no port at all would open, such as for want of descriptors.
   */
  async open(address: string, onDatagram: DatagramHandler): Promise<PortPair | undefined> {
    for (let tries = this.#free.length; tries > 0; tries -= 1) {
      const port = this.#free.shift();
      if (port === undefined) return undefined;
      if (this.#parts.isInUse(port) || this.#parts.isInUse(port + 1)) {
        this.#free.push(port);
        continue;
      }
      this.#held.add(port);
      try {
        return await this.#openBoth(address, port, onDatagram);
      } catch (error) {
        this.#release(port);
        if (!(error instanceof PortTaken)) throw error;
        if (!this.#taken.has(error.port)) {
          this.#taken.add(error.port);
          this.#parts.onTaken(address, error.port, error.code);
        }
      }
    }
    return undefined;
  }

  async #openBoth(address: string, port: number, onDatagram: DatagramHandler): Promise<PortPair> {
    const rtp = await this.#openOne(address, port, onDatagram);
    let rtcp: DatagramSocket;
    try {
      rtcp = await this.#openOne(address, port + 1, noHandler); // reports of peers are received and dropped
    } catch (error) {
      await rtp.close();
      throw error;
    }
    let closed: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      await Promise.all([rtp.close(), rtcp.close()]);
      this.#release(port);
    };
    return {
      rtp,
      close: () => {
        closed ??= close();
        return closed;
      },
    };
  }

  async #openOne(address: string, port: number, onDatagram: DatagramHandler): Promise<DatagramSocket> {
    try {
      const socket = await this.#parts.network.open({ address, port }, onDatagram);
      this.#taken.delete(port);
      return socket;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw code !== undefined && OF_ONE_PORT.includes(code) ? new PortTaken(port, code) : error;
    }
  }

  #release(port: number): void {
    if (!this.#held.delete(port)) return;
    const range = this.#range;
    if (range !== undefined && port >= range.from && port + 1 <= range.to) this.#free.push(port);
  }
}

class PortTaken extends Error {
  constructor(
    readonly port: number,
    readonly code: string,
  ) {
    super(`port ${port}: ${code}`);
  }
}
