// The times of keepalives of devices that somebody looks at.

import { expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { after, instant, milliseconds, seconds } from '../../src/core/time.js';
import { DeviceDatabase, type DeviceEvent } from '../../src/devices/index.js';
import { KEPT_KEEP_ALIVES, WATCHED_DEVICES } from '../../src/devices/keep-alive-watch.js';
import { aDevice, anAttempt } from '../support/devices.js';

const NOW = instant(1_000_000);
const NAMES = Array.from({ length: WATCHED_DEVICES + 1 }, (_, index) => `PHONE${index}`);

const lab = () => {
  const database = new DeviceDatabase(
    new EventBus<DeviceEvent>((error) => {
      throw error;
    }),
  );
  database.configure(
    NAMES.map((name, index) => aDevice(name, { lines: [String(index)] })),
    NOW,
  );
  const recordOf = (name: string) => {
    const record = database.byName(name);
    if (record === undefined) throw new Error(name);
    return record;
  };
  const accepted = database.register(anAttempt('PHONE0'), NOW);
  if (!accepted.accepted) throw new Error(accepted.reason);
  const beat = (later: number): void => void database.keepAlive(accepted.registration, after(NOW, milliseconds(later)));
  return { database, beat, times: (name = 'PHONE0') => database.keepAliveWatch.times(recordOf(name)) };
};

it('are kept from the first look on', () => {
  const { beat, times } = lab();
  beat(10);
  expect(times()).toEqual([]);
  beat(20);
  beat(30);
  expect(times()).toEqual([NOW + 20, NOW + 30]);
});

it('are those of the device alone, and the last so many', () => {
  const { beat, times } = lab();
  times();
  times('PHONE1');
  for (let count = 1; count <= KEPT_KEEP_ALIVES + 5; count += 1) beat(count);
  expect(times()).toEqual(Array.from({ length: KEPT_KEEP_ALIVES }, (_, index) => NOW + 6 + index));
  expect(times('PHONE1')).toEqual([]);
});

it('of the device that was looked at longest ago make room', () => {
  const { beat, times } = lab();
  times();
  beat(1);
  for (const name of NAMES.slice(1, -1)) times(name);
  expect(times()).toEqual([NOW + 1]); // looked at again: PHONE1 is the oldest now
  times(NAMES.at(-1));
  expect(times()).toEqual([NOW + 1]);
  for (const name of NAMES.slice(1)) times(name);
  beat(2);
  expect(times()).toEqual([]);
});

it('go with their device', () => {
  const { database, beat, times } = lab();
  times();
  beat(1);
  const record = database.byName('PHONE0');
  database.remove('PHONE0', after(NOW, seconds(1)));
  expect(record === undefined ? undefined : database.keepAliveWatch.times(record)).toEqual([]);
});
