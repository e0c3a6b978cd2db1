// The space that is left on disks, which the metrics show.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DISK_LOOK_EVERY, DiskWatch } from '../../src/daemon/disk-watch.js';
import { type DiskSpace, diskSpace } from '../../src/net/files/disk-space.js';
import { ManualClock } from '../support/manual-clock.js';

const space = (sizeOctets: number, freeOctets: number): DiskSpace => ({
  sizeOctets,
  freeOctets,
  freeInodes: undefined,
});

const valuesOf = (watch: DiskWatch) =>
  Object.fromEntries(watch.metrics().map(({ name, values }) => [name, values.map(({ value }) => value)]));

it('is looked at every ten seconds', async () => {
  const clock = new ManualClock();
  let free = 70;
  const watch = new DiskWatch(clock, { state: '/state', trace: undefined }, async () => space(100, free));
  await watch.look();
  expect(watch.metrics().map(({ values }) => values)).toEqual([
    [{ labels: { directory: 'state' }, value: 100 }],
    [{ labels: { directory: 'state' }, value: 70 }],
  ]);
  free = 3;
  clock.advance(DISK_LOOK_EVERY);
  await turn();
  expect(valuesOf(watch).labcm_disk_free_bytes).toEqual([3]);
  watch.close();
  expect(clock.armed).toBe(0);
});

it('is not looked at again while a disk does not answer, nor after the end', async () => {
  const clock = new ManualClock();
  let asked = 0;
  let answer: (space: DiskSpace | undefined) => void = () => {};
  const watch = new DiskWatch(clock, { trace: '/far' }, () => {
    asked += 1;
    return new Promise((resolve) => {
      answer = resolve;
    });
  });
  const looked = watch.look();
  clock.advance(10 * DISK_LOOK_EVERY);
  expect(asked).toBe(1);
  watch.close();
  answer(space(1, 1));
  await looked;
  expect(clock.armed).toBe(0);
});

it('is that of the file system on which a directory will be made', async () => {
  const found = await diskSpace(join(tmpdir(), 'nowhere', 'at', 'all'));
  expect(found?.sizeOctets).toBe((await diskSpace(tmpdir()))?.sizeOctets);
  expect(found?.freeOctets).toBeGreaterThan(0);
  expect(found?.freeOctets).toBeLessThanOrEqual(found?.sizeOctets ?? 0);
});

it('is asked of the directory above where a file stands in the way', async () => {
  expect((await diskSpace(join(process.execPath, 'state')))?.sizeOctets).toBe(
    (await diskSpace(process.execPath))?.sizeOctets,
  );
  expect((await diskSpace(process.execPath))?.sizeOctets).toBeGreaterThan(0);
});

it('is not shown where the system does not say', async () => {
  const watch = new DiskWatch(new ManualClock(), { state: '/state', trace: '/trace' }, async (directory) =>
    directory === '/trace' ? space(1, 1) : undefined,
  );
  await watch.look();
  expect(watch.metrics().map(({ values }) => values.map(({ labels }) => labels))).toEqual([
    [{ directory: 'trace' }],
    [{ directory: 'trace' }],
  ]);
  watch.close();
});
