// The keys CFwdAll and DND of SCCP phones, and what phones show of where their lines forward (`docs/protocols/calls.md` §2.11).

import { describe, expect, it } from 'vitest';
import { type CallTestPhone, connect, KEY, NOTHING, phoneLab, VERSIONS } from './harness.js';

const ZIP_ZIP = 49;
const CONFIRMATION = 46;
const REORDER = 0x25;
const FORWARD_LAMP = 5;
const IDLE_PROMPT = '\u0080\u0013';
const FORWARDED_TO = '\u0080\u0025';
const DO_NOT_DISTURB = '\u0080\u003f';

const lab3 = async (version = 20, dns: readonly string[] = ['5001', '5002', '5003'], canSet = true) => {
  const lab = await phoneLab(
    dns.map((dn) => ({ dn, version })),
    {},
    { canSet },
  );
  const [a, b, c] = lab.phones as [CallTestPhone, CallTestPhone, CallTestPhone];
  for (const phone of lab.phones) {
    lab.settle();
    phone.fresh();
  }
  return { lab, a, b, c };
};

type Told = ReturnType<CallTestPhone['fresh']>[number];
const namesOf = (told: readonly Told[]): string[] =>
  told.map(({ name }) => name.replace(/Message$/, '').replace('DisplayPromptStatusV2', 'DisplayPromptStatus'));
const fieldsOf = (told: readonly Told[], name: string): Record<string, unknown>[] =>
  told.filter((message) => message.name === name).map(({ fields }) => fields as Record<string, unknown>);
const forwardLamp = (told: readonly Told[]): unknown[] =>
  fieldsOf(told, 'SetLampMessage')
    .filter(({ stimulus }) => stimulus === FORWARD_LAMP)
    .map(({ lampMode }) => lampMode);

describe.each(VERSIONS)('the key CFwdAll of a phone of version %i', (version) => {
  it('has a number dialled, tells that it is set, and what is called then rings there', async () => {
    const { lab, a, b, c } = await lab3(version);
    b.key(KEY.forwardAll);
    lab.settle();
    const asked = b.fresh();
    expect([b.state, b.speaker, [...b.tones.values()]]).toEqual([1, true, [ZIP_ZIP]]);
    expect(fieldsOf(asked, 'SelectSoftKeysMessage').at(-1)).toMatchObject({ softKeySetIndex: 9 });
    b.digits('5003');
    lab.settle();
    const told = b.fresh();
    expect(fieldsOf(told, 'StartToneMessage')).toMatchObject([{ tone: CONFIRMATION }]);
    expect(fieldsOf(told, 'ForwardStatMessage')).toMatchObject([
      { activeForward: 1, lineNumber: 1, forwardAllActive: 1, forwardAllDirnum: '5003', forwardBusyActive: 0 },
    ]);
    expect(forwardLamp(told)).toEqual([2]);
    expect([b.speaker, b.prompt, b.traces]).toEqual([
      false,
      `${FORWARDED_TO}5003`,
      { ...NOTHING, tones: b.traces.tones },
    ]);
    a.lift();
    a.digits('5002');
    lab.settle();
    expect([b.state, c.state]).toEqual([undefined, 4]);
    a.hangUp();
    lab.settle();
    expect(lab.isIdle).toBe(true);
  });

  it('ends that when it is pressed again', async () => {
    const { lab, b, c } = await lab3(version);
    b.key(KEY.forwardAll);
    b.digits('5003');
    lab.settle();
    b.fresh();
    b.key(KEY.forwardAll);
    lab.settle();
    const told = b.fresh();
    expect(fieldsOf(told, 'ForwardStatMessage')).toMatchObject([{ activeForward: 0, forwardAllActive: 0 }]);
    expect([forwardLamp(told), b.prompt]).toEqual([[1], IDLE_PROMPT]);
    c.lift();
    c.digits('5002');
    lab.settle();
    expect(b.state).toBe(4);
    c.hangUp();
    lab.settle();
    expect(lab.isIdle).toBe(true);
  });
});

