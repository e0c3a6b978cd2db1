// Phones that answer by themselves, and intercom calls, in which they only listen.

import { describe, expect, it } from 'vitest';
import type { ConfiguredDevice } from '../../../src/devices/device.js';
import { FakePhone } from '../../calls/harness.js';
import { aDevice } from '../../support/devices.js';
import { type CallTestPhone, KEY, NOTHING, type PhoneLab, phoneLab, VERSIONS } from './harness.js';

const ZIP_ZIP = 0x31;
const INTERCOM_KEY = 23;
const LINE_KEY = 9;

const answering = (autoAnswer: 'speaker' | 'headset'): Partial<ConfiguredDevice> => ({
  lines: aDevice('SEP000000000010', { lines: ['5002'] }).lines.map((line) => ({ ...line, autoAnswer })),
});
const DIALS: Partial<ConfiguredDevice> = {
  speedDials: [{ number: '5002', label: 'Door', busyLampField: false, intercom: true }],
};

const three = async (version: number, device: Partial<ConfiguredDevice> = {}, settings = {}) => {
  const lab = await phoneLab(
    [
      { dn: '5001', version, device: DIALS },
      { dn: '5002', version, device },
      { dn: '5003', version },
    ],
    settings,
  );
  const [a, b, c] = lab.phones as [CallTestPhone, CallTestPhone, CallTestPhone];
  return { lab, a, b, c };
};

const call = (lab: PhoneLab, from: CallTestPhone, number = '5002'): void => {
  from.lift();
  from.digits(number);
  lab.settle();
};

const microphone = (phone: CallTestPhone): number[] =>
  phone.fresh().flatMap(({ name, fields }) => (name === 'SetMicroModeMessage' ? [Number(fields.micMode)] : []));

/** A's intercom call to B becomes one of B and C. */
const transferred = (lab: PhoneLab, a: CallTestPhone, b: CallTestPhone, c: CallTestPhone): void => {
  call(lab, a, '*755002');
  lab.pass(1_100);
  b.fresh();
  a.key(KEY.transfer, a.reference);
  lab.settle();
  a.digits('5003');
  lab.settle();
  c.key(KEY.answer);
  lab.settle();
  a.key(KEY.transfer, a.reference);
  lab.settle();
};

const expectOver = (lab: PhoneLab): void => {
  for (const phone of lab.phones) {
    phone.hangUp();
    lab.settle();
  }
  for (const phone of lab.phones) expect(phone.traces).toEqual(NOTHING);
  expect(lab.isIdle).toBe(true);
};

describe.each(VERSIONS)('a line of version %i that answers by itself', (version) => {
  it('announces it by a tone in place of the ringer, and answers after a second by the speaker', async () => {
    const { lab, a, b } = await three(version, answering('speaker'));
    call(lab, a);
    expect([b.state, [...b.tones.values()], [...b.ringers]]).toEqual([4, [ZIP_ZIP], []]);
    lab.pass(900);
    expect(b.state).toBe(4);
    lab.pass(200);
    expect([a.state, b.state, b.speaker, [...b.tones]]).toEqual([5, 5, true, []]);
    expect([a.sending.size, b.sending.size]).toEqual([1, 1]);
    expect(lab.events('call.offered')).toMatchObject([{ autoAnswer: 'speaker' }]);
    expectOver(lab);
  });

  it('listens to an intercom call with its microphone off, and has it on again afterwards', async () => {
    const { lab, a, b } = await three(version);
    a.button(INTERCOM_KEY, 1);
    lab.settle();
    expect([a.state, [...b.tones.values()]]).toEqual([3, [ZIP_ZIP]]);
    lab.pass(1_100);
    expect([a.state, b.state, b.speaker]).toEqual([5, version < 17 ? 5 : 16, true]);
    expect([a.sending.size, a.receiving.size, b.sending.size, b.receiving.size]).toEqual([1, 1, 0, 1]);
    expect(microphone(b)).toEqual([2]);
    expect(lab.events('call.offered')).toMatchObject([{ dialled: '*755002', autoAnswer: 'speaker', isOneWay: true }]);
    a.key(KEY.endCall, a.reference);
    lab.settle();
    expect(microphone(b)).toEqual([1]);
    expectOver(lab);
    expect(lab.events('call.ended')).toMatchObject([{ dialled: '*755002', called: { number: '5002' } }]);
    expect(lab.events('call.one-way')).toEqual([]);
  });
});

