// Which nodes are alive, in virtual time: over a bus that works, that breaks, and that is bad on purpose.

import { afterEach, describe, expect, test } from 'vitest';
import { keyOf } from '../../src/cluster/bus-names.js';
import type { ClusterEvent } from '../../src/cluster/events.js';
import type { NodeFacts } from '../../src/cluster/heartbeat.js';
import { InProcessEngine } from '../../src/cluster/in-process-bus.js';
import { NodeTable } from '../../src/cluster/node-table.js';
import { type Bucket, type BucketName, BusUnavailable, type ClusterBus } from '../../src/cluster/ports.js';
import { valueText } from '../../src/cluster/values.js';
import { milliseconds, type StandstillListener } from '../../src/core/time.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { seededRandom } from '../support/random.js';
import { UnreliableBus } from '../support/unreliable-bus.js';
import { pass, settle } from '../support/virtual-time.js';

/** Tells of its standstills, as the clock of a machine does. */
class StallingClock extends ManualClock {
  readonly #listeners = new Set<StandstillListener>();

  override onStandstill(listener?: StandstillListener): () => void {
    if (listener !== undefined) this.#listeners.add(listener);
    return () => listener !== undefined && this.#listeners.delete(listener);
  }

  override standStill(span: number): void {
    super.standStill(span);
    for (const listener of this.#listeners) listener(milliseconds(span), this.now());
  }
}

let clock = new StallingClock();
let engine = new InProcessEngine(clock);
const members: Member[] = [];

const factsOf = (node: string, instance: string): NodeFacts => ({
  ...{ node, instance, version: '1.2.3', started: 1, address: `${node}.test`, sccpPort: 2000, sipPort: 5060 },
  ...{ api: '', sccp: 1, sip: 2 },
});

/** A node with its table, as a daemon has it. */
class Member {
  readonly events = new EventRecorder<ClusterEvent>();
  readonly direct;
  readonly table: NodeTable;
  readonly taken: NodeFacts[] = [];
  readonly changes: string[] = [];
  claims = 0;

  constructor(
    readonly node: string,
    readonly instance = `${node}-1`,
    wrap: (bus: ClusterBus) => ClusterBus = (bus) => bus,
  ) {
    this.direct = engine.connection(node);
    const bus = wrap(this.direct);
    this.table = new NodeTable({
      clock,
      bus: this.events.bus,
      bucket: bus.bucket('nodes'),
      facts: () => factsOf(node, instance),
      nameTaken: (by) => this.taken.push(by),
      claimed: () => {
        this.claims += 1;
      },
      changed: (name) => this.changes.push(name),
    });
    bus.watch('nodes', this.table);
    bus.onState(({ isConnected }) => isConnected || this.table.lost());
    bus.start();
    members.push(this);
  }

  /** What it was told of the others, as `CM2 alive`. */
  get told(): string[] {
    return this.events.events.map((event) =>
      event.type === 'cluster.node-alive'
        ? `${event.node} alive`
        : event.type === 'cluster.node-dead'
          ? `${event.node} ${event.reason}`
          : event.type,
    );
  }

  get alive(): string[] {
    return this.table
      .others()
      .filter(({ isAlive }) => isAlive)
      .map(({ node }) => node)
      .sort();
  }

