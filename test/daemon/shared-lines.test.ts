// Busy lamps over the nodes of a cluster: a lamp at one shows what a phone of another does (`docs/protocols/cluster.md` §3).

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LineState } from '../../src/calls/index.js';
import { InProcessEngine } from '../../src/cluster/in-process-bus.js';
import type { DeviceName, DirectoryNumber } from '../../src/core/identifiers.js';
import type { Registration } from '../../src/devices/index.js';
import { type NodeOptions, settled, TestNode } from '../support/cluster-node.js';
import { anAttempt } from '../support/devices.js';
import { ManualClock } from '../support/manual-clock.js';

const A = 'SEP001122334455' as DeviceName;
const DN = '5001' as DirectoryNumber;
const OTHER = 'SEP001122334456' as DeviceName;
const MANY = Array.from({ length: 1_200 }, (_, index) => `${60_000 + index}` as DirectoryNumber);
const config = {
  devices: [
    { name: A, model: '7962', lines: [DN] },
    { name: OTHER, model: '7962', lines: [DN] },
    ...MANY.map((dn) => ({ name: `SEP0000001${dn}`, model: '7962', lines: [dn] })),
  ],
};

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

/** Calls of a node, as far as lamps look at them. */
class Calls {
  readonly #states = new Map<string, string>();
  readonly #node: TestNode;

  constructor(node: TestNode) {
    this.#node = node;
    const states = this.#states;
    const legs = {
      get size() {
        return states.size;
      },
      of: (device: string) => {
        const state = states.get(device);
        const parties = { calling: { number: '6001', name: 'Anna <A>' }, called: { number: DN, name: '' } };
        return state === undefined ? [] : [{ dn: DN, state, ci: 77, role: 'called', parties }];
      },
      byNumber: () => undefined,
    };
    node.lines.serve({ legs, features: { canSet: false } } as never);
  }

  /** The only call of a phone; `undefined`: it is over. */
  set(state: 'ring-in' | 'connected' | 'hold' | undefined, device: string = A): void {
    if (state === undefined) this.#states.delete(device);
    else this.#states.set(device, state);
    const type = state === undefined ? 'call.released' : 'call.alerting';
    this.#node.recorder.bus.publish({ type, at: clock.now(), device, leg: 1, call: 1, dn: DN } as never);
  }
}

const calls = new WeakMap<TestNode, Calls>();
const callsOf = (node: TestNode): Calls => calls.get(node) as Calls;

const start = async (name: string, options: Partial<NodeOptions> = {}): Promise<TestNode> => {
  const node = await TestNode.start({ name, engine, clock, config, ...options });
  calls.set(node, new Calls(node));
  nodes.push(node);
  await pass();
  return node;
};

/** A moment, in which what waits goes on. */
const pass = async (milliseconds = 500): Promise<void> => {
  for (let part = 0; part < 5; part += 1) {
    clock.advance(milliseconds / 5);
    await settled();
  }
};

const register = async (node: TestNode, device = A): Promise<Registration> => {
  const result = node.database.register(anAttempt(device, 'SCCP', { typeId: 404 }), clock.now());
  if (!('registration' in result)) throw new Error(JSON.stringify(result));
  node.database.reportCapabilities(result.registration, [], clock.now());
  await pass();
  return result.registration;
};

const watch = (node: TestNode, dn = DN): { seen: LineState[]; stop: () => void } => {
  const seen: LineState[] = [];
  return { seen, stop: node.lines.states.watch(dn, (state) => void seen.push(state)) };
};

it('a lamp shows what a phone of another node does', async () => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  const { seen } = watch(one);
  const registration = await register(two);
  callsOf(two).set('ring-in');
  await pass();
  callsOf(two).set('connected');
  await pass();
  callsOf(two).set(undefined);
  await pass();
  two.database.end(registration, 'shutdown', clock.now());
  await pass();
  expect(seen).toEqual(['idle', 'alerting', 'in-use', 'idle', 'unknown']);
});

