// Where a call goes instead: forwards of a line, hunt lists, and phones that do not want to be disturbed.

import { describe, expect, it } from 'vitest';
import type { CallEnded, CallForwarded, Hunt } from '../../src/calls/index.js';
import { seconds } from '../../src/core/time.js';
import { CallLab, type FakePhone, type FakePhoneOptions, LONG } from './harness.js';

const KINDS = ['sccp', 'sip'] as const;

const set = (changes: Readonly<Record<string, Partial<FakePhoneOptions>>> = {}, lab = new CallLab()) => {
  const phones = ['1001', '1002', '1003', '1004'].map((dn) => lab.phone({ dn, ...changes[dn] }));
  const [a, b, c, d] = phones as [FakePhone, FakePhone, FakePhone, FakePhone];
  return { lab, a, b, c, d };
};

const rings = (phone: FakePhone): string[] => phone.take().filter((note) => note.startsWith('ring'));
const ended = (lab: CallLab): CallEnded =>
  lab.events.findLast((event): event is CallEnded => event.type === 'call.ended') as CallEnded;
const forwards = (lab: CallLab): string[] =>
  lab.events
    .filter((event): event is CallForwarded => event.type === 'call.forwarded')
    .map(({ from, to, reason, isLoop }) => `${from.number}>${to} ${reason}${isLoop ? ' loop' : ''}`);

describe.each(KINDS)('a line with a %s phone', (kind) => {
  it('that forwards all calls does not ring', () => {
    const { lab, a, b, c } = set({ '1002': { kind, forward: { all: '1003' } }, '1003': { kind } });
    a.call('1002');
    expect([rings(b), rings(c)]).toEqual([[], ['ring 1001>1003']]);
    c.answer();
    a.hangUp();
    expect(ended(lab)).toMatchObject({
      dialled: '1002',
      called: { number: '1003' },
      originalCalled: { number: '1002' },
      lastRedirecting: { number: '1002' },
      redirectReason: 15,
    });
    expect(lab.isIdle).toBe(true);
  });

  it('forwards what it is too busy for', () => {
    const { lab, a, b, c, d } = set({ '1002': { kind, busyTrigger: 1, forward: { busy: '1003' } } });
    d.call('1002');
    b.answer();
    b.take();
    a.call('1002');
    expect([rings(b), rings(c)]).toEqual([[], ['ring 1001>1003']]);
    expect(forwards(lab)).toEqual(['1002>1003 1']);
  });

  it('does not forward what its phone refuses by itself', () => {
    const { lab, a, b, c } = set({ '1002': { kind, forward: { busy: '1003' } } });
    a.call('1002');
    lab.control.refuse(b.leg, 'busy', lab.now);
    expect(rings(c)).toEqual([]);
    expect(a.take()).toContain('failed busy');
  });

  it('forwards what nobody answers in its time, and tells the caller who rings', () => {
    const { lab, a, b, c } = set({ '1002': { kind, noAnswerAfter: 5, forward: { noAnswer: '1003' } } });
    a.call('1002');
    lab.advance(4_999);
    expect(rings(c)).toEqual([]);
    b.take();
    a.take();
    lab.advance(1);
    expect(b.take()).toEqual(['release noAnswer by server']);
    expect([rings(c), a.take()]).toEqual([['ring 1001>1003'], ['alerting']]);
    c.answer();
    expect(a.leg.far).toBe(c.leg);
    a.hangUp();
    expect(ended(lab)).toMatchObject({ redirectReason: 2, lastRedirecting: { number: '1002' } });
    expect(lab.isIdle).toBe(true);
  });

  it('forwards while no phone of it is registered', () => {
    const { lab, a, c } = set({ '1002': { kind, isGone: true, forward: { unregistered: '1003' } } });
    a.call('1002');
    expect([rings(c), forwards(lab)]).toEqual([['ring 1001>1003'], ['1002>1003 2']]);
  });
});

