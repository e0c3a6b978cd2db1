import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineQueue, Queued } from '../../src/core/deadline-queue.js';
import { DeadlineTimer } from '../../src/core/deadline-timer.js';
import { instant } from '../../src/core/time.js';
import { ManualClock } from '../support/manual-clock.js';

class Thing extends Queued {}

describe('deadlines', () => {
  it('come due in their order, each once, under any sequence of changes', () => {
    const step = fc.record({
      thing: fc.nat(7),
      at: fc.option(fc.nat(1000), { nil: undefined }),
      expireAt: fc.option(fc.nat(1000), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const deadlines = new DeadlineQueue<Thing>();
        const things = Array.from({ length: 8 }, () => new Thing());
        const model = new Map<Thing, number>();
        for (const { thing: index, at, expireAt } of steps) {
          const thing = things[index] as Thing;
          deadlines.set(thing, at === undefined ? undefined : instant(at));
          if (at === undefined) model.delete(thing);
          else model.set(thing, at);
          if (expireAt === undefined) continue;
          const due = [...model].filter(([, time]) => time <= expireAt).map(([item]) => item);
          const rung: Thing[] = [];
          deadlines.expire(instant(expireAt), (item) => rung.push(item));
          expect(new Set(rung)).toEqual(new Set(due));
          expect(rung).toHaveLength(due.length);
          for (const item of due) model.delete(item);
          const earliest = Math.min(...model.values());
          if (model.size > 0) expect(deadlines.next()).toBeLessThanOrEqual(earliest);
          else expect(deadlines.next(), 'what was cleared is not kept').toBeUndefined();
        }
      }),
    );
  });

  it('let an item set its next one while it comes due', () => {
    const deadlines = new DeadlineQueue<Thing>();
    const thing = new Thing();
    deadlines.set(thing, instant(10));
    const rung: number[] = [];
    const ring = (now: number) =>
      deadlines.expire(instant(now), (item) => {
        rung.push(now);
        deadlines.set(item, instant(now + 10));
      });
    for (const now of [10, 15, 20, 30]) ring(now);
    expect(rung).toEqual([10, 20, 30]);
  });
});

describe('a pump', () => {
  it('keeps one alarm armed for the nearest deadline, and none once it is stopped', () => {
    const clock = new ManualClock(0);
    const deadlines = new DeadlineQueue<Thing>();
    const rung: number[] = [];
    const pump = new DeadlineTimer(
      {
        nextDeadline: () => deadlines.next(),
        expire: (now) => deadlines.expire(now, () => rung.push(now)),
      },
      clock,
    );
    const [first, second] = [new Thing(), new Thing()];
    deadlines.set(first, instant(100));
    pump.rearm();
    deadlines.set(second, instant(50));
    pump.rearm();
    expect(clock.armed).toBe(1);
    clock.advance(200);
    expect(rung).toEqual([50, 100]);
    deadlines.set(first, instant(300));
    pump.rearm();
    pump.stop();
    expect(clock.armed).toBe(0);
    pump.rearm();
    expect(clock.armed).toBe(0);
  });
});
