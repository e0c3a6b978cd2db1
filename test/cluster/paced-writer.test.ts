// Writing without anybody waiting: many at once, one of each key, the newest last, over a bus that breaks and one that is bad.

import { beforeEach, describe, expect, test } from 'vitest';
import { type InProcessBus, InProcessEngine } from '../../src/cluster/in-process-bus.js';
import { PacedWriter } from '../../src/cluster/paced-writer.js';
import { type Bucket, BusUnavailable, type ClusterBus } from '../../src/cluster/ports.js';
import { milliseconds } from '../../src/core/time.js';
import { ManualClock } from '../support/manual-clock.js';
import { seededRandom } from '../support/random.js';
import { UnreliableBus } from '../support/unreliable-bus.js';
import { pass, settle } from '../support/virtual-time.js';

let clock: ManualClock;
let engine: InProcessEngine;
let bus: InProcessBus;

const writerOver = (over: ClusterBus, bucket: Bucket = over.bucket('registrations')) => {
  const written: [string, number | undefined][] = [];
  const failures: [string, unknown][] = [];
  const writer = new PacedWriter<string>({
    ...{ bucket, clock },
    textOf: (text) => text,
    written: (key, revision) => written.push([key, revision]),
    failed: (key, error) => failures.push([key, error]),
  });
  over.onState(({ isConnected }) => (isConnected ? writer.resume() : writer.pause()));
  return { writer, written, failures };
};

const held = (): Record<string, string | undefined> =>
  Object.fromEntries([...engine.stored('registrations').entries].map(([key, { value }]) => [key, value]));

/** A bucket that a test answers by hand. */
const slowBucket = () => {
  const calls: { key: string; value: string; resolve: (revision: number) => void; reject: (error: Error) => void }[] =
    [];
  const put = (key: string, value: string): Promise<number> =>
    new Promise((resolve, reject) => calls.push({ key, value, resolve, reject }));
  return { calls, bucket: { ...bus.bucket('registrations'), put } };
};

beforeEach(async () => {
  clock = new ManualClock();
  engine = new InProcessEngine(clock);
  bus = engine.connection('CM1');
  bus.start();
  await settle();
});

