// SCCP phones while the machine's clock is set, and after the process stood still.

import { describe, expect, it } from 'vitest';
import { seconds } from '../../src/core/time.js';
import { DEFAULT_SCCP } from '../../src/sccp/settings.js';
import { names, only, sccpRig } from '../support/sccp-rig.js';
import { HOUR, SteppingClock } from '../support/stepping-clock.js';

const NAME = 'ipctest2';

const opened = async () => {
  const clock = new SteppingClock();
  const rig = await sccpRig({ clock, settings: { tokens: { perSecond: 1, burst: 2, wait: seconds(60) } } });
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
