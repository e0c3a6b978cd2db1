// Two calls of one user that become one of the other two.

import { describe, expect, it } from 'vitest';
import type { CallEnded } from '../../src/calls/index.js';
import { seconds } from '../../src/core/time.js';
import { CallLab, type FakePhone, LONG } from './harness.js';

/** A calls B, B consults C. `answers`: C has answered. */
const consulting = (kinds: readonly ['sccp' | 'sip', 'sccp' | 'sip', 'sccp' | 'sip'], answers: boolean) => {
  const lab = new CallLab();
  const [a, b, c] = kinds.map((kind, index) => lab.phone({ dn: `100${index + 1}`, kind })) as [
    FakePhone,
    FakePhone,
    FakePhone,
  ];
  a.call('1002');
  b.answer();
  const primary = b.leg;
  if (b.isSip) lab.control.hold(primary, lab.now);
  const consultation = b.consult(primary, '1003');
  if (answers) c.answer();
  for (const phone of [a, b, c]) phone.take();
  lab.events.splice(0);
  return { lab, a, b, c, primary, consultation };
};

const KINDS = ['sccp', 'sip'] as const;
const MIXES = KINDS.flatMap((one) => KINDS.flatMap((two) => KINDS.map((three) => [one, two, three] as const)));

describe.each(MIXES)('a transfer of %s by %s to %s', (...kinds) => {
  it('connects the other two once the third has answered', () => {
    const { lab, a, b, c, primary, consultation } = consulting(kinds, true);
    expect(lab.control.transfer(primary, consultation, lab.now)).toBeUndefined();
    expect(a.leg.far).toBe(c.leg);
    expect(c.leg.far).toBe(a.leg);
    expect([a.leg.state, c.leg.state, primary.state, consultation.state]).toEqual([
      'connected',
      'connected',
      'idle',
      'idle',
    ]);
    expect(a.take()).toContain('redirected 1001>1003');
    expect(c.take()).toContain('redirected 1001>1003');
    expect(b.take().filter((note) => note.startsWith('release'))).toEqual([
      'release normal by transfer',
      'release normal by transfer',
    ]);
    expect([a.leg.sending?.to, c.leg.sending?.to]).toEqual([c.leg.receive, a.leg.receive]);
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('connects them when the third answers later, and gives the first ring back until then', () => {
    const { lab, a, c, primary, consultation } = consulting(kinds, false);
    expect(lab.control.transfer(primary, consultation, lab.now)).toBeUndefined();
    expect(a.leg.state).toBe('ring-out');
    expect(a.take()).toContain('redirected 1001>1003 ringing');
    c.answer();
    expect([a.leg.state, c.leg.state]).toEqual(['connected', 'connected']);
    expect(a.take()).toContain('redirected 1001>1003');
    expect([a.leg.sending?.to, c.leg.sending?.to]).toEqual([c.leg.receive, a.leg.receive]);
    c.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('ends the call where the third never answers or refuses', () => {
    for (const refuses of [true, false]) {
      const { lab, a, c, primary, consultation } = consulting(kinds, false);
      lab.control.transfer(primary, consultation, lab.now);
      if (refuses) lab.control.refuse(c.leg, 'busy', lab.now);
      else lab.advance(LONG);
      lab.advance(LONG);
      expect(a.take().join(' ')).toContain(`${a.isSip ? 'release' : 'failed'} ${refuses ? 'busy' : 'noAnswer'}`);
      expect(lab.isIdle).toBe(true);
    }
  });
});

describe('a transfer', () => {
  it('is recorded as three calls, of which the last has the number of the first', () => {
    const { lab, a, primary, consultation } = consulting(['sccp', 'sccp', 'sccp'], true);
    const { id } = primary.call;
    lab.control.transfer(primary, consultation, lab.now);
    a.hangUp();
    const ended = lab.events.filter((event): event is CallEnded => event.type === 'call.ended');
    expect(
      ended.map(({ call, calling, called, orig, dest, redirectReason }) => [
        call,
        `${calling.number}>${called.number}`,
        orig.cause,
        dest?.cause,
        redirectReason,
      ]),
    ).toEqual([
      [id, '1001>1002', 0, 393_216, 0],
      [consultation.call.id, '1002>1003', 393_216, 0, 0],
      [id, '1001>1003', 16, 0, 4],
    ]);
    expect(ended[2]?.lastRedirecting.number).toBe('1002');
  });

  it('does nothing where there is nobody to connect', () => {
    const { lab, b, c, primary, consultation } = consulting(['sccp', 'sccp', 'sccp'], false);
    lab.control.refuse(c.leg, 'busy', lab.now);
    expect(lab.control.transfer(primary, consultation, lab.now)).toBe('no-talk');
    expect(lab.control.transfer(primary, primary, lab.now)).toBe('same-call');
    b.hangUp(consultation);
    lab.control.resume(primary, lab.now);
    expect(primary.state).toBe('connected');
  });

  it('of two calls that both came in shows each of the others as its caller', () => {
    const lab = new CallLab();
    const [a, b, c] = [1, 2, 3].map((index) => lab.phone({ dn: `100${index}` })) as [FakePhone, FakePhone, FakePhone];
    a.call('1002');
    b.answer();
    const first = b.leg;
    c.call('1002');
    b.answer();
    for (const phone of [a, b, c]) phone.take();
    lab.control.transfer(first, b.leg, lab.now);
    expect(a.take()).toContain('redirected 1001>1003');
    expect(c.take()).toContain('redirected 1003>1001');
  });
});

describe.each(KINDS)('a %s phone that only listens', (kind) => {
  /** A calls B, which only listens, and then C. */
  const listening = () => {
    const lab = new CallLab({ park: { range: '300-301', remind: seconds(60) } });
    lab.service('conference', { answers: true });
    const [a, b, c] = ['1001', '1002', '1003'].map((dn) => lab.phone({ dn, kind })) as [
      FakePhone,
      FakePhone,
      FakePhone,
    ];
    a.call('*751002');
    b.answer();
    return { lab, a, b, c, primary: a.leg };
  };
  const consult = ({ lab, a, c, primary }: ReturnType<typeof listening>) => {
    if (a.isSip) lab.control.hold(primary, lab.now);
    const consultation = a.consult(primary, '1003');
    c.answer();
    return consultation;
  };
  const expectListening = ({ b, c }: ReturnType<typeof listening>, isListening: boolean): void => {
    expect(b.leg.isListener).toBe(isListening);
    expect(b.leg.sending?.isListening === true).toBe(isListening);
    expect(b.leg.far?.sending?.isSpeaking === true).toBe(isListening);
    expect(c.leg.isListener).toBe(false);
  };

  it('does so when it is transferred, until its user holds and resumes', () => {
    const made = listening();
    const { lab, a, b, c, primary } = made;
    lab.control.transfer(primary, consult(made), lab.now);
    expectListening(made, true);
    lab.control.hold(b.leg, lab.now);
    lab.control.resume(b.leg, lab.now);
    expect(b.leg.far).toBe(c.leg);
    expectListening(made, false);
    for (const phone of [a, b]) phone.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('does so in a conference, and in the call of two that is left of it', () => {
    const made = listening();
    const { lab, a, b, c, primary } = made;
    expect(lab.control.confer([primary], consult(made), lab.now)).toBeUndefined();
    expectListening(made, true);
    a.hangUp();
    expect(b.leg.far).toBe(c.leg);
    expectListening(made, true);
    lab.control.speak(b.leg, lab.now);
    expectListening(made, false);
    expect(c.leg.sending?.to).toEqual(b.leg.receive);
    b.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('does so when it is parked and taken by another', () => {
    const made = listening();
    const { lab, b, c, primary } = made;
    expect(lab.control.park(primary, lab.now)).toEqual({ slot: '300' });
    c.call('300');
    expect(b.leg.far).toBe(c.leg);
    expectListening(made, true);
    b.hangUp();
    expect(lab.isIdle).toBe(true);
  });
});
