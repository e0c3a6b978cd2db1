// Conferences: three calls with ends of labcm's own that hear each other, made by a key or by a dialled room.

import { describe, expect, it } from 'vitest';
import type { CallConferencing } from '../../src/calls/events.js';
import type { CallEnded, Leg } from '../../src/calls/index.js';
import { CallLab, type FakePhone, type FakePhoneOptions, LONG, openingFirst } from './harness.js';

const KINDS = ['sccp', 'sip'] as const;

type Trio = readonly [FakePhone, FakePhone, FakePhone, FakePhone, FakePhone];

const labOf = (kind: 'sccp' | 'sip' = 'sccp', more: Partial<FakePhoneOptions> = {}, parties = 8) => {
  const lab = new CallLab({ conference: { rooms: '*50-*59', parties } });
  const bridge = lab.service('conference', { answers: true });
  const dns = ['1001', '1002', '1003', '1004', '1005'];
  const phones = dns.map((dn) => lab.phone({ dn, kind, busyTrigger: 4, ...more })) as unknown as Trio;
  return { lab, bridge, phones };
};

/** `phones[1]` talks with the first, then with the third, and makes a conference of both. */
const conferring = (kind: 'sccp' | 'sip' = 'sccp', more: Partial<FakePhoneOptions> = {}, parties = 8) => {
  const made = labOf(kind, more, parties);
  const { lab, phones } = made;
  const [a, b, c] = phones;
  a.call('1002');
  b.answer();
  const primary = b.leg;
  if (kind === 'sip') lab.control.hold(primary, lab.now); // SCCP's is held by labcm
  const consultation = b.consult(primary, '1003');
  c.answer();
  for (const phone of phones) phone.take();
  expect(lab.control.confer([primary], consultation, lab.now)).toBeUndefined();
  return { ...made, a, b, c, primary, consultation };
};

const records = (lab: CallLab) =>
  lab.events
    .filter((event): event is CallEnded => event.type === 'call.ended')
    .map(
      ({ calling, called, redirectReason, orig, dest }) =>
        `${calling.number}>${called.number} ${redirectReason} ${orig.cause}/${dest?.cause ?? '-'}`,
    );

const conferenceEvents = (lab: CallLab) =>
  lab.events
    .filter((event): event is CallConferencing => event.type.startsWith('call.conference'))
    .map(({ type, dn, parties }) => `${type.slice(16)} ${dn} ${parties}`);

const room = (lab: CallLab) => [...lab.control.conferences.values()][0];

