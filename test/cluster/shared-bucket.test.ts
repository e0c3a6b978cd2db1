// What `leases.test.ts` and `numbers.test.ts` do not show of a shared bucket: its bounds, its retries and its faults.

import { describe, expect, it } from 'vitest';
import type { ClusterEvent } from '../../src/cluster/events.js';
import { InProcessEngine } from '../../src/cluster/in-process-bus.js';
import { type Bucket, BusUnavailable } from '../../src/cluster/ports.js';
import { type NextWrite, SharedBucket } from '../../src/cluster/shared-bucket.js';
import { textIn, valueText } from '../../src/cluster/values.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { settle } from './dhcp-nodes.js';

const rig = (wrap: (bucket: Bucket) => Bucket = (bucket) => bucket) => {
  const clock = new ManualClock();
  const engine = new InProcessEngine(clock);
  const bus = engine.connection('A');
  const probe = new EventRecorder<ClusterEvent>();
  /** What is wanted, by key. */
  const wanted = new Map<string, string>();
  const failed: string[] = [];
  const shared: SharedBucket<string> = new SharedBucket<string>({
    clock,
    bus: probe.bus,
    bucket: wrap(bus.bucket('numbers')),
    name: 'numbers',
    self: { node: 'A', instance: 'A-1' },
    others: () => [],
    read: (fields) => textIn(fields, 'text'),
    textOf: (text) => valueText({ text }),
    changed: () => {},
    whole: () => {},
    next: (key): NextWrite | undefined => {
      const text = wanted.get(key);
      const told = shared.entryOf(key);
      if (text === undefined || told?.value === text) return undefined;
      return { key, value: valueText({ text }), revision: told?.revision ?? 0 };
    },
    failed: (key) => void failed.push(key),
  });
  bus.watch('numbers', shared);
  bus.onState(({ isConnected }) => {
    if (!isConnected) shared.lost();
  });
  const want = (key: string, text: string): void => {
    wanted.set(key, text);
    shared.touch(key);
  };
  const textOf = (key: string): string | undefined => engine.stored('numbers').entries.get(key)?.value;
  return { clock, engine, bus, probe, shared, want, wanted, failed, textOf };
};

describe('a shared bucket', () => {
  it('writes nothing before the name of its node is its own', async () => {
    const { bus, shared, want, textOf } = rig();
    bus.start();
    want('dn.1', 'one');
    await settle();
    expect(textOf('dn.1')).toBeUndefined();
    shared.allow();
    await settle();
    expect(textOf('dn.1')).toBe('{"v":1,"text":"one"}');
  });

  it('has at most 256 writes under way, and does them all', async () => {
    let underWay = 0;
    let most = 0;
    const { bus, shared, want, textOf } = rig((bucket) => ({
      ...bucket,
      create: async (key, value) => {
        underWay += 1;
        most = Math.max(most, underWay);
        const revision = await bucket.create(key, value);
        underWay -= 1;
        return revision;
      },
    }));
    bus.start();
    shared.allow();
    await settle();
    for (let count = 0; count < 1000; count += 1) want(`dn.${count}`, 'x');
    expect(shared.waiting).toBe(1000);
    await settle();
    expect([most, shared.waiting, textOf('dn.999')]).toEqual([256, 0, '{"v":1,"text":"x"}']);
  });

  it('tries again, for as long as it takes', async () => {
    let isBroken = true;
    const { clock, bus, shared, want, textOf } = rig((bucket) => ({
      ...bucket,
      create: (key, value) => (isBroken ? Promise.reject(new BusUnavailable('not now')) : bucket.create(key, value)),
    }));
    bus.start();
    shared.allow();
    await settle();
    want('dn.1', 'one');
    for (let count = 0; count < 20; count += 1) {
      clock.advance(5_000);
      await settle();
    }
    expect(shared.waiting).toBeGreaterThan(0);
    isBroken = false;
    clock.advance(5_000);
    await settle();
    expect([shared.waiting, textOf('dn.1')]).toEqual([0, '{"v":1,"text":"one"}']);
  });

  it('gives up what no retry mends, and says so', async () => {
    const { bus, shared, want, probe, failed } = rig();
    bus.start();
    shared.allow();
    await settle();
    want('dn.1', 'x'.repeat(300_000));
    await settle();
    expect(failed).toEqual(['dn.1']);
    expect(probe.of('cluster.value-unwritten')).toMatchObject([{ bucket: 'numbers', key: 'dn.1' }]);
    expect(shared.waiting).toBe(0);
  });

  it('keeps no engine busy with a key that somebody else writes all the time', async () => {
    let writes = 0;
    const { bus, engine, shared, want, clock } = rig((bucket) => ({
      ...bucket,
      update: async (key, value, revision) => {
        writes += 1;
        engine.write('numbers', key, valueText({ text: `other ${writes}` }));
        return bucket.update(key, value, revision);
      },
    }));
    bus.start();
    shared.allow();
    await settle();
    engine.write('numbers', 'dn.1', valueText({ text: 'other' }));
    await settle();
    want('dn.1', 'one');
    await settle();
    expect(writes).toBe(32);
    clock.advance(99);
    await settle();
    expect(writes).toBe(32);
    clock.advance(1);
    await settle();
    expect(writes).toBe(64);
  });
});

