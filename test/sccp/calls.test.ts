// A phone that would call: it hears reorder tone, reads that calls are not available, and is whole again afterwards.

import { describe, expect, test } from 'vitest';
import type { ReceivedMessage } from '../support/sccp-harness.js';
import { names, only, type SccpTestPhone, sccpHarness } from '../support/sccp-harness.js';

const registered = async (protocolVer = 20) => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.comeUp('ipctest2', { protocolVer });
  phone.say('TimeDateReqMessage', {});
  return { rig, phone };
};

const REFUSED = [
  'SetLampMessage',
  'CallStateMessage',
  'SelectSoftKeysMessage',
  'DisplayPromptStatusV2Message',
  'ActivateCallPlaneMessage',
  'StartToneMessage',
];
const WHOLE_AGAIN = [
  'StopToneMessage',
  'SetSpeakerModeMessage',
  'SetLampMessage',
  'ClearPromptStatusMessage',
  'CallStateMessage',
  'DeactivateCallPlaneMessage',
  'SelectSoftKeysMessage',
  'DisplayPromptStatusV2Message',
];

interface Way {
  readonly way: string;
  readonly act: (phone: SccpTestPhone) => ReceivedMessage[];
  readonly handsFree: boolean;
  readonly line?: number;
}

const handset = (way: string, fields: { lineInstance?: number; callReference?: number }, line?: number): Way => ({
  way,
  act: (phone) => phone.say('OffHookMessage', fields),
  handsFree: false,
  ...(line === undefined ? {} : { line }),
});

const key = (way: string, stimulus: number, stimulusInstance: number, line?: number): Way => ({
  way,
  act: (phone) => phone.say('StimulusMessage', { stimulus, stimulusInstance }),
  handsFree: true,
  ...(line === undefined ? {} : { line }),
});

const WAYS: readonly Way[] = [
  handset('lifts its handset', {}),
  handset('lifts its handset on line 2', { lineInstance: 2, callReference: 0 }, 2),
  key('presses a line', 9, 3, 3),
  key('presses a speed dial', 2, 4),
  key('presses a speed dial with a lamp', 0x15, 1),
  key('presses redial', 1, 1),
  key('presses the messages key', 0x0f, 1),
  ...[1, 2, 5, 11, 16, 17, 18].map(
    (softKeyEvent): Way => ({
      way: `presses soft key ${softKeyEvent}`,
      act: (phone) => phone.say('SoftKeyEventMessage', { softKeyEvent, lineInstance: 0, callReference: 0 }),
      handsFree: true,
    }),
  ),
  {
    way: 'dials a whole number at once',
    act: (phone) => phone.say('EnblocCallMessage', { calledParty: '5005' }),
    handsFree: true,
  },
];

describe.each(WAYS)('a phone that $way', ({ act, handsFree, line = 1 }) => {
  test('hears reorder tone, reads why, and is whole again after it hangs up', async () => {
    const { rig, phone } = await registered();
    const heard = act(phone);
    expect(names(heard)).toEqual(handsFree ? ['SetSpeakerModeMessage', ...REFUSED] : REFUSED);
    const tone = only(heard, 'StartToneMessage').fields;
    expect(tone).toMatchObject({ tone: 0x25, toneOutputDirection: 0, lineInstance: line });
    const { callReference } = tone;
    expect(callReference).toBeGreaterThan(0);
    expect(only(heard, 'DisplayPromptStatusV2Message').fields).toMatchObject({
      promptStatus: 'Calls are not available',
      lineInstance: line,
      callReference,
    });
    expect(only(heard, 'CallStateMessage').fields).toMatchObject({ callState: 1, lineInstance: line, callReference });
    expect(only(heard, 'SelectSoftKeysMessage').fields).toMatchObject({ softKeySetIndex: 4, validKeyMask: 2 });
    expect(rig.probe.of('sccp.call-refused')).toMatchObject([{ line, callReference }]);

    const after = phone.say('OnHookMessage', {});
    expect(names(after)).toEqual(WHOLE_AGAIN);
    expect(only(after, 'StopToneMessage').fields).toMatchObject({ lineInstance: line, callReference });
    expect(only(after, 'CallStateMessage').fields).toMatchObject({ callState: 2, callReference });
    expect(only(after, 'DisplayPromptStatusV2Message').fields.promptStatus).toBe('\u0080\u0013');
    expect(rig.record('ipctest2').state).toBe('registered');
    expect(names(act(phone)).at(-1)).toBe('StartToneMessage');
  });
});