describe('a paced writer', () => {
  test('writes nothing before it may, and then all of it', async () => {
    const { writer, written } = writerOver(bus);
    for (let index = 0; index < 1_000; index++) writer.write(`k${index}`, 'v', 'anybody');
    await settle();
    expect([writer.size, written.length]).toEqual([1_000, 0]);
    writer.resume();
    await pass(clock, 100);
    expect([writer.size, written.length, Object.keys(held()).length]).toEqual([0, 1_000, 1_000]);
  });

  test('has at most 256 under way, one of each key, and the newest replaces the one that waits', async () => {
    const { calls, bucket } = slowBucket();
    const { writer } = writerOver(bus, bucket);
    writer.resume();
    for (let index = 0; index < 400; index++) writer.write(`k${index}`, 'first', 'anybody');
    for (const value of ['second', 'third']) writer.write('k0', value, 'anybody');
    expect([calls.length, writer.size]).toEqual([256, 401]);
    calls[0]?.resolve(1);
    await settle();
    expect(calls.length).toBe(257);
    for (let index = 1; index < calls.length; index++) {
      calls[index]?.resolve(index + 1);
      await settle();
    }
    expect(calls.filter(({ key }) => key === 'k0').map(({ value }) => value)).toEqual(['first', 'third']);
    expect([calls.length, writer.size]).toEqual([401, 0]);
  });

  test('follows its own last write only while nobody else has written', async () => {
    const { writer, written } = writerOver(bus);
    writer.resume();
    writer.write('k', 'mine', 'anybody');
    await settle();
    writer.write('k', 'ended', 'own');
    await settle();
    expect(held()).toEqual({ k: 'ended' });
    const revision = writer.ownRevision('k');
    await bus.bucket('registrations').put('k', 'theirs');
    writer.write('k', 'ended again', 'own');
    await settle();
    expect(held()).toEqual({ k: 'theirs' });
    expect(written).toEqual([
      ['k', 1],
      ['k', revision],
      ['k', undefined],
    ]);
    writer.write('other', 'never mine', 'own');
    await settle();
    expect([held().other, writer.ownRevision('k')]).toEqual([undefined, undefined]);
  });

  test('writes after a revision, or where nothing is', async () => {
    const { writer, written } = writerOver(bus);
    writer.resume();
    writer.write('k', 'one', 0);
    await settle();
    writer.write('k', 'two', 0);
    await settle();
    writer.write('k', 'three', 1);
    await settle();
    expect([held(), written]).toEqual([
      { k: 'three' },
      [
        ['k', 1],
        ['k', undefined],
        ['k', 2],
      ],
    ]);
  });

  test('an end that waits behind a beginning is written as that would have been', async () => {
    const { writer } = writerOver(bus);
    await bus.bucket('registrations').put('k', 'theirs');
    writer.write('k', 'registered', 'anybody');
    writer.write('k', 'ended', 'own');
    writer.resume();
    await settle();
    expect(held()).toEqual({ k: 'ended' });
  });

  test('an end that comes while its beginning is under way follows it, though the engine did not answer', async () => {
    const { calls, bucket } = slowBucket();
    const { writer } = writerOver(bus, bucket);
    writer.resume();
    writer.write('k', 'registered', 'anybody');
    writer.write('k', 'ended', 'own');
    calls[0]?.reject(new BusUnavailable('no'));
    await settle();
    await pass(clock, 100);
    expect(calls.map(({ value }) => value)).toEqual(['registered', 'ended']);
    calls[1]?.resolve(2);
    await settle();
    expect([writer.size, writer.ownRevision('k')]).toEqual([0, 2]);
  });

  test('gathers what follows a write, lets the newest of each key go, and makes the texts of no others', async () => {
    const made: string[] = [];
    const text = (value: string): string => {
      made.push(value);
      return value;
    };
    const lazy = new PacedWriter<string>({
      ...{ bucket: bus.bucket('registrations'), clock, gather: milliseconds(20), textOf: text },
      failed: () => {},
    });
    lazy.resume();
    lazy.write('first', 'at once', 'anybody');
    await settle();
    expect([made, held()]).toEqual([['at once'], { first: 'at once' }]);
    for (let count = 0; count < 10; count += 1) lazy.write(`k${count % 2}`, String(count), 'anybody');
    await settle();
    expect(made).toEqual(['at once']);
    await pass(clock, 20);
    expect([made, held()]).toEqual([['at once', '8', '9'], { first: 'at once', k0: '8', k1: '9' }]);
    await pass(clock, 20);
    expect(clock.armed).toBe(0);
    lazy.write('k0', 'again at once', 'anybody');
    await settle();
    expect(held().k0).toBe('again at once');
    lazy.write('k0', 'waits', 'anybody');
    lazy.pause();
    expect([clock.armed, lazy.size]).toEqual([0, 1]);
    lazy.resume();
    await settle();
    expect(held().k0).toBe('waits');
  });

  test('tries again what was not answered, with growing pauses, and never gives up', async () => {
    const { calls, bucket } = slowBucket();
    const { writer, failures } = writerOver(bus, bucket);
    writer.resume();
    writer.write('k', 'v', 'anybody');
    const times: number[] = [];
    for (let tries = 0; tries < 12; tries++) {
      times.push(clock.now());
      calls.at(-1)?.reject(new BusUnavailable('no'));
      await settle();
      while (calls.length === tries + 1) await pass(clock, 100);
    }
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000, 5_000]);
    expect([failures, writer.size]).toEqual([[], 1]);
    writer.close();
    expect(clock.armed).toBe(0);
  });

  test('gives up what no retry mends, and tells it', async () => {
    const { writer, failures } = writerOver(bus);
    writer.resume();
    writer.write('no key', 'v', 'anybody');
    writer.write('long', 'x'.repeat(300_000), 'anybody');
    writer.write('k', 'v', 'anybody');
    await settle();
    expect(failures.map(([key, error]) => [key, error instanceof RangeError])).toEqual([
      ['no key', true],
      ['long', true],
    ]);
    expect([writer.size, held()]).toEqual([0, { k: 'v' }]);
  });

  test('an answer from before the engine lost its memory counts for nothing: it is written again', async () => {
    const { calls, bucket } = slowBucket();
    const { writer, written } = writerOver(bus, bucket);
    writer.resume();
    writer.write('k', 'v', 'anybody');
    writer.forgetRevisions();
    calls[0]?.resolve(17);
    await settle();
    expect([calls.length, written, writer.ownRevision('k')]).toEqual([2, [], undefined]);
    calls[1]?.resolve(1);
    await settle();
    expect([written, writer.ownRevision('k')]).toEqual([[['k', 1]], 1]);
  });

  test('while the bus is gone the newest of each key waits, and nothing else', async () => {
    const { writer } = writerOver(bus);
    writer.resume();
    engine.stop();
    for (let round = 0; round < 50; round++)
      for (let index = 0; index < 100; index++) writer.write(`k${index}`, String(round), 'anybody');
    await pass(clock, 60_000, 1_000);
    expect([writer.size, clock.armed]).toEqual([100, 0]);
    engine.restart();
    await pass(clock, 100);
    expect(new Set(Object.values(held()))).toEqual(new Set(['49']));
  });

  test.each([1, 2, 3, 4, 5, 6])('over a bad bus every key ends with its newest value (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    const bad = new UnreliableBus(bus, { clock, random, lost: 25, doubled: 25, delay: milliseconds(500) });
    const { writer, failures } = writerOver(bad);
    writer.resume();
    const newest: Record<string, string> = {};
    for (let step = 0; step < 2_000; step++) {
      const key = `k${random.below(100)}`;
      newest[key] = String(step);
      writer.write(key, String(step), 'anybody');
      if (random.below(10) === 0) await pass(clock, 100);
      if (random.below(500) === 0) {
        engine.stop();
        await pass(clock, 500);
        engine.restart();
        for (const [key, value] of Object.entries(newest)) writer.write(key, value, 'anybody');
      }
    }
    await pass(clock, 120_000, 500);
    expect([held(), writer.size, failures]).toEqual([newest, 0, []]);
  });
});