describe('forwards', () => {
  it('go on from line to line, and the first and the last are told', () => {
    const { lab, a, d } = set({ '1002': { forward: { all: '1003' } }, '1003': { forward: { all: '1004' } } });
    a.call('1002');
    expect([rings(d), forwards(lab)]).toEqual([['ring 1001>1004'], ['1002>1003 15', '1003>1004 15']]);
    d.answer();
    a.hangUp();
    expect(ended(lab)).toMatchObject({ originalCalled: { number: '1002' }, lastRedirecting: { number: '1003' } });
  });

  it('in a circle end in busy', () => {
    const { lab, a } = set({ '1002': { forward: { all: '1003' } }, '1003': { forward: { all: '1002' } } });
    a.call('1002');
    expect(forwards(lab)).toEqual(['1002>1003 15', '1003>1002 15 loop']);
    expect(a.take()).toContain('failed busy');
  });

  it('to oneself end in busy', () => {
    const { lab, a } = set({ '1002': { forward: { all: '1002' } } });
    a.call('1002');
    expect(forwards(lab)).toEqual(['1002>1002 15 loop']);
  });

  it('are ten at most', () => {
    const lab = new CallLab();
    const a = lab.phone({ dn: '2000' });
    for (let index = 0; index < 12; index += 1)
      lab.phone({ dn: String(1000 + index), forward: { all: String(1001 + index) } });
    lab.phone({ dn: '1012' });
    a.call('1000');
    expect(forwards(lab)).toHaveLength(11);
    expect(a.take()).toContain('failed busy');
  });

  it('tell the reason of the first and of the last', () => {
    const { lab, a, b, d } = set({
      '1002': { noAnswerAfter: 5, forward: { noAnswer: '1003' } },
      '1003': { forward: { all: '1004' } },
    });
    a.call('1002');
    expect(rings(b)).toHaveLength(1);
    lab.advance(5_000);
    d.answer();
    a.hangUp();
    expect(ended(lab)).toMatchObject({ originalReason: 2, redirectReason: 15 });
  });

  it('to nowhere fail', () => {
    const { a } = set({ '1002': { forward: { all: '9999' } } });
    a.call('1002');
    expect(a.take()).toContain('failed unallocated');
  });
});

describe('a phone that is not to be disturbed', () => {
  it('shows the call and keeps quiet, or is busy for it', () => {
    const { a, b, c } = set({
      '1002': { doNotDisturb: 'ringer-off' },
      '1003': { doNotDisturb: 'reject', forward: { busy: '1004' } },
      '1004': { doNotDisturb: 'reject' },
    });
    a.call('1002');
    expect(rings(b)).toEqual(['ring 1001>1002 silent']);
    a.hangUp();
    a.take();
    a.call('1003');
    expect([rings(c), a.take().at(-1)]).toEqual([[], 'failed busy']);
  });
});

describe('a hunt list', () => {
  const hunting = (mode: Hunt['mode'], changes: Readonly<Record<string, Partial<FakePhoneOptions>>> = {}) =>
    set(changes, new CallLab({ hunts: [{ dn: '3000', mode, members: ['1002', '1003', '1004'], ring: seconds(10) }] }));

  it('rings its members one after the other, and ends unanswered', () => {
    const { lab, a, b, c, d } = hunting('first');
    a.call('3000');
    expect([rings(b), rings(c), rings(d)]).toEqual([['ring 1001>3000'], [], []]);
    lab.advance(10_000);
    expect([rings(b), rings(c), rings(d)]).toEqual([[], ['ring 1001>3000'], []]);
    lab.advance(10_000);
    expect(rings(d)).toEqual(['ring 1001>3000']);
    lab.advance(10_000);
    expect(a.take()).toContain('failed noAnswer');
    expect(new Set([b, c, d].map(({ leg }) => leg.ci)).size).toBe(1); // as CUCM has it
    lab.advance(LONG);
    expect(lab.isIdle).toBe(true);
    expect(ended(lab)).toMatchObject({ called: { number: '3000' }, huntPilot: '3000', redirectReason: 0 });
  });

  it('leaves out who is busy or absent, and goes on from who refuses', () => {
    const { lab, a, c, d } = hunting('first', { '1002': { isGone: true } });
    a.call('3000');
    expect(rings(c)).toEqual(['ring 1001>3000']);
    lab.control.refuse(c.leg, 'rejected', lab.now);
    expect(rings(d)).toEqual(['ring 1001>3000']);
    d.answer();
    expect(a.leg.far).toBe(d.leg);
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('rings all at once', () => {
    const { lab, a, b, c, d } = hunting('broadcast');
    a.call('3000');
    expect([b, c, d].map(rings)).toEqual([['ring 1001>3000'], ['ring 1001>3000'], ['ring 1001>3000']]);
    d.answer();
    expect([b, c].map((phone) => phone.take())).toEqual([
      ['release normal by elsewhere'],
      ['release normal by elsewhere'],
    ]);
    d.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('rings who has had no call for longest', () => {
    const { lab, a, b, c, d } = hunting('longest-idle');
    const order: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      a.call('3000');
      const ringing = [b, c, d].find(({ legs }) => legs.at(-1)?.state === 'ring-in') as FakePhone;
      order.push(ringing.appearance.dn);
      ringing.answer();
      lab.advance(1_000);
      a.hangUp();
    }
    expect(order).toEqual(['1002', '1003', '1004', '1002', '1003']);
  });

  it('without anybody who could ring says why', () => {
    const { a } = hunting('first', { '1002': { isGone: true }, '1003': { isGone: true }, '1004': { busyTrigger: 0 } });
    a.call('3000');
    expect(a.take()).toContain('failed busy');
  });
});