describe('the key CFwdAll', () => {
  it.each([
    ['a number that nobody has', '7777', 'no-such-number'],
    ['the number of the line itself', '5002', 'own-number'],
  ])('refuses %s, and forwards nothing', async (_what, number, reason) => {
    const { lab, b } = await lab3();
    b.key(KEY.forwardAll);
    b.digits(number);
    lab.settle();
    const told = b.fresh();
    expect(fieldsOf(told, 'ForwardStatMessage')).toEqual([]);
    expect([REORDER, 0x23]).toContain([...b.tones.values()].at(-1));
    if (reason === 'own-number')
      expect(lab.events('call.feature-refused')).toMatchObject([{ dn: '5002', number, reason }]);
    b.key(KEY.endCall, b.reference);
    lab.settle();
    expect([b.traces, b.prompt, lab.isIdle]).toEqual([NOTHING, IDLE_PROMPT, true]);
  });

  it.each([
    ['#', (phone: CallTestPhone) => phone.digits('#')],
    ['itself', (phone: CallTestPhone) => phone.key(KEY.forwardAll, phone.reference)],
  ])('takes what was dialled when %s is pressed, though a longer number exists', async (_key, press) => {
    const { lab, b } = await lab3(20, ['5001', '5002', '500']);
    b.key(KEY.forwardAll);
    b.digits('500');
    lab.settle();
    expect(fieldsOf(b.fresh(), 'ForwardStatMessage')).toEqual([]);
    press(b);
    lab.settle();
    expect(fieldsOf(b.fresh(), 'ForwardStatMessage')).toMatchObject([{ forwardAllDirnum: '500' }]);
    expect(lab.isIdle).toBe(true);
  });

  it('takes it after the time between two digits', async () => {
    const { lab, b } = await lab3(20, ['5001', '5002', '500']);
    b.key(KEY.forwardAll);
    b.digits('500');
    lab.pass(15_001);
    expect(fieldsOf(b.fresh(), 'ForwardStatMessage')).toMatchObject([{ forwardAllDirnum: '500' }]);
  });

  it.each([
    ['is pressed again', (phone: CallTestPhone) => phone.key(KEY.forwardAll, phone.reference)],
    ['is followed by hanging up', (phone: CallTestPhone) => phone.key(KEY.endCall, phone.reference)],
    ['is followed by nothing', undefined],
  ])('that %s without a digit changes nothing', async (_how, end) => {
    const { lab, b } = await lab3();
    b.key(KEY.forwardAll);
    lab.settle();
    if (end === undefined) lab.pass(15_001);
    else end(b);
    lab.settle();
    const told = b.fresh();
    expect(fieldsOf(told, 'ForwardStatMessage')).toEqual([]);
    expect(fieldsOf(told, 'StartToneMessage').map(({ tone }) => tone)).not.toContain(CONFIRMATION);
    expect([b.traces, lab.isIdle]).toEqual([NOTHING, true]);
  });

  it('takes the phone that is off hook, and counts what was taken back', async () => {
    const { lab, b } = await lab3();
    b.lift();
    lab.settle();
    b.key(KEY.forwardAll, b.reference);
    lab.settle();
    expect([...b.tones.values()]).toEqual([ZIP_ZIP]);
    b.digits('9');
    lab.settle();
    b.key(KEY.endCall, b.reference);
    b.hangUp();
    lab.settle();
    b.lift();
    b.key(KEY.forwardAll, b.reference);
    b.digits('50');
    b.key(KEY.backspace, b.reference);
    b.key(KEY.backspace, b.reference);
    lab.settle();
    expect([...b.tones.values()]).toEqual([ZIP_ZIP]);
    b.digits('5003');
    lab.settle();
    expect(fieldsOf(b.fresh(), 'ForwardStatMessage')).toMatchObject([{ forwardAllDirnum: '5003' }]);
  });

  it('holds the call that its phone has, which goes on', async () => {
    const { lab } = await lab3();
    const { b } = connect(lab);
    const talk = b.reference;
    b.key(KEY.forwardAll);
    lab.settle();
    expect(b.callStates.get(talk)).toBe(8);
    b.digits('5003');
    lab.settle();
    expect(fieldsOf(b.fresh(), 'ForwardStatMessage')).toMatchObject([{ forwardAllDirnum: '5003' }]);
    b.key(KEY.resume, talk);
    lab.settle();
    expect(b.callStates.get(talk)).toBe(5);
  });

  it('writes no call record of a call', async () => {
    const { lab, b } = await lab3();
    b.key(KEY.forwardAll);
    b.digits('5003');
    lab.settle();
    expect(lab.events('call.released')).toMatchObject([{ by: 'feature', cause: 16 }]);
    expect(lab.events('call.ended')).toMatchObject([{ dialled: '5003', orig: { cause: 16 } }]);
  });

  it('tells the other phones of the line, too', async () => {
    const { lab, a, b, c } = await lab3(20, ['5001', '5001', '5003']);
    a.key(KEY.forwardAll);
    a.digits('5003');
    lab.settle();
    for (const phone of [a, b]) {
      expect(phone.prompt).toBe(`${FORWARDED_TO}5003`);
      expect(fieldsOf(phone.fresh(), 'ForwardStatMessage')).toMatchObject([{ forwardAllDirnum: '5003' }]);
    }
    expect(namesOf(c.fresh())).toEqual([]);
  });

  it('and its answer are the same after the phone registers anew', async () => {
    const { lab, b } = await lab3();
    b.key(KEY.forwardAll);
    b.digits('5003');
    lab.settle();
    b.fresh();
    b.send('ForwardStatReqMessage', { lineNumber: 1 });
    b.send('ForwardStatReqMessage', { lineNumber: 7 });
    lab.settle();
    expect(fieldsOf(b.fresh(), 'ForwardStatMessage')).toMatchObject([
      { forwardAllActive: 1, forwardAllDirnum: '5003' },
      { lineNumber: 7, forwardAllActive: 0, forwardAllDirnum: '' },
    ]);
  });

  it('is off where nothing can be kept', async () => {
    const { lab, b } = await lab3(20, ['5001', '5002', '5003'], false);
    b.key(KEY.forwardAll);
    lab.settle();
    expect(namesOf(b.fresh())).toEqual(['DisplayPromptStatus']);
    expect(lab.isIdle).toBe(true);
  });
});

