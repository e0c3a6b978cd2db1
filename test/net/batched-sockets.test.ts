import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DatagramHandler, DatagramSocket, Endpoint } from '../../src/net/ports.js';
import { findNativeSockets } from '../../src/net/sockets/native-sockets.js';
import { nodeDatagrams } from '../../src/net/sockets/node-datagrams.js';

const open: DatagramSocket[] = [];

const socket = async (onDatagram: DatagramHandler, largest?: number): Promise<DatagramSocket> => {
  const options = { address: '127.0.0.1', port: 0, receiveBuffer: 4_194_304 };
  const opened = await nodeDatagrams.open(largest === undefined ? options : { ...options, largest }, onDatagram);
  open.push(opened);
  return opened;
};

const say = (from: DatagramSocket, text: string, to: Endpoint): void => {
  const bytes = Buffer.from(text);
  from.send(bytes, 0, bytes.length, to);
};

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

describe.skipIf(findNativeSockets() === undefined)('sockets that read and write many datagrams at a time', () => {
  it('deliver what came in one burst whole, in order, with its sender, and answer each', async () => {
    const heard: string[] = [];
    const server = await socket((bytes, from) => {
      say(server, `re ${bytes}`, from);
    }, 1536);
    const client = await socket((bytes, from) => {
      expect(from).toMatchObject(server.local);
      heard.push(bytes.toString());
    });
    const sent = Array.from({ length: 1000 }, (_, index) => `datagram ${index}`);
    for (const text of sent) say(client, text, server.local);
    await vi.waitFor(() => expect(heard).toHaveLength(1000));
    expect(heard).toEqual(sent.map((text) => `re ${text}`));
  });

  it('answer from another socket of theirs, as from the one that heard', async () => {
    const heard: number[] = [];
    const mouth = await socket(() => {}, 1536);
    const ear = await socket((bytes, from) => say(mouth, bytes.toString(), from), 1536);
    const client = await socket((_bytes, from) => heard.push(from.port));
    for (let count = 0; count < 200; count += 1) say(client, 'x', ear.local);
    await vi.waitFor(() => expect(heard).toHaveLength(200));
    expect(new Set(heard)).toEqual(new Set([mouth.local.port]));
  });

  it('send what is larger than they read, and a part of a buffer', async () => {
    const heard: Buffer[] = [];
    const server = await socket((_bytes, from) => {
      server.send(Buffer.alloc(9000, 7), 0, 9000, from);
      server.send(Buffer.from('abcdef'), 2, 3, from);
    }, 512);
    const client = await socket((bytes) => heard.push(bytes));
    say(client, 'x', server.local);
    await vi.waitFor(() => expect(heard).toHaveLength(2));
    expect(heard.map((bytes) => bytes.length).sort()).toEqual([3, 9000]);
    expect(heard.find((bytes) => bytes.length === 3)?.toString()).toBe('cde');
  });

  it('survive a peer that has gone, and a peer that cannot be answered', async () => {
    const heard: string[] = [];
    const server = await socket((bytes, from) => say(server, `re ${bytes}`, from), 1536);
    const gone = await socket(() => {});
    for (let count = 0; count < 100; count += 1) say(gone, 'x', server.local);
    await gone.close();
    const client = await socket((bytes) => heard.push(bytes.toString()));
    say(server, 'to port 0', { address: '127.0.0.1', port: 0 });
    await vi.waitFor(() => {
      say(client, 'y', server.local);
      expect(heard.length).toBeGreaterThan(0);
    });
    expect(heard[0]).toBe('re y');
  });

  it('may be closed by what they deliver, in the middle of a burst', async () => {
    let heard = 0;
    const server = await socket((bytes, from) => {
      heard += 1;
      say(server, bytes.toString(), from);
      if (heard === 5) void server.close();
    }, 1536);
    const client = await socket(() => {});
    for (let count = 0; count < 300; count += 1) say(client, 'x', server.local);
    await vi.waitFor(() => expect(heard).toBe(5));
    await server.close();
    expect(heard).toBe(5);
    const port = server.local.port;
    const again = await nodeDatagrams.open({ address: '127.0.0.1', port, largest: 1536 }, () => {});
    open.push(again);
    expect(again.local.port).toBe(port);
  });

  it('refuse a port that is taken, by the code of the system', async () => {
    const first = await socket(() => {}, 1536);
    const { address, port } = first.local;
    await expect(nodeDatagrams.open({ address, port, largest: 1536 }, () => {})).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
