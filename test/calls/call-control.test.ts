// The call machine: each way that a call goes, over phones of both kinds, and the whole of its table by random walks.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallEnded, DEFAULT_CALLS } from '../../src/calls/index.js';
import { LEG_EVENTS, LEG_STATES, LEG_TABLE } from '../../src/calls/leg-table.js';
import { CallLab, type FakePhone, LONG } from './harness.js';

const ended = (lab: CallLab): CallEnded => {
  const last = lab.events.findLast((event): event is CallEnded => event.type === 'call.ended');
  if (last === undefined) throw new Error('no call ended');
  return last;
};

const two = (kinds: readonly ['sccp' | 'sip', 'sccp' | 'sip'] = ['sccp', 'sccp'], lab = new CallLab()) => {
  const a = lab.phone({ dn: '1001', kind: kinds[0] });
  const b = lab.phone({ dn: '1002', kind: kinds[1] });
  return { lab, a, b };
};

describe('a call between two SCCP phones', () => {
  it('goes from dial tone to media directly between them', () => {
    const { lab, a, b } = two();
    a.originate();
    for (const digit of '100') lab.control.digit(a.leg, digit, lab.now);
    expect(a.take()).toEqual(['off-hook', 'collecting 1 first', 'collecting 10', 'collecting 100']);
    lab.control.digit(a.leg, '2', lab.now);
    expect(lab.notes.splice(0).slice(4)).toEqual([
      '1001 collecting 1002',
      '1001 proceeding 1002 1001>1002',
      '1002 ring 1001>1002',
      '1001 alerting',
    ]);
    b.answer();
    expect(lab.notes.splice(0)).toEqual([
      '1002 connecting',
      '1002 open PCMU/20',
      '1002 connected 1001>1002',
      '1001 connecting',
      '1001 open PCMU/20',
      '1001 connected 1001>1002',
      '1001 send PCMU to 10.0.0.2',
      '1002 send PCMU to 10.0.0.1',
    ]);
    a.hangUp();
    expect(lab.notes.splice(0)).toEqual(['1001 release normal by user', '1002 release normal by far']);
    expect(lab.isIdle).toBe(true);
    expect(ended(lab)).toMatchObject({ dialled: '1002', orig: { cause: 16 }, dest: { cause: 0 }, codec: 'PCMU' });
  });

  it('numbers its legs one after the other, with the node in the top octet', () => {
    const { a, b } = two();
    a.call('1002');
    expect(b.leg.ci).toBe(a.leg.ci + 1);
    expect(a.leg.ci >>> 24).toBe(1);
  });

  it('is hung up by the called phone', () => {
    const { lab, a, b } = two();
    a.call('1002');
    b.answer();
    lab.take();
    b.hangUp();
    expect(a.notes.at(-1)).toBe('release normal by far');
    expect(ended(lab)).toMatchObject({ orig: { cause: 0 }, dest: { cause: 16 } });
    expect(lab.take()).toEqual(['released', 'released', 'ended']);
  });

  it('opens a channel once more, and then fails on both sides', () => {
    const lab = new CallLab();
    const a = lab.phone({ dn: '1001' });
    const b = lab.phone({ dn: '1002', media: 'silent' });
    a.call('1002');
    b.answer();
    b.take();
    lab.advance(4_000);
    expect(b.take()).toEqual(['open PCMU/20 far 16386']);
    lab.advance(4_000);
    expect(b.take()).toEqual(['release noMedia by server']);
    expect(a.notes.at(-1)).toBe('failed noMedia');
    expect(lab.events).toContainEqual(
      expect.objectContaining({ type: 'call.media-failed', reason: 'silent', dn: '1002' }),
    );
    lab.advance(15_000);
    expect(lab.isIdle).toBe(true);
  });

  it('fails at once where a phone refuses to open, or has no codec in common', () => {
    for (const options of [{ media: 'refuses' as const }, { codecs: ['G729'] as const }]) {
      const lab = new CallLab();
      const a = lab.phone({ dn: '1001' });
      const b = lab.phone({ dn: '1002', ...options });
      a.call('1002');
      b.answer();
      expect(a.notes.at(-1)).toBe('failed noMedia');
      expect(b.notes.at(-1)).toBe('release noMedia by server');
      a.hangUp();
      expect(lab.isIdle).toBe(true);
    }
  });
});