test('the EndCall soft key ends it as hanging up does', async () => {
  const { phone } = await registered();
  phone.say('OffHookMessage', {});
  expect(names(phone.say('SoftKeyEventMessage', { softKeyEvent: 9, lineInstance: 1, callReference: 1 }))).toEqual(
    WHOLE_AGAIN,
  );
});

test('every refused call has a reference of its own', async () => {
  const { phone } = await registered();
  const references = new Set<unknown>();
  for (let count = 0; count < 20; count += 1) {
    references.add(only(phone.say('OffHookMessage', {}), 'StartToneMessage').fields.callReference);
    phone.say('OnHookMessage', {});
  }
  expect(references.size).toBe(20);
});

test('digits and further keys on a phone that is off its hook change nothing', async () => {
  const { phone } = await registered();
  phone.say('OffHookMessage', {});
  expect(phone.say('KeypadButtonMessage', { kpButton: 5 })).toEqual([]);
  expect(phone.say('StimulusMessage', { stimulus: 9, stimulusInstance: 1 })).toEqual([]);
  expect(phone.say('OffHookMessage', {})).toEqual([]);
  expect(names(phone.say('OnHookMessage', {}))).toEqual(WHOLE_AGAIN);
});

test('a handset put down that was never lifted shows the idle screen', async () => {
  const { phone } = await registered();
  expect(names(phone.say('OnHookMessage', {}))).toEqual(['SelectSoftKeysMessage', 'DisplayPromptStatusV2Message']);
});

test('keys of calls that are not there lead to nothing', async () => {
  const { phone } = await registered();
  for (const softKeyEvent of [3, 4, 8, 10, 13, 99])
    expect(phone.say('SoftKeyEventMessage', { softKeyEvent, lineInstance: 0, callReference: 0 })).toEqual([]);
  for (const stimulus of [3, 4, 0x14, 0xc6])
    expect(phone.say('StimulusMessage', { stimulus, stimulusInstance: 1 })).toEqual([]);
});

test.each([0, 3, 7, 11, 15, 17, 22])('at version %i the messages are of that version', async (version) => {
  const { phone } = await registered(version);
  const heard = phone.say('OffHookMessage', {});
  for (const { frame } of heard) expect(frame.readUInt32LE(4)).toBe(version < 12 ? 0 : version);
  const prompt = heard.find(({ name }) => name.startsWith('DisplayPromptStatus'));
  expect(prompt?.name).toBe(version < 8 ? 'DisplayPromptStatusMessage' : 'DisplayPromptStatusV2Message');
  expect(prompt?.fields.promptStatus).toBe('Calls are not available');
  const stop = only(phone.say('OnHookMessage', {}), 'StopToneMessage');
  expect(stop.frame.length - 12).toBe(version < 11 ? 8 : 12);
});

test('a phone that is not yet registered is refused as politely', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.register('ipctest2');
  expect(names(phone.say('OffHookMessage', {}))).toEqual(REFUSED);
});

test('a phone that registers anew is on its hook', async () => {
  const { phone } = await registered();
  phone.say('OffHookMessage', {});
  phone.comeUp('ipctest2', { protocolVer: 20 });
  expect(names(phone.say('OffHookMessage', {}))).toEqual(REFUSED);
});