describe('a phone that would answer by itself', () => {
  it('rings as any where it has a call', async () => {
    const { lab, a, b, c } = await three(20, answering('speaker'));
    call(lab, b, '5003');
    c.key(KEY.answer);
    lab.settle();
    call(lab, a);
    expect([...b.tones.values()]).toEqual([0x2d]);
    lab.pass(5_000);
    expect(b.callStates.get(b.reference)).toBe(4);
    expect(lab.events('call.offered').at(-1)).not.toHaveProperty('autoAnswer');
    b.key(KEY.endCall, b.reference);
    lab.settle();
    expectOver(lab);
  });

  it('rings where its user has begun a call within that second', async () => {
    const { lab, a, b } = await three(20, answering('speaker'));
    call(lab, a);
    b.key(KEY.newCall);
    lab.settle();
    lab.pass(1_500);
    expect([...b.callStates.values()]).toEqual([4, 1]);
    a.hangUp();
    lab.settle();
    expectOver(lab);
  });

  it('does nothing for a caller who has gone within that second', async () => {
    const { lab, a, b } = await three(20, answering('speaker'));
    call(lab, a);
    a.hangUp();
    lab.settle();
    expect(b.traces).toEqual(NOTHING);
    lab.pass(2_000);
    expect([b.traces, lab.isIdle]).toEqual([NOTHING, true]);
  });

  it('by its headset does so only while that is on', async () => {
    const { lab, a, b } = await three(20, answering('headset'));
    call(lab, a);
    lab.pass(2_000);
    expect([b.state, [...b.ringers.values()]]).toEqual([4, [2]]);
    a.hangUp();
    lab.settle();
    b.send('HeadsetStatusMessage', { headsetStatus: 1 });
    call(lab, a);
    lab.pass(1_100);
    expect(b.state).toBe(5);
    expectOver(lab);
  });

  it('is answered by its user before', async () => {
    const { lab, a, b } = await three(20, answering('speaker'));
    call(lab, a);
    b.lift();
    lab.settle();
    lab.pass(2_000);
    expect([a.state, b.state]).toEqual([5, 5]);
    expectOver(lab);
  });
});

describe('an intercom call', () => {
  it('may be dialled, is held and taken back, and rings at a phone in a call', async () => {
    const { lab, a, b, c } = await three(20);
    call(lab, a, '*755002');
    lab.pass(1_100);
    expect(b.state).toBe(16);
    a.key(KEY.hold, a.reference);
    lab.settle();
    a.key(KEY.resume, a.reference);
    lab.settle();
    expect([a.sending.size, b.receiving.size, b.sending.size]).toEqual([1, 1, 0]);
    call(lab, c, '*755002');
    lab.pass(2_000);
    expect(b.callStates.get(b.reference)).toBe(4);
    c.hangUp();
    lab.settle();
    expectOver(lab);
  });

  it('opens no microphone if it is transferred, until the user of that phone presses the line or takes it off hold', async () => {
    for (const opens of ['line', 'hold'] as const) {
      const { lab, a, b, c } = await three(20);
      transferred(lab, a, b, c);
      expect([b.sending.size, b.receiving.size, c.sending.size, b.state]).toEqual([0, 1, 1, 16]);
      expect(microphone(b)).toEqual([]);
      if (opens === 'line') b.button(LINE_KEY, 1);
      else for (const key of [KEY.hold, KEY.resume]) b.key(key, b.reference);
      lab.settle();
      expect([b.sending.size, b.receiving.size, c.sending.size, b.state]).toEqual([1, 1, 1, 5]);
      expect(microphone(b)).toEqual([1]);
      b.button(LINE_KEY, 1);
      lab.settle();
      expect(microphone(b)).toEqual([]);
      expectOver(lab);
    }
  });

  it('opens the microphone while its caller holds it, and is heard once that is over', async () => {
    const { lab, a, b } = await three(20);
    call(lab, a, '*755002');
    lab.pass(1_100);
    a.key(KEY.hold, a.reference);
    lab.settle();
    b.fresh();
    b.button(LINE_KEY, 1);
    lab.settle();
    expect([b.state, microphone(b)]).toEqual([5, [1]]);
    a.key(KEY.resume, a.reference);
    lab.settle();
    expect([a.sending.size, b.sending.size]).toEqual([1, 1]);
    expectOver(lab);
  });

  it('is a talk where its user answers by hand, also beside another call', async () => {
    for (const isBusy of [false, true]) {
      const { lab, a, b } = await three(20);
      call(lab, a, '*755002');
      const { reference } = b;
      if (isBusy) {
        b.key(KEY.newCall);
        lab.settle();
        lab.pass(1_100);
      }
      b.key(KEY.answer, reference);
      lab.settle();
      expect([a.sending.size, b.sending.size, b.callStates.get(reference)]).toEqual([1, 1, 5]);
      expectOver(lab);
    }
  });

  it('to a number that is no line, or where there are none, leads nowhere', async () => {
    const { lab, a } = await three(20);
    call(lab, a, '*759');
    expect(a.state).toBe(14);
    a.hangUp();
    const off = await three(20, {}, { intercom: undefined });
    off.a.button(INTERCOM_KEY, 1);
    off.lab.settle();
    expect(off.a.traces).toEqual(NOTHING);
  });

  it('reaches a SIP phone, which only listens', async () => {
    const { lab, a } = await three(20);
    const sip = new FakePhone(lab.asLab, 'SEP0000000000F1', { dn: '6001', kind: 'sip' });
    lab.others.push(sip);
    call(lab, a, '*756001');
    expect(sip.take()).toEqual(['ring 5001>6001 by speaker']);
    sip.answer();
    lab.settle();
    expect(sip.take().at(-1)).toMatch(/^listen PCMU/);
    expect([a.state, a.sending.size]).toEqual([5, 1]);
    expectOver(lab);
  });
});