it('whoever watches the calls of a number is told of those at another node, with who is at the other end', async () => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  await register(two);
  const seen: unknown[] = [];
  one.lines.states.watch(DN, () => void seen.push(one.lines.states.callsOf(DN)), 'calls');
  callsOf(two).set('ring-in');
  await pass();
  const call = { id: 'CM2-77', direction: 'recipient', isHeld: false, far: { number: '6001', name: 'Anna <A>' } };
  expect(one.lines.states.callsOf(DN)).toMatchObject([{ ...call, state: 'early' }]);
  callsOf(two).set('connected');
  await pass();
  expect(one.lines.states.callsOf(DN)).toMatchObject([{ ...call, state: 'confirmed' }]);
  expect(two.lines.states.callsOf(DN)).toMatchObject([{ id: 77, state: 'confirmed' }]);
  callsOf(two).set('hold');
  await pass();
  expect(one.lines.states.callsOf(DN)).toMatchObject([{ ...call, state: 'confirmed', isHeld: true }]);
  callsOf(two).set(undefined);
  await pass();
  expect(one.lines.states.callsOf(DN)).toEqual([]);
  expect(seen.length).toBeGreaterThanOrEqual(4);
});

it('of a node that tells of states alone, a watcher of calls is shown one call', async () => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  await register(two);
  watch(one);
  await pass();
  const instance = one.service.nodes.node('CM2')?.instance;
  for (const [state, shown] of [
    ['alerting', 'early'],
    ['in-use', 'confirmed'],
  ]) {
    engine.tellNews('line-state', JSON.stringify({ v: 1, node: 'CM2', instance, dn: DN, state, order: 100 }));
    await pass();
    expect(one.lines.states.callsOf(DN)).toMatchObject([{ id: 'CM2', state: shown, far: undefined }]);
  }
});

it.each<[string, unknown, number]>([
  ['no list', 'x', 1],
  ['no calls', [null, 7, {}, { id: '1', state: 'asleep', direction: 'recipient' }], 0],
  ['too many', Array(100).fill({ id: '1', state: 'early', direction: 'recipient' }), 8],
  ['texts that are too long', [{ id: 'x'.repeat(65), state: 'early', direction: 'initiator' }], 0],
])('calls that cannot be read are left out: %s', async (_, calls, count) => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  await register(two);
  watch(one);
  await pass();
  const instance = one.service.nodes.node('CM2')?.instance;
  const news = { v: 1, node: 'CM2', instance, dn: DN, state: 'in-use', order: 100, calls };
  engine.tellNews('line-state', JSON.stringify(news));
  await pass();
  expect(one.lines.states.callsOf(DN)).toHaveLength(count);
});

it('a lamp that is switched on later shows it at once, and one that is off is told nothing', async () => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  await register(two);
  callsOf(two).set('connected');
  await pass();
  const { seen, stop } = watch(one);
  await pass();
  expect(one.lines.states.stateOf(DN)).toBe('in-use');
  expect(seen).toEqual(['in-use']);
  stop();
  await pass();
  expect(two.lines.states.size).toBe(0);
  callsOf(two).set(undefined);
  await pass();
  expect(seen).toEqual(['in-use']);
});

it('what two nodes have of one number is one state', async () => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  await register(one, OTHER);
  await register(two);
  watch(one);
  await pass();
  const states: LineState[] = [];
  for (const [own, other] of [
    [undefined, undefined],
    ['ring-in', undefined],
    ['ring-in', 'connected'],
    ['connected', 'ring-in'],
    [undefined, 'ring-in'],
  ] as const) {
    callsOf(one).set(own, OTHER);
    callsOf(two).set(other);
    await pass();
    states.push(one.lines.states.stateOf(DN));
  }
  expect(states).toEqual(['idle', 'alerting', 'in-use', 'in-use', 'alerting']);
});

