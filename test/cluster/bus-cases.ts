// What every bus between nodes does, in one table: run against the one of one process, and against that between machines.

import { expect, test as plainTest, type TestFunction } from 'vitest';
import { keyOf, namesOf } from '../../src/cluster/bus-names.js';
import { BusUnavailable, type ClusterBus, LONGEST_VALUE, NodeSilent } from '../../src/cluster/ports.js';
import { milliseconds, seconds } from '../../src/core/time.js';
import { BusRecorder } from '../support/bus-recorder.js';

/** An engine, and how a test leads it. */
export interface BusRig {
  /** A connection of a node, not started. */
  connection(node: string): ClusterBus;
  /** Cuts a connection off, or lets it find the engine again. */
  cut(bus: ClusterBus, isCut: boolean): void;
  /** Stops the engine and starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  begin(): Promise<void>;
  /** Resolves once it does not throw. */
  until(check: () => void): Promise<void>;
  /** What the callbacks have thrown. */
  readonly failures: unknown[];
}

const NAMES = [
  '*41',
  '+49891234',
  '#31#',
  '192.0.2.7',
  '00:50:56:a1:03:3d',
  'zwei Wörter',
  'SEP0',
  '=',
  '>',
  '東京',
  ' ',
];

type Case = (rig: BusRig) => Promise<void>;

const started = async (rig: BusRig, ...buses: ClusterBus[]): Promise<void> => {
  for (const bus of buses) bus.start();
  await rig.until(() => expect(buses.map(({ state }) => state.isConnected)).toEqual(buses.map(() => true)));
};

const two = (rig: BusRig): [ClusterBus, ClusterBus] => [rig.connection('CM1'), rig.connection('CM2')];

