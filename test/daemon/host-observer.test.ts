import { beforeEach, describe, expect, it } from 'vitest';
import { Degradations } from '../../src/core/degradations.js';
import { seconds, type WallTime, wallTime } from '../../src/core/time.js';
import { HOST_LOOK_EVERY, HostObserver } from '../../src/daemon/host-observer.js';
import { NewerFiles } from '../../src/daemon/newer-files.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import type { StreamNetwork } from '../../src/net/ports.js';
import { load } from '../config/harness.js';
import { EventRecorder } from '../support/event-recorder.js';
import { MemoryDatagrams } from '../support/memory-datagrams.js';
import { MemoryHost } from '../support/memory-host.js';
import { HOUR, SteppingClock } from '../support/stepping-clock.js';

const FILES = { file: '/etc/labcm/lab.yaml', devicesFile: '/etc/labcm/phones.csv' };

let clock: SteppingClock;
let host: MemoryHost;
let probe: EventRecorder<LabcmEvent>;
let observer: HostObserver;

beforeEach(async () => {
  clock = new SteppingClock();
  host = new MemoryHost();
  host.files.set(FILES.file, 1000).set(FILES.devicesFile, 1000);
  probe = new EventRecorder();
  observer = new HostObserver({
    host,
    clock,
    bus: probe.bus,
    streams: { listen: () => Promise.reject(new Error('no streams here')) } as unknown as StreamNetwork,
    datagrams: new MemoryDatagrams(),
    devices: new DeviceDatabase(probe.bus),
    degradations: new Degradations(clock, probe.bus),
  });
  await observer.start(FILES);
});

/** Time goes on, and what is read of the disk arrives. */
const later = async (times = 1): Promise<void> => {
  for (let count = 0; count < times; count += 1) {
    clock.advance(HOST_LOOK_EVERY);
    await new Promise((resolve) => setImmediate(resolve));
  }
};
const told = () => probe.events.map(({ at: _, ...facts }) => facts);

describe('a machine on which nothing changes', () => {
  it('is no event', async () => {
    await later(100);
    host.rise({ udpNoPorts: 7, tcpOutRsts: 9 });
    await later();
    expect(told()).toEqual([]);
    expect(observer).toMatchObject({ addresses: host.local, newerFiles: [], clockJump: undefined });
  });

  it('that has none of these files is none either', async () => {
    host.kernel = undefined;
    host.files.clear();
    observer = new HostObserver({
      host,
      clock,
      bus: probe.bus,
      streams: {} as StreamNetwork,
      datagrams: new MemoryDatagrams(),
      devices: new DeviceDatabase(probe.bus),
      degradations: new Degradations(clock, probe.bus),
    });
    await observer.start(FILES);
    await later(10);
    expect(told()).toEqual([]);
    expect(observer.counters).toBeUndefined();
    expect(observer.newerFiles).toEqual([]);
  });

  it('is not looked at any more after the end', async () => {
    await observer.close();
    host.rise({ rcvbufErrors: 1 });
    host.local = [];
    host.files.set(FILES.file, 2000);
    clock.step(HOUR);
    await later(10);
    expect(told()).toEqual([]);
    expect(clock.armed).toBe(0);
  });
});

describe('counters of the kernel', () => {
  it('count from the start of the daemon, and each says when it rose last', async () => {
    expect(observer.counters?.udpNoPorts).toEqual({ total: 0, latest: undefined });
    host.rise({ udpNoPorts: 3, tcpOutRsts: 5 });
    await later();
    const at = clock.now();
    expect(observer.counters?.udpNoPorts).toEqual({ total: 3, latest: { at, by: 3 } });
    host.rise({ udpNoPorts: 4 });
    await later();
    expect(observer.counters?.udpNoPorts).toEqual({ total: 7, latest: { at: clock.now(), by: 4 } });
    expect(observer.counters?.tcpOutRsts).toEqual({ total: 5, latest: { at, by: 5 } });
  });

  it.each([
    ['datagrams were dropped', { rcvbufErrors: 2 }],
    ['connections were dropped', { listenOverflows: 2 }],
  ])('are told if %s, with the others', async (_, rise) => {
    host.rise({ ...rise, udpNoPorts: 1 });
    await later();
    expect(told()).toEqual([
      { type: 'host.counters', rcvbufErrors: 0, listenOverflows: 0, tcpOutRsts: 0, udpNoPorts: 1, ...rise },
    ]);
  });

  it('that go on rising are told once a minute, and nothing is lost', async () => {
    for (let count = 0; count < 20; count += 1) {
      host.rise({ rcvbufErrors: 1, tcpOutRsts: 2 });
      await later();
    }
    await later(6);
    const events = probe.of('host.counters');
    expect(events.map(({ rcvbufErrors }) => rcvbufErrors)).toEqual([1, 6, 6, 6, 1]);
    expect(events.map(({ tcpOutRsts }) => tcpOutRsts)).toEqual([2, 12, 12, 12, 2]);
  });

  it('that cannot be read once, or begin anew, do not rise', async () => {
    const { kernel } = host;
    host.kernel = undefined;
    await later();
    host.kernel = kernel;
    host.rise({ rcvbufErrors: -3000 });
    await later();
    expect(told()).toEqual([]);
    expect(observer.counters?.rcvbufErrors.total).toBe(0);
  });
});

