// Every service with TLS bounds the handshakes that one address begins and proves nothing with, in mixed mode and without; what it
// refuses is in the trace.

import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestDaemon } from '../support/daemon.js';

const BURST = 3;
const TRIES = BURST + 4;
const RATE = `unproven: { perSecond: 1, burst: ${BURST} }`;
const PASSWORD = 'lab-secret-1';

const SERVICES = `
nodes: [{ name: CM1, address: 127.0.0.1 }]
tftp: { listen: 127.0.0.1, port: 0 }
http: { provisioning: { listen: 127.0.0.1, port: 0 }, api: { port: 0 } }
sccp: { listen: 127.0.0.1, port: 0, tls: 0 }
sip: { listen: 127.0.0.1, udp: 0, tcp: 0, tls: 0 }
trace: { directory: logs, console: off }
state: { directory: state }
`;

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

/** The handshakes of one address, and one of another address when the first has none left. */
const bounded = async (lab: TestDaemon, service: Parameters<TestDaemon['endpoint']>[0]): Promise<void> => {
  const { port } = lab.endpoint(service, 'tls');
  const tries: boolean[] = [];
  for (let turn = 0; turn < TRIES; turn += 1) tries.push(await shakes(port, '127.0.0.1'));
  expect(tries.slice(0, BURST)).toEqual([true, true, true]);
  expect(tries).toContain(false);
  expect(await shakes(port, '127.0.0.2')).toBe(true);
};

describe('in mixed mode', () => {
  const lab = new TestDaemon();
  beforeAll(async () => {
    const passwordFile = join(lab.folder, 'password');
    writeFileSync(passwordFile, `${PASSWORD}\n`);
    lab.configure(
      `security: { mode: mixed, itl: on, https: 0, capf: { port: 0 }, tvs: { port: 0 }, ${RATE} }
management: { user: labadmin, passwordFile: ${JSON.stringify(passwordFile)}, port: 0 }`,
      SERVICES,
    );
    await lab.start();
  });
  afterAll(() => lab.remove());

  it.each(['SCCP', 'SIP', 'CAPF', 'TVS', 'HTTPS', 'Management'] as const)('%s', (service) => bounded(lab, service));

  it.each(['SCCP', 'SIP', 'CAPF', 'TVS', 'HTTPS', 'Management'] as const)(
    '%s: none for connections on which nothing comes, open or not',
    async (service) => {
      const { port } = lab.endpoint(service, 'tls');
      const bare: net.Socket[] = [];
      for (let turn = 0; turn < TRIES; turn += 1) {
        const socket = net.connect({ host: '127.0.0.1', port, localAddress: '127.0.0.6' }).on('error', () => {});
        await new Promise((resolve) => socket.once('connect', resolve));
        if (turn % 2 === 0) socket.destroy();
        else bare.push(socket);
      }
      expect(await shakes(port, '127.0.0.6')).toBe(true);
      for (const socket of bare) socket.destroy();
    },
  );

  it.each(['SCCP', 'SIP', 'CAPF', 'TVS', 'HTTPS', 'Management'] as const)(
    '%s: none within a connection',
    async (service) => {
      const { port } = lab.endpoint(service, 'tls');
      const at = {
        host: '127.0.0.1',
        port,
        localAddress: '127.0.0.9',
        rejectUnauthorized: false,
        maxVersion: 'TLSv1.2',
      };
      const socket = tls.connect(at as tls.ConnectionOptions);
      const refused = await new Promise<unknown>((resolve) => {
        socket.once('error', resolve);
        socket.once('secureConnect', () => socket.renegotiate({ rejectUnauthorized: false }, resolve));
      });
      expect(refused).toBeInstanceOf(Error);
      socket.destroy();
    },
  );

  it('the right password costs its address nothing, a wrong one what nothing costs', async () => {
    const { port } = lab.endpoint('Management');
    const asks = (password: string, localAddress: string): Promise<number> =>
      new Promise((resolve) => {
        const auth = `labadmin:${password}`;
        const at = { host: '127.0.0.1', port, localAddress, path: '/axl/', rejectUnauthorized: false, agent: false };
        const sent = request({ ...at, auth }, (response) => {
          response.resume();
          response.once('end', () => resolve(response.statusCode ?? 0));
        });
        sent.once('error', () => resolve(0));
        sent.end();
      });
    const right: number[] = [];
    for (let turn = 0; turn < TRIES; turn += 1) right.push(await asks(PASSWORD, '127.0.0.3'));
    expect(right).not.toContain(0);
    expect(right).not.toContain(401);
    const wrong = await Promise.all(Array.from({ length: TRIES }, () => asks('guessed', '127.0.0.4')));
    expect(wrong.filter((status) => status === 0).length).toBeGreaterThanOrEqual(TRIES - BURST - 1);
  });

  it('the trace says who was refused', async () => {
    await lab.stop();
    const lines = lab.log('ccm.txt');
    for (const name of ['StationInit', '//SIP/SIPTcp/wait_SdlConnectionInd', 'CAPF', 'TVS'])
      expect(lines).toMatch(new RegExp(`${name}: Connection refused.*127\\.0\\.0\\.1.*Limit=handshakes-per-source`));
    expect(lab.log('tftp.txt')).toMatch(/127\.0\.0\.1.*1 TLS handshakes per second/);
  });
});

describe('without mixed mode', () => {
  const lab = new TestDaemon();
  beforeAll(async () => {
    lab.configure(`security: { ${RATE} }`, SERVICES);
    await lab.start();
  });
  afterAll(() => lab.remove());

  it.each(['SCCP', 'SIP'] as const)('%s over TLS', (service) => bounded(lab, service));
});
