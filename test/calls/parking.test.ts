// Parked calls, calls that are sent to voicemail, and calls that another phone answers.

import { describe, expect, it } from 'vitest';
import type { CallEnded } from '../../src/calls/index.js';
import { slotsOf } from '../../src/calls/park-range.js';
import { CallLab, type FakePhone, type FakePhoneOptions, LONG } from './harness.js';

const KINDS = ['sccp', 'sip'] as const;

const talking = (kind: 'sccp' | 'sip' = 'sccp', more: Partial<FakePhoneOptions> = {}) => {
  const lab = new CallLab();
  const music = lab.service('tone');
  const [a, b, c] = ['1001', '1002', '1003'].map((dn) => lab.phone({ dn, kind, ...more })) as [
    FakePhone,
    FakePhone,
    FakePhone,
  ];
  a.call('1002');
  b.answer();
  for (const phone of [a, b, c]) phone.take();
  return { lab, a, b, c, music };
};

describe.each(KINDS)('a parked call of %s phones', (kind) => {
  it('hears music until somebody dials its number', () => {
    const { lab, a, b, c, music } = talking(kind);
    expect(lab.control.park(b.leg, lab.now)).toEqual({ slot: '*60' });
    expect([b.leg.state, a.leg.state]).toEqual(['idle', 'connected']);
    expect(a.leg.far).toBe(music.leg);
    expect(a.leg.sending?.to).toEqual(music.leg.receive);
    expect([...lab.control.parked.keys()]).toEqual(['*60']);
    c.call('*60');
    expect([c.leg.state, a.leg.far]).toEqual(['connected', c.leg]);
    expect([a.leg.sending?.to, c.leg.sending?.to]).toEqual([c.leg.receive, a.leg.receive]);
    expect(lab.control.parked.size).toBe(0);
    c.hangUp();
    expect(lab.isIdle).toBe(true);
    const reasons = lab.events
      .filter((event): event is CallEnded => event.type === 'call.ended')
      .map(({ calling, called, redirectReason }) => `${calling.number}>${called.number} ${redirectReason}`);
    expect(reasons).toEqual(['1001>1002 0', '1001>*60 7', '1001>1003 8']);
  });

  it('calls whoever parked it after a minute, and has it back on the answer', () => {
    const { lab, a, b } = talking(kind);
    lab.control.park(b.leg, lab.now);
    b.take();
    lab.advance(59_999);
    expect(b.take()).toEqual([]);
    lab.advance(1);
    expect(b.take()).toContain('ring 1001>1002');
    expect(lab.control.parked.size).toBe(1);
    b.answer();
    expect([a.leg.far, b.leg.far, lab.control.parked.size]).toEqual([b.leg, a.leg, 0]);
    expect([a.leg.sending?.to, b.leg.sending?.to]).toEqual([b.leg.receive, a.leg.receive]);
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('ends when nobody fetches it', () => {
    const { lab, a, b } = talking(kind);
    lab.control.park(b.leg, lab.now);
    lab.advance(120_000);
    expect(a.leg.state).toBe('idle');
    lab.advance(LONG);
    expect(lab.isIdle).toBe(true);
  });

  it('gives its number free when the parked one hangs up', () => {
    const { lab, a, b, c } = talking(kind);
    lab.control.park(b.leg, lab.now);
    a.hangUp();
    expect([lab.isIdle, lab.control.parked.size]).toEqual([true, 0]);
    c.call('*60');
    expect(c.take().join()).toContain('unallocated');
  });
});

describe('parking', () => {
  it('needs a far end and a free number', () => {
    const lab = new CallLab({ park: { range: '*60-*60', remind: 60_000 as never } });
    const phones = ['1001', '1002', '1003', '1004'].map((dn) => lab.phone({ dn }));
    const [a, b, c, d] = phones as [FakePhone, FakePhone, FakePhone, FakePhone];
    a.call('1002');
    expect(lab.control.park(a.leg, lab.now)).toEqual({ refused: 'no-talk' });
    b.answer();
    expect(lab.control.park(b.leg, lab.now)).toEqual({ slot: '*60' }); // without a sound service it is silent
    c.call('1004');
    d.answer();
    expect(lab.control.park(d.leg, lab.now)).toEqual({ refused: 'no-slot' });
    expect(d.leg.state).toBe('connected');
  });

  it.each([
    ['*60-*69', 10],
    ['700-702', 3],
    ['5-5', 1],
    ['*60-*59', undefined],
    ['*60-#69', undefined],
    ['60-100', undefined],
    ['1000-9999', undefined],
    ['x', undefined],
    ['', undefined],
  ])('of %j has %s numbers', (range, count) => {
    expect(slotsOf(range)?.length).toBe(count);
  });
});

describe.each(KINDS)('a call that a %s phone sends away', (kind) => {
  it('goes to the voicemail of the line while it rings', () => {
    const { lab, a, b, c } = talking(kind, { voicemail: '1003' });
    a.hangUp();
    a.call('1002');
    c.take();
    expect(lab.control.divert(b.leg, lab.now)).toBe(true);
    expect([b.leg.state, c.take().at(-1)]).toEqual(['idle', `ring 1001>1003${kind === 'sip' ? ' offered' : ''}`]);
    c.answer();
    expect(a.leg.far).toBe(c.leg);
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('goes there while they talk', () => {
    const { lab, a, b, c } = talking(kind, { voicemail: '1003' });
    expect(lab.control.divert(b.leg, lab.now)).toBe(true);
    expect([b.leg.state, a.leg.state, c.leg.state]).toEqual(['idle', 'ring-out', 'ring-in']);
    c.answer();
    expect(a.leg.far).toBe(c.leg);
  });

  it('stays where the line has no voicemail', () => {
    const { lab, b } = talking(kind);
    expect([lab.control.divert(b.leg, lab.now), b.leg.state]).toEqual([false, 'connected']);
  });
});

describe.each(KINDS)('a call that rings at another %s phone', (kind) => {
  it('is answered by who picks it up', () => {
    const lab = new CallLab();
    const [a, b, c] = ['1001', '1002', '1003'].map((dn) => lab.phone({ dn, kind })) as [
      FakePhone,
      FakePhone,
      FakePhone,
    ];
    a.call('1002');
    c.originate();
    b.take();
    expect(lab.control.pickUp(b.leg, c.leg, lab.now)).toBeUndefined();
    expect(b.take()).toEqual(['release normal by elsewhere']);
    expect([a.leg.far, c.leg.far]).toEqual([c.leg, a.leg]);
    expect([a.leg.sending?.to, c.leg.sending?.to]).toEqual([c.leg.receive, a.leg.receive]);
    expect(a.take()).toContain('connected 1001>1003');
    c.hangUp();
    expect(lab.isIdle).toBe(true);
    const last = lab.events.findLast((event): event is CallEnded => event.type === 'call.ended');
    expect(last).toMatchObject({ called: { number: '1003' }, originalCalled: { number: '1002' }, redirectReason: 5 });
    expect(lab.events.filter(({ type }) => type === 'call.ended')).toHaveLength(1);
  });

  it('is answered by a number: of the own group, of another, and by the number that rings', () => {
    const lab = new CallLab({ pickupGroups: [{ name: 'door', number: '*80', members: ['1002'] }] });
    const [a, b, c, d] = [
      lab.phone({ dn: '1001', kind }),
      lab.phone({ dn: '1002', kind }),
      lab.phone({ dn: '1003', kind, pickupGroup: 'door' }),
      lab.phone({ dn: '1004', kind }),
    ] as const;
    d.call('*74');
    expect(d.take().join()).toContain('nothingRings');
    d.hangUp();
    for (const [taker, number] of [
      [c, '*74'],
      [d, '*80'],
      [d, 'by its number'],
    ] as const) {
      a.call('1002');
      if (number === 'by its number') {
        const leg = taker.originate();
        leg.picksUp = true;
        lab.control.dial(leg, '1002', lab.now);
      } else taker.call(number);
      expect([a.leg.far, taker.leg.far, b.leg.state]).toEqual([taker.leg, a.leg, 'idle']);
      a.hangUp();
    }
    expect(lab.isIdle).toBe(true);
  });
});