describe('a call over SIP', () => {
  it.each([
    ['sip', 'sip', ['1002 send PCMU to 10.0.0.1', '1001 send PCMU to 10.0.0.2']],
    ['sip', 'sccp', ['1001 send PCMU to 10.0.0.2', '1002 send PCMU to 10.0.0.1']],
    ['sccp', 'sip', ['1001 send PCMU to 10.0.0.2', '1002 send PCMU to 10.0.0.1']],
  ] as const)('%s calls %s: each is told where the other receives', (one, other, expected) => {
    const { lab, a, b } = two([one, other]);
    a.call('1002');
    expect(b.take()).toEqual([`ring 1001>1002${one === 'sip' ? ' offered' : ''}`]);
    b.answer();
    expect(lab.notes.filter((note) => note.includes(' send ')).sort()).toEqual([...expected].sort());
    b.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('is opus between SIP phones only', () => {
    const lab = new CallLab();
    const [a, b] = [1, 2].map((n) => lab.phone({ dn: `100${n}`, kind: 'sip', codecs: ['PCMU', 'opus'] })) as [
      FakePhone,
      FakePhone,
    ];
    const c = lab.phone({ dn: '1003', codecs: ['opus', 'PCMU'] });
    a.call('1002');
    b.answer();
    expect(a.notes.at(-1)).toBe('send opus to 10.0.0.2');
    a.hangUp();
    a.call('1003');
    c.answer();
    expect(c.notes.at(-1)).toBe('send PCMU to 10.0.0.1');
  });

  it('ends at once where it fails', () => {
    const { lab, a } = two(['sip', 'sip']);
    a.call('1999');
    expect(a.notes.at(-1)).toBe('release unallocated by server');
    expect(lab.isIdle).toBe(true);
  });
});

describe('a call that is not answered', () => {
  it.each([
    ['1999', 'failed unallocated'],
    ['10', 'failed incomplete'],
    ['*43', 'failed busy'],
    ['*45', 'failed unallocated'],
    ['*46', 'failed congestion'],
    ['112', 'failed noRoute'],
    ['1001', 'failed busy'],
    ['1003', 'failed absent'],
  ])('to %s: %s, until the user hangs up', (number, expected) => {
    const { lab, a } = two();
    lab.phone({ dn: '1003', isGone: true });
    a.call(number);
    expect(a.notes.at(-1)).toBe(expected);
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('ends 15 s after it failed where no handset is lifted', () => {
    const { lab, a } = two();
    a.handset = true;
    a.call('1999');
    lab.advance(60_000);
    expect(lab.isIdle).toBe(false);
    a.hangUp();
    a.handset = false;
    a.call('1999');
    lab.advance(15_000);
    expect(lab.isIdle).toBe(true);
  });

  it('is refused by the called user', () => {
    const { lab, a, b } = two();
    a.call('1002');
    b.hangUp();
    expect(a.notes.at(-1)).toBe('failed rejected');
    expect(b.notes.at(-1)).toBe('release rejected by user');
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('rings for three minutes and no longer, however often the phone says so', () => {
    const { lab, a, b } = two();
    a.call('1002');
    lab.advance(100_000);
    lab.control.alerting(b.leg, lab.now);
    lab.advance(80_000);
    expect(a.notes.at(-1)).toBe('failed noAnswer');
    expect(b.notes.at(-1)).toBe('release noAnswer by server');
  });

  it('is given up by the caller while it rings', () => {
    const { lab, a, b } = two();
    a.call('1002');
    a.hangUp();
    expect(b.notes.at(-1)).toBe('release normal by far');
    expect(lab.isIdle).toBe(true);
    b.answer(); // too late: nothing
    expect(b.notes.at(-1)).toBe('release normal by far');
  });

  it('is never made where nothing is dialled for 15 s', () => {
    const { lab, a } = two();
    a.originate();
    lab.advance(15_000);
    expect(a.notes.at(-1)).toBe('failed timer');
  });

  it('is routed 15 s after a digit that could be the last', () => {
    const lab = new CallLab();
    const a = lab.phone({ dn: '1001' });
    const b = lab.phone({ dn: '20' });
    lab.phone({ dn: '201' });
    a.originate();
    for (const digit of '20') lab.control.digit(a.leg, digit, lab.now);
    expect(b.take()).toEqual([]);
    lab.advance(15_000);
    expect(b.take()).toEqual(['ring 1001>20']);
  });

  it('is routed by # where no number has one', () => {
    const lab = new CallLab();
    const a = lab.phone({ dn: '1001' });
    const b = lab.phone({ dn: '20' });
    lab.phone({ dn: '201' });
    a.originate();
    for (const digit of '20#') lab.control.digit(a.leg, digit, lab.now);
    expect(b.take()).toEqual(['ring 1001>20']);
  });

  it('takes digits back, down to the dial tone', () => {
    const { lab, a } = two();
    a.originate();
    lab.control.digit(a.leg, '1', lab.now);
    lab.control.digit(a.leg, '0', lab.now);
    lab.control.backspace(a.leg, lab.now);
    lab.control.backspace(a.leg, lab.now);
    expect(a.take().slice(3)).toEqual(['corrected 1', 'corrected ']);
    expect(a.leg.state).toBe('off-hook');
    lab.control.digit(a.leg, '1', lab.now);
    expect(a.take()).toEqual(['collecting 1 first']);
  });
});

describe('a second call', () => {
  it('waits beside the first, which is held when it is answered', () => {
    const { lab, a, b } = two();
    const c = lab.phone({ dn: '1003' });
    a.call('1002');
    b.answer();
    const first = b.leg;
    c.call('1002');
    expect(b.notes.at(-1)).toBe('ring 1003>1002 waiting');
    lab.notes.length = 0;
    b.answer();
    expect(lab.notes.slice(0, 5)).toEqual(['1001 stop', '1002 stop', '1002 held', '1001 far-held', '1002 connecting']);
    expect(first.state).toBe('hold');
    b.hangUp(); // the second
    lab.notes.length = 0;
    lab.control.resume(first, lab.now);
    expect(lab.notes).toEqual([
      '1002 resumed',
      '1001 far-resumed',
      '1002 open PCMU/20',
      '1001 open PCMU/20',
      '1001 send PCMU to 10.0.0.2',
      '1002 send PCMU to 10.0.0.1',
    ]);
    b.hangUp(first);
    expect(lab.isIdle).toBe(true);
  });

  it('is busy from the busy trigger on, held calls counted', () => {
    const { lab, a, b } = two();
    const others = ['1003', '1004'].map((dn) => lab.phone({ dn })) as [FakePhone, FakePhone];
    a.call('1002');
    b.answer();
    lab.control.hold(b.leg, lab.now);
    others[0].call('1002');
    others[1].call('1002');
    expect(others[0].notes.at(-1)).toBe('alerting');
    expect(others[1].notes.at(-1)).toBe('failed busy');
  });

  it('is denied past the limits of line, device and server', () => {
    const lab = new CallLab({ limits: { calls: 3, perDevice: 2, perSecond: 20, trunkCalls: 2 } });
    const a = lab.phone({ dn: '1001', maxCalls: 1 });
    const b = lab.phone({ dn: '1002' });
    const c = lab.phone({ dn: '1003' });
    a.originate();
    expect(() => a.originate()).toThrow('line-full');
    b.originate();
    b.originate();
    expect(() => b.originate()).toThrow('device-full');
    expect(() => c.originate()).toThrow('server-full');
    lab.control.configure({ ...DEFAULT_CALLS, enabled: false });
    lab.advance(1_000);
    expect(() => c.originate()).toThrow('disabled');
    expect(lab.take().filter((type) => type === 'denied')).toHaveLength(4);
  });
});

describe('hold', () => {
  it.each([
    ['sccp', 'sip'],
    ['sip', 'sccp'],
    ['sip', 'sip'],
  ] as const)('by each side of %s and %s, crosswise', (one, other) => {
    const { lab, a, b } = two([one, other]);
    a.call('1002');
    b.answer();
    const resume = (phone: FakePhone) => {
      if (phone.isSip)
        lab.control.mediaOpened(phone.leg, phone.receiveOf(phone.leg), phone.capabilities, true, lab.now);
      lab.control.resume(phone.leg, lab.now);
    };
    for (const phone of [a, b]) {
      lab.control.hold(phone.leg, lab.now);
      expect(phone.leg.state).toBe('hold');
      expect(phone.leg.receive).toBeUndefined();
      lab.notes.length = 0;
      resume(phone);
      expect(lab.notes.filter((note) => note.includes(' send '))).toHaveLength(2);
    }
    lab.control.hold(a.leg, lab.now);
    lab.control.hold(b.leg, lab.now);
    resume(a);
    expect(a.notes.at(-1)).toBe('far-held');
    expect(lab.notes.at(-1)).toBe('1001 far-held');
    lab.notes.length = 0;
    resume(b);
    expect(lab.notes.filter((note) => note.includes(' send '))).toHaveLength(2);
    b.hangUp();
    expect(lab.isIdle).toBe(true);
  });
});

describe('a number on several phones', () => {
  const shared = () => {
    const lab = new CallLab();
    const a = lab.phone({ dn: '1001' });
    const b = lab.phone({ dn: '2000' });
    const c = lab.phone({ dn: '2000' });
    return { lab, a, b, c };
  };

  it('rings everywhere, and one answers', () => {
    const { lab, a, b, c } = shared();
    a.call('2000');
    expect([b.take(), c.take()]).toEqual([['ring 1001>2000'], ['ring 1001>2000']]);
    c.answer();
    expect(b.take()).toEqual(['release normal by elsewhere kept', 'remote in-use 1001>2000']);
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('fails when all have refused, by what says most', () => {
    const { lab, a, b, c } = shared();
    a.call('2000');
    lab.control.refuse(b.leg, 'busy', lab.now);
    expect(a.notes.at(-1)).toBe('alerting');
    lab.control.refuse(c.leg, 'absent', lab.now);
    expect(a.notes.at(-1)).toBe('failed busy');
  });

  it('does not ring at the caller that shares it', () => {
    const { b, c } = shared();
    c.call('2000');
    expect(b.take()).toEqual(['remote in-use 2000>', 'ring 2000>2000', 'remote in-use 2000>2000']);
    expect(c.take()).toEqual(['off-hook', 'proceeding 2000 2000>2000', 'alerting']);
  });
});

describe('a service', () => {
  it('answers as an end of its own', () => {
    const { lab, a } = two();
    const echo = lab.service('echo');
    a.call('*41');
    echo.answer();
    expect(a.notes.at(-1)).toMatch(/^send PCMU/);
    a.hangUp();
    expect(echo.notes.at(-1)).toBe('release normal by far');
    expect(lab.isIdle).toBe(true);
  });

  it('rings and never answers', () => {
    const { lab, a } = two();
    a.call('*44');
    expect(a.notes.at(-1)).toBe('alerting');
    lab.advance(180_000);
    expect(a.notes.at(-1)).toBe('failed noAnswer');
  });
});

describe('a link that is lost', () => {
  it('while it rings ends its leg as if refused', () => {
    const { lab, a, b } = two();
    a.call('1002');
    b.take();
    lab.control.linkLost(b.appearance.device, lab.now);
    expect(b.take()).toEqual([]);
    expect(a.notes.at(-1)).toBe('failed absent');
  });

  it('while it talks leaves the other its media, until that hangs up', () => {
    const { lab, a, b } = two();
    const c = lab.phone({ dn: '1003' });
    a.call('1002');
    b.answer();
    a.take();
    lab.control.linkLost(b.appearance.device, lab.now);
    expect(a.take()).toEqual([]);
    c.call('1002');
    expect(c.notes.at(-1)).toBe('failed busy');
    c.hangUp();
    a.hangUp();
    expect(ended(lab)).toMatchObject({ dest: { cause: 41 } });
    expect(lab.isIdle).toBe(true);
  });

  it('ends what was preserved once the phone says that it does not talk', () => {
    const { lab, a, b } = two();
    a.call('1002');
    b.answer();
    lab.control.linkLost(b.appearance.device, lab.now);
    lab.control.preservedEnded(b.appearance.device, lab.now);
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('while it is held or dials ends the call', () => {
    const { lab, a, b } = two();
    a.call('1002');
    b.answer();
    lab.control.hold(a.leg, lab.now);
    lab.control.linkLost(a.appearance.device, lab.now);
    expect(b.notes.at(-1)).toBe('release temporaryFailure by far');
    b.originate();
    lab.control.linkLost(b.appearance.device, lab.now);
    expect(lab.isIdle).toBe(true);
  });
});

describe('digits in a call', () => {
  it('go beside the media only where one end takes none in RTP', () => {
    for (const telephoneEvent of [true, false]) {
      const lab = new CallLab();
      const a = lab.phone({ dn: '1001', telephoneEvent: true });
      const b = lab.phone({ dn: '1002', telephoneEvent });
      a.call('1002');
      b.answer();
      expect(a.notes.at(-1)).toBe(`send PCMU to 10.0.0.2${telephoneEvent ? ' event 101' : ''}`);
      lab.control.digit(a.leg, '5', lab.now);
      expect(b.notes.at(-1) === 'digit 5').toBe(!telephoneEvent);
      a.hangUp();
      expect(ended(lab).dtmf).toBe(telephoneEvent ? 'rtp' : 'out-of-band');
    }
  });
});

describe('statistics', () => {
  const counted = (packetsSent: number, packetsReceived: number) => ({
    packetsSent,
    octetsSent: 0,
    packetsReceived,
    octetsReceived: 0,
    packetsLost: 0,
    jitter: 0,
    latency: 0,
    quality: '',
  });

  it('tell of audio that went one way, with both sides', () => {
    const { lab, a, b } = two();
    a.call('1002');
    b.answer();
    a.hangUp();
    lab.control.statistics(a.leg, counted(500, 490), lab.now);
    lab.control.statistics(b.leg, counted(490, 0), lab.now);
    expect(lab.events.filter(({ type }) => type === 'call.one-way')).toEqual([
      expect.objectContaining({ dn: '1002', farDevice: a.appearance.device, packetsSent: 500 }),
    ]);
  });
});

describe('the table', () => {
  it('has a row for each event and no unknown state', () => {
    expect(Object.keys(LEG_TABLE).sort()).toEqual([...LEG_EVENTS].sort());
    for (const row of Object.values(LEG_TABLE))
      for (const state of Object.keys(row)) expect(LEG_STATES).toContain(state);
  });

  it('leaves nothing behind, whatever happens in whatever order', () => {
    const act = fc.record({
      who: fc.nat(3),
      what: fc.constantFrom(
        'call',
        'digit',
        'back',
        'answer',
        'refuse',
        'hold',
        'resume',
        'hang-up',
        'lose',
        'wait',
        'ring',
      ),
      to: fc.nat(5),
    });
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('sccp' as const, 'sip' as const), { minLength: 4, maxLength: 4 }),
        fc.array(act, { maxLength: 40 }),
        (kinds, acts) => {
          const lab = new CallLab();
          const phones = kinds.map((kind, at) => lab.phone({ dn: `100${at}`, kind }));
          lab.phone({ dn: '1000' });
          for (const { who, what, to } of acts) {
            const phone = phones[who] as FakePhone;
            const leg = phone.legs[to % Math.max(1, phone.legs.length)];
            if (what === 'call' && lab.control.legs.of(phone.appearance.device).length < 4) phone.call(`100${to}`);
            else if (what === 'wait') lab.advance(to * 4_000);
            else if (what === 'lose') lab.control.linkLost(phone.appearance.device, lab.now);
            else if (leg !== undefined) {
              if (what === 'digit') lab.control.digit(leg, '1', lab.now);
              else if (what === 'back') lab.control.backspace(leg, lab.now);
              else if (what === 'answer') phone.answer(leg);
              else if (what === 'refuse') lab.control.refuse(leg, 'busy', lab.now);
              else if (what === 'hold') lab.control.hold(leg, lab.now);
              else if (what === 'resume') lab.control.resume(leg, lab.now);
              else if (what === 'hang-up') phone.hangUp(leg);
              else lab.control.alerting(leg, lab.now);
            }
            for (const { appearance } of phones) {
              const talking = lab.control.legs
                .of(appearance.device)
                .filter(({ state, isPreserved }) => state === 'connected' && !isPreserved);
              expect(talking.length).toBeLessThanOrEqual(1);
            }
          }
          for (const phone of lab.phones) for (const leg of phone.legs) phone.hangUp(leg);
          for (const phone of lab.phones) lab.control.preservedEnded(phone.appearance.device, lab.now);
          lab.advance(LONG);
          expect(lab.isIdle).toBe(true);
          const begun = lab.events.filter(({ type }) => type === 'call.off-hook').length;
          expect(lab.events.filter(({ type }) => type === 'call.ended')).toHaveLength(begun);
          // Each leg is released once, and told nothing afterwards.
          for (const phone of lab.phones)
            expect(phone.notes.filter((note) => note.startsWith('release')).length).toBeLessThanOrEqual(
              phone.legs.length,
            );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('ends every call when it stops', () => {
    const { lab, a, b } = two();
    a.call('1002');
    b.answer();
    lab.control.stop(lab.now);
    expect(lab.isIdle).toBe(true);
  });
});