/** The cases, by what they show. */
export const BUS_CASES: Readonly<Record<string, Case>> = {
  'a key that two create at once has one winner': async (rig) => {
    const [a, b] = two(rig);
    await started(rig, a, b);
    const keys = Array.from({ length: 200 }, (_, index) => keyOf('n', String(index)));
    const outcomes = await Promise.all(
      keys.map((key) => Promise.all([a.bucket('numbers').create(key, 'a'), b.bucket('numbers').create(key, 'b')])),
    );
    for (const [index, [first, second]] of outcomes.entries()) {
      expect([first, second].filter((one) => one !== undefined)).toHaveLength(1);
      const entry = await a.bucket('numbers').get(keys[index] ?? '');
      expect(entry).toEqual({ key: keys[index], value: first === undefined ? 'b' : 'a', revision: first ?? second });
    }
  },
  'an update with an old revision changes nothing': async (rig) => {
    const bus = rig.connection('CM1');
    await started(rig, bus);
    const lines = bus.bucket('lines');
    const first = await lines.put('k', 'one');
    const second = await lines.update('k', 'two', first);
    expect(second).toBeGreaterThan(first);
    expect(await lines.update('k', 'three', first)).toBeUndefined();
    expect(await lines.update('other', 'three', first)).toBeUndefined();
    expect(await lines.get('k')).toEqual({ key: 'k', value: 'two', revision: second });
  },
  'a key is removed with its own revision alone, and can be created again': async (rig) => {
    const bus = rig.connection('CM1');
    const recorder = new BusRecorder();
    bus.watch('lines', recorder);
    await started(rig, bus);
    const lines = bus.bucket('lines');
    const first = await lines.put('k', 'one');
    expect(await lines.remove('k', first + 1)).toBe(false);
    expect(await lines.remove('nothing', first)).toBe(false);
    expect(await lines.create('k', 'x')).toBeUndefined();
    expect(await lines.remove('k', first)).toBe(true);
    expect(await lines.get('k')).toBeUndefined();
    expect(await lines.remove('k', first)).toBe(false);
    const again = await lines.create('k', 'two');
    expect(again).toBeGreaterThan(first);
    await rig.until(() => expect(recorder.told).toEqual(['begin', 'whole', 'k=one', 'k', 'k=two']));
  },
  'a key that was removed is created by one of two': async (rig) => {
    const [a, b] = two(rig);
    await started(rig, a, b);
    const revision = await a.bucket('leases').put('k', 'old');
    await a.bucket('leases').remove('k', revision);
    const won = await Promise.all([a.bucket('leases').create('k', 'a'), b.bucket('leases').create('k', 'b')]);
    expect(won.filter((one) => one !== undefined)).toHaveLength(1);
  },
  'a watcher is told what is there, and then every change in order, of whoever': async (rig) => {
    const [a, b] = two(rig);
    const [early, late] = [new BusRecorder(), new BusRecorder()];
    a.watch('numbers', early);
    b.watch('numbers', late);
    await started(rig, a);
    await rig.until(() => expect(early.told).toEqual(['begin', 'whole']));
    await a.bucket('numbers').put('x', '1');
    await a.bucket('numbers').put('y', '1');
    await a.bucket('numbers').put('x', '2');
    await started(rig, b);
    await rig.until(() => expect(late.told).toEqual(['begin', 'y=1', 'x=2', 'whole']));
    await b.bucket('numbers').put('z', '3');
    await rig.until(() => expect(early.told).toEqual(['begin', 'whole', 'x=1', 'y=1', 'x=2', 'z=3']));
    await rig.until(() => expect(late.told.at(-1)).toBe('z=3'));
    expect(early.revisions).toEqual([...early.revisions].sort((one, other) => one - other));
  },
  'the nodes are told whole before the registrations begin': async (rig) => {
    const [a, b] = two(rig);
    await started(rig, a);
    for (let index = 0; index < 50; index++) {
      await a.bucket('registrations').put(`r${index}`, '1');
      await a.bucket('nodes').put(`n${index}`, '1');
    }
    const order: string[] = [];
    const watcher = (name: string) => ({
      begin: () => void order.push(`${name} begin`),
      entry: () => {},
      whole: () => void order.push(`${name} whole`),
    });
    b.watch('registrations', watcher('registrations'));
    b.watch('nodes', watcher('nodes'));
    await started(rig, b);
    await rig.until(() =>
      expect(order).toEqual(['nodes begin', 'nodes whole', 'registrations begin', 'registrations whole']),
    );
  },
  'a watcher that was cut off is told what has changed meanwhile': async (rig) => {
    const [a, b] = two(rig);
    const recorder = new BusRecorder();
    const states: boolean[] = [];
    b.watch('numbers', recorder);
    b.onState(({ isConnected }) => states.push(isConnected));
    await started(rig, a, b);
    const numbers = a.bucket('numbers');
    const gone = await numbers.put('gone', '1');
    await numbers.put('stays', '1');
    await numbers.put('changes', '1');
    await rig.until(() => expect(recorder.held.size).toBe(3));
    rig.cut(b, true);
    await rig.until(() => expect(b.state.isConnected).toBe(false));
    await expect(b.bucket('numbers').put('k', 'v')).rejects.toThrow(BusUnavailable);
    await expect(b.bucket('numbers').get('k')).rejects.toThrow(BusUnavailable);
    await expect(b.ask('CM1', 'q', seconds(1))).rejects.toThrow(BusUnavailable);
    b.publish('calls', 'lost');
    await numbers.remove('gone', gone);
    await numbers.put('changes', '2');
    rig.cut(b, false);
    await rig.until(() => expect(recorder.wholes).toBe(2));
    await rig.until(() => expect(Object.fromEntries(recorder.held)).toEqual({ stays: '1', changes: '2' }));
    expect(states).toEqual([true, false, true]);
    await numbers.put('new', '3');
    await rig.until(() => expect(recorder.told.at(-1)).toBe('new=3'));
  },
  'an engine that restarts has lost what was in memory, and keeps what was in files': async (rig) => {
    const bus = rig.connection('CM1');
    const [nodes, leases] = [new BusRecorder(), new BusRecorder()];
    bus.watch('nodes', nodes);
    bus.watch('leases', leases);
    await started(rig, bus);
    await bus.bucket('nodes').put('CM1', 'alive');
    const revision = await bus.bucket('leases').put('a', '1');
    await rig.until(() => expect([nodes.held.size, leases.held.size]).toEqual([1, 1]));
    await rig.restart();
    await rig.until(() => expect([nodes.wholes, leases.wholes]).toEqual([2, 2]));
    expect(Object.fromEntries(nodes.held)).toEqual({});
    expect(Object.fromEntries(leases.held)).toEqual({ a: '1' });
    await rig.until(() => expect(bus.state.isConnected).toBe(true));
    expect(await bus.bucket('leases').update('a', '2', revision)).toBeGreaterThan(revision);
    await bus.bucket('nodes').put('CM1', 'again');
    await rig.until(() => expect(nodes.held.get('CM1')).toBe('again'));
  },
  'an engine that comes late is found': async (rig) => {
    await rig.stop();
    const bus = rig.connection('CM1');
    const states: string[] = [];
    bus.onState((state) => states.push(state.isConnected ? 'connected' : state.reason));
    bus.start();
    await rig.until(() => expect(states).toHaveLength(1));
    expect(states[0]).not.toBe('');
    await expect(bus.bucket('nodes').put('k', 'v')).rejects.toThrow(BusUnavailable);
    await rig.begin();
    await rig.until(() => expect(states.at(-1)).toBe('connected'));
    expect(await bus.bucket('nodes').put('k', 'v')).toBeGreaterThan(0);
  },
  'a node answers what it is asked, and nobody else does': async (rig) => {
    const [a, b] = two(rig);
    a.serve((question) => Promise.resolve(`a: ${question}`));
    b.serve((question) => Promise.resolve(`b: ${question}`));
    await started(rig, a, b);
    expect(await a.ask('CM2', 'grüß Gott', seconds(5))).toBe('b: grüß Gott');
    expect(await b.ask('CM1', '', seconds(5))).toBe('a: ');
    expect(await a.ask('CM1', 'self', seconds(5))).toBe('a: self');
    const many = Array.from({ length: 200 }, (_, index) => a.ask('CM2', String(index), seconds(5)));
    expect(await Promise.all(many)).toEqual(many.map((_, index) => `b: ${index}`));
  },
  'nobody is there, nobody serves, or the answer fails or never comes': async (rig) => {
    const [a, b] = two(rig);
    const c = rig.connection('CM3');
    const d = rig.connection('CM4');
    b.serve(() => Promise.reject(new Error('no')));
    c.serve(() => new Promise(() => {}));
    await started(rig, a, b, c, d);
    for (const node of ['CM2', 'CM3', 'CM4', 'CM5'])
      await expect(a.ask(node, 'q', milliseconds(200))).rejects.toThrow(new NodeSilent(node));
    expect(rig.failures.map(String)).toEqual(['Error: no']);
    rig.failures.length = 0;
  },
  'what is too long for the bus, or no key of it, is an error of its own': async (rig) => {
    const bus = rig.connection('CM1');
    bus.serve((question) => Promise.resolve(question === 'long' ? 'x'.repeat(LONGEST_VALUE + 1) : question));
    await started(rig, bus);
    const lines = bus.bucket('lines');
    const [fits, tooLong] = ['ü'.repeat(LONGEST_VALUE / 2), 'ü'.repeat(LONGEST_VALUE / 2 + 1)];
    const revision = await lines.put('k', fits);
    await expect(lines.put('k', tooLong)).rejects.toThrow(RangeError);
    await expect(lines.create('l', tooLong)).rejects.toThrow(RangeError);
    await expect(lines.update('k', tooLong, revision)).rejects.toThrow(RangeError);
    expect(await lines.get('k')).toEqual({ key: 'k', value: fits, revision });
    for (const key of ['', '.', 'a.', '.a', 'a..b', 'a b', 'a\r\nPUB x 0', '*', 'a.>', 'ü'])
      await expect(lines.put(key, 'v'), key).rejects.toThrow(RangeError);
    expect(await bus.ask('CM1', fits, seconds(5))).toBe(fits);
    await expect(bus.ask('CM1', tooLong, seconds(5))).rejects.toThrow(RangeError);
    await expect(bus.ask('CM1', 'long', milliseconds(200))).rejects.toThrow(NodeSilent);
    bus.publish('calls', tooLong);
    expect(rig.failures).toHaveLength(2);
    rig.failures.length = 0;
  },
  'names of any characters are keys and nodes': async (rig) => {
    const recorder = new BusRecorder();
    const asker = rig.connection('CM1');
    asker.watch('numbers', recorder);
    const named = NAMES.map((name) => {
      const bus = rig.connection(name);
      bus.serve((question) => Promise.resolve(`${name} ${question}`));
      return bus;
    });
    await started(rig, asker, ...named);
    for (const name of NAMES) expect(await asker.ask(name, 'q', seconds(5))).toBe(`${name} q`);
    for (const name of NAMES) await asker.bucket('numbers').put(keyOf('dn', name), name);
    await rig.until(() => expect(recorder.held.size).toBe(NAMES.length));
    for (const [key, value] of recorder.held) expect(namesOf(key)).toEqual(['dn', value]);
  },
  'news come to every node that listens for their kind': async (rig) => {
    const [a, b] = two(rig);
    const told: string[] = [];
    for (const [name, bus] of Object.entries({ a, b })) {
      bus.subscribe('call', (news) => told.push(`${name} ${news}`));
      bus.subscribe('lamp', (news) => told.push(`${name} lamp ${news}`));
    }
    await started(rig, a, b);
    a.publish('call', '1');
    b.publish('lamp', '2');
    b.publish('nothing', '3');
    await rig.until(() => expect([...told].sort()).toEqual(['a 1', 'a lamp 2', 'b 1', 'b lamp 2']));
  },
  'what a callback throws is reported, and the bus goes on': async (rig) => {
    const bus = rig.connection('CM1');
    const recorder = new BusRecorder();
    const throwing = (): never => {
      throw new Error('a fault');
    };
    bus.watch('lines', { begin: throwing, entry: throwing, whole: throwing });
    bus.watch('lines', recorder);
    bus.subscribe('call', throwing);
    bus.onState(throwing);
    await started(rig, bus);
    await bus.bucket('lines').put('k', '1');
    bus.publish('call', 'x');
    await bus.bucket('lines').put('k', '2');
    await rig.until(() => expect(recorder.told).toEqual(['begin', 'whole', 'k=1', 'k=2']));
    await rig.until(() => expect(rig.failures.map(String)).toEqual(Array(6).fill('Error: a fault')));
    expect(bus.state.isConnected).toBe(true);
    rig.failures.length = 0;
  },
  'many writes at once are all answered, in order': async (rig) => {
    const [a, b] = two(rig);
    const recorder = new BusRecorder();
    b.watch('registrations', recorder);
    await started(rig, a, b);
    const registrations = a.bucket('registrations');
    const writes = Array.from({ length: 3_000 }, (_, index) => registrations.put(`k${index % 1_500}`, String(index)));
    const revisions = await Promise.all(writes);
    expect(new Set(revisions).size).toBe(revisions.length);
    expect(revisions).toEqual([...revisions].sort((one, other) => one - other));
    await rig.until(() => expect(recorder.held.get('k1499')).toBe('2999'));
    expect(recorder.held.size).toBe(1_500);
  },
  'a bus that is closed answers nobody': async (rig) => {
    const [a, b] = two(rig);
    const recorder = new BusRecorder();
    a.watch('lines', recorder);
    a.serve((question) => Promise.resolve(question));
    await started(rig, a, b);
    await rig.until(() => expect(recorder.wholes).toBe(1));
    await a.close();
    expect(a.state.isConnected).toBe(false);
    await expect(a.bucket('lines').put('k', 'v')).rejects.toThrow(BusUnavailable);
    await expect(b.ask('CM1', 'q', milliseconds(200))).rejects.toThrow(NodeSilent);
    await b.bucket('lines').put('k', 'v');
    expect(recorder.told).toEqual(['begin', 'whole']);
    await a.close();
  },
};

/** Runs each case with an engine of its own, and then closes it. */
export const runBusCases = (
  open: () => Promise<BusRig & { close(): Promise<void> }>,
  test: typeof plainTest = plainTest,
): void => {
  for (const [title, run] of Object.entries(BUS_CASES)) {
    const body: TestFunction = async () => {
      const rig = await open();
      try {
        await run(rig);
        expect(rig.failures).toEqual([]);
      } finally {
        await rig.close();
      }
    };
    test(title, body);
  }
};