describe('a shared bucket after a break', () => {
  /** Two keys, each written twice, and a node that is cut off. */
  const cutOff = async () => {
    const rigged = rig();
    const { bus, shared, want, engine } = rigged;
    bus.start();
    shared.allow();
    await settle();
    for (const text of ['early', 'late'])
      for (const key of ['dn.1', 'dn.2']) {
        want(key, text);
        await settle();
      }
    rigged.wanted.clear();
    rigged.clock.advance(5_000);
    const { entries } = engine.stored('numbers');
    const [one, two] = [entries.get('dn.1'), entries.get('dn.2')] as const;
    if (one === undefined || two === undefined) throw new Error('nothing was written');
    bus.cut(true);
    const old = { ...one, value: valueText({ text: 'early' }), revision: one.revision - 2 };
    return { ...rigged, entries, one, two, old };
  };

  const valuesOf = ({ shared }: { readonly shared: SharedBucket<string> }) =>
    ['dn.1', 'dn.2'].map((key) => shared.entryOf(key)?.value);

  it('goes on with what it knows until a server that is behind has caught up', async () => {
    const cut = await cutOff();
    const { bus, shared, entries, one, two, old, probe, clock } = cut;
    entries.set('dn.1', old);
    entries.delete('dn.2');
    bus.cut(false);
    await settle();
    expect([shared.isReachable, ...valuesOf(cut)]).toEqual([false, 'late', 'late']);
    shared.entry(one);
    expect(shared.isReachable).toBe(false);
    shared.entry(two);
    expect([shared.isReachable, shared.isNew, ...valuesOf(cut)]).toEqual([true, false, 'late', 'late']);
    clock.advance(10_000);
    expect(probe.of('cluster.values-lost')).toEqual([]);
  });

  it('is told of what came meanwhile, and of what was removed', async () => {
    const cut = await cutOff();
    const { bus, shared, engine, probe, textOf } = cut;
    engine.write('numbers', 'dn.1', valueText({ text: 'later' }));
    engine.write('numbers', 'dn.2', undefined);
    bus.cut(false);
    await settle();
    expect([shared.isReachable, ...valuesOf(cut)]).toEqual([true, 'later', undefined]);
    expect([textOf('dn.2'), probe.of('cluster.values-lost').length]).toEqual([undefined, 0]);
  });

  it('writes again what the engine has lost, and takes nothing meanwhile', async () => {
    const cut = await cutOff();
    const { bus, shared, entries, old, probe, clock, textOf } = cut;
    entries.set('dn.1', old);
    entries.delete('dn.2');
    bus.cut(false);
    await settle();
    clock.advance(3_000);
    expect([shared.isReachable, shared.isNew, ...valuesOf(cut)]).toEqual([true, true, 'late', 'late']);
    expect(probe.of('cluster.values-lost')).toMatchObject([{ bucket: 'numbers', keys: 2 }]);
    await settle();
    expect([textOf('dn.1'), textOf('dn.2')]).toEqual(Array(2).fill(valueText({ text: 'late' })));
    clock.advance(2_000);
    expect([shared.isNew, shared.waiting]).toEqual([false, 0]);
  });

  it('writes it again after another break, too', async () => {
    const cut = await cutOff();
    const { bus, shared, entries, old, clock, textOf } = cut;
    entries.set('dn.1', old);
    entries.delete('dn.2');
    bus.cut(false);
    await settle();
    clock.advance(3_000);
    bus.cut(true); // before a write was answered
    await settle();
    bus.cut(false);
    await settle();
    clock.advance(3_000);
    await settle();
    expect([...valuesOf(cut), textOf('dn.1'), textOf('dn.2')]).toEqual([
      ...['late', 'late'],
      ...Array(2).fill(valueText({ text: 'late' })),
    ]);
    expect(shared.isReachable).toBe(true);
  });

  it('leaves what others have written in its place', async () => {
    const cut = await cutOff();
    const { bus, shared, entries, engine, clock, textOf } = cut;
    entries.delete('dn.2');
    bus.cut(false);
    await settle();
    engine.stored('numbers').revision -= 1;
    engine.write('numbers', 'dn.2', valueText({ text: 'another' }));
    await settle();
    clock.advance(3_000);
    await settle();
    expect([...valuesOf(cut), textOf('dn.2')]).toEqual(['late', 'another', valueText({ text: 'another' })]);
    expect(shared.isReachable).toBe(true);
  });
});
