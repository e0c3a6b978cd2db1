// What one address can do with many connections: leave messages unfinished, not read what it is sent, take all the
// descriptors, and speak something else than the port does.

import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { encode } from '../../../src/sccp/messages/catalogue.js';
import { KEEPALIVE, SccpPhone } from '../../support/sccp-phone.js';
import { expectUnharmed, inShort, MEASURED_AGAIN, underAttack } from './under-attack.js';

const ATTACKER = '127.0.7.1';
const open = new Set<net.Socket>();
afterEach(() => {
  for (const socket of open) socket.destroy();
});

/** A connection from the attacker's address; `undefined`: it was refused. */
const dial = (port: number, localAddress = ATTACKER): Promise<net.Socket | undefined> =>
  new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port, localAddress });
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      open.delete(socket);
      resolve(undefined);
    });
    socket.once('connect', () => resolve(socket));
  });

/** `count` times, twenty at once. */
const many = async (count: number, act: () => Promise<unknown>): Promise<void> => {
  for (let begun = 0; begun < count; begun += 20) {
    await Promise.all(Array.from({ length: 20 }, act));
    await pause(16);
  }
};

const leave = async (): Promise<void> => {
  for (const socket of open) socket.destroy();
  await pause(300);
};

/** CUCM's lines, those of the files that are full included. */
const told = (folder: string): string =>
  readdirSync(join(folder, 'logs'))
    .filter((name) => name.startsWith('ccm'))
    .map((name) => readFileSync(join(folder, 'logs', name), 'utf8'))
    .join('');

test(
  'three thousand messages that are never ended cost a share of memory, and their senders their connections',
  MEASURED_AGAIN,
  async () => {
    const head = 'INVITE sip:7002@127.0.0.1 SIP/2.0\r\nContent-Length: 65000\r\n';
    const half = Buffer.from(`${head}${'X-Long: '.padEnd(4_000, 'x')}\r\n\r\n${'y'.repeat(60_000)}`);
    const report = await underAttack({
      work: async ({ sipTcp }) => {
        await many(3_000, async () => (await dial(sipTcp))?.write(half));
        await leave();
      },
      afterwards: async ({ folder }) => {
        // The trace is written a page at a time.
        await expect.poll(() => told(folder), { timeout: 5_000 }).toMatch(/unfinished|never ended it/);
      },
    });
    process.stdout.write(`${inShort(report)}\n`);
    expectUnharmed(report, 150);
  },
);

const TALKERS = 40;
const DEAF = 3;
const nameOf = (index: number): string => `SEP0BAD0000${String(index).padStart(4, '0')}`;

test('links that read nothing hold nothing of what others are sent', MEASURED_AGAIN, async () => {
  const devices = Array.from(
    { length: TALKERS + DEAF },
    (_, index) => `  - { name: ${nameOf(index)}, model: CIPC, protocol: SCCP, lines: [{ dn: "${8000 + index}" }] }`,
  );
  const question = encode('SoftKeySetReqMessage', {}, 20);
  let carried = 0;
  const report = await underAttack({
    devices: devices.join('\n'),
    settings: ['sccp.throttle.messages=1000000'],
    work: async ({ sccp }) => {
      const phones = await Promise.all(
        Array.from({ length: TALKERS + DEAF }, async (_, index) => {
          const phone = await SccpPhone.connect(sccp);
          open.add(phone.socket);
          await phone.comeUp(nameOf(index));
          return phone;
        }),
      );
      const talkers = phones.slice(DEAF);
      const until = performance.now() + 5_000;
      for (const { socket } of talkers)
        socket.removeAllListeners('data').on('data', (bytes: Buffer) => {
          carried += bytes.length;
        });
      for (const { socket } of phones.slice(0, DEAF)) {
        socket.pause();
        socket.write(Buffer.concat(Array<Buffer>(4_000).fill(question)));
      }
      while (performance.now() < until) {
        for (const { socket } of talkers) socket.write(Buffer.concat(Array<Buffer>(4).fill(question)));
        for (const { socket } of phones.slice(0, DEAF)) socket.write(KEEPALIVE);
        await pause(20);
      }
      await leave();
    },
  });
  process.stdout.write(`${(carried / 1e6).toFixed(0)} MB carried; ${inShort(report)}\n`);
  expect(carried).toBeGreaterThan(10e6);
  expectUnharmed(report, 60);
});

test('one address leaves descriptors for the phones of others, and for files', MEASURED_AGAIN, async () => {
  const report = await underAttack({
    launcher: ['prlimit', '--nofile=600'],
    work: async ({ sccp, sipTcp }) => {
      await many(1_000, () => dial(sccp));
      await many(300, () => dial(sipTcp));
      await pause(1_000);
    },
    afterwards: async ({ sccp, http, api }) => {
      expect(await dial(sccp, '127.0.7.2')).toBeDefined();
      expect((await fetch(`http://127.0.0.1:${http}/SEP00000000AA01.cnf.xml`)).status).toBe(200);
      expect(await (await fetch(`http://127.0.0.1:${api}/healthz`)).json()).toMatchObject({ status: 'ok' });
    },
  });
  process.stdout.write(`${inShort(report)}\n`);
  expectUnharmed(report, 60);
});

test('other protocols on a port are called by their names', MEASURED_AGAIN, async () => {
  const hello = Buffer.from('16030101fc010001f80303', 'hex');
  const get = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const report = await underAttack({
    work: ({ sccp, sipTcp, http }) =>
      many(250, async () => {
        for (const [port, bytes] of [
          [sccp, hello],
          [sccp, get],
          [sipTcp, hello],
          [http, hello],
        ] as const)
          (await dial(port))?.write(bytes);
      }),
    afterwards: async ({ folder }) => {
      await pause(300); // the trace is written a page at a time
      const lines = told(folder);
      for (const sentence of ['this is TLS; sccp.tls is off', 'this is HTTP, not SCCP', 'this is TLS; sip.tls is off'])
        expect(lines).toContain(sentence);
      expect(readFileSync(join(folder, 'logs', 'tftp.txt'), 'utf8')).toContain('this is TLS, not HTTP');
    },
  });
  process.stdout.write(`${inShort(report)}\n`);
  expectUnharmed(report, 60);
});
