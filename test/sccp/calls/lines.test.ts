import { describe, expect, it } from 'vitest';
import { aDevice } from '../../support/devices.js';
import { names, only } from '../../support/sccp-harness.js';
import { type CallTestPhone, connect, KEY, NOTHING, type PhoneLab, phoneLab } from './harness.js';

const expectWhole = (lab: PhoneLab): void => {
  for (const phone of lab.phones) expect(phone.traces).toEqual(NOTHING);
  expect(lab.isIdle).toBe(true);
};

describe('a phone with two lines', () => {
  const twoLines = async () => {
    const lab = await phoneLab([{ dn: '5001', lines: ['5001', '5011'] }, { dn: '5002' }, { dn: '5003' }]);
    const [a, b, c] = lab.phones as [CallTestPhone, CallTestPhone, CallTestPhone];
    return { lab, a, b, c };
  };

  it('holds its call on one when it begins another on the other, and comes back by the line keys', async () => {
    const { lab, a, c } = await twoLines();
    const { b } = connect(lab);
    a.button(9, 2);
    expect([a.lamps.get(1), a.lamps.get(2)]).toEqual([3, 2]);
    a.digits('5003');
    lab.settle();
    c.lift();
    lab.settle();
    expect(only(c.received, 'DisplayPriNotifyV2Message').fields.notify).toBe('\u0080\u00175011');
    a.button(9, 1);
    lab.settle();
    expect([a.lamps.get(1), a.lamps.get(2), b.sending.size, c.sending.size]).toEqual([2, 3, 1, 0]);
    const [first = 0, second = 0] = [...a.callStates.keys()];
    a.key(KEY.endCall, second, 2);
    lab.settle();
    expect([[...a.callStates.keys()], a.lamps.get(2), b.sending.size]).toEqual([[first], 1, 1]);
    c.hangUp();
    a.hangUp();
    b.hangUp();
    lab.settle();
    expectWhole(lab);
  });

  it('begins a call on the line where nothing rings', async () => {
    const { lab, a, b } = await twoLines();
    b.lift();
    b.digits('5001');
    lab.settle();
    a.key(KEY.newCall);
    expect([a.lamps.get(1), a.lamps.get(2)]).toEqual([5, 2]);
    a.key(KEY.endCall);
    lab.settle();
    expect([[...a.callStates.values()], a.lamps.get(2)]).toEqual([[4], 1]);
    // What rings is still answered by the handset.
    a.hangUp();
    a.lift();
    lab.settle();
    expect(a.state).toBe(5);
  });

  it('gives up what it dials on one when another line key is pressed', async () => {
    const { lab, a } = await twoLines();
    a.button(9, 1);
    a.digits('50');
    a.button(9, 2);
    lab.settle();
    expect([[...a.callStates.values()], a.lamps.get(1), a.lamps.get(2), a.speaker]).toEqual([[1], 1, 2, true]);
    a.button(9, 7);
    a.hangUp();
    lab.settle();
    expectWhole(lab);
  });
});

describe('the limits of a line', () => {
  const lines = async (maxCalls: number, busyTrigger: number) => {
    const lab = await phoneLab([
      { dn: '5001', lines: ['5001', '5011'], maxCalls, busyTrigger },
      ...['5002', '5003', '5004', '5005'].map((dn) => ({ dn })),
    ]);
    const [a, ...callers] = lab.phones as [CallTestPhone, ...CallTestPhone[]];
    return { lab, a, callers };
  };

  it('count what is held and what waits, of each line by itself', async () => {
    const { lab, a, callers } = await lines(4, 3);
    const [one, two, three, four] = callers as [CallTestPhone, CallTestPhone, CallTestPhone, CallTestPhone];
    for (const caller of [one, two, three]) {
      caller.lift();
      caller.digits('5001');
      lab.settle();
      a.key(KEY.answer, a.reference);
      lab.settle();
    }
    expect([...a.callStates.values()]).toEqual([8, 8, 5]);
    expect([one.sending.size, two.sending.size, three.sending.size]).toEqual([0, 0, 1]);
    four.lift();
    four.digits('5001');
    lab.settle();
    expect(four.prompt).toBe('\u0080\u0019');
    four.hangUp();
    four.lift();
    four.digits('5011');
    lab.settle();
    expect([four.state, a.state, a.lamps.get(2)]).toEqual([3, 4, 5]);
    const [first, second, third] = [...a.callStates.keys()] as [number, number, number];
    for (const [reference, talks] of [
      [first, one],
      [second, two],
      [third, three],
      [first, one],
    ] as const) {
      a.key(KEY.resume, reference);
      lab.settle();
      expect([one, two, three].map(({ sending }) => sending.size)).toEqual(
        [one, two, three].map((caller) => (caller === talks ? 1 : 0)),
      );
      expect([...a.sending.values()]).toEqual([...talks.receiving.values()].map((port) => `${talks.address}:${port}`));
    }
    for (const phone of callers) {
      phone.hangUp();
      lab.settle();
    }
    a.hangUp();
    lab.settle();
    expectWhole(lab);
  });

  it('leave no room for a call that the phone begins, but on its other line', async () => {
    const { lab, a } = await lines(1, 1);
    a.button(9, 1);
    a.digits('5002');
    lab.settle();
    (lab.phones[1] as CallTestPhone).lift();
    lab.settle();
    a.key(KEY.hold, a.reference);
    lab.settle();
    a.fresh();
    a.send('SoftKeyEventMessage', { softKeyEvent: KEY.newCall, lineInstance: 1, callReference: 0 });
    const told = a.fresh();
    expect(told.find(({ name }) => name.startsWith('DisplayPromptStatus'))?.fields).toMatchObject({
      promptStatus: '\u0080\u002d',
      timeOutValue: 5,
    });
    expect(told.find(({ name }) => name === 'StartToneMessage')?.fields).toMatchObject({
      tone: 0x33,
      callReference: 0,
    });
    expect([...a.callStates.values()]).toEqual([8]);
    a.button(9, 2);
    a.digits('5003');
    lab.settle();
    expect([[...a.callStates.values()], a.lamps.get(1), a.lamps.get(2)]).toEqual([[8, 3], 3, 2]);
    a.hangUp();
    lab.settle();
    a.key(KEY.endCall, [...a.callStates.keys()][0] ?? 0);
    for (const phone of lab.phones) phone.hangUp();
    lab.settle();
    expectWhole(lab);
  });
});

