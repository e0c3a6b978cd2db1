// Requests of a few octets from sources that never answer: each is sent three packets at most, and neither the places that
// they take nor what they are sent is felt by phones that are well.

import dgram from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { rrq } from '../../support/tftp-client.js';
import { expectUnharmed, inShort, MEASURED_AGAIN, type Target, underAttack } from './under-attack.js';

const FILE = 'XMLDefault.cnf.xml';

interface Sent {
  packets: number;
  octets: number;
}

/** A socket that asks, and counts what comes to it without an answer. */
const mute = async (address: string): Promise<{ readonly socket: dgram.Socket; readonly sent: Sent }> => {
  const socket = dgram.createSocket('udp4');
  const sent = { packets: 0, octets: 0 };
  socket.on('message', (bytes) => {
    if (bytes[1] === 5) return;
    sent.packets += 1;
    sent.octets += bytes.length;
  });
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  return { socket, sent };
};

test('a source that acknowledges nothing is sent one packet and two repetitions', MEASURED_AGAIN, async () => {
  const sources: Sent[] = [];
  const report = await underAttack({
    settings: ['tftp.timeout=500ms'],
    work: async ({ tftp }: Target) => {
      for (const options of [{}, { blksize: 1428, windowsize: 64 }]) {
        const { socket, sent } = await mute('127.0.0.2');
        socket.send(rrq(FILE, options), tftp, '127.0.0.1');
        sources.push(sent);
        socket.unref();
      }
      await pause(4_000); // a third repetition would be due after three and a half seconds
    },
  });
  process.stdout.write(`${inShort(report)}; sent ${sources.map(({ octets }) => octets).join(' and ')} octets\n`);
  expect(sources.map(({ packets }) => packets)).toEqual([3, 3]);
  expect(report.exit).toBe(0);
});

test('sources that acknowledge nothing take every place, and keep nobody from a file', MEASURED_AGAIN, async () => {
  let failures = '';
  const report = await underAttack({
    settings: ['tftp.limits.transfers=512'],
    work: async ({ tftp, folder }: Target) => {
      for (let step = 0; step < 100; step += 1) {
        const sources = await Promise.all(Array.from({ length: 8 }, () => mute(`127.0.7.${step + 1}`)));
        for (const { socket } of sources) socket.send(rrq(FILE), tftp, '127.0.0.1');
        await pause(40);
        for (const { socket } of sources) socket.close();
      }
      failures = readFileSync(join(folder, 'logs', 'tftp.txt'), 'utf8');
    },
  });
  process.stdout.write(`${inShort(report)}\n`);
  expect(failures).toContain('Reason[gave-way]');
  expectUnharmed(report, 60);
});
