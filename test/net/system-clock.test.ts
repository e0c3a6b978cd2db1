import { describe, expect, it } from 'vitest';
import { after, type Instant, instantOf, recentWallTime, seconds, wallTime } from '../../src/core/time.js';
import { SystemClock, systemClock } from '../../src/net/system-clock.js';
import { HOUR, SteppingClock } from '../support/stepping-clock.js';

describe('a clock whose wall clock is set', () => {
  it.each([HOUR, -HOUR])('goes on as before, and alarms ring when their time has passed (%i)', (step) => {
    const clock = new SteppingClock();
    const start = clock.now();
    let rung: Instant | undefined;
    clock.wake(after(start, seconds(20)), () => {
      rung = clock.now();
    });
    clock.advance(10_000);
    clock.step(step);
    clock.advance(9_999);
    expect(rung).toBeUndefined();
    clock.advance(1);
    expect(rung).toBe(after(start, seconds(20)));
  });

  it.each([HOUR, -HOUR])('tells people the new time of day, of what was before too (%i)', (step) => {
    const clock = new SteppingClock();
    const before = clock.now();
    expect(clock.wallTime(before)).toBe(before);
    clock.step(step);
    clock.advance(5);
    expect(clock.wallTime(clock.now())).toBe(clock.now() + step);
    expect(clock.wallTime(before)).toBe(before + step);
    expect(instantOf(clock, wallTime(before + step))).toBe(before);
    clock.step(-step);
    expect(clock.wallTime(before)).toBe(before);
  });

  it('is asked by what writes much no more than ten times a second, and its step is seen then', () => {
    const clock = new SteppingClock();
    let asked = 0;
    const wallTimeOf = recentWallTime({
      wallTime: (at) => {
        asked += 1;
        return clock.wallTime(at);
      },
    });
    for (let count = 0; count < 1000; count += 1) {
      expect(wallTimeOf(clock.now())).toBe(clock.now());
      clock.advance(1);
    }
    expect(asked).toBe(10);
    clock.step(HOUR);
    clock.advance(100);
    expect(wallTimeOf(clock.now())).toBe(clock.now() + HOUR);
  });
});

it('does not let stamps run to and fro where something ran between its two readings, or readings are rough', () => {
  let monotonic = 1_000_000;
  let cost = 0;
  let rough = 0;
  const clock = new SystemClock({
    monotonic: () => monotonic,
    wall: () => {
      monotonic += cost;
      return monotonic + rough;
    },
    timer: () => ({ cancel: () => {} }),
  });
  const at = clock.now();
  cost = 50;
  expect(clock.wallTime(at)).toBe(at);
  cost = 0;
  rough = 3;
  expect(clock.wallTime(at)).toBe(at);
});

it('of this machine starts with the time of day and has whole milliseconds', () => {
  const now = systemClock.now();
  expect(Number.isInteger(now)).toBe(true);
  expect(Number.isInteger(systemClock.wallTime(now))).toBe(true);
  expect(new Date(systemClock.wallTime(now)).getFullYear()).toBe(new Date().getFullYear());
});
