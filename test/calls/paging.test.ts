// Pages: a number that speaks to several phones at once.

import { describe, expect, it } from 'vitest';
import type { CallPaged } from '../../src/calls/index.js';
import { CallLab, type FakePhone, type FakePhoneOptions } from './harness.js';

const DEVICES = [1, 2, 3, 4, 5].map((number) => `SEP${String(number).padStart(12, '0')}`);
const PAGE = { dn: '*90', group: '239.1.1.1', port: 30_000, members: DEVICES };

/** A pages; B and C listen to groups, D is called, E is not registered. */
const lab = (changes: Partial<FakePhoneOptions> = {}) => {
  const calls = new CallLab({ paging: [PAGE] });
  const options: readonly Partial<FakePhoneOptions>[] = [
    {},
    { listens: true },
    { listens: true },
    changes,
    { isGone: true },
  ];
  const [a, b, c, d] = options.map((each, index) => calls.phone({ dn: `100${index + 1}`, ...each })) as [
    FakePhone,
    FakePhone,
    FakePhone,
    FakePhone,
  ];
  const [page, copy] = [calls.service('page'), calls.service('page-copy')];
  return { calls, a, b, c, d, page, copy };
};

const paged = ({ events }: CallLab): CallPaged[] =>
  events.filter((event): event is CallPaged => event.type === 'call.paged');

describe('a page', () => {
  it('is heard by the group of those that listen, and by a call of those that cannot, until its caller hangs up', () => {
    const { calls, a, b, c, d, page } = lab();
    a.call('*90');
    page.answer();
    expect([b.take(), c.take()]).toEqual([['listens 239.1.1.1:30000'], ['listens 239.1.1.1:30000']]);
    expect(d.take()).toEqual(['ring 1001>1004 by speaker']);
    d.answer();
    expect(d.leg.isListener).toBe(true);
    expect(d.take().at(-1)).toMatch(/^listen PCMU/);
    expect(paged(calls)).toMatchObject([{ number: '*90', group: '239.1.1.1', listening: 2, called: 1, missed: 2 }]);
    a.hangUp();
    expect([b.take(), c.take()]).toEqual([['deaf 239.1.1.1:30000'], ['deaf 239.1.1.1:30000']]);
    expect(d.take()).toContain('release normal by far');
    expect(calls.isIdle).toBe(true);
  });

  it('reaches no phone that has a call, and is no second time at once', () => {
    const { calls, a, b, c, d, page } = lab();
    b.call('1003');
    c.answer();
    for (const phone of [b, c]) phone.take();
    a.call('*90');
    page.answer();
    expect([b.take(), c.take()]).toEqual([[], []]);
    expect(paged(calls)).toMatchObject([{ listening: 0, called: 1, missed: 4 }]);
    const [first] = page.legs;
    b.hangUp();
    b.call('*90');
    expect(b.take()).toContain('failed busy');
    b.hangUp();
    a.hangUp(a.legs[0]);
    expect([first?.state, d.leg.state]).toEqual(['idle', 'idle']);
    b.call('*90');
    expect(b.take()).not.toContain('failed busy');
    b.hangUp();
    expect(calls.isIdle).toBe(true);
  });

  it('does not ring for ever at a phone that does not answer by itself, and goes on if one hangs up', () => {
    const { calls, a, b, d, page } = lab();
    a.call('*90');
    page.answer();
    calls.advance(200_000);
    expect(d.leg.state).toBe('idle');
    expect(a.leg.state).toBe('connected');
    expect(b.take()).toEqual(['listens 239.1.1.1:30000']);
    a.hangUp();
    expect(calls.isIdle).toBe(true);
  });

  it('tells the caller that there is no RTP, and has nobody listen', () => {
    const { calls, a, b } = lab();
    calls.services.delete('page');
    a.call('*90');
    expect(a.take().at(-1)).toMatch(/^failed/);
    expect(b.take()).toEqual([]);
    a.hangUp();
    expect(calls.isIdle).toBe(true);
  });

  it('leaves out those for which there is no RTP, and those whose user is not to be disturbed', () => {
    const { calls, a, d, page } = lab({ doNotDisturb: 'reject' });
    a.call('*90');
    page.answer();
    expect(d.take()).toEqual([]);
    a.hangUp();
    expect(calls.isIdle).toBe(true);
    calls.services.delete('page-copy');
    a.call('*90');
    expect(paged(calls).at(-1)).toMatchObject({ listening: 2, called: 0, missed: 3 });
    a.hangUp();
    expect(calls.isIdle).toBe(true);
  });

  it('ends with the link of its caller, or when labcm stops', () => {
    for (const isStop of [true, false]) {
      const { calls, a, b, d, page } = lab();
      a.call('*90');
      page.answer();
      d.answer();
      if (isStop) calls.control.stop(calls.now);
      else {
        calls.control.linkLost(a.appearance.device, calls.now);
        page.hangUp();
      }
      expect(b.take().at(-1)).toBe('deaf 239.1.1.1:30000');
      expect(d.leg.state).toBe('idle');
      if (isStop) expect(calls.isIdle).toBe(true);
    }
  });
});
