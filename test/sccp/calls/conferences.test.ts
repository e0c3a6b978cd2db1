// Conferences by the keys Confrn, Join, MeetMe, ConfList and RmLstC.

import { describe, expect, it } from 'vitest';
import { FakePhone, openingFirst } from '../../calls/harness.js';
import { type CallTestPhone, connect, KEY, NOTHING, type PhoneLab, phoneLab, VERSIONS } from './harness.js';

const CONFERENCE = 13;
const JOIN = 15;
const MEET_ME = 16;
const REMOVE_LAST = 19;
const DIRECT_TRANSFER = 28;
const SELECT = 29;
const LIST = 30;
const [CONNECTED, OFF_HOOK, CONNECTED_CONFERENCE, RING_OUT, OFF_HOOK_FEATURE] = [1, 4, 7, 8, 9];
/** The bits of keys in the set of a call that talks, and of one that is off hook. */
const SELECT_BIT = 1 << 6;
const [CONFRN_BIT, LIST_BIT, JOIN_BIT, REMOVE_BIT, MEET_ME_BIT] = [1 << 4, 1 << 5, 1 << 7, 1 << 11, 1 << 5];

const setUp = async (version = 17, canMix = true) => {
  const lab = await phoneLab(['5001', '5002', '5003', '5004'].map((dn) => ({ dn, version, busyTrigger: 4 })));
  const bridge = new FakePhone(lab.asLab, 'conference', { dn: 'conference', answers: true });
  if (canMix) lab.services.set('conference', bridge);
  const { a, b } = connect(lab);
  const [c, d] = lab.phones.slice(2) as [CallTestPhone, CallTestPhone];
  for (const phone of [a, b, c, d]) phone.fresh();
  return { lab, bridge, a, b, c, d };
};

const press = (lab: PhoneLab, phone: CallTestPhone, key: number, reference = phone.reference): void => {
  phone.key(key, reference);
  lab.settle();
};

/** B, in its call with A, calls `other` by Confrn, and Confrn once more makes a conference. */
const addBy = (lab: PhoneLab, by: CallTestPhone, other: CallTestPhone): void => {
  press(lab, by, CONFERENCE);
  by.digits(other.dn);
  lab.settle();
  other.lift();
  lab.settle();
  press(lab, by, CONFERENCE);
};

/** Everybody's one stream goes to an end of the bridge, and back from it. */
const expectMixed = (bridge: FakePhone, ...phones: readonly CallTestPhone[]): void => {
  for (const phone of phones) {
    const [to] = phone.sending.values();
    const end = bridge.legs.find(
      ({ receive, state }) => state === 'connected' && `${receive?.address}:${receive?.port}` === to,
    );
    const [port] = phone.receiving.values();
    expect([phone.sending.size, phone.receiving.size, end?.sending?.to]).toEqual([
      1,
      1,
      { address: phone.address, port },
    ]);
  }
};

const shownTo = (phone: CallTestPhone) =>
  phone.received.findLast(({ name }) => name.startsWith('CallInfo'))?.fields as Record<string, unknown>;

const notice = (phone: CallTestPhone): string =>
  String(phone.received.findLast(({ name }) => name.startsWith('DisplayPromptStatus'))?.fields.promptStatus);

/** The calls that the phone was told to mark as selected, or not any more. */
const marks = (phone: CallTestPhone): string[] =>
  phone
    .fresh()
    .flatMap(({ name, fields }) =>
      name === 'CallSelectStatMessage' ? [`${String(fields.callReference)} ${String(fields.callSelectStat)}`] : [],
    );

const hangUpAll = (lab: PhoneLab): void => {
  for (const phone of lab.phones) {
    phone.hangUp();
    lab.settle();
    for (const reference of [...phone.callStates.keys()]) press(lab, phone, KEY.endCall, reference);
  }
  for (const phone of lab.phones) expect(phone.traces).toEqual(NOTHING);
  expect([lab.isIdle, lab.control.conferences.size]).toEqual([true, 0]);
};

