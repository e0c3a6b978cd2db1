// One station that makes up a thousand DHCP clients a second at a pool of twenty: a phone that is new, and one that is
// configured, have their addresses all the same, and those that are well notice nothing.

import dgram from 'node:dgram';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type ClientMessageFields, macNumber, message, type ReadReply, readReply } from '../../dhcp/harness.js';
import { expectUnharmed, inShort, MEASURED_AGAIN, type Target, underAttack } from './under-attack.js';

const SUBNETS =
  'dhcp.subnets=[{ subnet: 127.0.0.0/8, pools: [127.0.1.101-127.0.1.120], option150: [127.0.0.1], leaseTime: 1h, reservations: [{ mac: "00000000AA03", address: 127.0.1.150 }] }]';
const SERVER = '127.0.0.1';
const CONFIGURED = ['02AA00000001', '02AA00000002', '02AA00000003'];
const DEVICES = CONFIGURED.map((mac) => `  - { name: SEP${mac}, model: 7962, protocol: SCCP, lines: [] }`).join('\n');
/** Milliseconds after which a client that hears nothing asks again. */
const PATIENCE = 1500;
const BURST = 20;
const PAUSE = 20;

class Clients {
  readonly #socket = dgram.createSocket('udp4');
  readonly #port: number;
  readonly #heard: ((reply: ReadReply) => void)[] = [];

  private constructor(port: number) {
    this.#port = port;
    this.#socket.on('message', (bytes, from) => {
      const reply = readReply({ bytes, to: from });
      for (const hear of this.#heard) hear(reply);
    });
  }

  static async at(address: string, { dhcp }: Target): Promise<Clients> {
    const clients = new Clients(dhcp);
    await new Promise<void>((resolve) => clients.#socket.bind(0, address, resolve));
    return clients;
  }

  hear(handler: (reply: ReadReply) => void): void {
    this.#heard.push(handler);
  }

  say(type: 'DISCOVER' | 'REQUEST', wishes: ClientMessageFields): void {
    this.#socket.send(message(type, wishes), this.#port, SERVER);
  }

  close(): void {
    this.#socket.close();
  }
}

/** So many made-up clients in as many milliseconds, which take what they are offered or do not. */
const strangers = async (target: Target, count: number, take: boolean): Promise<void> => {
  const clients = await Clients.at('127.0.0.2', target);
  if (take)
    clients.hear(({ type, chaddr, yiaddr }) => {
      if (type === 'OFFER') clients.say('REQUEST', { mac: chaddr.slice(0, 12), requested: yiaddr, server: SERVER });
    });
  const begun = performance.now();
  for (let made = 0; made < count; ) {
    for (const end = made + BURST; made < end; made += 1) clients.say('DISCOVER', { mac: macNumber(made), xid: made });
    await pause(Math.max(1, begun + (made / BURST) * PAUSE - performance.now()));
  }
  clients.close();
};

/** How often the phone asked again until its address was acknowledged; three times, and it has given up. */
const retriesOf = async (target: Target, mac: string): Promise<number> => {
  const clients = await Clients.at('127.0.0.3', target);
  const acknowledged = new Promise<true>((resolve) =>
    clients.hear(({ type, yiaddr }) => {
      if (type === 'OFFER') clients.say('REQUEST', { mac, requested: yiaddr, server: SERVER });
      else if (type === 'ACK') resolve(true);
    }),
  );
  let retries = 0;
  clients.say('DISCOVER', { mac });
  while (retries < 3 && (await Promise.race([acknowledged, pause(PATIENCE, false)])) === false) {
    retries += 1;
    clients.say('DISCOVER', { mac });
  }
  clients.close();
  return retries;
};

test('a thousand a second that only ask leave a new phone its address within one retry', MEASURED_AGAIN, async () => {
  const retries: number[] = [];
  const report = await underAttack({
    devices: DEVICES,
    settings: [SUBNETS],
    work: async (target) => {
      const attack = strangers(target, 5000, false);
      await pause(700);
      retries.push(await retriesOf(target, '02BB00000001'));
      retries.push(await retriesOf(target, '02BB00000002'));
      retries.push(...(await Promise.all(CONFIGURED.map((mac) => retriesOf(target, mac)))));
      await attack;
    },
  });
  process.stdout.write(`${inShort(report)}; retries ${retries.join(' ')}\n`);
  expect(Math.max(...retries)).toBeLessThanOrEqual(1);
  expectUnharmed(report, 60);
});

test('a thousand a second that take all they can leave configured phones theirs', MEASURED_AGAIN, async () => {
  const retries: number[] = [];
  const report = await underAttack({
    devices: DEVICES,
    settings: [SUBNETS],
    work: async (target) => {
      await strangers(target, 5000, true);
      for (const mac of CONFIGURED) retries.push(await retriesOf(target, mac));
      const { leases } = (await (await fetch(`http://127.0.0.1:${target.api}/api/leases?limit=1000`)).json()) as {
        leases: readonly { state: string; startedAt: string; until: string }[];
      };
      const short = leases.filter(
        ({ state, startedAt, until }) => state === 'bound' && Date.parse(until) - Date.parse(startedAt) <= 300_000,
      );
      // Twenty, but for those of the devices and the first eighth.
      expect(short.length).toBeGreaterThanOrEqual(20 - 5 - 3);
    },
  });
  process.stdout.write(`${inShort(report)}; retries ${retries.join(' ')}\n`);
  expect(retries).toEqual([0, 0, 0]);
  expectUnharmed(report, 60);
});
