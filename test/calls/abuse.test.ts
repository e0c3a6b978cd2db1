// What a phone may do to the call machine, and through it to others (`docs/protocols/calls.md` §5.5, §8.3).

import { describe, expect, it } from 'vitest';
import { type CallEvent, DEFAULT_CALLS } from '../../src/calls/index.js';
import { CallLab, type FakePhone } from './harness.js';

const deniedIn = (events: readonly CallEvent[]) =>
  events.flatMap((event) =>
    event.type === 'call.denied' ? [[event.device.slice(-1), event.reason, event.count]] : [],
  );

describe('a phone that begins calls without end', () => {
  it('begins so many in a second; others are not kept from theirs, and one line a second tells it', () => {
    const lab = new CallLab({ limits: { ...DEFAULT_CALLS.limits, perSecond: 5 } });
    const [a, b] = [lab.phone({ dn: '1001' }), lab.phone({ dn: '1002' })];
    let begun = 0;
    const flood = (): void => {
      for (let count = 0; count < 100; count += 1) {
        try {
          a.hangUp(a.originate());
          begun += 1;
        } catch (error) {
          expect(String(error)).toContain('too-fast');
        }
      }
    };
    flood();
    expect(begun).toBe(5);
    b.hangUp(b.originate());
    lab.advance(400);
    flood();
    expect(begun).toBe(5);
    expect(deniedIn(lab.events)).toEqual([['1', 'too-fast', 1]]);
    lab.advance(600);
    expect(deniedIn(lab.events)).toEqual([
      ['1', 'too-fast', 1],
      ['1', 'too-fast', 194],
    ]);
    flood();
    expect(begun).toBe(10);
    lab.advance(1_000);
    expect(deniedIn(lab.events).slice(2)).toEqual([['1', 'too-fast', 95]]);
    expect(lab.isIdle).toBe(true);
  });

  it('is told of another limit with its number, too', () => {
    const lab = new CallLab();
    const a = lab.phone({ dn: '1001', maxCalls: 1 });
    a.originate();
    for (let count = 0; count < 3; count += 1) expect(() => a.originate()).toThrow('line-full');
    lab.advance(1_000);
    expect(deniedIn(lab.events)).toEqual([
      ['1', 'line-full', 1],
      ['1', 'line-full', 2],
    ]);
  });
});

describe('an address for speech', () => {
  const called = (receive: { address: string; port: number }, kind: 'sccp' | 'sip' = 'sccp') => {
    const lab = new CallLab();
    const [a, b] = [lab.phone({ dn: '1001' }), lab.phone({ dn: '1002', kind })];
    b.receiveOf = () => receive;
    a.call('1002');
    b.answer();
    return { lab, a, b };
  };
  const sentTo = ({ notes }: FakePhone): string[] => notes.filter((note) => note.startsWith('send '));

  it.each([
    ['224.0.1.75', 4_000],
    ['239.255.255.255', 4_000],
    ['255.255.255.255', 4_000],
    ['240.0.0.1', 4_000],
    ['0.1.2.3', 4_000],
    ['10.0.0.1', 65_536],
    ['10.0.0.1', -1],
    ['10.0.0.256', 4_000],
    ['10.0.0.01', 4_000],
    ['10.0.0', 4_000],
    ['host.example', 4_000],
    ['', 4_000],
  ])('that is no host and port: %s port %i: nobody is told to send there', (address, port) => {
    for (const kind of ['sccp', 'sip'] as const) {
      const { lab, a, b } = called({ address, port }, kind);
      expect(lab.events.filter(({ type }) => type === 'call.media-failed')).toMatchObject([
        { reason: 'bad-address', device: b.appearance.device, to: { address, port } },
      ]);
      expect(sentTo(a)).toEqual([]);
      a.hangUp();
      expect(lab.isIdle).toBe(true);
    }
  });

  it('where this machine receives itself is refused', () => {
    const lab = new CallLab();
    const ours = { address: '10.10.210.10', port: 24_000 };
    lab.receivesAt = ({ port }) => port === ours.port;
    const [a, b] = [lab.phone({ dn: '1001' }), lab.phone({ dn: '1002' })];
    b.receiveOf = () => ours;
    a.call('1002');
    b.answer();
    expect(sentTo(a)).toEqual([]);
    expect(lab.control.mayReceiveAt(ours)).toBe(false);
    expect(lab.control.mayReceiveAt({ ...ours, port: 24_002 })).toBe(true);
  });

  it('of nobody is what a phone on hold gives: the other is told nothing', () => {
    const { lab, a, b } = called({ address: '0.0.0.0', port: 4_000 }, 'sip');
    expect([sentTo(a), a.leg.state, b.leg.state]).toEqual([[], 'connected', 'connected']);
    b.hangUp();
    expect(lab.isIdle).toBe(true);
  });
});

describe('what a phone says', () => {
  it('of its number has no control characters and no more than 64 digits', () => {
    const lab = new CallLab();
    const a = lab.phone({ dn: '1001' });
    a.call(`12\r\n3\u0000\u009f${'4'.repeat(100)}`);
    expect(lab.events.find(({ type }) => type === 'call.analysed')).toMatchObject({ dialled: `123${'4'.repeat(61)}` });
  });

  it('in keys reaches the far end fifty times a second at most', () => {
    const lab = new CallLab();
    const [a, b] = [lab.phone({ dn: '1001' }), lab.phone({ dn: '1002' })];
    a.call('1002');
    b.answer();
    b.take();
    for (let count = 0; count < 1_000; count += 1) lab.control.digit(a.leg, '5', lab.now);
    expect(b.take()).toHaveLength(50);
    lab.advance(2_000);
    lab.control.digit(a.leg, '5', lab.now);
    expect(b.take()).toEqual(['digit 5']);
  });

  it('of a stream that it cannot send is told once', () => {
    const lab = new CallLab();
    const [a, b] = [lab.phone({ dn: '1001' }), lab.phone({ dn: '1002' })];
    a.call('1002');
    b.answer();
    for (let count = 0; count < 100; count += 1) lab.control.sendingFailed(a.leg, lab.now);
    expect(lab.events.filter(({ type }) => type === 'call.media-failed')).toHaveLength(1);
  });
});
