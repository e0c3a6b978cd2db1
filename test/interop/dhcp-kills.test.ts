// A hundred lives under load, each ended by SIGKILL at a random moment: whatever lease a client was told of is there
// afterwards.

import dgram from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Instant, instant } from '../../src/core/time.js';
import { ipv4Text } from '../../src/dhcp/ipv4.js';
import { LeaseJournal } from '../../src/dhcp/lease-journal.js';
import { LeaseTable } from '../../src/dhcp/lease-table.js';
import type { DhcpSettings } from '../../src/dhcp/settings.js';
import { AppendedFile } from '../../src/net/files/append-only-file.js';
import { systemClock } from '../../src/net/system-clock.js';
import { aPool, aSubnet, macNumber, message, REFERENCE, readReply } from '../dhcp/harness.js';
import { seededRandom } from '../support/random.js';
import { DhcpProcess } from './support/dhcp-process.js';

const LIVES = 100;
const CLIENTS = 6000;
const WINDOW = 48;
const NEVER = 1e9;

const folder = mkdtempSync(join(tmpdir(), 'labcm-kills-'));
afterAll(() => rmSync(folder, { recursive: true }));

const settings: DhcpSettings = {
  ...REFERENCE,
  interfaces: ['lo'],
  port: 0,
  limits: { newClients: NEVER, newClientsPerLink: NEVER, openOffers: 1 },
  subnets: [aSubnet('127.0.0.0', 8, { ...aPool('127.1.0.0', '127.1.255.255'), option150: [] })],
};

/** Clients that ask for addresses, get them, start over and ask again, many at a time. */
class Load {
  /** What each client was acknowledged. */
  readonly acknowledged = new Map<string, string>();
  acks = 0;
  naks = 0;
  readonly #random = seededRandom(4);
  readonly #socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  #port = 0;

  constructor() {
    this.#socket.on('message', (bytes, to) => {
      const { type, chaddr, yiaddr } = readReply({ bytes, to });
      const mac = chaddr.slice(0, 12).toUpperCase();
      if (type === 'OFFER') return this.#send(message('REQUEST', { mac, requested: yiaddr, server: '127.0.0.1' }));
      if (type === 'ACK') {
        this.acks += 1;
        this.acknowledged.set(mac, yiaddr);
      } else this.naks += 1;
      this.#begin();
    });
  }

  start(port: number): void {
    this.#port = port;
    for (let count = 0; count < WINDOW; count += 1) this.#begin();
  }

  /** Sends no more; what is on its way still counts. */
  async stop(): Promise<void> {
    this.#port = 0;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }

  close(): void {
    this.#socket.close();
  }

  #begin(): void {
    const mac = macNumber(this.#random.below(CLIENTS));
    const known = this.acknowledged.get(mac);
    // Half of those that have an address start again with it, half from the beginning.
    if (known !== undefined && this.#random.below(2) === 0) this.#send(message('REQUEST', { mac, requested: known }));
    else this.#send(message('DISCOVER', { mac }));
  }

  #send(bytes: Buffer): void {
    if (this.#port !== 0) this.#socket.send(bytes, this.#port, '127.0.0.1');
  }
}

/** The file as the next life would read it. */
const remembered = (now: Instant) => {
  const book = new LeaseTable(settings, { onChanged: () => {}, onExpired: () => {}, onLapsed: () => {} });
  const file = new AppendedFile(join(folder, 'leases.jsonl'));
  const bus = new LeaseJournal(file, () => book, { onFailed: () => {}, onRecovered: () => {} }, systemClock);
  const { lines, damaged } = bus.read((lease) => book.restore(lease, now));
  return { book, lines, damaged };
};

it(`${LIVES} kills at random moments under load lose no lease that a client was told of`, async () => {
  const load = new Load();
  const moment = seededRandom(7);
  let next = new DhcpProcess({ folder, settings, waits: true });
  let torn = 0;
  let rewritten = 0;
  let linesBefore = 0;
  for (let life = 0; life < LIVES; life += 1) {
    const daemon = next;
    await daemon.loaded();
    daemon.open();
    load.start(await daemon.ready());
    next = new DhcpProcess({ folder, settings, waits: true });
    await new Promise((resolve) => setTimeout(resolve, moment.below(300)));
    await daemon.kill('SIGKILL');
    await load.stop();

    const { book, lines, damaged } = remembered(instant(Date.now()));
    torn = Math.max(torn, damaged);
    if (lines < linesBefore) rewritten += 1;
    linesBefore = lines;
    const bound = new Map<string, string>();
    for (const { client, address, state } of book.all()) {
      if (state !== 'bound') continue;
      expect(bound.has(client.mac), `two leases of ${client.mac}`).toBe(false);
      bound.set(client.mac, ipv4Text(address));
    }
    const lost = [...load.acknowledged].filter(([mac, address]) => bound.get(mac) !== address);
    expect(lost, `lost in life ${life}`).toEqual([]);
  }
  await next.kill('SIGKILL');
  load.close();
  console.log(
    `${load.acks} ACKs, ${load.naks} NAKs, ${load.acknowledged.size} leases, ${torn} torn lines in the file, rewritten in ${rewritten} lives`,
  );
  expect(load.acknowledged.size).toBeGreaterThan(CLIENTS / 2);
  expect(load.naks).toBeLessThan(LIVES * WINDOW);
}, 600_000);
