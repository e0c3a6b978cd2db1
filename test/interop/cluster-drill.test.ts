// Three machines, each with a daemon and a server of the engine, under phones and clients that keep asking: nodes and engines are
// killed, a machine is cut off, a clock is five minutes ahead, all nodes are restarted one after the other. The phones and
// clients keep the ledgers: no address and no number twice, nobody lost who kept asking, one holder of each phone at the end.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Phone } from '../../src/phone/index.js';
import { addressOf, ClusterLab, MACHINES, type Machine, nodeOf, PHONES_AT, RELAY } from './support/cluster-lab.js';
import { LeaseLedger } from './support/lease-ledger.js';
import { PhoneLedger } from './support/phone-ledger.js';
import { registeredOnce } from './support/silent-phone.js';

const CONFIGURED = 12;
/** Devices whose phones do not move by themselves. */
const TWINS = 4;
const STRANGERS = 24;
const CLIENTS = 60;
const AHEAD = 300; // seconds
const CUT_FOR = 60_000; // milliseconds

const nameOf = (index: number): string => `SEP0050561${(0x10000 + index).toString(16).toUpperCase()}`.slice(0, 15);
const strangerOf = (index: number): string => `SEP0050562${(0x10000 + index).toString(16).toUpperCase()}`.slice(0, 15);
const protocolOf = (index: number): 'SCCP' | 'SIP' => (index % 2 === 0 ? 'SCCP' : 'SIP');
const numberOf = (index: number): string => `${3000 + index}`;
/** The nodes from one on, in turn. */
const from = (index: number): readonly string[] =>
  MACHINES.map((_, step) => addressOf((((index + step) % MACHINES.length) + 1) as Machine));

const CONFIGURATION = [
  'autoRegistration: { enabled: true, range: 7000-7999 }',
  'dhcp:',
  '  enabled: true',
  '  interface: phones0',
  '  subnets: [{ subnet: 10.50.0.0/24, pools: [10.50.0.10-10.50.0.210], leaseTime: 1h }]',
  'devices:',
  ...Array.from({ length: CONFIGURED + TWINS }, (_, index) =>
    [
      `  - { name: ${nameOf(index)}, model: "${protocolOf(index) === 'SCCP' ? 7962 : 7975}"`,
      `protocol: ${protocolOf(index)}, lines: [{ dn: "${numberOf(index)}" }] }`,
    ].join(', '),
  ),
].join('\n');

const until = (check: () => void | Promise<void>, timeout: number): Promise<void> =>
  vi.waitFor(check, { interval: 250, timeout });

