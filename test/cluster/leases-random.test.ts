// Whatever happens to three nodes, their engine and the network between them, and in whatever order: no address is given to two
// phones at a time, and in the end all nodes know the same.

import { describe, expect, it } from 'vitest';
import type { Random } from '../../src/net/ports.js';
import { seededRandom } from '../support/random.js';
import { DhcpLab, type DhcpNode, type DhcpPhone, settle } from './dhcp-nodes.js';
import { hours, minutes, seconds } from './spans.js';

const LEASE = { leaseTime: hours(1) as never, maxLeaseTime: hours(1) as never };
const PHONES = 34;
const STEPS = 160;

interface Run {
  readonly lab: DhcpLab;
  readonly random: Random;
  readonly phone: DhcpPhone;
  readonly node: DhcpNode;
}

/** Nodes that hear a broadcast: some, at least one. */
const hearing = ({ lab, random, node }: Run): DhcpNode[] =>
  lab.nodes.filter((one) => one === node || random.below(2) === 0);

type Step = (run: Run) => unknown;

const PHONES_DO: readonly Step[] = [
  (run) => run.phone.boot(hearing(run), (offers) => run.random.below(offers)),
  (run) => run.phone.boot(hearing(run), (offers) => run.random.below(offers)),
  ({ phone, node }) => (phone.isBound ? phone.renew(node) : undefined),
  (run) => (run.phone.isBound ? run.phone.rebind(hearing(run)) : undefined),
  (run) => (run.phone.isBound ? run.phone.reboot(hearing(run)) : undefined),
  ({ phone, node, random }) => (phone.isBound && random.below(4) === 0 ? phone.release(node) : undefined),
  ({ phone, node, random }) => (phone.isBound && random.below(20) === 0 ? phone.decline(node) : undefined),
  ({ lab, random }) => lab.advance(seconds(1 + random.below(30))),
  ({ lab, random }) => lab.advance(minutes(1 + random.below(8))),
];

const NETWORK_DOES: readonly Step[] = [
  ({ node, random }) => node.bus.cut(random.below(2) === 0),
  ({ node }) => node.bus.cut(false),
  ({ lab, random }) => {
    if (!lab.engine.isRunning) lab.engine.restart();
    else if (random.below(3) === 0) lab.engine.stop();
  },
];

const NODES_DO: readonly Step[] = [
  async ({ node, random }) => {
    if (!node.isRunning) await node.start();
    else if (random.below(3) === 0) await node.kill();
  },
];

const ENGINE_DOES: readonly Step[] = [
  async ({ lab, random }) => {
    if (random.below(4) !== 0) return;
    lab.engine.stop();
    lab.engine.loseAll();
    if (random.below(2) === 0) lab.nodes[random.below(3)]?.bus.cut(true);
    lab.engine.restart();
    await settle();
  },
];

const play = async (seed: number, steps: readonly Step[]): Promise<DhcpLab> => {
  const random = seededRandom(seed);
  const lab = await DhcpLab.of(['A', 'B', 'C'], 229, LEASE);
  for (let count = 0; count < PHONES; count += 1) lab.phone();
  for (let count = 0; count < STEPS; count += 1) {
    const [phone, node] = [lab.phones[random.below(PHONES)], lab.nodes[random.below(3)]];
    const step = steps[random.below(steps.length)];
    if (phone === undefined || node === undefined || step === undefined) continue;
    if (!node.isRunning && !NODES_DO.includes(step)) continue;
    await step({ lab, random, phone, node });
    await settle();
    lab.check();
  }
  return lab;
};

/** All is well again: then every phone that asks has an address, and the nodes agree. */
const heal = async (lab: DhcpLab): Promise<void> => {
  if (!lab.engine.isRunning) lab.engine.restart();
  for (const node of lab.nodes) {
    if (!node.isRunning) await node.start();
    node.bus.cut(false);
  }
  await lab.advance(seconds(20));
  lab.check();
  const bound = lab.nodes.map(({ server }) =>
    server
      .leases()
      .filter(({ state }) => state === 'bound')
      .map(({ address, mac }) => `${address} ${mac}`),
  );
  expect(bound[1]).toEqual(bound[0]);
  expect(bound[2]).toEqual(bound[0]);
  for (const phone of lab.phones) if (phone.isBound) expect(bound[0]).toContain(`${phone.address} ${phone.mac}`);
  for (const node of lab.nodes) expect(node.leases.waiting).toBe(0);
};

describe('three nodes', () => {
  const seeds = Array.from({ length: 25 }, (_, index) => 7_919 * (index + 1));

  it.each(seeds)('whose network breaks and whose engine stops, seed %i', async (seed) => {
    await heal(await play(seed, [...PHONES_DO, ...NETWORK_DOES]));
  });

  it.each(seeds)('of which some are killed, seed %i', async (seed) => {
    await heal(await play(seed, [...PHONES_DO, ...NETWORK_DOES, ...NODES_DO]));
  });

  it.each(seeds)('whose engine loses everything, seed %i', async (seed) => {
    await heal(await play(seed, [...PHONES_DO, ...NETWORK_DOES, ...ENGINE_DOES]));
  });
});
