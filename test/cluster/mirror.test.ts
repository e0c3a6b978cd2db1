// A bucket in memory: what it holds after changes, breaks, repetitions and broken values.

import { describe, expect, test } from 'vitest';
import { InProcessEngine } from '../../src/cluster/in-process-bus.js';
import { Mirror } from '../../src/cluster/mirror.js';
import { countIn, valueText } from '../../src/cluster/values.js';
import { milliseconds } from '../../src/core/time.js';
import { ManualClock } from '../support/manual-clock.js';
import { seededRandom } from '../support/random.js';
import { UnreliableBus } from '../support/unreliable-bus.js';
import { pass } from '../support/virtual-time.js';

const recorded = () => {
  const told: string[] = [];
  const mirror = new Mirror<number>({
    read: (fields) => countIn(fields, 'n'),
    changed: (key, now, before) => told.push(`${key}: ${before?.value ?? '-'} → ${now?.value ?? '-'}`),
    whole: () => told.push('whole'),
    broken: (key) => told.push(`${key} broken`),
  });
  return { mirror, told };
};

const entry = (key: string, n: number | undefined, revision: number) => ({
  ...{ key, revision },
  value: n === undefined ? undefined : valueText({ n }),
});

describe('a mirror', () => {
  test('holds what it is told, and says what has changed', () => {
    const { mirror, told } = recorded();
    mirror.begin();
    mirror.entry(entry('a', 1, 1));
    expect(mirror.isWhole).toBe(false);
    mirror.whole();
    mirror.entry(entry('b', 2, 2));
    mirror.entry(entry('a', undefined, 3));
    mirror.entry(entry('never', undefined, 4));
    expect(told).toEqual(['a: - → 1', 'whole', 'b: - → 2', 'a: 1 → -']);
    expect([mirror.isWhole, mirror.size, mirror.get('a'), mirror.get('b')]).toEqual([true, 1, undefined, 2]);
    expect([...mirror.entries()]).toEqual([['b', { value: 2, revision: 2 }]]);
    expect(mirror.entryOf('b')).toEqual({ value: 2, revision: 2 });
  });

  test('an entry that comes again or late changes nothing', () => {
    const { mirror, told } = recorded();
    mirror.begin();
    mirror.whole();
    mirror.entry(entry('a', 2, 5));
    mirror.entry(entry('a', 2, 5));
    mirror.entry(entry('a', 1, 4));
    mirror.entry(entry('a', undefined, 3));
    expect(told).toEqual(['whole', 'a: - → 2']);
  });

  test('after a break what is no longer there is gone, and the rest was there all the time', () => {
    const { mirror, told } = recorded();
    mirror.begin();
    for (const key of ['a', 'b', 'c']) mirror.entry(entry(key, 1, 1));
    mirror.whole();
    told.length = 0;
    mirror.begin();
    mirror.entry(entry('b', 2, 9));
    expect([mirror.get('a'), mirror.isWhole]).toEqual([1, true]);
    mirror.begin(); // the next connection broke, too, before it had told everything
    mirror.entry(entry('c', 1, 1));
    mirror.whole();
    expect(told.sort()).toEqual(['a: 1 → -', 'b: 1 → 2', 'b: 2 → -', 'c: 1 → 1', 'whole']);
    expect([...mirror.entries()].map(([key]) => key)).toEqual(['c']);
  });

  test('an engine that has lost its memory numbers anew', () => {
    const { mirror } = recorded();
    mirror.begin();
    mirror.entry(entry('a', 1, 900));
    mirror.whole();
    mirror.begin();
    mirror.entry(entry('a', 2, 1));
    mirror.whole();
    mirror.entry(entry('a', 3, 2));
    expect(mirror.entryOf('a')).toEqual({ value: 3, revision: 2 });
  });

  test('takes what this node wrote without reading it, and asks for no text of its echo', () => {
    const { mirror, told } = recorded();
    mirror.begin();
    mirror.whole();
    told.length = 0;
    mirror.wrote('a', 1, 5);
    const echo = {
      ...{ key: 'a', revision: 5 },
      get value(): string {
        throw new Error('the text was made');
      },
    };
    mirror.entry(echo);
    mirror.wrote('a', 9, 4); // an answer that comes late
    expect([mirror.entryOf('a'), told]).toEqual([{ value: 1, revision: 5 }, ['a: - → 1']]);
    mirror.begin();
    expect(mirror.isReplaying).toBe(true);
    mirror.wrote('a', 2, 1);
    mirror.whole();
    expect([mirror.isReplaying, mirror.entryOf('a')]).toEqual([false, { value: 2, revision: 1 }]);
  });

  test('what cannot be read is told, and leaves what was there', () => {
    const { mirror, told } = recorded();
    mirror.begin();
    mirror.whole();
    mirror.entry(entry('a', 1, 1));
    const texts = [
      '',
      '{',
      '[1]',
      '7',
      'null',
      '{"n":1}',
      '{"v":0,"n":1}',
      '{"v":"1","n":1}',
      '{"v":1}',
      '{"v":1,"n":-1}',
    ];
    for (const [index, value] of texts.entries()) mirror.entry({ key: 'a', value, revision: index + 2 });
    mirror.entry({ key: 'a', value: `{"v":1,"n":2,"x":"${'y'.repeat(300_000)}"}`, revision: 99 });
    expect(mirror.get('a')).toBe(1);
    expect(told.slice(2)).toEqual(Array(texts.length + 1).fill('a broken'));
    mirror.entry({ key: 'a', value: '{"v":2,"n":4,"later":{}}', revision: 100 });
    expect(mirror.get('a')).toBe(4);
  });

  test.each([1, 2, 3, 4, 5])('over a bad bus it ends with what the engine holds (seed %i)', async (seed) => {
    const clock = new ManualClock();
    const engine = new InProcessEngine(clock);
    const [writer, direct] = [engine.connection('CM1'), engine.connection('CM2')];
    const random = seededRandom(seed);
    const bad = new UnreliableBus(direct, {
      ...{ clock, random, doubled: 30, delay: milliseconds(700), lostEntries: 3 },
      breakOff: () => {
        direct.cut(true);
        direct.cut(false);
      },
    });
    const { mirror } = recorded();
    bad.watch('registrations', mirror);
    writer.start();
    bad.start();
    await pass(clock, 100);
    const bucket = writer.bucket('registrations');
    for (let step = 0; step < 400; step++) {
      const key = `k${random.below(20)}`;
      const held = await bucket.get(key);
      if (held !== undefined && random.below(3) === 0) await bucket.remove(key, held.revision);
      else await bucket.put(key, valueText({ n: step }));
      if (random.below(150) === 0) engine.restart();
      if (random.below(4) === 0) await pass(clock, 50, 50);
    }
    await pass(clock, 5_000);
    const held = [...engine.stored('registrations').entries.values()].filter(({ value }) => value !== undefined);
    expect(
      [...mirror.entries()].map(([key, { value, revision }]) => [key, valueText({ n: value }), revision]).sort(),
    ).toEqual(held.map(({ key, value, revision }) => [key, value, revision]).sort());
  });
});