describe('the code to forward', () => {
  it('forwards all calls of the line, and alone ends that', async () => {
    const { lab, b } = await lab3();
    b.lift();
    b.digits('*735003');
    lab.settle();
    expect(fieldsOf(b.fresh(), 'ForwardStatMessage')).toMatchObject([{ forwardAllDirnum: '5003' }]);
    b.hangUp();
    b.lift();
    b.digits('*73#');
    lab.settle();
    expect(fieldsOf(b.fresh(), 'ForwardStatMessage')).toMatchObject([{ forwardAllActive: 0 }]);
    b.hangUp();
    lab.settle();
    expect([b.prompt, lab.isIdle]).toEqual([IDLE_PROMPT, true]);
  });

  it('with the own number, or one that nobody has, forwards nothing', async () => {
    for (const number of ['*735002', '*737777']) {
      const { lab, b } = await lab3();
      b.lift();
      b.digits(number);
      lab.settle();
      expect([REORDER, 0x23]).toContain([...b.tones.values()].at(-1));
      expect(fieldsOf(b.fresh(), 'ForwardStatMessage')).toEqual([]);
      b.hangUp();
      lab.settle();
      expect(lab.isIdle).toBe(true);
    }
  });
});

describe('the key DND', () => {
  it('keeps the phone quiet, which shows calls, and lets it ring again', async () => {
    const { lab, a, b } = await lab3();
    b.key(KEY.doNotDisturb);
    lab.settle();
    expect(b.prompt).toBe(DO_NOT_DISTURB);
    a.lift();
    a.digits('5002');
    lab.settle();
    expect(b.state).toBe(4);
    expect([...b.ringers.values()]).toEqual([1]);
    expect(a.state).toBe(3);
    a.hangUp();
    lab.settle();
    b.key(KEY.doNotDisturb);
    lab.settle();
    expect(b.prompt).toBe(IDLE_PROMPT);
    a.lift();
    a.digits('5002');
    lab.settle();
    expect([...b.ringers.values()].at(-1)).toBe(2);
    a.hangUp();
    lab.settle();
    expect([b.traces, lab.isIdle]).toEqual([NOTHING, true]);
  });

  it('keeps it quiet also after another call of it has ended', async () => {
    const { lab, c } = await lab3();
    const { b } = connect(lab);
    b.key(KEY.doNotDisturb);
    c.lift();
    c.digits('5002');
    lab.settle();
    const first = [...b.callStates.keys()][0] ?? 0;
    b.key(KEY.endCall, first);
    lab.settle();
    expect(b.callStates.get(b.reference)).toBe(4);
    expect([...b.ringers.values()].every((mode) => mode === 1)).toBe(true);
  });
});

