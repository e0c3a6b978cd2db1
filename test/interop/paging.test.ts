// What is spoken to a page, on the wire: packets to the group that no router passes on, and that simulated phones hear.

import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { instant } from '../../src/core/time.js';
import { type Lab, startLab } from '../../src/lab.js';
import type { DatagramSocket } from '../../src/net/ports.js';
import { nodeDatagrams } from '../../src/net/sockets/node-datagrams.js';
import { PageSender } from '../../src/rtp/pages.js';
import { seededRandom } from '../support/random.js';

const GROUP = { address: '239.1.1.1', port: 30_000 };

/** Joins the group on loopback, and prints the TTL and the size of each packet. */
const LISTENER = `import socket, struct
IP_RECVTTL = 12
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('${GROUP.address}', ${GROUP.port}))
join = struct.pack('4s4s', socket.inet_aton('${GROUP.address}'), socket.inet_aton('127.0.0.1'))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, join)
s.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
print('ready', flush=True)
while True:
    data, about, flags, sender = s.recvmsg(2048, 256)
    print(struct.unpack('i', about[0][2])[0], len(data), flush=True)
`;

let listener: ChildProcess | undefined;
const sockets: DatagramSocket[] = [];
let lab: Lab | undefined;

afterEach(async () => {
  listener?.kill();
  listener = undefined;
  await lab?.stop();
  lab = undefined;
  await Promise.all(sockets.splice(0).map((socket) => socket.close()));
});

/** The lines that the listener prints; `next` waits for one. */
const listening = (): { next(): Promise<string> } => {
  const child = spawn('python3', ['-c', LISTENER], { stdio: ['ignore', 'pipe', 'inherit'] });
  listener = child;
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let rest = '';
  child.stdout.on('data', (bytes: Buffer) => {
    const parts = (rest + bytes.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      const wanted = waiting.shift();
      if (wanted === undefined) lines.push(line);
      else wanted(line);
    }
  });
  return {
    next: () => new Promise((resolve) => (lines.length > 0 ? resolve(lines.shift() as string) : waiting.push(resolve))),
  };
};

it.each([['one datagram at a time', {}] as const, ['many at a time', { largest: 1_536 }] as const])(
  'a page has a TTL of 1 by sockets that read %s',
  async (_how, options) => {
    const heard = listening();
    expect(await heard.next()).toBe('ready');
    const socket = await nodeDatagrams.open({ address: '127.0.0.1', port: 0, ...options }, () => {});
    sockets.push(socket);
    const sender = PageSender.to(socket, GROUP, seededRandom(1));
    expect(sender?.send(new Uint8Array(160).fill(0xff), 0, instant(0))).toBe(true);
    expect(await heard.next()).toBe('1 172');
  },
);

it('simulated phones hear a page, and no more once its caller hangs up', async () => {
  const phones = ['SEP001122334451', 'SEP001122334452', 'SEP001122334453'] as const;
  const { address, port } = GROUP;
  lab = await startLab({
    devices: phones.map((name, at) => ({ name, model: 7962, protocol: 'SCCP', lines: [`500${at + 1}`] })) as never,
    calls: { paging: [{ dn: '*90', group: address, port, members: [...phones] }] } as never,
  });
  const [caller, one, other] = phones.map((name) => (lab as Lab).phone({ name }));
  const [speaking, ...hearing] = [caller, one, other].map((phone) => phone as NonNullable<typeof phone>);
  await Promise.all([speaking, ...hearing].map((phone) => phone?.registered()));
  const call = speaking?.dial('*90');
  await call?.connected();
  for (const phone of hearing) {
    await expect.poll(() => phone.heard?.received ?? 0, { timeout: 5_000 }).toBeGreaterThan(25);
    expect(phone.heard).toMatchObject({ group: `${address}:${port}`, lost: 0 });
    expect(phone.heard?.loudness).toBeGreaterThan(1_000);
    expect(phone.screen?.page).toBe(`${address}:${port}`);
  }
  expect(speaking?.heard).toBeUndefined();
  speaking?.hangUp();
  for (const phone of hearing) await expect.poll(() => phone.heard, { timeout: 5_000 }).toBeUndefined();
});