describe.each(KINDS)('a conference that a %s phone makes', (kind) => {
  it('gives each of three an end of its own, and shows each the conference', () => {
    const { lab, a, b, c, primary, consultation, bridge } = conferring(kind);
    expect([primary.state, consultation.state]).toEqual(['idle', 'connected']);
    const conference = room(lab);
    expect([conference?.kind, conference?.ends.size, conference?.controller]).toEqual([
      'ad-hoc',
      3,
      b.appearance.device,
    ]);
    const { number = '' } = conference ?? {};
    expect(number).toMatch(/^b\d+$/);
    for (const leg of [a.leg, consultation, c.leg]) {
      const { far } = leg;
      expect(bridge.legs).toContain(far);
      expect(leg.sending?.to).toEqual(far?.receive);
      expect(far?.sending?.to).toEqual(leg.receive);
      const shown = leg.role === 'caller' ? leg.parties.called : leg.parties.calling;
      expect(shown).toEqual({ number, name: 'Conference', device: undefined, conference: 'ad-hoc' });
      expect(leg.parties.redirectReason).toBe(98);
    }
    expect(new Set([a.leg.far, consultation.far, c.leg.far]).size).toBe(3);
    expect(lab.control.conferees(consultation).map((party) => party.number)).toEqual(['1001', '1003']);
    expect(conferenceEvents(lab)).toEqual(['joined 1001 3', 'joined 1003 3', 'joined 1002 3']);
    expect(records(lab)).toEqual(['1001>1002 0 0/393216', '1002>1003 0 0/0']);
  });

  it('is a call of the other two once one has left', () => {
    const { lab, a, b, c } = conferring(kind);
    b.hangUp();
    expect([a.leg.far, c.leg.far]).toEqual([c.leg, a.leg]);
    expect([a.leg.sending?.to, c.leg.sending?.to]).toEqual([c.leg.receive, a.leg.receive]);
    expect(lab.control.conferences.size).toBe(0);
    expect(a.leg.parties.called.number === '1003' || a.leg.parties.calling.number === '1003').toBe(true);
    a.hangUp();
    expect(lab.isIdle).toBe(true);
    expect(records(lab).slice(2)).toEqual([
      expect.stringMatching(/^1002>b\d+ 98 16\/0$/),
      expect.stringMatching(/^1001>b\d+ 98 0\/458752$/),
      expect.stringMatching(/^1003>b\d+ 98 0\/458752$/),
      '1001>1003 98 16/0',
    ]);
  });

  it('takes a fourth, whom its maker calls, and stands when the maker leaves', () => {
    const { lab, a, b, c, consultation, phones } = conferring(kind);
    const d = phones[3];
    if (kind === 'sip') lab.control.hold(consultation, lab.now);
    const second = b.consult(consultation, '1004');
    d.answer();
    expect(lab.control.confer([consultation], second, lab.now)).toBeUndefined();
    expect([consultation.state, second.state, room(lab)?.ends.size]).toEqual(['idle', 'connected', 4]);
    for (const leg of [a.leg, c.leg, d.leg, second]) expect(leg.far?.sending?.to).toEqual(leg.receive);
    b.hangUp();
    expect([room(lab)?.ends.size, a.leg.far?.dn]).toEqual([3, room(lab)?.number]);
    d.hangUp();
    expect([lab.control.conferences.size, a.leg.far]).toEqual([0, c.leg]);
    c.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('loses who came last when its maker says so', () => {
    const { lab, a, b, c, consultation } = conferring(kind);
    expect(lab.control.removeLastConferee(a.leg, lab.now)).toBe(false); // another made it
    expect(lab.control.controlsConference(consultation)).toBe(true);
    expect(lab.control.removeLastConferee(consultation, lab.now)).toBe(true);
    expect([c.leg.state, a.leg.far, consultation.far]).toEqual(['idle', consultation, a.leg]);
    expect(records(lab)).toContainEqual(expect.stringMatching(/^1003>b\d+ 98 458752\/0$/));
    expect(lab.control.removeLastConferee(consultation, lab.now)).toBe(false);
    b.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('goes on while a party holds it', () => {
    const { lab, a, b, c, consultation } = conferring(kind);
    lab.control.hold(a.leg, lab.now);
    expect([a.leg.state, consultation.far?.sending?.to, c.leg.sending?.to]).toEqual([
      'hold',
      consultation.receive,
      c.leg.far?.receive,
    ]);
    lab.control.resume(a.leg, lab.now);
    expect(a.leg.far?.sending?.to).toEqual(a.leg.receive);
    lab.control.hold(a.leg, lab.now);
    b.hangUp();
    expect([a.leg.state, a.leg.far]).toEqual(['hold', c.leg]);
    lab.control.resume(a.leg, lab.now);
    expect(c.leg.sending?.to).toEqual(a.leg.receive);
    c.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('is over with its last party, whatever was lost', () => {
    const { lab, a, b, c } = conferring(kind);
    for (const phone of [a, b, c]) lab.control.linkLost(phone.appearance.device, lab.now);
    lab.control.preservedEnded(c.appearance.device, lab.now); // the last two talked with each other
    expect([lab.isIdle, lab.control.conferences.size]).toEqual([true, 0]);
  });

  it('is left by a party that loses its link, and the other two talk with each other', () => {
    const { lab, a, b, c, consultation } = conferring(kind);
    lab.control.linkLost(a.appearance.device, lab.now);
    expect([lab.control.legs.of(a.appearance.device), lab.control.conferences.size]).toEqual([[], 0]);
    expect([consultation.far, consultation.sending?.to]).toEqual([c.leg, c.leg.receive]);
    b.hangUp();
    expect([lab.isIdle, c.leg.state]).toEqual([true, 'idle']);
  });

  it('ends with everything else', () => {
    const { lab } = conferring(kind);
    lab.control.stop(lab.now);
    expect([lab.isIdle, lab.control.conferences.size]).toEqual([true, 0]);
  });

  it('is left by a transfer, and the other takes the place', () => {
    const { lab, a, b, phones } = conferring(kind);
    const e = phones[4];
    if (kind === 'sip') lab.control.hold(a.leg, lab.now);
    const left = a.leg;
    const second = a.consult(left, '1005');
    e.answer();
    expect(lab.control.transfer(left, second, lab.now)).toBeUndefined();
    expect([room(lab)?.ends.size, e.leg.far?.dn]).toEqual([3, room(lab)?.number]);
    expect(e.leg.sending?.to).toEqual(e.leg.far?.receive);
    expect(lab.control.conferees(b.leg).map((party) => party.number)).toContain('1005');
  });

  it('ends for the party alone that has no G.711', () => {
    const { lab, phones } = labOf(kind);
    const [a, b] = phones;
    const odd = lab.phone({ dn: '1009', kind, codecs: ['G729'] });
    for (const phone of [a, b])
      Object.defineProperty(phone, 'capabilities', {
        get: () => ({ codecs: [{ codec: 'G729' }, { codec: 'PCMU' }], telephoneEvent: undefined }),
      });
    a.call('1002');
    b.answer();
    const primary = b.leg;
    if (kind === 'sip') lab.control.hold(primary, lab.now);
    const consultation = b.consult(primary, '1009');
    odd.answer();
    expect([consultation.call.media?.codec, odd.leg.state]).toEqual(['G729', 'connected']);
    expect(lab.control.confer([primary], consultation, lab.now)).toBeUndefined();
    expect([odd.leg.state, odd.leg.cause]).toEqual([kind === 'sccp' ? 'reorder' : 'idle', 'noMedia']);
    expect([a.leg.far, consultation.far, consultation.state]).toEqual([consultation, a.leg, 'connected']);
    a.hangUp();
    odd.hangUp();
    expect(lab.isIdle).toBe(true);
  });
});

describe('the key of a conference', () => {
  it('does nothing while somebody rings, of one call, twice, or without a bridge', () => {
    const { lab, phones } = labOf();
    const [a, b, c] = phones;
    a.call('1002');
    b.answer();
    const primary = b.leg;
    expect(lab.control.confer([primary], primary, lab.now)).toBe('same-call');
    const consultation = b.consult(primary, '1003');
    expect(lab.control.confer([primary], consultation, lab.now)).toBe('no-talk');
    c.answer();
    lab.newRoom = () => undefined;
    expect(lab.control.confer([primary], consultation, lab.now)).toBe('no-bridge');
    expect([primary.state, consultation.state, lab.control.conferences.size]).toEqual(['hold', 'connected', 0]);
    a.hangUp();
    expect(lab.control.confer([primary], consultation, lab.now)).toBe('no-talk');
    c.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('changes nothing where a port is missing for one of them', () => {
    const { lab, phones, bridge } = labOf();
    const [a, b, c] = phones;
    a.call('1002');
    b.answer();
    const primary = b.leg;
    const consultation = b.consult(primary, '1003');
    c.answer();
    let left = 2;
    let isClosed = false;
    lab.newRoom = () => ({
      portFor: (leg) => (left-- > 0 ? bridge.portFor(leg) : undefined),
      close: () => {
        isClosed = true;
      },
    });
    expect(lab.control.confer([primary], consultation, lab.now)).toBe('no-bridge');
    expect([isClosed, lab.control.conferences.size, primary.state, consultation.far]).toEqual([true, 0, 'hold', c.leg]);
    lab.control.resume(primary, lab.now);
    a.hangUp();
    c.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  describe('where ports are opened first', () => {
    /** The calls of `conferring`, with a key pressed; `prepared` are the answers of the three ends. */
    const waiting = () => {
      const made = labOf();
      const { lab, bridge, phones } = made;
      const [a, b, c] = phones;
      a.call('1002');
      b.answer();
      const primary = b.leg;
      const consultation = b.consult(primary, '1003');
      c.answer();
      const prepared = openingFirst(bridge);
      const refusals: string[] = [];
      const press = () =>
        lab.control.confer([primary], consultation, lab.now, (refusal) => void refusals.push(refusal));
      for (const phone of phones) phone.take();
      lab.events.splice(0);
      expect([press(), prepared.length]).toEqual([undefined, 3]);
      const expectAsBefore = (): void => {
        expect([primary.state, primary.far, consultation.state, consultation.far]).toEqual([
          ...['hold', a.leg, 'connected', c.leg],
        ]);
        expect([primary.consultation, consultation.primary]).toEqual([consultation, primary]);
        expect(phones.flatMap((phone) => phone.take())).toEqual([]);
      };
      expectAsBefore();
      return { ...made, a, b, c, primary, consultation, prepared, refusals, press, expectAsBefore };
    };

    it('is made once all have theirs, and not twice', () => {
      const { lab, a, b, c, consultation, prepared, refusals, press, expectAsBefore } = waiting();
      expect([press(), prepared.length]).toEqual([undefined, 3]);
      for (const done of prepared.slice(0, 2)) done(true, lab.now);
      expectAsBefore();
      prepared[2]?.(true, lab.now);
      expect([room(lab)?.ends.size, refusals]).toEqual([3, []]);
      for (const leg of [a.leg, consultation, c.leg]) expect(leg.sending?.to).toEqual(leg.far?.receive);
      b.hangUp();
      a.hangUp();
      expect(lab.isIdle).toBe(true);
    });

    it('leaves everybody as they were, and says so, where one has none', () => {
      const { lab, a, c, primary, prepared, refusals, press, expectAsBefore } = waiting();
      prepared[0]?.(true, lab.now);
      prepared[1]?.(false, lab.now);
      expect([refusals, lab.control.conferences.size]).toEqual([['no-bridge'], 0]);
      expectAsBefore();
      expect(conferenceEvents(lab)).toEqual([]);
      prepared[2]?.(true, lab.now);
      expectAsBefore();
      expect([press(), prepared.length]).toEqual([undefined, 6]);
      for (const done of prepared.slice(3)) done(true, lab.now);
      expect(room(lab)?.ends.size).toBe(3);
      expect(primary.state).toBe('idle');
      a.hangUp();
      c.hangUp();
      expect(lab.isIdle).toBe(true);
    });

    it('is none where a call has changed meanwhile, or labcm stops', () => {
      for (const what of ['gone', 'transferred', 'stop'] as const) {
        const { lab, a, c, primary, phones, prepared, refusals } = waiting();
        if (what === 'gone') c.hangUp();
        else if (what === 'stop') lab.control.stop(lab.now);
        else {
          const left = a.leg;
          const second = a.consult(left, '1004');
          phones[3].answer();
          lab.control.transfer(left, second, lab.now);
        }
        for (const done of prepared) done(true, lab.now);
        expect([refusals, lab.control.conferences.size]).toEqual([what === 'stop' ? [] : ['no-talk'], 0]);
        if (what === 'transferred') expect(primary.far).toBe(phones[3].leg);
        for (const phone of phones) for (const leg of phone.legs) phone.hangUp(leg);
        expect(lab.isIdle).toBe(true);
      }
    });

    it('takes a fourth into a conference that stands, or leaves it alone', () => {
      const { lab, b, consultation, prepared, refusals, phones } = waiting();
      for (const done of prepared) done(true, lab.now);
      const second = b.consult(consultation, '1004');
      phones[3].answer();
      lab.control.confer([consultation], second, lab.now, (refusal) => void refusals.push(refusal));
      prepared[3]?.(false, lab.now);
      expect([room(lab)?.ends.size, second.far, consultation.state, refusals]).toEqual([
        ...[3, phones[3].leg, 'hold', ['no-bridge']],
      ]);
      lab.control.confer([consultation], second, lab.now);
      prepared[4]?.(true, lab.now);
      expect([room(lab)?.ends.size, consultation.state]).toEqual([4, 'idle']);
    });
  });

  it('makes one conference of several calls at once, of no more than its most parties', () => {
    for (const parties of [4, 3]) {
      const { lab, phones } = labOf('sccp', {}, parties);
      const [a, b, c, d] = phones;
      const legs = [a, c, d].map((phone) => {
        phone.call('1002');
        b.answer();
        return b.leg;
      });
      const [first, second, third] = legs as [Leg, Leg, Leg];
      const refusal = lab.control.confer([first, second], third, lab.now);
      if (parties === 3) {
        expect([refusal, first.far, second.far, third.far]).toEqual(['full', a.leg, c.leg, d.leg]);
        continue;
      }
      expect([refusal, room(lab)?.ends.size, first.state, second.state]).toEqual([undefined, 4, 'idle', 'idle']);
      expect(lab.control.conferees(third).map(({ number }) => number)).toEqual(['1001', '1003', '1004']);
      for (const phone of [a, b, c, d]) phone.hangUp();
      expect(lab.isIdle).toBe(true);
    }
  });

  it('makes no conference of more than its most parties', () => {
    const { lab, b, consultation, phones } = conferring('sccp', {}, 3);
    const d = phones[3];
    const second = b.consult(consultation, '1004');
    d.answer();
    expect(lab.control.confer([consultation], second, lab.now)).toBe('full');
    expect([second.far, room(lab)?.ends.size]).toEqual([d.leg, 3]);
  });
});

describe.each(KINDS)('a meeting room for %s phones', (kind) => {
  it('is joined by whoever dials it, and stands until the last has left', () => {
    const { lab, phones } = labOf(kind);
    const [a, b, c] = phones;
    a.call('*50');
    expect([a.leg.state, a.leg.parties.called]).toEqual([
      'connected',
      { number: '*50', name: 'Conference', device: undefined, conference: 'meet-me' },
    ]);
    b.call('*50');
    c.call('*51');
    expect([...lab.control.conferences].map(([number, { ends }]) => [number, ends.size])).toEqual([
      ['*50', 2],
      ['*51', 1],
    ]);
    expect(a.leg.sending?.to).toEqual(a.leg.far?.receive);
    b.hangUp();
    expect([a.leg.state, room(lab)?.ends.size]).toEqual(['connected', 1]);
    a.hangUp();
    c.hangUp();
    expect([lab.isIdle, lab.control.conferences.size]).toEqual([true, 0]);
    expect(records(lab)).toEqual(['1002>*50 0 16/0', '1001>*50 0 16/0', '1003>*51 0 16/0']);
    expect(conferenceEvents(lab)[0]).toBe('joined 1001 1');
    expect(conferenceEvents(lab).at(-1)).toBe('left 1003 0');
  });

  it('is busy when it is full, and free again', () => {
    const { phones } = labOf(kind, {}, 3);
    const [a, b, c, d] = phones;
    for (const phone of [a, b, c]) phone.call('*50');
    d.call('*50');
    expect(d.take().join()).toContain('busy');
    a.hangUp();
    d.hangUp();
    d.call('*50');
    expect(d.leg.state).toBe('connected');
  });

  it('is joined by somebody whom a user in it calls', () => {
    const { lab, phones } = labOf(kind);
    const [a, b, c] = phones;
    a.call('*50');
    b.call('*50');
    const primary = a.leg;
    if (kind === 'sip') lab.control.hold(primary, lab.now);
    const second = a.consult(primary, '1003');
    c.answer();
    expect(lab.control.confer([primary], second, lab.now)).toBeUndefined();
    expect([room(lab)?.ends.size, c.leg.far?.dn, second.far?.dn]).toEqual([3, '*50', '*50']);
  });
});

describe('meeting rooms', () => {
  it('are none where labcm cannot mix, or the configuration has none', () => {
    const { lab, phones } = labOf();
    lab.newRoom = () => undefined;
    phones[0].call('*50');
    expect(phones[0].take().at(-1)).toBe('failed noChannel');
    const without = new CallLab({ conference: { rooms: undefined, parties: 8 } });
    const phone = without.phone({ dn: '1001' });
    phone.call('*50');
    expect([phone.take().at(-1), without.control.canMeet]).toEqual(['failed unallocated', false]);
  });

  it('are all that the key MeetMe leads to', () => {
    const { lab, phones } = labOf();
    const leg = phones[0].originate();
    leg.meetsOthers = true;
    lab.control.dial(leg, '1002', lab.now);
    expect(phones[0].take().at(-1)).toBe('failed unallocated');
    expect(phones[1].take()).toEqual([]);
  });

  it('are a bounded number, with those that keys make', () => {
    const lab = new CallLab({ conference: { rooms: '700-799', parties: 8 } });
    lab.service('conference', { answers: true });
    const phones = Array.from({ length: 26 }, (_, index) => lab.phone({ dn: String(1001 + index) }));
    for (const [index, phone] of phones.entries()) phone.call(String(700 + index));
    expect(lab.control.conferences.size).toBe(24);
    expect(phones[25]?.take().at(-1)).toBe('failed noChannel');
    for (const phone of phones) phone.hangUp();
    lab.advance(LONG);
    expect([lab.isIdle, lab.control.conferences.size]).toEqual([true, 0]);
  });
});
