// What somebody hears who is on hold.

import { describe, expect, it } from 'vitest';
import { CallLab, type FakePhone, type FakePhoneOptions, LONG } from './harness.js';

const KINDS = ['sccp', 'sip'] as const;
const MIXES = KINDS.flatMap((one) => KINDS.map((other) => [one, other] as const));

const talking = (kinds: readonly ['sccp' | 'sip', 'sccp' | 'sip'], more: Partial<FakePhoneOptions> = {}) => {
  const lab = new CallLab();
  const music = lab.service('tone');
  const a = lab.phone({ dn: '1001', kind: kinds[0], ...more });
  const b = lab.phone({ dn: '1002', kind: kinds[1], ...more });
  a.call('1002');
  b.answer();
  for (const phone of [a, b]) phone.take();
  return { lab, a, b, music };
};

describe.each(MIXES)('a %s phone that a %s phone holds', (...kinds) => {
  it('hears music, and then the other again', () => {
    const { lab, a, b, music } = talking(kinds);
    lab.control.hold(b.leg, lab.now);
    expect(a.take()).toContain('far-held music');
    expect(a.leg.source).toBe(music.leg);
    expect(music.leg.sending?.to).toEqual(a.leg.receive);
    expect(a.leg.far).toBe(b.leg);
    resume(lab, b);
    expect([music.leg.state, a.leg.music]).toEqual(['idle', undefined]);
    expect(music.take()).toContain('release normal by server');
    expect([a.leg.sending?.to, b.leg.sending?.to]).toEqual([b.leg.receive, a.leg.receive]);
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('hears no more when either hangs up', () => {
    for (const holds of [true, false]) {
      const { lab, a, b, music } = talking(kinds);
      lab.control.hold(b.leg, lab.now);
      (holds ? b : a).hangUp();
      expect(music.leg.state).toBe('idle');
      expect(lab.isIdle).toBe(true);
    }
  });

  it('hears nothing while both hold', () => {
    const { lab, a, b, music } = talking(kinds);
    lab.control.hold(b.leg, lab.now);
    lab.control.hold(a.leg, lab.now);
    expect([music.leg.state, a.leg.music, b.leg.music]).toEqual(['idle', undefined, undefined]);
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('goes on where the music fails', () => {
    const { lab, a, b, music } = talking(kinds);
    lab.control.hold(b.leg, lab.now);
    lab.control.mediaFailed(music.leg, lab.now);
    expect([a.leg.state, b.leg.state, a.leg.music]).toEqual(['connected', 'hold', undefined]);
    a.hangUp();
    lab.advance(LONG);
    expect(lab.isIdle).toBe(true);
  });

  it('is transferred out of it', () => {
    const { lab, a, b, music } = talking(kinds);
    const c = lab.phone({ dn: '1003' });
    const primary = b.leg;
    lab.control.hold(primary, lab.now);
    const consultation = b.consult(primary, '1003');
    c.answer();
    expect(music.leg.state).toBe('connected');
    lab.control.transfer(primary, consultation, lab.now);
    expect(music.leg.state).toBe('idle');
    expect([a.leg.sending?.to, c.leg.sending?.to]).toEqual([c.leg.receive, a.leg.receive]);
    c.hangUp();
    expect(lab.isIdle).toBe(true);
  });
});

/** As its phone does it: SCCP by a key, SIP by an offer. */
const resume = (lab: CallLab, phone: FakePhone): void => {
  if (phone.isSip) lab.control.mediaOpened(phone.leg, phone.receiveOf(phone.leg), phone.capabilities, true, lab.now);
  lab.control.resume(phone.leg, lab.now);
};

describe('music', () => {
  it('is G.711: a phone without it hears its own tone', () => {
    const { lab, a, b, music } = talking(['sccp', 'sccp'], { codecs: ['G729'] });
    lab.control.hold(b.leg, lab.now);
    expect([music.legs.at(-1)?.state ?? 'idle', a.leg.state]).toEqual(['idle', 'connected']);
    expect(a.take()).toContain('far-held');
    lab.control.resume(b.leg, lab.now);
    expect(a.leg.sending?.codec).toBe('G729');
  });

  it('may be switched off', () => {
    const { lab, a, b, music } = talking(['sccp', 'sccp']);
    lab.control.configure({ ...lab.control.settings, moh: 'none' });
    lab.control.hold(b.leg, lab.now);
    expect([music.legs, a.take()]).toEqual([[], ['stop', 'far-held']]);
  });
});
