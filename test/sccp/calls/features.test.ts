// Keys beside those of a plain call: park, pick up, send to voicemail.

import { describe, expect, it } from 'vitest';
import { type CallTestPhone, connect, KEY, NOTHING, type PhoneLab, phoneLab } from './harness.js';

const PARK = 14;
const PICK_UP = 17;
const GROUP_PICK_UP = 18;
const DIVERT = 31;

const three = async (more: Parameters<typeof phoneLab>[1] = {}, device: { readonly voicemail?: string } = {}) => {
  const lab = await phoneLab(
    ['5001', '5002', '5003'].map((dn) => ({ dn })),
    more,
    device,
  );
  const [a, b, c] = lab.phones as [CallTestPhone, CallTestPhone, CallTestPhone];
  return { lab, a, b, c };
};

const expectTalk = (a: CallTestPhone, b: CallTestPhone): void => {
  expect([...a.sending.values()]).toEqual([...b.receiving.values()].map((port) => `${b.address}:${port}`));
  expect([...b.sending.values()]).toEqual([...a.receiving.values()].map((port) => `${a.address}:${port}`));
  expect(a.sending.size).toBe(1);
};

const hangUpAll = (lab: PhoneLab): void => {
  for (const phone of lab.phones) {
    phone.hangUp();
    lab.settle();
    for (const reference of phone.callStates.keys()) phone.key(KEY.endCall, reference);
    lab.settle();
  }
  for (const phone of lab.phones) expect(phone.traces).toEqual(NOTHING);
  expect(lab.isIdle).toBe(true);
};

const notices = (phone: CallTestPhone): (string | undefined)[] =>
  phone
    .fresh()
    .filter(({ fields }) => (fields as { timeOutValue?: number }).timeOutValue === 5)
    .map(({ fields }) => (fields as { promptStatus?: string }).promptStatus);

describe('the Park key', () => {
  it('parks the far end at a number that it shows, and whoever dials that has it', async () => {
    const { lab, a, b, c } = await three();
    connect(lab);
    b.fresh();
    b.key(PARK, b.reference);
    lab.settle();
    expect(notices(b)).toEqual(['\u0080\u0021*60']);
    expect(b.traces).toEqual(NOTHING);
    expect(a.state).toBe(5);
    c.lift();
    c.digits('*60');
    lab.settle();
    expectTalk(a, c);
    hangUpAll(lab);
  });

  it('says that no number is free, and the call goes on', async () => {
    const { lab, a, b } = await three({ park: { range: '-', remind: 60_000 as never } });
    connect(lab);
    b.fresh();
    b.key(PARK, b.reference);
    lab.settle();
    expect(notices(b)).toEqual(['\u0080\u0047']);
    expectTalk(a, b);
    hangUpAll(lab);
  });
});

const DOOR = { pickupGroups: [{ name: 'door', number: '*80', members: ['5002', '5003'] }] };

describe('the pick-up keys', () => {
  it('answer what rings in the own group', async () => {
    const { lab, a, b, c } = await three(DOOR);
    a.lift();
    a.digits('5002');
    lab.settle();
    c.key(PICK_UP);
    lab.settle();
    expect(b.traces).toEqual(NOTHING);
    expectTalk(a, c);
    expect([c.state, c.speaker]).toEqual([5, true]);
    hangUpAll(lab);
  });

  it('answer what rings in another group, by its number or the number that rings', async () => {
    for (const number of ['*80', '5002']) {
      const { lab, a, b, c } = await three(DOOR);
      c.lift();
      c.digits('5002');
      lab.settle();
      a.key(GROUP_PICK_UP);
      lab.settle();
      expect(a.state).toBe(1);
      a.digits(number);
      lab.settle();
      expectTalk(a, c);
      expect(b.traces).toEqual(NOTHING);
      hangUpAll(lab);
    }
  });

  it('say that nothing rings', async () => {
    const { lab, c } = await three(DOOR);
    c.key(PICK_UP);
    lab.settle();
    expect([c.prompt, [...c.tones.values()]]).toEqual(['\u0080\u005f', [0x33]]);
    hangUpAll(lab);
  });

  it('are shown only where there are groups', async () => {
    for (const [settings, shown] of [
      [DOOR, 0b11000],
      [{}, 0],
    ] as const) {
      const { lab, a } = await three(settings);
      a.lift();
      lab.settle();
      expect(a.keys[1] & 0b11000).toBe(shown);
    }
  });
});

describe('the iDivert key', () => {
  it('sends a call that rings, and one that talks, to the voicemail of the line', async () => {
    for (const answers of [false, true]) {
      const { lab, a, b, c } = await three({}, { voicemail: '5003' });
      a.lift();
      a.digits('5002');
      lab.settle();
      if (answers) b.lift();
      lab.settle();
      b.key(DIVERT, b.reference);
      lab.settle();
      expect([b.traces.calls, c.state]).toEqual([[], 4]);
      c.lift();
      lab.settle();
      expectTalk(a, c);
      hangUpAll(lab);
    }
  });

  it('is not active where the line has none', async () => {
    const { lab, a, b } = await three();
    connect(lab);
    b.fresh();
    b.key(DIVERT, b.reference);
    lab.settle();
    expect(notices(b)).toEqual(['\u0080\u0049']);
    expectTalk(a, b);
    hangUpAll(lab);
  });
});