describe.each(VERSIONS)('the Confrn key at version %i', (version) => {
  it('holds the call, calls the third, and joins all three', async () => {
    const { lab, bridge, a, b, c } = await setUp(version);
    const primary = b.reference;
    expect(b.keys[1] & CONFRN_BIT).not.toBe(0);
    press(lab, b, CONFERENCE);
    expect([b.callStates.get(primary), b.state, b.keys[0], b.tones.get(b.reference)]).toEqual([
      8,
      1,
      OFF_HOOK_FEATURE,
      0x21,
    ]);
    b.digits('5003');
    lab.settle();
    expect([b.state, b.keys[0], b.keys[1] & 4]).toEqual([3, RING_OUT, 0]);
    c.lift();
    lab.settle();
    expect([b.state, b.keys[0]]).toEqual([5, CONNECTED_CONFERENCE]);
    const consultation = b.reference;
    press(lab, b, CONFERENCE);
    expect([...b.callStates]).toEqual([[consultation, 5]]);
    expectMixed(bridge, a, b, c);
    for (const phone of [a, b, c]) {
      const other = shownTo(phone);
      const side = other.callingParty === phone.dn ? 'called' : 'calling';
      expect([other[`${side}Party`], other[`${side}PartyName`]]).toEqual(['', '\u0080\u0034']);
      expect(other.lastRedirectingReason).toBe(98);
    }
    expect([b.keys[0], b.keys[1] & LIST_BIT, b.keys[1] & REMOVE_BIT]).toEqual([CONNECTED, LIST_BIT, REMOVE_BIT]);
    expect([a.keys[1] & LIST_BIT, a.keys[1] & REMOVE_BIT]).toEqual([LIST_BIT, 0]);
    hangUpAll(lab);
  });

  it('adds a fourth, and the rest talk on when its user leaves', async () => {
    const { lab, bridge, a, b, c, d } = await setUp(version);
    addBy(lab, b, c);
    addBy(lab, b, d);
    expectMixed(bridge, a, b, c, d);
    press(lab, b, LIST);
    expect(notice(b)).toBe('\u0080\u0034 5001, 5003, 5004');
    b.hangUp();
    lab.settle();
    expect(b.traces).toEqual(NOTHING);
    expectMixed(bridge, a, c, d);
    d.hangUp();
    lab.settle();
    // Two are left, who talk with each other.
    expect([...a.sending.values()]).toEqual([...c.receiving.values()].map((port) => `${c.address}:${port}`));
    expect([a.keys[1] & LIST_BIT, shownTo(a).calledPartyName === '\u0080\u0034']).toEqual([0, false]);
    hangUpAll(lab);
  });
});

