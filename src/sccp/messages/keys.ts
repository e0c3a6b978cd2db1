// The keys beside and below a phone's screen: buttons, soft keys and their sets (`sccp.md` §5.3). Declarations only.

import { counted, record, u8s, u16s } from '../codec/array-fields.js';
import { chars, enumerated, enumerated8, u8, u32 } from '../codec/fields.js';
import { tail } from '../codec/layout.js';
import { message } from '../codec/message.js';
import { SOFT_KEY_EVENTS, SOFT_KEY_SETS } from '../tables/enumerations.js';
import { BUTTON_DEFINITIONS } from '../tables/stimuli.js';

export const ButtonTemplateReq = message({
  id: 0x000e,
  name: 'ButtonTemplateReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'ButtonTemplateResMessage',
  doc: 'What is beside the screen? Some clients send a word with it.',
  captured: [0],
  fields: { unused: tail(u32) },
});

export const ButtonTemplateRes = message({
  id: 0x0097,
  name: 'ButtonTemplateResMessage',
  direction: 'server→phone',
  phase: 'config query',
  doc: 'The buttons from the top, spare ones as 00 FF; 42 slots, 56 for phones with many modules.',
  captured: [0],
  fields: {
    buttonOffset: u32,
    buttonCount: u32,
    totalButtonCount: u32,
    definition: counted(
      { count: 'buttonCount', slots: 42, more: 56, unused: '00ff' },
      record({ instanceNumber: u8, buttonDefinition: enumerated8(BUTTON_DEFINITIONS) }),
    ),
  },
});

export const SoftKeyTemplateReq = message({
  id: 0x0028,
  name: 'SoftKeyTemplateReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'SoftKeyTemplateResMessage',
  doc: 'Which soft keys are there?',
  captured: [0],
  fields: {},
});

export const SoftKeyTemplateRes = message({
  id: 0x0108,
  name: 'SoftKeyTemplateResMessage',
  direction: 'server→phone',
  phase: 'config query',
  doc: 'The soft keys: label, and the event that the phone returns when one is pressed. Always 32 slots.',
  captured: [0],
  fields: {
    softKeyOffset: u32,
    softKeyCount: u32,
    totalSoftKeyCount: u32,
    definition: counted(
      { count: 'softKeyCount', slots: 32 },
      record({ softKeyLabel: chars(16), softKeyEvent: enumerated(SOFT_KEY_EVENTS) }),
    ),
  },
});

export const SoftKeySetReq = message({
  id: 0x0025,
  name: 'SoftKeySetReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'SoftKeySetResMessage',
  doc: 'Which soft keys belong together?',
  captured: [0],
  fields: {},
});

export const SoftKeySetRes = message({
  id: 0x0109,
  name: 'SoftKeySetResMessage',
  direction: 'server→phone',
  phase: 'config query',
  doc: 'The sets of soft keys by template row (1-based, 0 is no key) and by 300 + event. Always 16 slots.',
  captured: [0],
  fields: {
    softKeySetOffset: u32,
    softKeySetCount: u32,
    totalSoftKeySetCount: u32,
    definition: counted(
      { count: 'softKeySetCount', slots: 16 },
      record({ softKeyTemplateIndex: u8s(16), softKeyInfoIndex: u16s(16) }),
    ),
  },
});

export const SelectSoftKeys = message({
  id: 0x0110,
  name: 'SelectSoftKeysMessage',
  direction: 'server→phone',
  phase: 'display',
  doc: 'Which set to show now, and which of its keys: bit 0 is the first key of the set.',
  captured: [0, 20],
  fields: { lineInstance: u32, callReference: u32, softKeySetIndex: enumerated(SOFT_KEY_SETS), validKeyMask: u32 },
});
