import { describe, expect, it } from 'vitest';
import { aDevice } from '../../support/devices.js';
import { names } from '../../support/sccp-harness.js';
import { type CallTestPhone, KEY, type PhoneLab, type PhoneOptions, phoneLab } from './harness.js';

const speedDials = [
  { number: '5002', label: 'B', busyLampField: false },
  { number: '5002', label: 'B', busyLampField: true },
];

const { lines } = aDevice('SEP000000000010', { lines: ['5001', '5011'] });
const withVoicemail = lines.map((line) => ({ ...line, voicemail: '5002' }));

const lab2 = async (one: Partial<PhoneOptions> = {}, other: Partial<PhoneOptions> = {}, settings = {}) => {
  const lab = await phoneLab(
    [
      { dn: '5001', ...one },
      { dn: '5002', ...other },
    ],
    settings,
  );
  const [a, b] = lab.phones as [CallTestPhone, CallTestPhone];
  return { lab, a, b };
};

const HANDS_FREE = ['SetRingerMessage', 'SetSpeakerModeMessage', 'SetLampMessage'];
const DIALLING = [
  'CallStateMessage',
  'SelectSoftKeysMessage',
  'DisplayPromptStatusV2Message',
  'ActivateCallPlaneMessage',
];
const PROCEEDING = ['DialedNumberMessage', 'CallStateMessage', 'CallInfoV2Message'];
const RINGING = [
  'StartToneMessage',
  'CallStateMessage',
  'SelectSoftKeysMessage',
  'DisplayPromptStatusV2Message',
  'CallInfoV2Message',
];

/** Ends whatever there is. */
const endAll = (lab: PhoneLab, ...phones: readonly CallTestPhone[]): void => {
  for (const phone of phones) {
    phone.hangUp();
    phone.key(KEY.endCall);
    lab.settle();
    phone.fresh();
  }
};

describe('dial tone', () => {
  it.each([
    ['the handset', (phone: CallTestPhone) => phone.lift(), false],
    [
      'the handset of a line',
      (phone: CallTestPhone) => phone.send('OffHookMessage', { lineInstance: 1, callReference: 0 }),
      false,
    ],
    [
      'a handset with its number',
      (phone: CallTestPhone) =>
        phone.send('OffHookWithCallingPartyNumberMessage', { callingPartyNumber: '5001', cgpnVoiceMailbox: '' }),
      false,
    ],
    ['a line key', (phone: CallTestPhone) => phone.button(9, 1), true],
    ['NewCall', (phone: CallTestPhone) => phone.key(KEY.newCall), true],
    ['a button for new calls', (phone: CallTestPhone) => phone.button(137, 1), true],
  ] as const)('follows %s, and the OffHook of a button phone only confirms', async (_way, act, isHandsFree) => {
    const { lab, a, b } = await lab2();
    act(a);
    const dialTone = ['SetLampMessage', ...DIALLING, 'StartToneMessage'];
    expect(names(a.fresh())).toEqual(isHandsFree ? [...HANDS_FREE.slice(0, 2), ...dialTone] : dialTone);
    a.lift();
    expect(a.fresh()).toEqual([]);
    a.digits('50');
    expect(names(a.fresh())).toEqual(['StopToneMessage', 'SelectSoftKeysMessage']);
    a.digits('02');
    expect(names(a.fresh())).toEqual([...PROCEEDING, ...RINGING]);
    endAll(lab, a, b);
    expect(lab.isIdle).toBe(true);
  });
});

