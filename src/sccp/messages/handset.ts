// What a phone's user does: handset, digits, keys (`sccp.md` §5.5). Declarations only.

import { chars, directoryNumber, enumerated, pad, u32 } from '../codec/fields.js';
import { sameTail, since, tail } from '../codec/layout.js';
import { message } from '../codec/message.js';
import { KEYPAD_BUTTONS, SOFT_KEY_EVENTS } from '../tables/enumerations.js';
import { STIMULI } from '../tables/stimuli.js';

export const OffHook = message({
  id: 0x0006,
  name: 'OffHookMessage',
  direction: 'phone→server',
  phase: 'call control',
  doc: 'The handset was lifted, or the speaker key pressed.',
  captured: [0, 20, 22],
  fields: { lineInstance: tail(u32), callReference: tail(u32) },
});

export const OnHook = message({
  id: 0x0007,
  name: 'OnHookMessage',
  direction: 'phone→server',
  phase: 'call control',
  doc: 'The handset was put back.',
  captured: [0, 22],
  fields: { lineInstance: tail(u32), callReference: tail(u32) },
});

export const HookFlash = message({
  id: 0x0008,
  name: 'HookFlashMessage',
  direction: 'phone→server',
  phase: 'call control',
  doc: 'The hook was flashed.',
  captured: [],
  fields: { lineInstance: tail(u32), callReference: tail(u32) },
});

export const KeypadButton = message({
  id: 0x0003,
  name: 'KeypadButtonMessage',
  direction: 'phone→server',
  phase: 'call control',
  doc: 'A digit.',
  captured: [0],
  fields: { kpButton: enumerated(KEYPAD_BUTTONS), lineInstance: tail(u32), callReference: sameTail(u32) },
});

/** 8941 and 8945: the line is where the packed form has padding. */
const ALIGNED_ENBLOC = 32;

const ALIGNED_LINE = 28;

export const EnblocCall = message({
  id: 0x0004,
  name: 'EnblocCallMessage',
  direction: 'phone→server',
  phase: 'call control',
  doc: 'A whole number at once. From version 18 on some phones pack the line behind 25 octets, others align it.',
  captured: [22],
  fields: { calledParty: directoryNumber, lineInstance: tail(u32), pad: since(18, sameTail(pad(3))) },
  forms: {
    aligned: {
      fields: { calledParty: chars(25), pad: pad(3), lineInstance: u32 },
      when: (body: Buffer) => body.length === ALIGNED_ENBLOC && body.readUInt32LE(ALIGNED_LINE) !== 0,
      captured: true,
    },
  },
});

export const Stimulus = message({
  id: 0x0005,
  name: 'StimulusMessage',
  direction: 'phone→server',
  phase: 'call control',
  doc: 'A key beside the screen was pressed.',
  captured: [0],
  fields: { stimulus: enumerated(STIMULI), stimulusInstance: u32, callReference: tail(u32), stimulusStatus: tail(u32) },
});

export const SoftKeyEvent = message({
  id: 0x0026,
  name: 'SoftKeyEventMessage',
  direction: 'phone→server',
  phase: 'call control',
  doc: 'A soft key was pressed: the event that the template gave it.',
  captured: [0],
  fields: { softKeyEvent: enumerated(SOFT_KEY_EVENTS), lineInstance: tail(u32), callReference: sameTail(u32) },
});

export const OffHookWithCallingPartyNumber = message({
  id: 0x0024,
  name: 'OffHookWithCallingPartyNumberMessage',
  aliases: ['OffHookWithCgpn'],
  direction: 'phone→server',
  phase: 'call control',
  doc: 'The handset was lifted, with the number of the caller.',
  captured: [],
  fields: { callingPartyNumber: directoryNumber, cgpnVoiceMailbox: directoryNumber, lineInstance: tail(u32) },
});