describe('a line on two phones', () => {
  it.each([20, 8])(
    'rings at both; where the other answers it is shown as in use, and is no missed call, at version %i',
    async (version) => {
      const lab = await phoneLab([{ dn: '5001' }, { dn: '5002' }, { dn: '5002', version }]);
      const [a, b, c] = lab.phones as [CallTestPhone, CallTestPhone, CallTestPhone];
      a.lift();
      a.digits('5002');
      lab.settle();
      expect([b.state, c.state]).toEqual([4, 4]);
      expect(b.reference).not.toBe(c.reference);
      c.fresh();
      b.lift();
      lab.settle();
      const end = c.fresh();
      const states = end.filter(({ name }) => name === 'CallStateMessage').map(({ fields }) => fields.callState);
      expect(states).toEqual(version < 15 ? [5, 13] : [13]);
      expect(names(end).includes('CallHistoryInfoMessage')).toBe(version >= 15);
      expect([b.state, c.state]).toEqual([5, 13]);
      a.hangUp();
      b.hangUp();
      lab.settle();
      expectWhole(lab);
    },
  );
});

describe('names', () => {
  const displayName = `Zoë 中 ${'x'.repeat(140)}`;
  const device = {
    lines: aDevice('SEP000000000010', { lines: ['5001'] }).lines.map((line) => ({ ...line, displayName })),
  };

  it.each([
    [15, 0x10, 'CallInfoMessage', 39],
    [15, 0, 'CallInfoMessage', 39],
    [20, 0x10, 'CallInfoV2Message', 120],
    [20, 0, 'CallInfoV2Message', 120],
  ] as const)(
    'are cut and written as the phone reads them: version %i, features %i',
    async (version, utf8, name, most) => {
      const lab = await phoneLab([
        { dn: '5001', device },
        { dn: '5002', version },
      ]);
      const [a, b] = lab.phones as [CallTestPhone, CallTestPhone];
      b.link.register(b.name, { protocolVer: version, features2: utf8 });
      b.link.say('CapabilitiesResMessage', { capCount: 0, caps: [] });
      a.lift();
      a.digits('5002');
      lab.settle();
      const { frame } = b.received.find((message) => message.name === name) ?? {};
      const expected = utf8 === 0 ? Buffer.from('Zo\u00eb ? ', 'latin1') : Buffer.from('Zoë 中 ', 'utf8');
      const whole = Buffer.concat([expected, Buffer.from('x'.repeat(most - expected.length)), Buffer.from([0])]);
      expect(frame?.includes(whole)).toBe(true);
    },
  );
});

it('two hundred calls among forty phones leave nothing over', async () => {
  const dns = Array.from({ length: 40 }, (_, index) => String(6000 + index));
  const lab = await phoneLab(dns.map((dn, index) => ({ dn, version: [3, 11, 17, 20, 22][index % 5] as number })));
  for (let round = 0; round < 10; round += 1) {
    for (let index = 0; index < 40; index += 2) {
      const [one, other] = lab.phones.slice(index, index + 2) as [CallTestPhone, CallTestPhone];
      one.lift();
      one.digits(other.dn);
    }
    lab.settle();
    for (let index = 1; index < 40; index += 2) lab.phones[index]?.lift();
    lab.settle();
    expect(lab.control.calls.size).toBe(20);
    expect(lab.phones.every(({ sending, receiving }) => sending.size + receiving.size === 2)).toBe(true);
    for (const phone of lab.phones) phone.hangUp();
    lab.settle();
    lab.pass(1_000);
    expectWhole(lab);
  }
  expect(lab.events('call.ended')).toHaveLength(200);
});