describe('a number that is known at once', () => {
  it.each([
    ['a speed dial', (phone: CallTestPhone) => phone.button(2, 1)],
    ['a speed dial with a lamp', (phone: CallTestPhone) => phone.button(21, 2)],
    ['the voicemail key', (phone: CallTestPhone) => phone.button(15, 1)],
    ['the messages key', (phone: CallTestPhone) => phone.button(194, 1)],
    ['en bloc', (phone: CallTestPhone) => phone.send('EnblocCallMessage', { calledParty: '5002', lineInstance: 1 })],
    [
      'en bloc, aligned',
      (phone: CallTestPhone) => phone.send('EnblocCallMessage', { calledParty: '5002', lineInstance: 1 }, 'aligned'),
    ],
    ['en bloc without a line', (phone: CallTestPhone) => phone.send('EnblocCallMessage', { calledParty: '50-02' })],
  ] as const)('by %s is called without dial tone, and is what Redial dials', async (_way, act) => {
    const { lab, a, b } = await lab2({ device: { speedDials, lines: withVoicemail } });
    act(a);
    lab.settle();
    const called = [...HANDS_FREE, ...DIALLING, ...PROCEEDING, ...RINGING];
    expect(names(a.fresh())).toEqual(called);
    endAll(lab, a, b);
    a.key(KEY.redial);
    lab.settle();
    expect(names(a.fresh())).toEqual(called);
    expect(b.state).toBe(4);
  });

  it.each([3, 17, 18, 22])('en bloc reaches a phone of version %i', async (version) => {
    const { lab, a, b } = await lab2({ version });
    a.send('EnblocCallMessage', { calledParty: '5002' });
    lab.settle();
    expect(b.state).toBe(4);
  });

  it('goes on the leg that waits for its first digit', async () => {
    const { lab, a, b } = await lab2({ device: { speedDials } });
    a.lift();
    a.fresh();
    a.send('EnblocCallMessage', { calledParty: '5002' });
    lab.settle();
    expect(names(a.fresh())).toEqual(['StopToneMessage', 'SelectSoftKeysMessage', ...PROCEEDING, ...RINGING]);
    endAll(lab, a, b);
    a.key(KEY.newCall);
    a.button(2, 1);
    lab.settle();
    expect([lab.control.legs.of(lab.harness.record(a.name).configured.name).length, b.state]).toEqual([1, 4]);
  });

  it.each([
    ['Redial', (phone: CallTestPhone) => phone.key(KEY.redial), '\u0080\u002d'],
    ['a fixed Redial key', (phone: CallTestPhone) => phone.button(1, 1), '\u0080\u002d'],
    ['a speed dial', (phone: CallTestPhone) => phone.button(2, 7), '\u0080\u002d'],
    ['voicemail', (phone: CallTestPhone) => phone.button(15, 1), '\u0080\u0049'],
    ['en bloc', (phone: CallTestPhone) => phone.send('EnblocCallMessage', { calledParty: ' ' }), '\u0080\u002d'],
    ['Transfer', (phone: CallTestPhone) => phone.key(KEY.transfer), '\u0080\u002d'],
    ['CFwdAll', (phone: CallTestPhone) => phone.key(KEY.forwardAll), '\u0080\u002d'],
    ['a Park button', (phone: CallTestPhone) => phone.button(126, 1), '\u0080\u002d'],
  ] as const)('without any, %s shows for five seconds that it is not active', async (_way, act, prompt) => {
    const { lab, a } = await lab2();
    act(a);
    const [notice, ...others] = a.fresh();
    expect(others).toEqual([]);
    expect(notice?.fields).toMatchObject({ timeOutValue: 5, promptStatus: prompt, lineInstance: 0, callReference: 0 });
    expect(lab.isIdle).toBe(true);
  });

  it('turns the Redial key on', async () => {
    const { lab, a, b } = await lab2();
    const redial = (phone: CallTestPhone): number => phone.keys[1] & 1;
    a.lift();
    expect(redial(a)).toBe(0);
    a.digits('5002');
    lab.settle();
    a.hangUp();
    lab.settle();
    expect([redial(a), b.keys[1] & 1]).toEqual([1, 0]);
  });
});

describe('digits', () => {
  it('are taken back one by one, and without any there is dial tone again', async () => {
    const { a } = await lab2();
    a.lift();
    a.digits('50');
    a.fresh();
    a.key(KEY.backspace, a.reference);
    expect(names(a.fresh())).toEqual(['BackSpaceReqMessage']);
    a.key(KEY.backspace);
    expect(names(a.fresh())).toEqual(['BackSpaceReqMessage', 'SelectSoftKeysMessage', 'StartToneMessage']);
    expect([...a.tones.values(), a.keys[0]]).toEqual([0x21, 4]);
    a.key(KEY.backspace);
    expect(a.fresh()).toEqual([]);
    a.digits('5');
    expect(names(a.fresh())).toEqual(['StopToneMessage', 'SelectSoftKeysMessage']);
  });

  it('end with #, which dials what there is', async () => {
    const { lab, a, b } = await lab2({}, { dn: '50' });
    a.lift();
    a.digits('50');
    lab.settle();
    expect(b.state).toBeUndefined();
    a.digits('#');
    lab.settle();
    expect(b.state).toBe(4);
  });

  it('are no more than 24', async () => {
    const { lab, a } = await lab2({}, { dn: '1'.repeat(30) });
    a.lift();
    a.digits('1'.repeat(40));
    const [leg] = lab.control.legs.all();
    expect(leg?.digits).toBe('1'.repeat(24));
  });

  it('of a phone that gives neither line nor reference, or both as 0, are those of its leg', async () => {
    const { lab, a, b } = await lab2({ version: 3 }, { version: 3 });
    a.send('OffHookMessage', {});
    for (const kpButton of [5, 0]) a.send('KeypadButtonMessage', { kpButton });
    for (const kpButton of [0, 2]) a.send('KeypadButtonMessage', { kpButton, lineInstance: 0, callReference: 0 });
    lab.settle();
    expect(b.state).toBe(4);
    b.send('SoftKeyEventMessage', { softKeyEvent: KEY.answer });
    lab.settle();
    expect(a.state).toBe(5);
    a.send('SoftKeyEventMessage', { softKeyEvent: KEY.hold });
    lab.settle();
    expect(a.state).toBe(8);
    a.send('SoftKeyEventMessage', { softKeyEvent: KEY.resume, lineInstance: 0, callReference: 0 });
    lab.settle();
    expect(a.state).toBe(5);
    b.send('SoftKeyEventMessage', { softKeyEvent: KEY.endCall, lineInstance: 0, callReference: 0 });
    lab.settle();
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });
});