it('a phone that goes to another node takes its lamp along', async () => {
  const [one, two, three] = [await start('CM1'), await start('CM2'), await start('CM3')];
  const { seen } = watch(one);
  await register(two);
  callsOf(two).set('connected');
  await pass();
  callsOf(two).set(undefined);
  await register(three);
  callsOf(three).set('ring-in');
  await pass();
  expect(seen.at(-1)).toBe('alerting');
  callsOf(two).set('connected'); // it holds the phone no more
  await pass();
  expect(one.lines.states.stateOf(DN)).toBe('alerting');
});

it('after a break states are read anew', async () => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  watch(one);
  await register(two);
  one.bus.cut(true);
  callsOf(two).set('connected');
  await pass();
  expect(one.lines.states.stateOf(DN)).toBe('idle');
  one.bus.cut(false);
  await pass();
  expect(one.lines.states.stateOf(DN)).toBe('in-use');
  callsOf(two).set(undefined);
  await pass();
  expect(one.lines.states.stateOf(DN)).toBe('idle');
});

it('of a dead node the numbers are unknown, and its start anew tells again', async () => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  watch(one);
  await register(two);
  callsOf(two).set('connected');
  await pass();
  expect(one.lines.states.stateOf(DN)).toBe('in-use');
  two.kill();
  await pass(10_000);
  expect(one.recorder.of('cluster.node-dead')).toHaveLength(1);
  expect(one.lines.states.stateOf(DN)).toBe('unknown');
  const again = await start('CM2', { folder: two.folder });
  await pass(6_000); // until its name is known to be its own
  await register(again);
  callsOf(again).set('ring-in');
  await pass();
  expect(one.lines.states.stateOf(DN)).toBe('alerting');
});

it('a node that is dead is told nothing of what it watched', async () => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  watch(one);
  await register(two);
  expect(two.lines.states.size).toBe(1);
  one.kill();
  await pass(10_000);
  expect(two.lines.states.size).toBe(0);
});

it('thousands of numbers are asked for some at a time', async () => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  for (const dn of MANY) {
    const result = two.database.register(anAttempt(`SEP0000001${dn}`, 'SCCP', { typeId: 404 }), clock.now());
    if ('registration' in result) two.database.reportCapabilities(result.registration, [], clock.now());
  }
  await pass();
  for (const dn of MANY) watch(one, dn);
  await pass();
  expect(two.lines.states.size).toBe(MANY.length);
  expect(new Set(MANY.map((dn) => one.lines.states.stateOf(dn)))).toEqual(new Set(['idle']));
});

it.each([
  '{',
  JSON.stringify({ v: 1 }),
  JSON.stringify({ v: 1, node: 'CM2', instance: 'x', dn: 'no number', state: 'idle', order: 1 }),
  JSON.stringify({ v: 1, node: 'CM2', instance: 'x', dn: DN, state: 'asleep', order: 1 }),
  JSON.stringify({ v: 1, node: 'CM2', instance: 'x', dn: DN, state: 'idle', order: '1' }),
])('news that cannot be read cost one line: %s', async (news) => {
  const [one, two] = [await start('CM1'), await start('CM2')];
  watch(one);
  await register(two);
  for (let count = 0; count < 100; count += 1) engine.tellNews('line-state', news);
  await settled();
  expect(one.recorder.of('cluster.news-broken')).toHaveLength(1);
  callsOf(two).set('connected');
  await pass();
  expect(one.lines.states.stateOf(DN)).toBe('in-use');
});

it('news of a node that holds no phone of the number change nothing', async () => {
  const [one] = [await start('CM1')];
  watch(one);
  const news = { v: 1, node: 'CM2', instance: 'x', dn: DN, state: 'in-use', order: 1 };
  engine.tellNews('line-state', JSON.stringify(news));
  await pass();
  expect(one.lines.states.stateOf(DN)).toBe('unknown');
});
