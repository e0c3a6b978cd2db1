// Messages that wait, over the nodes of a cluster: a lamp that is lit at one is lit at all (`docs/protocols/cluster.md` §3).

import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { InProcessEngine } from '../../src/cluster/in-process-bus.js';
import type { DirectoryNumber } from '../../src/core/identifiers.js';
import type { LineMessages } from '../../src/devices/index.js';
import { type NodeOptions, settled, TestNode } from '../support/cluster-node.js';
import { ManualClock } from '../support/manual-clock.js';

const A = 'SEP001122334455';
const DN = '*5001' as DirectoryNumber;
const THREE: LineMessages = { waiting: true, new: 3, old: 1 };
const FIVE: LineMessages = { waiting: true, new: 5, old: 0 };
const NONE: LineMessages = { waiting: false, new: 0, old: 0 };
const config = { devices: [{ name: A, model: '7962', lines: [DN] }] };

let clock: ManualClock;
let engine: InProcessEngine;
let nodes: TestNode[];

beforeEach(() => {
  clock = new ManualClock();
  engine = new InProcessEngine(clock);
  nodes = [];
});
afterEach(async () => {
  for (const node of nodes) await node.stop();
  for (const node of nodes) node.remove();
});

const start = async (name: string, options: Partial<NodeOptions> = {}): Promise<TestNode> => {
  const node = await TestNode.start({ name, engine, clock, config, ...options });
  nodes.push(node);
  clock.advance(10);
  await settled();
  return node;
};

const restart = (node: TestNode): Promise<TestNode> => {
  node.kill();
  clock.advance(10_000);
  return start(node.name, { folder: node.folder });
};

const set = async (node: TestNode, messages: LineMessages): Promise<void> => {
  expect(node.database.messages.set(DN, messages, 'api', clock.now())).toBe('changed');
  await settled();
};
const of = (node: TestNode): LineMessages => node.database.messages.of(DN);
const told = (node: TestNode) => node.recorder.of('device.messages').map(({ by, new: count }) => ({ by, count }));

it('a lamp that is lit and put out at one node is so at all, told once at each', async () => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  await set(one, THREE);
  expect(of(two)).toEqual(THREE);
  expect(two.recorder.of('device.messages')).toMatchObject([{ device: A, dn: DN, by: 'cluster', new: 3, old: 1 }]);
  await set(two, NONE);
  expect([of(one), of(two)]).toEqual([NONE, NONE]);
  expect(told(one)).toEqual([
    { by: 'api', count: 3 },
    { by: 'cluster', count: 0 },
  ]);
  expect(told(two)).toEqual([
    { by: 'cluster', count: 3 },
    { by: 'api', count: 0 },
  ]);
});

it('of many changes in one turn the last one is told', async () => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  for (let count = 1; count <= 50; count += 1)
    one.database.messages.set(DN, { waiting: true, new: count, old: 0 }, 'api', clock.now());
  await settled();
  expect(of(two).new).toBe(50);
  expect(told(two)).toHaveLength(1);
});

it('a node that starts later, or again without the bus, has them', async () => {
  const one = await start('CM1');
  await set(one, THREE);
  const two = await start('CM2');
  expect(of(two)).toEqual(THREE);
  engine.stop();
  expect(of(await restart(two))).toEqual(THREE);
});

it('what was set while the bus was away is told afterwards, after a kill, too', async () => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  await set(one, THREE);
  await set(two, NONE);
  one.bus.cut(true);
  await set(one, FIVE);
  expect([of(one), of(two)]).toEqual([FIVE, NONE]);
  const again = await restart(one);
  expect([of(again), of(two)]).toEqual([FIVE, FIVE]);
});

it('what another node set while this one was away is taken afterwards', async () => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  await set(one, THREE);
  one.bus.cut(true);
  await set(two, FIVE);
  one.bus.cut(false);
  await settled();
  expect(of(one)).toEqual(FIVE);
});

it('messages of a line wait until a device here has it', async () => {
  const [one, two] = [await start('CM1'), await start('CM2', { config: {} })];
  await set(one, THREE);
  expect(of(two)).toEqual(NONE);
  await one.write({ op: 'change', name: A, patch: { description: 'known everywhere', model: '7962', lines: [DN] } });
  await settled();
  await two.write({ op: 'add', devices: [{ name: A, model: '7962', lines: [DN] }], isList: true, existing: 'replace' });
  await settled();
  expect(of(two)).toEqual(THREE);
});

it.each([
  ['no counts', JSON.stringify({ v: 1, node: 'CM1', waiting: true })],
  ['a count that is none', JSON.stringify({ v: 1, node: 'CM1', waiting: true, new: -1, old: 0 })],
  ['too many', JSON.stringify({ v: 1, node: 'CM1', waiting: true, new: 65_536, old: 0 })],
  ['no JSON', '{'],
])('a value that is broken (%s) costs one line', async (_, value) => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  engine.write('lines', '=2A5001', value);
  await settled();
  expect(two.recorder.of('cluster.value-broken')).toHaveLength(1);
  await set(one, THREE);
  expect(of(two)).toEqual(THREE);
});

it('names that were not sent and are no numbers harm nothing', async () => {
  const one = await start('CM1');
  one.kill();
  mkdirSync(join(one.folder, 'state'), { recursive: true });
  appendFileSync(join(one.folder, 'state', 'messages.unsent.jsonl'), '{"name":"no number!"}\n{"name":7}\nnull\n{');
  clock.advance(10_000);
  const again = await start('CM1', { folder: one.folder });
  await set(again, THREE);
  expect(of(await start('CM2'))).toEqual(THREE);
});
