// The two rates that the service keeps: tokens given to phones that come home, and messages taken from one phone.

import { expect, test } from 'vitest';
import { instant, seconds } from '../../src/core/time.js';
import { Throttle } from '../../src/sccp/throttle.js';
import { TokenBucket } from '../../src/sccp/tokens.js';

const ALLOWED = { messages: 2000, within: seconds(5) };

test('tokens are granted in a burst, then at their rate', () => {
  const bucket = new TokenBucket({ perSecond: 20, burst: 50, wait: seconds(60) });
  const start = instant(1_000_000);
  const granted = (at: number): number => {
    let count = 0;
    while (count < 1000 && bucket.take(instant(start + at))) count += 1;
    return count;
  };
  expect(granted(0)).toBe(50);
  expect(granted(0)).toBe(0);
  expect(granted(1000)).toBe(20);
  expect(granted(1050)).toBe(1);
  expect(granted(3_600_000)).toBe(50);
});

test('a clock that goes back gives no tokens away', () => {
  const bucket = new TokenBucket({ perSecond: 20, burst: 1, wait: seconds(60) });
  expect(bucket.take(instant(10_000))).toBe(true);
  expect(bucket.take(instant(5_000))).toBe(false);
});

test('two thousand messages in five seconds are allowed, one more is not', () => {
  const throttle = new Throttle();
  const now = instant(1_000_000);
  expect(throttle.exceeds(2000, ALLOWED, now)).toBe(false);
  expect(throttle.exceeds(1, ALLOWED, now)).toBe(true);
});

test('a phone just under the rate may go on for ever', () => {
  const throttle = new Throttle();
  for (let step = 0; step < 600; step += 1)
    expect(throttle.exceeds(39, ALLOWED, instant(1_000_000 + step * 100))).toBe(false);
});

test('two thousand messages a second are too many within the first two seconds', () => {
  const throttle = new Throttle();
  let step = 0;
  while (!throttle.exceeds(200, ALLOWED, instant(1_000_000 + step * 100))) step += 1;
  expect(step).toBe(10);
});

test('a burst that straddles two windows counts as one', () => {
  const throttle = new Throttle();
  throttle.exceeds(1, ALLOWED, instant(1_000_000));
  throttle.exceeds(1900, ALLOWED, instant(1_004_990));
  expect(throttle.exceeds(200, ALLOWED, instant(1_005_010))).toBe(true);
});

test('after a quiet time the count starts anew', () => {
  const throttle = new Throttle();
  throttle.exceeds(2000, ALLOWED, instant(1_000_000));
  expect(throttle.exceeds(2000, ALLOWED, instant(1_020_000))).toBe(false);
});