describe('a call that fails', () => {
  const CALL = {
    busy: [6, 0x23, '\u0080\u0019'],
    unknown: [14, 0x25, '\u0080\u0038'],
    failed: [7, 0x25, '\u0080\u0023'],
  } as const;

  const expectFailure = (phone: CallTestPhone, [state, tone, prompt]: readonly [number, number, string]): void => {
    expect([phone.state, [...phone.tones.values()], phone.prompt, phone.keys[0]]).toEqual([state, [tone], prompt, 8]);
  };

  it('for a number that nobody has', async () => {
    const { lab, a } = await lab2();
    a.lift();
    a.digits('5002'.slice(0, 3));
    a.fresh();
    a.digits('9');
    expectFailure(a, CALL.unknown);
    expect(names(a.fresh())).toEqual([
      'DialedNumberMessage',
      'CallStateMessage',
      'CallInfoV2Message',
      'StartToneMessage',
      'SelectSoftKeysMessage',
      'DisplayPromptStatusV2Message',
    ]);
    a.hangUp();
    expect(lab.isIdle).toBe(true);
    expect(a.traces.tones).toEqual([]);
  });

  it('for such a number at version 3, whose phones do not know the state', async () => {
    const { a } = await lab2({ version: 3 });
    a.lift();
    a.digits('9999');
    expectFailure(a, [7, 0x25, '\u0080\u0038']);
  });

  it('to its own number', async () => {
    const { lab, a } = await lab2();
    a.lift();
    a.digits('5001');
    lab.settle();
    expectFailure(a, CALL.busy);
  });

  it('to a phone that is not registered', async () => {
    const { lab, a, b } = await lab2();
    b.link.link.hangUp();
    a.lift();
    a.digits('5002');
    expectFailure(a, CALL.failed);
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('at the busy trigger', async () => {
    const lab = await phoneLab([{ dn: '5001' }, { dn: '5002', busyTrigger: 1 }, { dn: '5003' }]);
    const [a, , c] = lab.phones as [CallTestPhone, CallTestPhone, CallTestPhone];
    for (const phone of [a, c]) {
      phone.lift();
      phone.digits('5002');
      lab.settle();
    }
    expect(a.state).toBe(3);
    expectFailure(c, CALL.busy);
  });

  it('because nobody answers', async () => {
    const { lab, a, b } = await lab2({}, {}, { noAnswer: 20_000 as never });
    a.lift();
    a.digits('5002');
    lab.settle();
    lab.pass(20_000);
    expectFailure(a, CALL.failed);
    expect(b.traces).toMatchObject({ lit: [], ringing: [], calls: [] });
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('after fifteen seconds without a digit; hands free it ends by itself fifteen seconds later', async () => {
    const { lab, a } = await lab2();
    a.key(KEY.newCall);
    lab.pass(15_000);
    expectFailure(a, CALL.failed);
    lab.pass(15_000);
    expect(a.traces).toMatchObject({ lit: [], tones: [], calls: [] });
    expect([a.speaker, lab.isIdle]).toEqual([false, true]);
    a.lift();
    a.digits('50');
    lab.pass(15_000);
    expectFailure(a, CALL.unknown);
    lab.pass(60_000);
    expectFailure(a, CALL.unknown);
    a.hangUp();
    expect(lab.isIdle).toBe(true);
  });

  it('when its line is full: nothing begins', async () => {
    const { lab, a } = await lab2({ maxCalls: 0 });
    a.lift();
    const [notice, tone, ...others] = a.fresh();
    expect(others).toEqual([]);
    expect(notice?.fields).toMatchObject({ timeOutValue: 5, promptStatus: '\u0080\u002d' });
    expect(tone?.fields).toMatchObject({ tone: 0x33, lineInstance: 0, callReference: 0 });
    a.hangUp();
    expect([a.fresh(), lab.isIdle]).toEqual([[], true]);
  });
});
