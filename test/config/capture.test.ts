import { describe, expect, it } from 'vitest';
import { DEFAULT_CAPTURE } from '../../src/capture/settings.js';
import { describeReload } from '../../src/config/index.js';
import { faultsIn, load } from './harness.js';

const KIB = 1024;
const MIB = 1024 * KIB;

it('nothing is captured by default', async () => {
  expect((await load('')).capture).toEqual({
    devices: 'none',
    memory: 64 * MIB,
    perDevice: 256 * KIB,
    strangers: 4 * MIB,
  });
  expect((await load('')).capture).toEqual(DEFAULT_CAPTURE);
});

it.each([
  ['all', 'all'],
  ['none', 'none'],
  ['[SEP005056A1033D, "sep00*"]', ['SEP005056A1033D', 'sep00*']],
  ['"SEP?*"', ['SEP?*']],
  ['5002', ['5002']],
] as const)('devices: %s', async (written, devices) => {
  expect((await load(`capture: { devices: ${written} }`)).capture.devices).toEqual(devices);
});

const DEVICES = 'none, all, or at most 1000 names of devices, in which * and ? stand for others';

describe('faults', () => {
  it.each([
    ['devices: []', `capture.devices: found an empty list, wanted ${DEVICES}`],
    ['devices: ["a name"]', `capture.devices: found a list of 1, wanted ${DEVICES}`],
    ['devices: true', `capture.devices: found true, wanted ${DEVICES}`],
    ['memory: 1KiB', 'capture.memory: found "1KiB", wanted a size such as 2MB or 64KiB, from 1MiB to 4GiB'],
    [
      'memory: 1MiB, perDevice: 2MiB, strangers: 128KiB',
      'capture.perDevice: found 2MiB, wanted at most capture.memory, which is 1MiB',
    ],
    ['memory: 2MiB', 'capture.strangers: found 4MiB, wanted at most capture.memory, which is 2MiB'],
    ['device: all', 'capture.device: found an unknown key, wanted devices'],
  ])('%s', async (written, fault) => {
    expect(await faultsIn(`capture: { ${written} }`)).toEqual([expect.stringContaining(fault)]);
  });
});

it('a reload takes effect at once', async () => {
  const old = await load('');
  const fresh = { ...old, capture: { ...old.capture, devices: 'all' as const } };
  expect(describeReload(old, fresh)).toMatchObject({ live: ['capture.devices'], restart: [] });
});
