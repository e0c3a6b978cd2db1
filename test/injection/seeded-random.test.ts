// Random numbers that repeat.

import { expect, it } from 'vitest';
import { milliseconds } from '../../src/core/time.js';
import { hashOf, SeededRandom } from '../../src/injection/seeded-random.js';

const first = (seed: number, count = 1000): readonly number[] => {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => random.fraction());
};

it('gives the same numbers for the same seed, and others for another', () => {
  expect(first(7)).toEqual(first(7));
  expect(first(7)).not.toEqual(first(8));
});

it('spreads its fractions evenly', () => {
  const fractions = first(1, 10_000);
  expect(Math.min(...fractions)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...fractions)).toBeLessThan(1);
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const count = fractions.filter((one) => Math.floor(one * 10) === tenth).length;
    expect(count).toBeGreaterThan(900);
    expect(count).toBeLessThan(1100);
  }
});

it('draws delays between two bounds and around a mean, never below 0', () => {
  const random = new SeededRandom(3);
  const uniform = Array.from({ length: 1000 }, () => random.delay({ from: milliseconds(100), to: milliseconds(200) }));
  expect(Math.min(...uniform)).toBeGreaterThanOrEqual(100);
  expect(Math.max(...uniform)).toBeLessThanOrEqual(200);
  const normal = Array.from({ length: 5000 }, () =>
    random.delay({ mean: milliseconds(200), deviation: milliseconds(50) }),
  );
  const mean = normal.reduce((sum, one) => sum + one, 0) / normal.length;
  expect(Math.abs(mean - 200)).toBeLessThan(5);
  const wide = Array.from({ length: 1000 }, () => random.delay({ mean: milliseconds(1), deviation: milliseconds(99) }));
  expect(Math.min(...wide)).toBe(0);
});

it('garbles every text and all octets into others of the same length', () => {
  const random = new SeededRandom(1);
  for (const text of ['!', 'a', 'REGISTER', 'x'.repeat(200)]) {
    const garbled = random.garbledText(text);
    expect(garbled).not.toBe(text);
    expect(garbled).toMatch(/^[!-~]+$/);
    expect(garbled).toHaveLength(text.length);
    const octets = random.garbled(Buffer.from(text));
    expect(octets).toHaveLength(text.length);
    expect(octets.equals(Buffer.from(text))).toBe(false);
  }
});

it('hashes names so that one of N is one of N', () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `SEP${String(index).padStart(12, '0')}`);
  const chosen = names.filter((name) => hashOf(5, name) % 10 === 0);
  expect(chosen.length).toBeGreaterThan(850);
  expect(chosen.length).toBeLessThan(1150);
  expect(names.filter((name) => hashOf(5, name) % 10 === 0)).toEqual(chosen);
  expect(names.filter((name) => hashOf(6, name) % 10 === 0)).not.toEqual(chosen);
});
