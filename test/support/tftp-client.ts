// A TFTP client for tests, over any datagram network: fetches a file by lock step or window, and can lose and duplicate
// packets.

import type { DatagramNetwork, DatagramSocket, Endpoint, Random } from '../../src/net/ports.js';

export const rrq = (file: string, options: Readonly<Record<string, string | number>> = {}, mode = 'octet'): Buffer =>
  Buffer.from(
    `\0\x01${file}\0${mode}\0${Object.entries(options)
      .map(([name, value]) => `${name}\0${value}\0`)
      .join('')}`,
    'latin1',
  );

export const ack = (block: number): Buffer => Buffer.from([0, 4, (block >> 8) & 0xff, block & 0xff]);

export interface Fetched {
  readonly bytes: Buffer;
  readonly options: Readonly<Record<string, string>> | undefined;
  /** DATA packets that arrived, doubled ones included. */
  readonly packets: number;
  readonly from: Endpoint;
}

export class TftpRefusal extends Error {
  readonly code: number;
  readonly from: Endpoint;

  constructor(code: number, message: string, from: Endpoint) {
    super(message);
    this.code = code;
    this.from = from;
  }
}

export interface FetchOptions {
  readonly options?: Readonly<Record<string, string | number>>;
  readonly mode?: string;
  readonly localAddress?: string;
  /** Loses and doubles so many percent of what it hears and says. */
  readonly trouble?: { readonly random: Random; readonly lost: number; readonly doubled: number };
  /** Called with each packet that arrives, for what goes on beside the transfer. */
  readonly onPacket?: (bytes: Buffer, from: Endpoint, socket: DatagramSocket) => void;
  /** Milliseconds without a packet before what was said last is said again. */
  readonly patience?: number;
}

/** Fetches `file` from `server`; rejects with a `TftpRefusal` on an ERROR. */
export const fetchFile = (
  network: DatagramNetwork,
  server: Endpoint,
  file: string,
  { options, mode, localAddress = '127.0.0.1', trouble, onPacket, patience = 1_100 }: FetchOptions = {},
): Promise<Fetched> =>
  new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let blockSize = 512;
    let windowSize = 1;
    let granted: Record<string, string> | undefined;
    let next = 1;
    let sinceAck = 0;
    let packets = 0;
    let peer: Endpoint | undefined;
    let socket: DatagramSocket;
    let last: Buffer;
    let again: NodeJS.Timeout | undefined;

    const copies = (): number => {
      if (trouble === undefined) return 1;
      const dice = trouble.random.below(100);
      if (dice < trouble.lost) return 0;
      return dice < trouble.lost + trouble.doubled ? 2 : 1;
    };
    const say = (bytes: Buffer): void => {
      last = bytes;
      clearTimeout(again);
      again = setTimeout(() => say(last), patience);
      for (let count = copies(); count > 0; count -= 1) socket.send(bytes, 0, bytes.length, peer ?? server);
    };
    const finish = (): void => {
      clearTimeout(again);
      void socket.close();
    };
    const hear = (bytes: Buffer, from: Endpoint): void => {
      onPacket?.(bytes, from, socket);
      if (peer !== undefined && from.port !== peer.port) return;
      peer = { address: from.address, port: from.port };
      switch (bytes.readUInt16BE(0)) {
        case 6: {
          const fields = bytes.toString('latin1', 2).split('\0');
          granted = {};
          for (let index = 0; index + 1 < fields.length; index += 2)
            granted[fields[index] ?? ''] = fields[index + 1] ?? '';
          blockSize = Number(granted.blksize ?? 512);
          windowSize = Number(granted.windowsize ?? 1);
          if (next === 1) say(ack(0));
          return;
        }
        case 3: {
          packets += 1;
          const number = bytes.readUInt16BE(2);
          if (number !== (next & 0xffff)) {
            const gap = ((number - next) & 0xffff) < 0x8000;
            if (windowSize > 1 && gap && sinceAck > 0) {
              sinceAck = 0;
              say(ack(next - 1));
            } else if (number === ((next - 1) & 0xffff) && windowSize === 1) say(ack(next - 1));
            return;
          }
          parts.push(Buffer.from(bytes.subarray(4)));
          next += 1;
          sinceAck += 1;
          const ended = bytes.length - 4 < blockSize;
          if (ended || sinceAck === windowSize) {
            sinceAck = 0;
            say(ack(next - 1));
          }
          if (!ended) return;
          finish();
          resolve({ bytes: Buffer.concat(parts), options: granted, packets, from: peer });
          return;
        }
        case 5:
          finish();
          reject(new TftpRefusal(bytes.readUInt16BE(2), bytes.toString('latin1', 4, bytes.length - 1), peer));
      }
    };
    network
      .open({ address: localAddress, port: 0 }, (bytes, from) => {
        for (let count = copies(); count > 0; count -= 1) hear(bytes, from);
      })
      .then((opened) => {
        socket = opened;
        say(rrq(file, options, mode));
      }, reject);
  });
