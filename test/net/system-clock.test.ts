import { afterEach, describe, expect, it } from 'vitest';
import { DeadlineTimer, type HasDeadlines } from '../../src/core/deadline-timer.js';
import {
  after,
  type Instant,
  instantOf,
  milliseconds,
  recentWallTime,
  seconds,
  wallTime,
} from '../../src/core/time.js';
import { SystemClock, systemClock, wallClockShift } from '../../src/net/system-clock.js';
import { HOUR, SteppingClock } from '../support/stepping-clock.js';

describe('a clock whose wall clock is set', () => {
  it.each([HOUR, -HOUR])('goes on as before, and alarms ring when their time has passed (%i)', (step) => {
    const clock = new SteppingClock();
    const start = clock.now();
    let rung: Instant | undefined;
    clock.callAt(after(start, seconds(20)), () => {
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

describe('a standstill', () => {
  const told = (clock: SteppingClock) => {
    const heard: { slept: number; at: Instant }[] = [];
    const stop = clock.onStandstill((slept, at) => heard.push({ slept, at }));
    return { heard, stop };
  };

  it('is told before whoever asks for the time first is given it, once', () => {
    const clock = new SteppingClock();
    const { heard } = told(clock);
    clock.advance(60_500);
    clock.standStill(60_000);
    const now = clock.now();
    expect(heard).toEqual([{ slept: 59_500, at: now }]); // since it should have shown a sign of life
    clock.now();
    clock.advance(60_000);
    expect(heard).toHaveLength(1);
    clock.standStill(10_000);
    clock.advance(0);
    expect(heard).toHaveLength(2);
  });

  it('is none where a process is late by five seconds, or where somebody sets the wall clock', () => {
    const clock = new SteppingClock();
    const { heard } = told(clock);
    clock.advance(2000);
    clock.standStill(6000);
    clock.step(HOUR);
    clock.advance(60_000);
    expect(heard).toEqual([]);
  });

  it('costs nothing where nobody would hear of it', () => {
    const clock = new SteppingClock();
    expect(clock.armed).toBe(0);
    const { heard, stop } = told(clock);
    expect(clock.armed).toBe(1);
    stop();
    stop();
    expect(clock.armed).toBe(0);
    clock.standStill(60_000);
    clock.now();
    expect(heard).toEqual([]);
  });

  it('is watched for by a pump as long as its engine awaits something', () => {
    const clock = new SteppingClock();
    let next: Instant | undefined = after(clock.now(), seconds(30));
    const postponed: number[] = [];
    const engine: HasDeadlines = {
      nextDeadline: () => next,
      expire: (now) => {
        if (next !== undefined && next <= now) next = undefined;
      },
      postpone: (span) => {
        postponed.push(span);
        if (next !== undefined) next = after(next, span);
      },
    };
    const pump = new DeadlineTimer(engine, clock);
    expect(clock.armed).toBe(0);
    pump.rearm();
    clock.standStill(60_000);
    clock.advance(0);
    expect(postponed).toEqual([59_000 + 2_000]);
    clock.advance(30_999);
    expect(next).toBeDefined();
    clock.advance(1);
    expect(next).toBeUndefined();
    expect(clock.armed).toBe(0);
    pump.stop();
  });
});

describe('the clock of this process', () => {
  afterEach(() => wallClockShift.set(milliseconds(0)));

  it.each([HOUR, -HOUR])('shows another time of day where a drill sets it, and measures as before (%i)', (ahead) => {
    const [before, shown] = [systemClock.now(), Date.now()];
    wallClockShift.set(milliseconds(ahead));
    expect(Math.abs(systemClock.wallTime(systemClock.now()) - shown - ahead)).toBeLessThan(HOUR / 2);
    expect(systemClock.now() - before).toBeLessThan(HOUR / 2);
    expect(wallClockShift.ahead).toBe(ahead);
  });
});
