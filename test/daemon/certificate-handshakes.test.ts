// CAPF and TVS need no certificate of whoever talks to them, so the handshakes of each address are bounded.

import net from 'node:net';
import tls from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { TestDaemon } from '../support/daemon.js';

const BURST = 3;

let lab: TestDaemon | undefined;
afterEach(async () => {
  await lab?.stop();
  lab = undefined;
});

/** Whether a handshake from an address comes to its end. */
const shakes = (port: number, localAddress: string): Promise<boolean> =>
  new Promise((resolve) => {
    const raw = net.connect({ host: '127.0.0.1', port, localAddress });
    raw.once('error', () => resolve(false));
    const socket = tls.connect({ socket: raw, rejectUnauthorized: false });
    socket.once('secureConnect', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });

it.each(['CAPF', 'TVS'] as const)('%s: one address has its handshakes, and another all of its own', async (service) => {
  lab = new TestDaemon();
  lab.configure(
    `security: { itl: on, capf: { port: 0 }, tvs: { port: 0 }, unproven: { perSecond: 1, burst: ${BURST} } }`,
  );
  await lab.start();
  const { port = 0 } = lab.daemon.listeners.find((one) => one.service === service) ?? {};
  const one: boolean[] = [];
  for (let turn = 0; turn < BURST + 4; turn += 1) one.push(await shakes(port, '127.0.0.1'));
  expect(one.slice(0, BURST)).toEqual([true, true, true]);
  expect(one).toContain(false);
  expect(await shakes(port, '127.0.0.2')).toBe(true);
});
