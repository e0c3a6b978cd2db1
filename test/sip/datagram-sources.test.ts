import { describe, expect, it } from 'vitest';
import { instant } from '../../src/core/time.js';
import { DatagramSources } from '../../src/sip/transport/datagram-sources.js';

const MINUTE = 60_000;
const admitted = (sources: DatagramSources, address: string, times: number, now: number): number =>
  Array.from({ length: times }).filter(() => sources.admit(address, 100, instant(now))).length;

describe('the share of one address', () => {
  it('is so many a second, a fifth of them at once, and leaves others theirs', () => {
    const sources = new DatagramSources(() => 50);
    expect(admitted(sources, '10.0.0.1', 25, 1_000)).toBe(10);
    expect(admitted(sources, '10.0.0.2', 10, 1_000)).toBe(10);
    expect(admitted(sources, '10.0.0.1', 25, 1_100)).toBe(5);
    expect(admitted(sources, '10.0.0.1', 25, 60_000)).toBe(10);
    const inOneSecond = Array.from({ length: 100 }, (_, index) =>
      admitted(sources, '10.0.0.3', 25, 70_000 + index * 10),
    );
    expect(inOneSecond.reduce((sum, count) => sum + count)).toBe(10 + 49);
  });

  it('follows the configuration', () => {
    let perSecond = 50;
    const sources = new DatagramSources(() => perSecond);
    expect(admitted(sources, '10.0.0.1', 25, 0)).toBe(10);
    perSecond = 500;
    expect(admitted(sources, '10.0.0.1', 250, 1_000)).toBe(100);
  });
});

describe('an address that has proved nothing', () => {
  const heard = (octets: number) => {
    const sources = new DatagramSources(() => 5_000);
    sources.admit('10.0.0.1', octets, instant(0));
    return sources;
  };

  it('is sent three times the octets that came from it', () => {
    const sources = heard(100);
    expect(sources.spend('10.0.0.1', 250, instant(0))).toBe(true);
    expect(sources.maySend('10.0.0.1', 51, instant(0))).toBe(false);
    expect(sources.spend('10.0.0.1', 51, instant(0))).toBe(false);
    expect(sources.spend('10.0.0.1', 50, instant(0))).toBe(true);
    expect(sources.spend('10.0.0.1', 1, instant(0))).toBe(false);
  });

  it('that nothing came from is sent nothing', () => {
    expect(heard(100).spend('10.0.0.2', 1, instant(0))).toBe(false);
  });

  it('is sent what there is once it has proved that it hears us, for half an hour from the last proof', () => {
    const sources = heard(1);
    sources.validate('10.0.0.1', instant(0));
    expect(sources.spend('10.0.0.1', 60_000, instant(29 * MINUTE))).toBe(true);
    sources.validate('10.0.0.1', instant(29 * MINUTE));
    expect(sources.isValidated('10.0.0.1', instant(58 * MINUTE))).toBe(true);
    expect(sources.isValidated('10.0.0.1', instant(59 * MINUTE))).toBe(false);
    expect(sources.spend('10.0.0.1', 60_000, instant(59 * MINUTE))).toBe(false);
  });
});

describe('what is remembered of addresses', () => {
  it('is bounded; a flood of made-up ones never takes the place of one that has proved itself', () => {
    const sources = new DatagramSources(() => 5_000, { unvalidated: 100, validated: 2 });
    for (const address of ['10.0.0.1', '10.0.0.2']) {
      sources.admit(address, 100, instant(0));
      sources.validate(address, instant(0));
    }
    for (let index = 0; index < 1_000; index += 1) sources.admit(`10.1.${index >> 8}.${index & 255}`, 100, instant(1));
    expect(sources.size).toBe(102);
    expect(sources.isValidated('10.0.0.1', instant(1))).toBe(true);
    sources.validate('10.0.0.3', instant(1));
    expect(sources.isValidated('10.0.0.1', instant(1))).toBe(false);
    expect(sources.isValidated('10.0.0.2', instant(1))).toBe(true);
    expect(sources.size).toBeLessThanOrEqual(102);
  });
});
