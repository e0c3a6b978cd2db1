// Transfers without a consultation, to every kind of number (`docs/protocols/calls.md` §3.7), and what happens in their middle.

import { describe, expect, it } from 'vitest';
import { BlindTransfers } from '../../src/calls/blind-transfers.js';
import { CallRegistry } from '../../src/calls/call-registry.js';
import {
  type BlindTransferWatcher,
  CallNumbers,
  type CauseName,
  DEFAULT_CALLS,
  type Leg,
} from '../../src/calls/index.js';
import { after } from '../../src/core/time.js';
import { CallLab, type FakePhone, LONG } from './harness.js';

const KINDS = ['sccp', 'sip'] as const;
const MIXES = KINDS.flatMap((one) => KINDS.flatMap((other) => KINDS.map((third) => [one, other, third] as const)));

const setUp = ([kindA, kindB, kindC]: (typeof MIXES)[number] = ['sccp', 'sip', 'sccp']) => {
  const lab = new CallLab({
    hunts: [{ dn: '2000', mode: 'first', members: ['1004', '1003'], ring: 10_000 as never }],
    pickupGroups: [{ name: 'door', number: '*80', members: ['1003'] }],
  });
  const echo = lab.service('echo');
  const a = lab.phone({ dn: '1001', kind: kindA });
  const b = lab.phone({ dn: '1002', kind: kindB, maxCalls: 4, busyTrigger: 4 });
  const c = lab.phone({ dn: '1003', kind: kindC });
  lab.phone({ dn: '1004', isGone: true });
  const busy = lab.phone({ dn: '1005', busyTrigger: 1 });
  lab.phone({ dn: '1006', forward: { all: '1003' } });
  lab.phone({ dn: '1007', doNotDisturb: 'reject' });
  lab.phone({ dn: '1008', forward: { all: '1009' } });
  lab.phone({ dn: '1009', forward: { all: '1008' } });
  busy.originate();
  const talk = a.call('1002');
  b.answer();
  const outcomes: (CauseName | 'reached')[] = [];
  const watcher: BlindTransferWatcher = {
    reached: () => outcomes.push('reached'),
    failed: (cause) => outcomes.push(cause),
  };
  const transfer = (number: string): void => {
    lab.control.transferBlind(b.leg, number, watcher, lab.now);
  };
  const close = (...phones: readonly FakePhone[]): void => {
    busy.hangUp();
    for (const phone of phones) for (const leg of phone.legs) if (leg.state !== 'idle') phone.hangUp(leg);
    for (const leg of echo.legs) if (leg.state !== 'idle') lab.control.hangUp(leg, lab.now);
    expect(lab.isIdle).toBe(true);
  };
  return { lab, a, b, c, echo, talk, outcomes, transfer, close };
};

const expectTalk = (one: Leg, other: Leg): void => {
  expect([one.state, other.state, one.far, other.far]).toEqual(['connected', 'connected', other, one]);
  expect([one.sending?.to, other.sending?.to]).toEqual([other.receive, one.receive]);
};

describe.each(MIXES)('a blind transfer of %s by %s to %s', (...kinds) => {
  it('is made as soon as the third rings, and the first hears it ring', () => {
    const { a, b, c, talk, outcomes, transfer, close } = setUp(kinds);
    const primary = b.leg;
    transfer('1003');
    expect([outcomes, primary.state, talk.state, c.leg.state]).toEqual([['reached'], 'idle', 'ring-out', 'ring-in']);
    expect([c.leg.parties.calling.number, c.leg.parties.lastRedirecting.number, c.leg.parties.redirectReason]).toEqual([
      '1001',
      '1002',
      4,
    ]);
    expect(talk.parties.called.number).toBe('1003');
    c.answer();
    expectTalk(talk, c.leg);
    close(a, b, c);
  });

  it('is heard to have failed where the third hangs up as it rings, and where it does not answer', () => {
    for (const refuses of [true, false]) {
      const { lab, a, b, c, talk, transfer, close } = setUp(kinds);
      transfer('1003');
      a.take();
      if (refuses) lab.control.refuse(c.leg, 'rejected', lab.now);
      else lab.advance(LONG);
      const cause = refuses ? 'rejected' : 'noAnswer';
      const heard = a.take().filter((note) => !note.startsWith('open') && !note.startsWith('stop'));
      expect(heard).toContain(kinds[0] === 'sccp' ? `failed ${cause}` : `release ${cause} by server`);
      lab.advance(LONG);
      expect(talk.state).toBe('idle');
      close(a, b, c);
    }
  });

  it('ends for the third where the first hangs up as it rings', () => {
    const { a, b, c, transfer, close } = setUp(kinds);
    transfer('1003');
    const ringing = c.leg;
    a.hangUp();
    expect([ringing.state, c.take().at(-1)]).toEqual(['idle', 'release normal by far']);
    close(b);
  });

  it('goes on where the link of the transferor is lost as the third rings', () => {
    const { lab, a, b, c, talk, transfer, close } = setUp(kinds);
    transfer('1003');
    lab.control.linkLost(b.appearance.device, lab.now);
    c.answer();
    expectTalk(talk, c.leg);
    close(a, c);
  });

  it('is over where the link of the first or of the third is lost as it rings', () => {
    for (const lost of ['first', 'third'] as const) {
      const { lab, a, b, c, talk, transfer, close } = setUp(kinds);
      transfer('1003');
      const ringing = c.leg;
      lab.control.linkLost((lost === 'first' ? a : c).appearance.device, lab.now);
      expect((lost === 'first' ? talk : ringing).state).toBe('idle');
      lab.advance(LONG);
      expect([talk.state, ringing.state]).toEqual(['idle', 'idle']);
      close(a, b, c);
    }
  });
});

