// The fetch of a file by TFTP, with a server that misbehaves: in memory, with a clock of the test.

import { beforeEach, describe, expect, it } from 'vitest';
import { seconds } from '../../../src/core/time.js';
import type { DatagramSocket, Endpoint, StreamNetwork } from '../../../src/net/ports.js';
import type { FileExchange } from '../../../src/tapes/file-exchanges.js';
import { fetchFile } from '../../../src/tapes/replay/file-fetch.js';
import { ManualClock } from '../../support/manual-clock.js';
import { MemoryDatagrams } from '../../support/memory-datagrams.js';

const REQUEST = Buffer.from('\0\x01a.xml\0octet\0blksize\x001024\0', 'latin1');
const data = (block: number, octets: number): Buffer =>
  Buffer.concat([Buffer.from([0, 3, block >> 8, block & 0xff]), Buffer.alloc(octets)]);
const oack = (options: string): Buffer => Buffer.from(`\0\x06${options}`, 'latin1');
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

interface Socket {
  readonly socket: DatagramSocket;
  /** What came, as hexadecimal digits of the first four octets. */
  readonly got: string[];
}

describe('the fetch of a file', () => {
  let clock: ManualClock;
  let datagrams: MemoryDatagrams;
  let phone: Endpoint;
  let heard: number[];
  let outcome: string;
  const ending = { current: new AbortController() };
  let server: Socket;
  let transfer: Socket;

  const opened = async (address: string, port: number): Promise<Socket> => {
    const got: string[] = [];
    const socket = await datagrams.open({ address, port }, (bytes, from) => {
      phone = from;
      got.push(bytes.subarray(0, 4).toString('hex'));
    });
    return { socket, got };
  };
  const say = ({ socket }: Socket, bytes: Buffer): void => socket.send(bytes, 0, bytes.length, phone);

  beforeEach(async () => {
    clock = new ManualClock();
    datagrams = new MemoryDatagrams();
    heard = [];
    outcome = 'pending';
    ending.current = new AbortController();
    server = await opened('127.0.0.1', 69);
    transfer = await opened('127.0.0.1', 5_000);
    void fetchFile(
      { clock, datagrams, streams: undefined as unknown as StreamNetwork, random: { below: () => 0 } as never },
      {
        ...{ exchange: { protocol: 'tftp' } as FileExchange, octets: REQUEST, localAddress: undefined },
        ...{ to: { address: '127.0.0.1', port: 69 }, wait: seconds(2), signal: ending.current.signal },
      },
      ({ from, leftOut }) => void (from === 'server' && heard.push(leftOut)),
    ).then(
      () => {
        outcome = 'done';
      },
      (error: Error) => {
        outcome = error.message;
      },
    );
    await turn();
    expect(server.got).toEqual(['0001612e']);
  });

  it('ends with the last block', async () => {
    say(transfer, oack('blksize\x001024\0'));
    say(transfer, data(1, 1024));
    say(transfer, data(2, 10));
    await turn();
    expect([outcome, heard, transfer.got]).toEqual(['done', [0, 1024, 10], ['00040000', '00040001', '00040002']]);
    expect(clock.armed).toBe(0);
  });

  it('takes nothing of another port or address, and tells the port', async () => {
    const [port, address] = [await opened('127.0.0.1', 5_001), await opened('127.0.0.9', 5_000)];
    const wanted = phone;
    say(transfer, data(1, 512));
    say(port, data(2, 10));
    say(port, Buffer.from([0, 5, 0, 0, 0]));
    say(address, data(2, 10));
    await turn();
    expect([outcome, heard, port.got, address.got, phone]).toEqual(['pending', [512], ['00050005'], [], wanted]);
    say(transfer, data(2, 20));
    await turn();
    expect([outcome, heard]).toEqual(['done', [512, 20]]);
  });

  it('is not kept up by what is none of it', async () => {
    say(transfer, data(1, 512));
    for (let second = 0; second < 10; second += 1) {
      say(transfer, data(1, 512));
      clock.advance(1_000);
    }
    await turn();
    expect([outcome, heard, clock.armed]).toEqual(['done', [512], 0]);
  });

  it.each(['blksize\x00-5\0', 'blksize\x000.5\0', 'blksize\x0099999\0', 'windowsize\x00-1\0', 'windowsize\x001e9\0'])(
    'takes no sizes that may not be: %j',
    async (options) => {
      say(transfer, oack(options));
      say(transfer, data(1, 512));
      say(transfer, data(2, 0));
      await turn();
      expect([outcome, heard]).toEqual(['done', [0, 512, 0]]);
    },
  );

  it('ends at once when somebody ends the replay', async () => {
    say(transfer, data(1, 512));
    ending.current.abort();
    await turn();
    expect([outcome, clock.armed, datagrams.openSockets]).toEqual(['done', 0, 2]);
  });

  it('gives up a file without an end', async () => {
    say(transfer, oack('blksize\x0065464\0'));
    for (let block = 1; outcome === 'pending' && block < 10_000; block += 1) {
      say(transfer, data(block, 65_464));
      if (block % 1_000 === 0) await turn();
    }
    await turn();
    expect([outcome, clock.armed, datagrams.openSockets]).toEqual(['a file of more than 268435456 octets', 0, 2]);
  });
});