describe('a hunt list', () => {
  it('is named to the members that it rings, and not to the caller', async () => {
    const lab = await phoneLab(
      ['5001', '5002', '5003'].map((dn) => ({ dn })),
      { hunts: [{ dn: '3000', mode: 'first', members: ['5002', '5003'], ring: 10_000 as never }] },
    );
    const [a, b, c] = lab.phones as [CallTestPhone, CallTestPhone, CallTestPhone];
    lab.settle();
    for (const phone of lab.phones) phone.fresh();
    a.lift();
    a.digits('3000');
    lab.settle();
    const told = fieldsOf(b.fresh(), 'CallInfoV2Message');
    expect(told).toMatchObject([{ calledParty: '3000', huntPilotNumber: '3000', callingParty: '5001' }]);
    expect(fieldsOf(a.fresh(), 'CallInfoV2Message').map(({ huntPilotNumber }) => huntPilotNumber)).toEqual(['', '']);
    lab.pass(10_001);
    expect([b.state, c.state]).toEqual([undefined, 4]);
    c.lift();
    lab.settle();
    expect(c.state).toBe(5);
    a.hangUp();
    lab.settle();
    c.hangUp();
    lab.settle();
    expect([b.traces, lab.isIdle]).toEqual([NOTHING, true]);
  });
});

describe('the keys CFwdAll and DND', () => {
  type Reach = (lab: Awaited<ReturnType<typeof lab3>>) => void;
  const dial =
    (digits: string, who: 'a' | 'b' = 'b'): Reach =>
    (lab) => {
      lab[who].lift();
      lab[who].digits(digits);
    };
  const STATES: readonly (readonly [string, Reach])[] = [
    ['idle', () => {}],
    ['off hook', dial('')],
    ['dialling', dial('50')],
    [
      'dialling where to',
      ({ b }) => {
        b.key(KEY.forwardAll);
        b.digits('50');
      },
    ],
    ['hearing ring back', dial('5003')],
    ['ringing', dial('5002', 'a')],
    ['hearing busy', dial('*43')],
    ['hearing reorder', dial('7777')],
    ['in a call', ({ lab }) => void connect(lab)],
    [
      'with a call on hold',
      ({ lab, b }) => {
        connect(lab);
        b.key(KEY.hold, b.reference);
      },
    ],
  ];

  it.each(STATES)('may be pressed by a phone that is %s', async (_state, reach) => {
    for (const press of [
      (phone: CallTestPhone) => phone.key(KEY.forwardAll),
      (phone: CallTestPhone) => phone.key(KEY.forwardAll, phone.reference),
      (phone: CallTestPhone) => phone.key(KEY.forwardAll, 77, 9),
      (phone: CallTestPhone) => phone.button(FORWARD_LAMP, 1),
      (phone: CallTestPhone) => phone.key(KEY.doNotDisturb, phone.reference),
      (phone: CallTestPhone) => phone.button(130, 99),
    ]) {
      const all = await lab3();
      const phone = all.b;
      reach(all);
      all.lab.settle();
      press(phone);
      all.lab.settle();
      press(phone);
      all.lab.settle();
      expect(all.lab.harness.probe.of('sccp.failed')).toEqual([]);
      for (const each of all.lab.phones)
        for (let count = 0; count < 3; count += 1) {
          each.hangUp();
          for (const reference of each.callStates.keys()) each.key(KEY.endCall, reference);
          all.lab.settle();
        }
      all.lab.pass(20_000);
      for (const each of all.lab.phones) expect(each.traces).toEqual(NOTHING);
      expect(all.lab.isIdle).toBe(true);
    }
  });

  it('set ten things a second at most, and say once that it is too much', async () => {
    const { lab, b } = await lab3();
    for (let count = 0; count < 40; count += 1) b.key(KEY.doNotDisturb);
    lab.settle();
    expect(lab.events('call.feature-refused')).toMatchObject([{ dn: '', reason: 'too-often' }]);
    expect(fieldsOf(b.fresh(), 'DisplayPromptStatusV2Message').length).toBeLessThanOrEqual(40);
    lab.pass(1_000);
    b.key(KEY.doNotDisturb);
    lab.settle();
    expect(b.prompt).toBe(DO_NOT_DISTURB);
  });
});