describe('the keys of conferences', () => {
  it('take the last one out, for who made the conference', async () => {
    const { lab, a, b, c } = await setUp();
    addBy(lab, b, c);
    press(lab, a, REMOVE_LAST);
    expect([notice(a), c.state]).toEqual(['\u0080\u002d', 5]);
    press(lab, b, REMOVE_LAST);
    expect([c.traces.calls, a.state, b.state]).toEqual([[], 5, 5]);
    press(lab, b, REMOVE_LAST);
    expect(notice(b)).toBe('\u0080\u002d');
    hangUpAll(lab);
  });

  it('join two calls of a phone', async () => {
    const { lab, bridge, a, b, c } = await setUp();
    c.lift();
    c.digits('5002');
    lab.settle();
    press(lab, b, KEY.answer);
    expect([b.keys[0], b.keys[1] & JOIN_BIT]).toEqual([CONNECTED, JOIN_BIT]);
    press(lab, b, JOIN);
    expectMixed(bridge, a, b, c);
    press(lab, b, JOIN);
    expect(notice(b)).toBe('\u0080\u0026');
    hangUpAll(lab);
  });

  it('join the calls that were selected, from the active one or from one on hold', async () => {
    for (const isActive of [true, false]) {
      const { lab, bridge, a, b, c, d } = await setUp();
      const first = b.reference;
      for (const phone of [c, d]) {
        phone.lift();
        phone.digits('5002');
        lab.settle();
        press(lab, b, KEY.answer);
      }
      const [, second = 0, third = 0] = [...b.callStates.keys()];
      expect([first, [...b.callStates.values()]]).toEqual([[...b.callStates.keys()][0], [8, 8, 5]]);
      expect(b.keys[1] & SELECT_BIT).toBe(SELECT_BIT);
      press(lab, b, JOIN, third);
      expect(notice(b)).toBe('\u0080\u0026'); // which of them?
      for (const reference of [first, second, second, second]) press(lab, b, SELECT, reference);
      expect(marks(b)).toEqual([`${first} 1`, `${second} 1`, `${second} 0`, `${second} 1`]);
      if (!isActive) press(lab, b, KEY.hold, third);
      press(lab, b, JOIN, isActive ? third : first);
      if (isActive) {
        expectMixed(bridge, a, b, c, d);
        expect([...b.callStates]).toEqual([[third, 5]]);
        expect(marks(b)).toEqual([`${first} 0`, `${second} 0`]);
      } else {
        // The call that was meant is taken up, and the other selected one joins it.
        expectMixed(bridge, a, b, c);
        expect([...b.callStates]).toEqual([
          [first, 5],
          [third, 8],
        ]);
      }
      hangUpAll(lab);
    }
  });

  it('select no call that rings or has gone, and DirTrfr takes the one that is selected', async () => {
    const { lab, a, b, c, d } = await setUp();
    const first = b.reference;
    press(lab, b, SELECT, 0x0100_ffff);
    expect(notice(b)).toBe('\u0080\u002d');
    for (const phone of [c, d]) {
      phone.lift();
      phone.digits('5002');
      lab.settle();
      if (phone === d) press(lab, b, SELECT);
      press(lab, b, KEY.answer);
    }
    expect([notice(b), marks(b)]).toEqual([expect.any(String) as unknown, []]);
    const [, second = 0, third = 0] = [...b.callStates.keys()];
    press(lab, b, DIRECT_TRANSFER, third);
    expect([...b.callStates.keys()]).toEqual([first, second, third]);
    press(lab, b, SELECT, second);
    press(lab, b, DIRECT_TRANSFER, third);
    expect([...b.callStates.keys()]).toEqual([first]);
    expect([c.state, d.state, c.sending.size, d.sending.size, a.sending.size]).toEqual([5, 5, 1, 1, 0]);
    hangUpAll(lab);
  });

  it('lead to a room by MeetMe, its soft key and its button', async () => {
    const { lab, bridge, a, b, c, d } = await setUp();
    hangUpAll(lab);
    c.lift();
    lab.settle();
    expect([c.keys[0], c.keys[1] & MEET_ME_BIT]).toEqual([OFF_HOOK, MEET_ME_BIT]);
    press(lab, c, MEET_ME);
    c.digits('*50');
    lab.settle();
    d.button(123, 1);
    lab.settle();
    d.digits('*50');
    lab.settle();
    a.lift();
    a.digits('*50');
    lab.settle();
    expectMixed(bridge, a, c, d);
    expect(shownTo(c)).toMatchObject({ calledParty: '*50', calledPartyName: '\u0080\u0034' });
    press(lab, b, MEET_ME, 0);
    b.digits('5001');
    lab.settle();
    expect([b.state, b.prompt]).toEqual([14, '\u0080\u0038']); // no room
    hangUpAll(lab);
  });

  it('is told to its user afterwards where the bridge turns out to have no port, and nobody notices else', async () => {
    const { lab, bridge, a, b, c } = await setUp();
    const prepared = openingFirst(bridge);
    addBy(lab, b, c);
    const before = [a, b, c].map(({ traces }) => traces);
    for (const phone of [a, c]) phone.fresh();
    expect(prepared).toHaveLength(3);
    prepared[0]?.(false, lab.harness.clock.now());
    lab.settle();
    expect(notice(b)).toBe('\u0080\u0027');
    expect([a, b, c].map(({ traces }) => traces)).toEqual(before);
    expect([...a.fresh(), ...c.fresh()]).toEqual([]);
    hangUpAll(lab);
  });

  it('are off where labcm cannot mix, and say so when they are pressed', async () => {
    const { lab, a, b } = await setUp(17, false);
    expect(b.keys[1] & CONFRN_BIT).toBe(0);
    const before = [...b.callStates];
    press(lab, b, CONFERENCE);
    expect([notice(b), [...b.callStates]]).toEqual(['\u0080\u0027', before]);
    press(lab, a, MEET_ME);
    expect(notice(a)).toBe('\u0080\u0027');
    press(lab, a, LIST);
    expect(notice(a)).toBe('\u0080\u002b');
    hangUpAll(lab);
  });

  it('say that three cannot be joined while the third rings, or has gone', async () => {
    const { lab, a, b, c } = await setUp();
    press(lab, b, CONFERENCE);
    b.digits('5003');
    lab.settle();
    press(lab, b, CONFERENCE);
    expect([notice(b), c.state]).toEqual(['\u0080\u0026', 4]);
    c.lift();
    lab.settle();
    a.hangUp();
    lab.settle();
    press(lab, b, CONFERENCE);
    expect(lab.control.conferences.size).toBe(0);
    hangUpAll(lab);
  });

  it('do no harm in any state, in any order', async () => {
    const { lab, a, b, c, d } = await setUp();
    const keys = [
      CONFERENCE,
      JOIN,
      SELECT,
      MEET_ME,
      REMOVE_LAST,
      LIST,
      KEY.transfer,
      KEY.hold,
      KEY.resume,
      KEY.endCall,
    ];
    let seed = 7;
    const below = (count: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % count;
    };
    for (let step = 0; step < 600; step += 1) {
      const phone = [a, b, c, d][below(4)] as CallTestPhone;
      const act = below(13);
      if (act < 10) phone.key(keys[act] as number, below(3) === 0 ? 0 : phone.reference);
      else if (act === 10) phone.lift();
      else if (act === 11) phone.hangUp();
      else phone.digits(['5001', '5002', '5003', '5004', '*50'][below(5)] as string);
      lab.settle();
      if (step % 20 === 0) lab.pass(1_100); // so that no key is too fast
    }
    lab.pass(20_000);
    hangUpAll(lab);
  });

  it('leave nothing of a party whose link is lost', async () => {
    const { lab, bridge, a, b, c } = await setUp();
    addBy(lab, b, c);
    c.link.link.hangUp();
    lab.settle();
    // The other two talk with each other, and no end of the bridge is left.
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const)
      expect([...one.sending.values()]).toEqual(
        [...other.receiving.values()].map((port) => `${other.address}:${port}`),
      );
    expect([lab.control.conferences.size, bridge.legs.filter(({ state }) => state !== 'idle')]).toEqual([0, []]);
    for (const phone of [a, b]) {
      phone.hangUp();
      lab.settle();
      expect(phone.traces).toEqual(NOTHING);
    }
    expect(lab.control.calls.size).toBe(0);
  });
});
