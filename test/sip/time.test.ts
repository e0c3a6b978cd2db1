// SIP phones while the machine's clock is set, and after the process stood still.

import { describe, expect, it } from 'vitest';
import { seconds } from '../../src/core/time.js';
import { aDevice } from '../support/devices.js';
import { HOUR, SteppingClock } from '../support/stepping-clock.js';
import { sipHarness } from './harness.js';
import { authorization, ciscoRegister, header, plain } from './phones.js';

const NAME = 'SEP005056A1033D';
const EXPIRES = '120';

const opened = async () => {
  const clock = new SteppingClock();
  const device = aDevice(NAME, { protocol: 'SIP', lines: ['5005'] });
  const tokens = { perSecond: 1, burst: 2, wait: seconds(30) };
  const lab = await sipHarness([device], { clock, settings: { tokens } });
  const phone = lab.tcp();
  let cseq = 100;
  const refresh = () => phone.ask(ciscoRegister({ expires: EXPIRES, cseq: ++cseq })).at(-1);
  const stateOf = () => lab.database.byName(NAME)?.state;
  refresh();
  expect(stateOf()).toBe('registered');
  /** Seconds until the phone, from now on silent, is ended. */
  const untilEnded = (): number => {
    for (let count = 1; count < 10_000; count += 1) {
      clock.advance(1000);
      if (stateOf() === 'unregistered') return count;
    }
    throw new Error('silence was never noticed');
  };
  return { ...lab, clock, phone, refresh, stateOf, untilEnded };
};

describe.each([
  ['forward', HOUR],
  ['back', -HOUR],
])('a wall clock that is set %s by an hour', (_, step) => {
  it('ends no phone that refreshes, and is the one that Date shows', async () => {
    const { clock, refresh, stateOf } = await opened();
    clock.advance(10_000);
    clock.step(step);
    for (let count = 0; count < 3; count += 1) {
      clock.advance(100_000);
      expect(stateOf()).toBe('registered');
      const answer = refresh();
      expect(answer?.status).toBe(200);
      expect(header(answer, 'Date')).toBe(new Date(clock.now() + step).toUTCString());
    }
  });

  it('does not change when silence is noticed', async () => {
    const usual = await opened();
    const stepped = await opened();
    stepped.clock.step(step);
    expect(stepped.untilEnded()).toBe(usual.untilEnded());
  });

  it('keeps the way home open at its rate', async () => {
    const { clock, tcp } = await opened();
    const phone = tcp();
    const headers = ['Require: norefersub', 'Refer-To: <urn:X-cisco-remotecc:token-registration>'];
    let asked = 0;
    const ask = () => phone.ask(plain('REFER', '005056a1033d', { callId: `token${++asked}`, headers }))[0]?.status;
    expect([ask(), ask(), ask()]).toEqual([202, 202, 503]);
    clock.step(step);
    clock.advance(1000);
    expect([ask(), ask()]).toEqual([202, 503]);
  });

  it('leaves nonces as old as they are', async () => {
    const clock = new SteppingClock();
    const device = aDevice('SOFT', { protocol: 'SIP', lines: ['6001'], digest: { user: 'u', password: 'p' } });
    const { tcp } = await sipHarness([device], { clock });
    const phone = tcp();
    const uri = 'sip:10.10.210.10';
    const challenge = phone.ask(plain('REGISTER', '6001')).at(-1);
    let cseq = 1;
    const answered = () => {
      cseq += 1;
      return phone
        .ask(plain('REGISTER', '6001', { cseq, headers: [authorization(challenge, 'u', 'p', uri)] }))
        .findLast(({ kind }) => kind === 'response');
    };
    clock.step(step);
    clock.advance(599_000);
    expect(answered()?.status).toBe(200);
    clock.advance(2000);
    expect(header(answered(), 'WWW-Authenticate')).toContain('stale=true');
  });
});

describe('a process that stood still for ten minutes', () => {
  const sleep = 600_000;

  it.each(['what waits in the kernel', 'an alarm'])(
    'ends no phone, and notices silence as before: %s is first',
    async (first) => {
      const usual = await opened();
      const slept = await opened();
      for (const { clock, refresh } of [usual, slept]) {
        clock.advance(50_000);
        refresh();
        clock.advance(100_000);
      }
      slept.clock.standStill(sleep);
      if (first === 'an alarm') slept.clock.advance(0);
      expect(slept.refresh()?.status).toBe(200);
      slept.clock.advance(0);
      usual.refresh();
      expect(slept.stateOf()).toBe('registered');
      expect(slept.phone.link.closed).toBeUndefined();
      expect(slept.untilEnded()).toBe(usual.untilEnded());
    },
  );

  it('leaves a phone the time that it had left', async () => {
    const usual = await opened();
    const slept = await opened();
    for (const { clock } of [usual, slept]) clock.advance(100_500);
    slept.clock.standStill(sleep);
    slept.clock.advance(0);
    const left = slept.untilEnded() - usual.untilEnded();
    expect(left).toBeGreaterThanOrEqual(0);
    expect(left).toBeLessThan(5);
  });
});
