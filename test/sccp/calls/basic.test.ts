import { describe, expect, it } from 'vitest';
import { type CallTestPhone, connect, KEY, NOTHING, type PhoneLab, phoneLab, VERSIONS } from './harness.js';

const IDLE_PROMPT = '\u0080\u0013';

/** Both phones are as before the call. */
const expectWhole = (lab: PhoneLab, ...phones: readonly CallTestPhone[]): void => {
  for (const phone of phones) {
    expect(phone.traces).toEqual(NOTHING);
    expect([phone.prompt, phone.keys[0], phone.keys[2], phone.speaker]).toEqual([IDLE_PROMPT, 0, 0, false]);
  }
  expect(lab.isIdle).toBe(true);
};

const two = async (one: number, other: number) => {
  const lab = await phoneLab([
    { dn: '5001', version: one },
    { dn: '5002', version: other },
  ]);
  const [a, b] = lab.phones as [CallTestPhone, CallTestPhone];
  return { lab, a, b };
};

const pairs = VERSIONS.flatMap((one) => VERSIONS.map((other) => [one, other] as const));

describe.each(pairs)('a phone of version %i calls one of version %i', (one, other) => {
  it.each(['the caller', 'the called phone'])('and %s hangs up', async (who) => {
    const { lab, a, b } = await two(one, other);
    a.lift();
    expect([a.state, a.keys[0], a.prompt, a.lamps.get(1), [...a.tones.values()]]).toEqual([1, 4, '\u0080 ', 2, [0x21]]);
    a.digits('5002');
    lab.settle();
    expect([a.state, a.keys[0], a.prompt, [...a.tones.values()]]).toEqual([3, 8, '\u0080\u0016', [0x24]]);
    expect([b.state, b.keys[0], b.prompt, b.lamps.get(1), [...b.ringers.values()]]).toEqual([
      4,
      3,
      '\u0080\u00175001',
      5,
      [2],
    ]);
    b.lift();
    lab.settle();
    for (const [phone, far] of [
      [a, b],
      [b, a],
    ] as const) {
      expect([phone.state, phone.keys[0], phone.prompt, phone.lamps.get(1)]).toEqual([5, 1, '\u0080\u0018', 2]);
      expect([...phone.tones, ...phone.ringers].filter(([, mode]) => mode !== 1)).toEqual([]);
      const [[party, port]] = [...phone.receiving] as [[number, number]];
      expect([...far.sending]).toEqual([[[...far.receiving.keys()][0], `${phone.address}:${port}`]]);
      expect([...phone.sending.keys()]).toEqual([party]);
    }
    expect(a.reference).not.toBe(b.reference);
    const [first, second] = who === 'the caller' ? [a, b] : [b, a];
    first.hangUp();
    lab.settle();
    second.hangUp();
    lab.settle();
    expectWhole(lab, a, b);
    expect(lab.events('call.measured')).toHaveLength(2);
    expect(lab.events('call.ended')).toMatchObject([{ dialled: '5002', codec: 'PCMU', milliseconds: 20 }]);
  });
});

describe('a call', () => {
  it('is withdrawn by the caller, and the called phone lists it as missed', async () => {
    const { lab, a, b } = await two(20, 20);
    a.lift();
    a.digits('5002');
    lab.settle();
    a.hangUp();
    lab.settle();
    expectWhole(lab, a, b);
  });

  it('is rejected by the EndCall key: the caller hears busy until hanging up', async () => {
    const { lab, a, b } = await two(20, 20);
    a.lift();
    a.digits('5002');
    lab.settle();
    b.key(KEY.endCall, b.reference);
    lab.settle();
    expect([a.state, [...a.tones.values()], a.prompt, a.keys[0]]).toEqual([6, [0x23], '\u0080\u0019', 8]);
    a.hangUp();
    lab.settle();
    expectWhole(lab, a, b);
  });

  it('rings, and a handset put down changes nothing', async () => {
    const { lab, a, b } = await two(20, 20);
    a.lift();
    a.digits('5002');
    lab.settle();
    b.hangUp();
    expect(b.state).toBe(4);
    b.lift();
    lab.settle();
    expect(b.state).toBe(5);
  });

  it('is over for both at once where both hang up in the same moment', async () => {
    const { lab, a, b } = await two(17, 8);
    connect(lab);
    a.hangUp();
    b.hangUp();
    lab.settle();
    expectWhole(lab, a, b);
  });

  it('leaves a lifted handset without a leg: nothing more is sent, nor when it is put down', async () => {
    const { lab, a, b } = await two(20, 20);
    connect(lab);
    a.hangUp();
    lab.settle();
    expect(b.traces).toEqual(NOTHING);
    b.fresh();
    b.hangUp();
    expect(b.fresh()).toEqual([]);
    expectWhole(lab, a, b);
  });

  it('begins anew with a digit on a handset that was left without a leg', async () => {
    const { lab, a, b } = await two(20, 20);
    connect(lab);
    a.hangUp();
    lab.settle();
    b.digits('5001');
    lab.settle();
    expect([b.state, a.state]).toEqual([3, 4]);
    b.hangUp();
    lab.settle();
    expectWhole(lab, a, b);
  });
});
