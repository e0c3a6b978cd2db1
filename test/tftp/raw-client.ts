// A TFTP client without a protocol machine, for tests that send each packet themselves.

import type { DatagramNetwork, DatagramSocket, Endpoint } from '../../src/net/ports.js';
import { ack } from '../support/tftp-client.js';

const open = new Set<RawClient>();

/** Closes every client that a test left open. */
export const closeClients = async (): Promise<void> => {
  await Promise.all([...open].map((client) => client.close()));
};

interface ReceivedPacket {
  readonly bytes: Buffer;
  readonly from: Endpoint;
}

/** A client that says exactly what the test wants. */
export class RawClient {
  readonly received: ReceivedPacket[] = [];
  #socket: DatagramSocket | undefined;

  async open(network: DatagramNetwork, address = '127.0.0.1', port = 0): Promise<this> {
    open.add(this);
    this.#socket = await network.open({ address, port }, (bytes, from) => this.received.push({ bytes, from }));
    return this;
  }

  async close(): Promise<void> {
    open.delete(this);
    await this.#socket?.close();
  }

  say(bytes: Buffer, to: Endpoint): void {
    this.#socket?.send(bytes, 0, bytes.length, to);
  }

  /** Acknowledges to wherever the last packet came from. */
  acknowledge(block: number): void {
    this.say(ack(block), this.last.from);
  }

  get last(): ReceivedPacket {
    const last = this.received.at(-1);
    if (last === undefined) throw new Error('nothing was heard');
    return last;
  }

  /** Kind and number of each packet: `DATA 1`, `OACK tsize=7`, `ERROR 1`. */
  get summary(): string[] {
    return this.received.map(({ bytes }) => {
      const opcode = bytes.readUInt16BE(0);
      if (opcode === 3) return `DATA ${bytes.readUInt16BE(2)}`;
      if (opcode === 5) return `ERROR ${bytes.readUInt16BE(2)}`;
      return `OACK ${bytes
        .toString('latin1', 2)
        .replace(/\0$/, '')
        .replace(/\0([^\0]*)\0?/g, '=$1 ')
        .trim()}`;
    });
  }

  get octets(): Buffer {
    return Buffer.concat(this.received.filter(({ bytes }) => bytes[1] === 3).map(({ bytes }) => bytes.subarray(4)));
  }
}