const FAILURES: readonly (readonly [what: string, number: string, cause: CauseName])[] = [
  ['a line that is busy', '1005', 'busy'],
  ['a line without a phone', '1004', 'absent'],
  ['a line that is not to be disturbed', '1007', 'busy'],
  ['lines that forward to each other', '1008', 'busy'],
  ['a number that leads nowhere', '7777', 'unallocated'],
  ['half a number', '10', 'incomplete'],
  ['a service that is always busy', '*43', 'busy'],
  ['a service that nobody answers', '*44', 'normal'],
  ['a number of parked calls where none is', '*60', 'unallocated'],
  ['a pick-up group where nothing rings', '*80', 'nothingRings'],
  ['the code that forwards a line', '*731003', 'unallocated'],
  ['that code alone', '*73', 'unallocated'],
  ['a number that lights a lamp', '*71', 'unallocated'],
  ['a number that puts it out', '*72', 'unallocated'],
  ['the phone that is transferred itself', '1001', 'busy'],
];

it('a leg that calls for another is given up where what it dials leads to nothing', () => {
  const released: unknown[] = [];
  const bus = { publish: () => {}, hasListener: () => false };
  const registry = new CallRegistry(
    DEFAULT_CALLS,
    new CallNumbers(1, 0),
    { appearancesOf: () => [], hasLine: () => false },
    bus,
    () => {},
  );
  const blind = new BlindTransfers(registry, {
    dial: () => {},
    transfer: () => {},
    hangUp: () => {},
  });
  const { talk, b, lab } = setUp();
  blind.begin(b.legs[0] as Leg, '1003', {}, lab.now);
  registry.deadlines.expire(after(lab.now, DEFAULT_CALLS.interDigit), (leg) => released.push(leg.dn));
  expect([released, talk.state]).toEqual([['1001'], 'connected']);
});

describe('a blind transfer to', () => {
  it.each(FAILURES)('%s fails, and the call is as it was', (what, number, cause) => {
    const { lab, a, b, c, talk, outcomes, transfer, close } = setUp();
    const self = what.includes('itself');
    // It has a second call, with which it is as full as may be.
    if (self) for (const dn of ['1003']) a.call(dn);
    transfer(number);
    lab.advance(seconds(1));
    expect(outcomes).toEqual([cause]);
    expect([talk.far, b.legs[0]?.far]).toEqual([b.legs[0], talk]);
    close(a, b, c);
  });

  it('a line that forwards reaches whoever that is', () => {
    const { a, b, c, talk, outcomes, transfer, close } = setUp();
    transfer('1006');
    expect([outcomes, c.leg.state]).toEqual([['reached'], 'ring-in']);
    c.answer();
    expectTalk(talk, c.leg);
    close(a, b, c);
  });

  it('a hunt list reaches the first of its members that can ring', () => {
    const { a, b, c, talk, outcomes, transfer, close } = setUp();
    transfer('2000');
    expect([outcomes, c.leg.state]).toEqual([['reached'], 'ring-in']);
    c.answer();
    expectTalk(talk, c.leg);
    close(a, b, c);
  });

  it('a service that answers connects with it', () => {
    const { lab, a, b, echo, talk, outcomes, transfer, close } = setUp();
    transfer('*41');
    lab.control.answer(echo.leg, lab.now);
    expect(outcomes).toEqual(['reached']);
    expectTalk(talk, echo.leg);
    close(a, b);
  });

  it('a number with a parked call connects the two', () => {
    const { lab, a, b, c, talk, outcomes, transfer, close } = setUp();
    const d = lab.phone({ dn: '1010' });
    const parked = d.call('1003');
    c.answer();
    lab.control.park(c.leg, lab.now);
    transfer('*60');
    expect(outcomes).toEqual(['reached']);
    expectTalk(talk, parked);
    close(a, b, c, d);
  });

  it('a pick-up group where something rings connects with who calls', () => {
    const { lab, a, b, c, talk, outcomes, transfer, close } = setUp();
    const d = lab.phone({ dn: '1010' });
    const calling = d.call('1003');
    expect(c.leg.state).toBe('ring-in');
    transfer('*80');
    expect(outcomes).toEqual(['reached']);
    expectTalk(talk, calling);
    close(a, b, c, d);
  });
});

const seconds = (count: number): number => count * 1_000;
