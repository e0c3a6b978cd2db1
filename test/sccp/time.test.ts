// SCCP phones while the machine's clock is set, and after the process stood still.

import { describe, expect, it } from 'vitest';
import { parseWallTime, seconds } from '../../src/core/time.js';
import { LocalTime } from '../../src/sccp/local-time.js';
import { DEFAULT_SCCP } from '../../src/sccp/settings.js';
import { names, only, sccpHarness } from '../support/sccp-harness.js';
import { HOUR, SteppingClock } from '../support/stepping-clock.js';

const NAME = 'ipctest2';

const opened = async () => {
  const clock = new SteppingClock();
  const rig = await sccpHarness({ clock, settings: { tokens: { perSecond: 1, burst: 2, wait: seconds(60) } } });
  const phone = rig.phone();
  phone.comeUp(NAME);
  const keepAlive = (): string[] => names(phone.say('KeepAliveReqMessage', {}));
  const stateOf = () => rig.record(NAME).state;
  expect(stateOf()).toBe('registered');
  /** Seconds until the phone, from now on silent, is ended. */
  const untilEnded = (): number => {
    for (let count = 1; count < 10_000; count += 1) {
      clock.advance(1000);
      if (stateOf() === 'unregistered') return count;
    }
    throw new Error('silence was never noticed');
  };
  return { rig, clock, phone, keepAlive, stateOf, untilEnded };
};

describe.each([
  ['forward', HOUR],
  ['back', -HOUR],
])('a wall clock that is set %s by an hour', (_, step) => {
  it('ends no phone that is heard, and is the one that phones show', async () => {
    const { clock, phone, keepAlive, stateOf } = await opened();
    clock.advance(10_000);
    clock.step(step);
    for (let count = 0; count < 5; count += 1) {
      clock.advance(30_000);
      expect(keepAlive()).toEqual(['KeepAliveAckMessage']);
      expect(stateOf()).toBe('registered');
    }
    const { fields } = only(phone.say('TimeDateReqMessage', {}), 'DefineTimeDateMessage');
    expect(fields.systemTime).toBe(Math.floor((clock.now() + step) / 1000));
    expect(fields.wHour).toBe(new Date(clock.now() + step).getHours());
  });

  it('does not change when silence is noticed', async () => {
    const usual = await opened();
    const stepped = await opened();
    stepped.clock.step(step);
    expect(stepped.untilEnded()).toBe(usual.untilEnded());
    expect(stepped.phone.link.closed).toBe('closed-here');
  });

  it('does not change when a mute link is ended', async () => {
    const { rig, clock } = await opened();
    const mute = rig.phone();
    clock.step(step);
    clock.advance(DEFAULT_SCCP.muteWithin - 1);
    expect(mute.link.closed).toBeUndefined();
    clock.advance(1);
    expect(mute.link.closed).toBe('closed-here');
  });

  it('keeps the way home open at its rate', async () => {
    const { rig, clock } = await opened();
    const phone = rig.phone();
    const device = { deviceName: 'ipctest3', stationUserId: 0, stationInstance: 1, stationIpAddr: '10.10.210.201' };
    const ask = () => names(phone.say('RegisterTokenReqMessage', { ...device, deviceType: 30016 }));
    ask();
    ask();
    clock.step(step);
    clock.advance(1000);
    expect(ask()).toEqual(['RegisterTokenAckMessage']);
  });
});

describe('a process that stood still for ten minutes', () => {
  const sleep = 600_000;

  it.each(['what waits in the kernel', 'an alarm'])(
    'ends no phone, and notices silence as before: %s is first',
    async (first) => {
      const usual = await opened();
      const slept = await opened();
      for (const { clock } of [usual, slept]) clock.advance(25_000);
      slept.clock.standStill(sleep);
      if (first === 'an alarm') slept.clock.advance(0);
      expect(slept.keepAlive()).toEqual(['KeepAliveAckMessage']);
      slept.clock.advance(0);
      usual.keepAlive();
      expect(slept.stateOf()).toBe('registered');
      expect(slept.untilEnded()).toBe(usual.untilEnded());
    },
  );

  it('leaves a phone, and a link that is to begin, the time that they had left', async () => {
    const usual = await opened();
    const slept = await opened();
    const mute = slept.rig.phone();
    for (const { clock } of [usual, slept]) clock.advance(5500);
    slept.clock.standStill(sleep);
    slept.clock.advance(0);
    expect(mute.link.closed).toBeUndefined();
    const left = slept.untilEnded() - usual.untilEnded();
    expect(mute.link.closed).toBe('closed-here');
    expect(left).toBeGreaterThanOrEqual(0);
    expect(left).toBeLessThan(5);
  });
});

describe('the clock of a phone', () => {
  it.each([
    ['Europe/Berlin', '2026-07-01T10:59:59Z', [2026, 7, 3, 1, 12, 59]],
    ['America/New_York', '2026-01-01T02:00:00Z', [2025, 12, 3, 31, 21, 0]],
    ['Asia/Kathmandu', '2026-01-01T00:00:00Z', [2026, 1, 4, 1, 5, 45]],
  ])('shows the time of %s, wherever this machine is', async (timeZone, at, expected) => {
    const local = new LocalTime(timeZone).timeAndDate(parseWallTime(at) ?? expect.unreachable());
    const { wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute, systemTime } = local;
    expect([wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute]).toEqual(expected);
    expect(systemTime).toBe(Date.parse(at) / 1000);
  });

  it('changes with the zone’s summer time, to the minute', () => {
    const berlin = new LocalTime('Europe/Berlin');
    const hourAt = (text: string) => berlin.timeAndDate(parseWallTime(text) ?? expect.unreachable()).wHour;
    expect(hourAt('2026-03-29T00:59:59Z')).toBe(1);
    expect(hourAt('2026-03-29T01:00:00Z')).toBe(3);
    expect(hourAt('2026-03-29T00:59:59Z')).toBe(1);
  });

  it('is the configured zone’s on the wire, this machine’s where there is none', async () => {
    const rig = await sccpHarness({ clock: new SteppingClock(), settings: { timeZone: 'Asia/Kathmandu' } });
    const phone = rig.phone();
    phone.comeUp(NAME);
    const { fields } = only(phone.say('TimeDateReqMessage', {}), 'DefineTimeDateMessage');
    const kathmandu = new Date(Number(fields.systemTime) * 1000 + (5 * 60 + 45) * 60_000);
    expect([fields.wHour, fields.wMinute]).toEqual([kathmandu.getUTCHours(), kathmandu.getUTCMinutes()]);
    const own = new LocalTime(undefined).timeAndDate(parseWallTime('2026-07-01T10:59:59Z') ?? expect.unreachable());
    expect(own.wHour).toBe(new Date('2026-07-01T10:59:59Z').getHours());
  });
});