  /** As a process that is killed. */
  kill(): void {
    this.table.lost();
    void this.direct.close();
  }
}

afterEach(() => {
  for (const member of members.splice(0)) member.kill();
  clock = new StallingClock();
  engine = new InProcessEngine(clock);
});

const pair = async (): Promise<[Member, Member]> => {
  const both: [Member, Member] = [new Member('CM1'), new Member('CM2')];
  await pass(clock, 3_000);
  for (const member of both) member.events.clear();
  return both;
};

describe('life and death', () => {
  test('two nodes hear each other, and are told so once', async () => {
    const [a, b] = [new Member('CM1'), new Member('CM2')];
    await pass(clock, 20_000);
    expect([a.told, b.told]).toEqual([['CM2 alive'], ['CM1 alive']]);
    expect(a.table.node('CM2')).toMatchObject({ ...factsOf('CM2', 'CM2-1'), isAlive: true });
    expect([a.claims, b.claims, a.table.isClaimed]).toEqual([1, 1, true]);
  });

  test('a heartbeat is written every two seconds and no oftener', async () => {
    const [a] = await pair();
    const before = engine.stored('nodes').revision;
    await pass(clock, 20_000);
    expect(engine.stored('nodes').revision - before).toBe(20);
    expect(a.told).toEqual([]);
  });

  test('a node that falls silent is dead after six seconds, not before, and that is told once', async () => {
    const [a, b] = await pair();
    b.kill();
    await pass(clock, 3_900);
    expect(a.alive).toEqual(['CM2']);
    await pass(clock, 2_700);
    expect(a.told).toEqual(['CM2 silent']);
    expect(a.table.isGone('CM2', 'CM2-1')).toBe(true);
    await pass(clock, 60_000);
    expect(a.told).toEqual(['CM2 silent']);
  });

  test('a node that stops in order is told to have stopped, at once and once', async () => {
    const [a, b] = await pair();
    await b.table.close();
    b.kill();
    await pass(clock, 20_000);
    expect(a.told).toEqual(['CM2 stopped']);
    expect(a.alive).toEqual([]);
  });

  test('a node that comes back under another instance is alive again, and its earlier start is gone', async () => {
    const [a, b] = await pair();
    b.kill();
    await pass(clock, 10_000);
    new Member('CM2', 'CM2-2');
    await pass(clock, 10_000);
    expect(a.told).toEqual(['CM2 silent', 'CM2 alive']);
    expect(['CM2-1', 'CM2-2', 'CM2-3'].map((instance) => a.table.isGone('CM2', instance))).toEqual([
      true,
      false,
      false,
    ]);
    expect(a.table.isGone('CM1', 'CM1-1')).toBe(false);
    expect(a.table.isGone('CM1', 'CM1-0')).toBe(true);
    expect(a.table.isGone('CM9', 'x')).toBe(false);
  });

  test('a quick restart is told as another start, without a death', async () => {
    const [a, b] = await pair();
    b.kill();
    new Member('CM2', 'CM2-2');
    await pass(clock, 10_000);
    expect(a.told).toEqual(['CM2 alive']);
    expect(a.table.isGone('CM2', 'CM2-1')).toBe(true);
  });

  test('the last heartbeat of a dead node makes it alive for nobody who comes later', async () => {
    const [, b] = await pair();
    b.kill();
    await pass(clock, 30_000);
    const c = new Member('CM3');
    await pass(clock, 30_000);
    expect(c.told).toEqual(['CM1 alive', 'CM2 silent']);
    expect(c.alive).toEqual(['CM1']);
  });
});

describe('the bus breaks', () => {
  test('a bus that is gone kills nobody, however long', async () => {
    const [a, b] = await pair();
    engine.stop();
    await pass(clock, 120_000, 1_000);
    expect([a.alive, b.alive]).toEqual([['CM2'], ['CM1']]);
    engine.restart();
    await pass(clock, 30_000);
    expect([a.told, b.told]).toEqual([[], []]);
    expect([a.taken, b.taken]).toEqual([[], []]);
  });

  test('a bus that is there and takes nothing kills nobody', async () => {
    const refusing = { is: false };
    const refused = (bucket: Bucket): Bucket => ({
      ...bucket,
      put: (key, value) => (refusing.is ? Promise.reject(new BusUnavailable('no')) : bucket.put(key, value)),
    });
    const a = new Member('CM1', 'CM1-1', (bus) => {
      const bucket = bus.bucket.bind(bus);
      return Object.assign(bus, { bucket: (name: BucketName) => refused(bucket(name)) });
    });
    const b = new Member('CM2');
    await pass(clock, 5_000);
    refusing.is = true;
    b.kill();
    await pass(clock, 60_000);
    expect(a.alive).toEqual(['CM2']);
    refusing.is = false;
    await pass(clock, 1_000);
    expect(a.alive).toEqual([]);
  });

  test('a process that stood still takes nobody for dead before it has read what came meanwhile', async () => {
    const [a, b] = await pair();
    clock.standStill(30_000);
    await pass(clock, 20_000);
    expect([a.told, b.told]).toEqual([[], []]);
  });

  test('a node that is cut off takes nobody for dead; the others it; and both see each other again', async () => {
    const [a, b] = await pair();
    const c = new Member('CM3');
    await pass(clock, 3_000);
    for (const member of [a, b, c]) member.events.clear();
    c.direct.cut(true);
    await pass(clock, 60_000, 500);
    expect([a.told, b.told, c.told]).toEqual([['CM3 silent'], ['CM3 silent'], []]);
    c.direct.cut(false);
    await pass(clock, 10_000);
    expect([a.told, b.told, c.told]).toEqual([['CM3 silent', 'CM3 alive'], ['CM3 silent', 'CM3 alive'], []]);
  });

  test('a node that died while this one was cut off is dead six seconds after the break', async () => {
    const [a, b] = await pair();
    a.direct.cut(true);
    await pass(clock, 10_000);
    b.kill();
    a.direct.cut(false);
    await pass(clock, 5_500);
    expect(a.told).toEqual([]);
    await pass(clock, 2_000);
    expect(a.told).toEqual(['CM2 silent']);
  });

  test('a dead node whose old heartbeat is read again after a break stays dead', async () => {
    const [a, b] = await pair();
    b.kill();
    await pass(clock, 10_000);
    a.direct.cut(true);
    await pass(clock, 1_000);
    a.direct.cut(false);
    await pass(clock, 30_000);
    expect(a.told).toEqual(['CM2 silent']);
  });

  test('after a restart of the engine each node writes its part again', async () => {
    const [a, b] = await pair();
    for (let time = 0; time < 3; time++) {
      engine.restart();
      await pass(clock, 5_000);
      expect([...engine.stored('nodes').entries.keys()].sort()).toEqual(['CM1', 'CM2']);
    }
    expect([a.told, b.told, a.taken, b.taken]).toEqual([[], [], [], []]);
    expect([a.claims, b.claims]).toEqual([1, 1]);
  });
});

describe('a node is steady', () => {
  test('once it was heard for five seconds without a gap, and no more after three seconds of silence or a break', async () => {
    const [one, two] = [new Member('CM1'), new Member('CM2')];
    await pass(clock, 3_000);
    expect([one.table.isSteady('CM2'), one.table.isSteady('CM9')]).toEqual([false, false]);
    await pass(clock, 6_000);
    expect(one.table.isSteady('CM2')).toBe(true);
    two.direct.cut(true);
    await pass(clock, 3_500);
    expect([one.table.isSteady('CM2'), one.table.node('CM2')?.isAlive]).toEqual([false, true]);
    two.direct.cut(false);
    await pass(clock, 3_000);
    expect(one.table.isSteady('CM2')).toBe(false);
    await pass(clock, 5_000);
    expect(one.table.isSteady('CM2')).toBe(true);
    one.direct.cut(true);
    expect(one.table.isSteady('CM2')).toBe(false);
    one.direct.cut(false);
    await pass(clock, 3_000);
    expect(one.table.isSteady('CM2')).toBe(false);
    await pass(clock, 6_000);
    expect(one.table.isSteady('CM2')).toBe(true);
  });
});

describe('two daemons of one name', () => {
  test('the second one is told within seconds, and never has the name', async () => {
    const [a, b] = await pair();
    const second = new Member('CM1', 'CM1-2');
    await pass(clock, 14_000);
    expect(second.taken.map(({ instance, address }) => [instance, address])).toEqual([['CM1-1', 'CM1.test']]);
    expect([second.claims, a.taken, b.told]).toEqual([0, [], []]);
    await second.table.close();
    await pass(clock, 3_000);
    expect(b.told).toEqual([]);
  });

  test('of two that start at once one has the name', async () => {
    const both = [new Member('CM1', 'CM1-a'), new Member('CM1', 'CM1-b')];
    await pass(clock, 14_000);
    expect(both.map(({ taken }) => taken.length).sort()).toEqual([0, 1]);
    expect(both.map(({ claims }) => claims).sort()).toEqual([0, 1]);
  });

  test('after a crash the name is taken over, once the other was not heard', async () => {
    const [a, b] = await pair();
    a.kill();
    const next = new Member('CM1', 'CM1-2');
    await pass(clock, 4_000);
    expect(next.claims).toBe(0);
    await pass(clock, 2_000);
    expect([next.claims, next.taken]).toEqual([1, []]);
    expect(b.table.isGone('CM1', 'CM1-1')).toBe(true);
  });

  test('after a stop in order the name is free at once', async () => {
    const [a] = await pair();
    await a.table.close();
    a.kill();
    const next = new Member('CM1', 'CM1-2');
    await pass(clock, 200);
    expect(next.claims).toBe(1);
  });

  test('where the first one was cut off when the second came, the second one ends', async () => {
    const [a, b] = await pair();
    a.direct.cut(true);
    await pass(clock, 10_000);
    const second = new Member('CM1', 'CM1-2');
    await pass(clock, 10_000);
    expect(second.claims).toBe(1);
    a.direct.cut(false);
    await pass(clock, 14_000);
    expect([second.taken.length, a.taken.length]).toEqual([1, 0]);
    b.events.clear();
    await second.table.close();
    second.kill();
    await pass(clock, 10_000);
    expect(b.alive).toEqual(['CM1']);
    expect(b.told).toEqual([]);
  });
});

describe('bad input and a bad bus', () => {
  test('what is no heartbeat costs one event, and changes nothing', async () => {
    const [a] = await pair();
    const bucket = engine.connection('foreign');
    bucket.start();
    await settle();
    const nodes = bucket.bucket('nodes');
    const texts = ['', '{', '[]', 'null', '{"v":1}', '{"v":0}', 'x'.repeat(1_000), valueText({ node: 'CM2' })];
    for (const text of texts) await nodes.put(keyOf('CM2'), text);
    await nodes.put(keyOf('CM3'), valueText(factsOf('CM4', 'x'))); // under another's name
    await settle();
    expect(a.told).toEqual(Array(texts.length + 1).fill('cluster.value-broken'));
    expect(a.alive).toEqual(['CM2']);
  });

  test('a later version may say more', async () => {
    const [a] = await pair();
    const bucket = engine.connection('foreign');
    bucket.start();
    await settle();
    await bucket.bucket('nodes').put('CM5', JSON.stringify({ v: 7, ...factsOf('CM5', 'x'), colour: ['red'] }));
    await settle();
    expect(a.told).toEqual(['CM5 alive']);
  });

  test('more nodes than any cluster has are not remembered', async () => {
    const [a] = await pair();
    const bus = engine.connection('foreign');
    bus.start();
    await settle();
    for (let index = 0; index < 1_000; index++)
      await bus.bucket('nodes').put(`N${index}`, valueText(factsOf(`N${index}`, 'x')));
    await settle();
    expect(a.table.others()).toHaveLength(256);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'over a bus that loses, delays and doubles each ends up right (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const bad = (direct: () => Member | undefined) => (bus: ClusterBus) =>
        new UnreliableBus(bus, {
          ...{ clock, random, lost: 10, doubled: 20, delay: milliseconds(400), lostEntries: 2 },
          breakOff: () => {
            direct()?.direct.cut(true);
            direct()?.direct.cut(false);
          },
        });
      const nodes: Member[] = [];
      for (const [index, name] of ['CM1', 'CM2', 'CM3'].entries())
        nodes.push(
          new Member(
            name,
            `${name}-1`,
            bad(() => nodes[index]),
          ),
        );
      await pass(clock, 10_000);
      expect(nodes.map(({ alive }) => alive)).toEqual([
        ['CM2', 'CM3'],
        ['CM1', 'CM3'],
        ['CM1', 'CM2'],
      ]);
      await pass(clock, 120_000);
      nodes[2]?.kill();
      await pass(clock, 25_000);
      const [first, second] = nodes;
      expect([first?.alive, second?.alive]).toEqual([['CM2'], ['CM1']]);
      for (const told of [first?.told, second?.told]) {
        const ofThird = (told ?? []).filter((one) => one.startsWith('CM3'));
        // Each change once: alive and silent take turns.
        expect(ofThird).toEqual(ofThird.map((_, index) => (index % 2 === 0 ? 'CM3 alive' : 'CM3 silent')));
        expect(ofThird.at(-1)).toBe('CM3 silent');
      }
      expect(nodes.flatMap(({ taken }) => taken)).toEqual([]);
    },
  );
});