describe('three machines', { timeout: 400_000 }, () => {
  let lab: ClusterLab;
  const leases = new LeaseLedger(RELAY, MACHINES.map(addressOf));
  let phones: PhoneLedger;

  const holders = async (machine: Machine): Promise<Readonly<Record<string, string>>> => {
    const answer = await lab.ask(machine, '/api/devices?limit=1000&fields=name,state,node');
    const devices = (answer?.devices ?? []) as { name: string; state: string; node?: string }[];
    return Object.fromEntries(devices.map(({ name, state, node }) => [name, `${state} at ${node ?? 'no node'}`]));
  };

  /** Every phone is registered, and all these nodes say the same of who holds it. */
  const settled = async (alive: readonly Machine[], timeout = 150_000): Promise<void> => {
    await until(() => expect(phones.unregistered()).toEqual([]), timeout);
    await until(async () => {
      const told = await Promise.all(alive.map(holders));
      for (const name of phones.phones.keys()) {
        const [first, ...others] = told.map((held) => held[name]);
        expect(first, name).toMatch(/^registered at CM[123]$/);
        for (const other of others) expect(other, name).toBe(first);
      }
    }, timeout);
  };

  const nodesAt = async (machine: Machine): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await lab.ask(machine, '/api/nodes');
    const nodes = (answer?.nodes ?? []) as { name: string; state: string }[];
    return Object.fromEntries(nodes.map(({ name, state }) => [name, state]));
  };

  const healthOf = async (machine: Machine): Promise<unknown> => (await lab.ask(machine, '/healthz'))?.status;

  /** Every node is well again. A failure shows what a node says is wrong. */
  const allWell = (): Promise<void> =>
    until(async () => {
      for (const machine of MACHINES) {
        const health = await lab.ask(machine, '/healthz');
        expect(health?.status, `${nodeOf(machine)}: ${JSON.stringify(health)} ${lab.said(machine).slice(-4_000)}`).toBe(
          'ok',
        );
      }
    }, 120_000);

  /** Each server of the engine holds what the others hold: only then does the next fault take one alone. */
  const engineIsWhole = (): Promise<void> => until(async () => expect(await lab.behind()).toEqual([]), 120_000);

  const ledgersAreClean = (): void => {
    expect(leases.twice).toEqual([]);
    expect(phones.faults).toEqual([]);
  };

  const allLeased = (): Promise<void> => until(() => expect(leases.without()).toEqual([]), 150_000);

  beforeAll(async () => {
    lab = new ClusterLab(CONFIGURATION);
    phones = new PhoneLedger();
    for (const machine of MACHINES) lab.startEngine(machine);
    // The clock of the second machine is ahead for as long as it lives.
    for (const machine of MACHINES) lab.startNode(machine, machine === 2 ? AHEAD : 0);
    await until(async () => {
      for (const machine of MACHINES) {
        expect(await healthOf(machine), lab.said(machine)).toBe('ok');
        expect(await nodesAt(machine)).toEqual({ CM1: 'alive', CM2: 'alive', CM3: 'alive' });
      }
    }, 120_000);
    await engineIsWhole();
    await leases.open();
    leases.add(CLIENTS / 2);
    leases.start(100);
  }, 300_000);

  // What the nodes say of a failure is gone with them.
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    for (const machine of MACHINES) {
      process.stderr.write(`${nodeOf(machine)}: ${JSON.stringify(await nodesAt(machine))} ${lab.said(machine)}\n`);
      const { holders: held, registered } = { holders: await holders(machine), registered: phones.unregistered() };
      process.stderr.write(
        `${JSON.stringify(held)}; unregistered: ${registered.join(', ')}\n${lab.traceOf(machine)}\n`,
      );
    }
  });

  afterAll(async () => {
    leases.close();
    await phones?.close();
    await lab?.close();
  });

  it('phones register with nodes of their own choice, and every node knows who holds whom', async () => {
    for (let index = 0; index < CONFIGURED; index += 1)
      phones.boot(nameOf(index), protocolOf(index), from(index), [numberOf(index)]);
    for (let index = 0; index < STRANGERS / 2; index += 1) phones.boot(strangerOf(index), 'SCCP', from(index));
    await settled(MACHINES);
    await allLeased();
    ledgersAreClean();
  });

  it('a command at any node reaches a phone of another', async () => {
    const { [nameOf(0)]: held = '' } = await holders(1);
    const other = MACHINES.find((machine) => !held.endsWith(nodeOf(machine))) as Machine;
    const phone = phones.phones.get(nameOf(0)) as Phone;
    const seen: string[] = [];
    const stop = phone.watch(() => seen.push(phone.state));
    await lab.ask(other, `/api/devices/${nameOf(0)}/reset`, {});
    await until(() => expect(seen).toContain('registering'), 60_000);
    stop();
    await settled(MACHINES);
  });

  it('kill -9 of a node: the others show it dead within eight seconds, and its phones go on elsewhere', async () => {
    const killedAt = performance.now();
    await lab.killNode(3);
    await until(async () => {
      for (const machine of [1, 2] as const) expect((await nodesAt(machine)).CM3).toBe('dead');
    }, 60_000);
    const seenAfter = performance.now() - killedAt;
    expect(lab.said(1).length + lab.said(2).length).toBeGreaterThan(0);
    await settled([1, 2], 150_000);
    process.stderr.write(`shown dead after ${(seenAfter / 1000).toFixed(1)} s\n`);
    lab.startNode(3);
    await until(async () => expect((await nodesAt(1)).CM3).toBe('alive'), 90_000);
    await settled(MACHINES);
    await allLeased();
    ledgersAreClean();
  });

  it('kill -9 of the leader of the engine: nobody is lost', async () => {
    const leader = (await lab.leader()) as Machine;
    expect(leader).toBeDefined();
    await lab.killEngine(leader);
    leases.add(CLIENTS / 6);
    for (let index = STRANGERS / 2; index < (STRANGERS * 2) / 3; index += 1)
      phones.boot(strangerOf(index), 'SCCP', from(index));
    await until(async () => expect(await lab.leader()).not.toBe(undefined), 90_000);
    await settled(MACHINES);
    await allLeased();
    lab.startEngine(leader);
    await engineIsWhole();
    ledgersAreClean();
  });

  it('kill -9 of all engines: the nodes serve on from what they hold, say so, and agree afterwards', async () => {
    for (const machine of MACHINES) await lab.killEngine(machine);
    await until(async () => {
      for (const machine of MACHINES) expect(await healthOf(machine)).toBe('degraded');
    }, 60_000);
    leases.add(CLIENTS / 6);
    for (let index = (STRANGERS * 2) / 3; index < (STRANGERS * 5) / 6; index += 1)
      phones.boot(strangerOf(index), 'SCCP', from(index));
    await until(() => expect(phones.unregistered()).toEqual([]), 120_000);
    await allLeased();
    for (const machine of MACHINES) lab.startEngine(machine);
    await allWell();
    await settled(MACHINES);
    await engineIsWhole();
    ledgersAreClean();
  });

  it('a partition of a minute with phones on both sides: each side gives, nobody gets what another has, the younger stays', async () => {
    // Of each of these the older registration is on one side, the younger on the other, and nobody says more of it.
    const twins = [
      { name: nameOf(CONFIGURED + 1), number: numberOf(CONFIGURED + 1), older: 2, younger: 1 },
      { name: nameOf(CONFIGURED + 3), number: numberOf(CONFIGURED + 3), older: 1, younger: 2 },
    ] as const;
    for (const { name, number, older } of twins) await registeredOnce(name, number, addressOf(older), PHONES_AT);
    lab.cut(1, true);
    await until(async () => expect(await healthOf(1)).toBe('degraded'), 90_000);
    // On both sides: strangers, clients, and phones that go on at the other side while their old link stands.
    leases.add(CLIENTS - leases.size);
    for (let index = (STRANGERS * 5) / 6; index < STRANGERS; index += 1)
      phones.boot(strangerOf(index), 'SCCP', from(index));
    for (const { name, number, younger } of twins) await registeredOnce(name, number, addressOf(younger), PHONES_AT);
    await sleep(CUT_FOR);
    lab.cut(1, false);
    await until(async () => expect(await healthOf(1)).toBe('ok'), 120_000);
    await until(async () => {
      for (const machine of MACHINES) {
        const held = await holders(machine);
        for (const { name, younger } of twins)
          expect(held[name], nodeOf(machine)).toBe(`registered at ${nodeOf(younger)}`);
      }
    }, 90_000);
    await allLeased();
    await settled(MACHINES, 150_000);
    await engineIsWhole();
    ledgersAreClean();
  });

  // A phone of SIP over UDP does not see that its node was restarted; it comes back with its next refresh.
  it('a rolling restart under load loses nobody', async () => {
    for (const machine of MACHINES) {
      await lab.stopNode(machine);
      const other = machine === 1 ? 2 : 1;
      await until(async () => expect((await nodesAt(other))[nodeOf(machine)]).toBe('dead'), 60_000);
      lab.startNode(machine, machine === 2 ? AHEAD : 0);
      await until(async () => expect((await nodesAt(other))[nodeOf(machine)]).toBe('alive'), 90_000);
    }
    await settled(MACHINES, 180_000);
    await allLeased();
    ledgersAreClean();
  });
});
