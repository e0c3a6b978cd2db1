// Requests pipelined without end over as many connections as one address may have, whose answers nobody reads.

import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { expectUnharmed, inShort, MEASURED_AGAIN, type Target, underAttack } from './under-attack.js';

const LASTS = 4_000;
const WRITES_AFTER = 900; // this process and the daemon share the machine
const MEGABYTES = 80;

const open = new Set<net.Socket>();
afterEach(() => {
  for (const socket of open) socket.destroy();
});

/**
 * Keeps `connections` busy from one address: each writes what one read of the daemon holds, again and again, and comes back at
 * once where it is reset.
 */
const flood = async (port: number, octets: Buffer, connections: number): Promise<number> => {
  let ended = false;
  let written = 0;
  const dial = (): void => {
    if (ended) return;
    const socket = net.connect({ host: '127.0.0.1', port, localAddress: '127.0.7.1' });
    open.add(socket);
    socket.on('error', () => {});
    socket.pause();
    const fill = (): void => {
      if (socket.destroyed) return;
      written += octets.length;
      // Where nothing is read, a reset shows when more is written.
      socket.write(octets, () => setTimeout(fill, WRITES_AFTER));
    };
    socket.once('connect', fill);
    socket.once('close', () => {
      open.delete(socket);
      dial();
    });
  };
  for (let count = 0; count < connections; count += 1) dial();
  await pause(LASTS);
  ended = true;
  for (const socket of open) socket.destroy();
  return written;
};

const requests = (path: string): Buffer => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(1_800));

test.each<[string, number, (target: Target) => number, string]>([
  ['files, over 30 connections', 30, ({ http }) => http, '/x'],
  ['files, over 250 connections', 250, ({ http }) => http, '/x'],
  ['the API, over 100 connections', 100, ({ api }) => api, '/metrics'],
])('asking for %s, harms nobody', MEASURED_AGAIN, async (_, connections, portOf, path) => {
  let written = 0;
  const report = await underAttack({
    work: async (target) => {
      written = await flood(portOf(target), requests(path), connections);
    },
  });
  process.stdout.write(`${(written / 1e6).toFixed(0)} MB written; ${inShort(report)}\n`);
  expect(written).toBeGreaterThan(5e6);
  expectUnharmed(report, MEGABYTES);
});
