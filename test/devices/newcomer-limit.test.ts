// How many numbers phones that nobody configured may take, and how fast.

import { beforeEach, describe, expect, it } from 'vitest';
import { after, type Instant, instant, seconds } from '../../src/core/time.js';
import { DEFAULT_POLICY, DeviceDatabase } from '../../src/devices/index.js';
import { NewcomerLimit } from '../../src/devices/newcomer-limit.js';
import { aDevice, anAttempt, seedDevices } from '../support/devices.js';

const NOW = instant(0);

describe('new numbers', () => {
  let newcomers: NewcomerLimit;

  beforeEach(() => {
    newcomers = new NewcomerLimit();
  });

  const admitted = (source: string, asking: number, now: Instant): number => {
    let count = 0;
    for (let phone = 0; phone < asking; phone += 1) if (newcomers.admit(source, now)) count += 1;
    return count;
  };

  it('are given to a thousand phones behind one address within three minutes, as they come again every thirty seconds', () => {
    let outside = 1000;
    let now = NOW;
    while (outside > 0) {
      outside -= admitted('10.0.0.1', outside, now);
      if (outside > 0) now = after(now, seconds(30));
    }
    expect(now - NOW).toBeLessThanOrEqual(180_000);
  });

  it('of one address leave those of another alone', () => {
    expect(admitted('10.0.0.1', 10_000, NOW)).toBe(200);
    expect(admitted('10.0.0.2', 100, NOW)).toBe(100);
  });

  it('are so many in all, from however many addresses', () => {
    let count = 0;
    for (let source = 0; source < 10_000; source += 1) count += admitted(`10.${source >> 8}.0.${source & 255}`, 1, NOW);
    expect(count).toBe(500);
    expect(admitted('10.0.0.1', 1000, after(NOW, seconds(1)))).toBe(50);
  });
});

describe('a phone that is told to wait', () => {
  it('is refused as such, no number is written for it, and it is let in later', () => {
    const written: string[] = [];
    const database = new DeviceDatabase(
      { publish: () => {}, hasListener: () => false },
      {
        policy: { ...DEFAULT_POLICY, autoRegistration: { first: 1000, last: 9999 } },
        store: { all: () => [], remember: ({ name }) => void written.push(name) },
      },
    );
    const register = (name: string, now: Instant) =>
      database.register(anAttempt(name, 'SCCP', { link: written.length }), now);
    for (let phone = 0; phone < 200; phone += 1) expect(register(`P${phone}`, NOW)).toMatchObject({ accepted: true });
    expect(register('LATE', NOW)).toMatchObject({ accepted: false, reason: 'auto-registration-busy' });
    expect(written).toHaveLength(200);
    expect(register('P7', NOW)).toMatchObject({ accepted: true });
    expect(register('LATE', after(NOW, seconds(1)))).toMatchObject({ accepted: true });
  });
});

describe('a place to be registered', () => {
  const database = (): DeviceDatabase => {
    const devices = new DeviceDatabase(
      { publish: () => {}, hasListener: () => false },
      { policy: { ...DEFAULT_POLICY, maxDevices: 3, autoRegistration: { first: 1000, last: 1999 } } },
    );
    devices.configure(seedDevices(), NOW);
    return devices;
  };

  it('is kept for each configured device, however many others come', () => {
    const devices = database();
    expect(devices.register(anAttempt('A', 'SCCP', { link: 1 }), NOW)).toMatchObject({ accepted: true });
    expect(devices.register(anAttempt('B', 'SCCP', { link: 2 }), NOW)).toMatchObject({ reason: 'full' });
    expect(devices.register(anAttempt('ipctest2', 'SCCP', { link: 3 }), NOW)).toMatchObject({ accepted: true });
    expect(devices.register(anAttempt('B', 'SCCP', { link: 4 }), NOW)).toMatchObject({ reason: 'full' });
    expect(devices.register(anAttempt('SEP005056A1033D', 'SIP', { link: 5 }), NOW)).toMatchObject({ accepted: true });
  });

  it('is free again when one of the others goes, or is configured itself', () => {
    const devices = database();
    const first = devices.register(anAttempt('A', 'SCCP', { link: 1 }), NOW);
    if (first.accepted) devices.end(first.registration, 'unregistered', NOW);
    const second = devices.register(anAttempt('B', 'SCCP', { link: 2 }), NOW);
    expect(second).toMatchObject({ accepted: true });
    expect(devices.register(anAttempt('A', 'SCCP', { link: 3 }), NOW)).toMatchObject({ reason: 'full' });
    devices.configure([aDevice('B'), aDevice('ipctest2')], NOW);
    expect(devices.register(anAttempt('A', 'SCCP', { link: 4 }), NOW)).toMatchObject({ accepted: true });
    expect(devices.register(anAttempt('C', 'SCCP', { link: 5 }), NOW)).toMatchObject({ reason: 'full' });
    if (second.accepted) devices.end(second.registration, 'unregistered', NOW);
    expect(devices.register(anAttempt('C', 'SCCP', { link: 6 }), NOW)).toMatchObject({ reason: 'full' });
  });
});