describe('addresses of this machine', () => {
  it('that came and went are told', async () => {
    host.local = ['127.0.0.1', '10.10.210.11'];
    await later(3);
    expect(told()).toEqual([{ type: 'host.addresses-changed', added: ['10.10.210.11'], removed: ['10.10.210.10'] }]);
    expect(observer.addresses).toEqual(['127.0.0.1', '10.10.210.11']);
  });

  it('in another order are the same', async () => {
    host.local = [...host.local].reverse();
    await later();
    expect(told()).toEqual([]);
  });
});

describe('the wall clock', () => {
  it.each([HOUR, -HOUR, 5_001, -5_001])('that jumps is told (%i ms)', async (by) => {
    clock.step(by);
    await later(3);
    expect(told()).toEqual([{ type: 'host.clock-jumped', by }]);
    expect(observer.clockJump).toMatchObject({ by });
  });

  it('that is a little off, or drifts, is not told', async () => {
    for (let count = 0; count < 10; count += 1) {
      clock.step(seconds(5));
      await later();
    }
    expect(told()).toEqual([]);
    expect(observer.clockJump).toBeUndefined();
  });

  it('is not said to jump when the process stands still', async () => {
    clock.standStill(HOUR);
    await later(3);
    expect(told()).toEqual([]);
  });
});

describe('a file of the configuration', () => {
  it.each(Object.values(FILES))('that was changed is told once for each change (%s)', async (file) => {
    host.files.set(file, 2000);
    await later(3);
    host.files.set(file, 3000);
    await later(3);
    expect(told()).toEqual([
      { type: 'config.changed-on-disk', file, changedAt: 2000 },
      { type: 'config.changed-on-disk', file, changedAt: 3000 },
    ]);
    expect(observer.newerFiles).toEqual([{ file, changedAt: 3000 }]);
  });

  it('that was changed is told within two seconds', async () => {
    host.files.set(FILES.file, 2000);
    clock.advance(seconds(1));
    await new Promise((resolve) => setImmediate(resolve));
    expect(told()).toEqual([{ type: 'config.changed-on-disk', file: FILES.file, changedAt: 2000 }]);
  });

  it('that is what it was again, or is gone, is not newer', async () => {
    host.files.set(FILES.file, 2000);
    await later();
    host.files.set(FILES.file, 1000);
    await later();
    expect(observer.newerFiles).toEqual([]);
    host.files.delete(FILES.file);
    await later();
    expect(observer.newerFiles).toEqual([]);
    expect(told()).toHaveLength(1);
  });

  it('is in force after it was read again, unless it was changed meanwhile', async () => {
    const config = { ...(await load('')), ...FILES };
    host.files.set(FILES.file, 2000);
    await later();
    await observer.reloaded(config, await observer.stampsOf(FILES));
    await later(3);
    expect(told()).toHaveLength(1);
    expect(observer.newerFiles).toEqual([]);
    const stamps = await observer.stampsOf(FILES);
    host.files.set(FILES.file, 3000);
    await observer.reloaded(config, stamps);
    await later();
    expect(observer.newerFiles).toEqual([{ file: FILES.file, changedAt: 3000 }]);
    expect(told()).toHaveLength(2);
  });

  it('is not newer if a reload ends while it is looked at', async () => {
    let answer: (changedAt: WallTime) => void = () => {};
    const changedAt = () =>
      new Promise<WallTime>((resolve) => {
        answer = resolve;
      });
    const files = new NewerFiles({ changedAt }, clock, probe.bus);
    files.setInForce(new Map([[FILES.file, wallTime(1000)]]));
    const looking = files.look();
    files.setInForce(new Map([[FILES.file, wallTime(2000)]]));
    answer(wallTime(2000));
    await looking;
    expect(told()).toEqual([]);
    expect(files.current).toEqual([]);
  });

  it('stays newer while a reload is refused', async () => {
    host.files.set(FILES.file, 2000);
    await later();
    await observer.stampsOf(FILES);
    await later(3);
    expect(told()).toHaveLength(1);
    expect(observer.newerFiles).toHaveLength(1);
  });

  it('is watched from the reload on that names it', async () => {
    const devicesFile = '/etc/labcm/other.csv';
    host.files.set(devicesFile, 1000);
    await observer.reloaded({ ...(await load('')), ...FILES, devicesFile }, await observer.stampsOf(FILES));
    host.files.set(FILES.devicesFile, 2000).set(devicesFile, 2000);
    await later();
    expect(observer.newerFiles).toEqual([{ file: devicesFile, changedAt: 2000 }]);
  });
});
