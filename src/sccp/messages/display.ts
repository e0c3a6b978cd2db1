// Texts, lamps and sounds on an idle or busy phone (`sccp.md` §5.4). Declarations only.

import { chars, enumerated, pad, terminated, u32 } from '../codec/fields.js';
import { sameTail, tail } from '../codec/layout.js';
import { message } from '../codec/message.js';
import { LAMP_MODES, ON_OFF, RING_DURATIONS, RING_MODES } from '../tables/enumerations.js';
import { STIMULI } from '../tables/stimuli.js';

export const SetRinger = message({
  id: 0x0085,
  name: 'SetRingerMessage',
  direction: 'server→phone',
  phase: 'display',
  doc: 'How to ring. CallManager 2.x sends the mode alone.',
  captured: [0, 20],
  fields: {
    ringMode: enumerated(RING_MODES),
    ringDuration: tail(enumerated(RING_DURATIONS)),
    lineInstance: sameTail(u32),
    callReference: sameTail(u32),
  },
});

export const SetLamp = message({
  id: 0x0086,
  name: 'SetLampMessage',
  direction: 'server→phone',
  phase: 'display',
  doc: 'A lamp beside a key, or the message lamp.',
  captured: [0, 20],
  fields: { stimulus: enumerated(STIMULI), stimulusInstance: u32, lampMode: enumerated(LAMP_MODES) },
});

export const SetHookFlashDetect = message({
  id: 0x0087,
  name: 'SetHookFlashDetectMessage',
  direction: 'server→phone',
  phase: 'call control',
  doc: 'The phone is to tell of hook flashes.',
  captured: [],
  fields: {},
});

export const SetSpeakerMode = message({
  id: 0x0088,
  name: 'SetSpeakerModeMessage',
  direction: 'server→phone',
  phase: 'display',
  doc: 'Loudspeaker on or off.',
  captured: [0, 20],
  fields: { speakerMode: enumerated(ON_OFF) },
});

export const SetMicroMode = message({
  id: 0x0089,
  name: 'SetMicroModeMessage',
  direction: 'server→phone',
  phase: 'display',
  doc: 'Microphone on or off.',
  captured: [],
  fields: { micMode: enumerated(ON_OFF) },
});

export const DisplayText = message({
  id: 0x0099,
  name: 'DisplayTextMessage',
  direction: 'server→phone',
  phase: 'display',
  doc: 'Text on the display. 32 octets, or 33 padded to 36.',
  captured: [0],
  fields: { text: chars(33), pad: pad(3) },
});

export const ClearDisplay = message({
  id: 0x009a,
  name: 'ClearDisplayMessage',
  direction: 'server→phone',
  phase: 'display',
  doc: 'Clears the display.',
  captured: [],
  fields: {},
});

export const DisplayPromptStatus = message({
  id: 0x0112,
  name: 'DisplayPromptStatusMessage',
  direction: 'server→phone',
  phase: 'display',
  doc: 'The prompt of a line or, with line 0, of the phone: text or label codes; 0 seconds: it stays.',
  captured: [0],
  fields: { timeOutValue: u32, promptStatus: chars(32), lineInstance: u32, callReference: u32 },
});

export const DisplayPromptStatusV2 = message({
  id: 0x0145,
  name: 'DisplayPromptStatusV2Message',
  direction: 'server→phone',
  phase: 'display',
  doc: 'The dynamic form of DisplayPromptStatus, for phones that announced it, from version 8 on.',
  captured: [15, 20],
  fields: { timeOutValue: u32, lineInstance: u32, callReference: u32, promptStatus: terminated(97) },
});

export const ClearPromptStatus = message({
  id: 0x0113,
  name: 'ClearPromptStatusMessage',
  direction: 'server→phone',
  phase: 'display',
  doc: 'Clears a prompt.',
  captured: [],
  fields: { lineInstance: u32, callReference: u32 },
});

export const DisplayNotify = message({
  id: 0x0114,
  name: 'DisplayNotifyMessage',
  direction: 'server→phone',
  phase: 'display',
  doc: 'A notice for so many seconds.',
  captured: [],
  fields: { timeOutValue: u32, notify: chars(32) },
});

export const DisplayNotifyV2 = message({
  id: 0x0143,
  name: 'DisplayNotifyV2Message',
  aliases: ['DisplayDynamicNotify'],
  direction: 'server→phone',
  phase: 'display',
  doc: 'The dynamic form of DisplayNotify.',
  captured: [],
  fields: { timeOutValue: u32, notify: terminated(97) },
});

export const ClearNotify = message({
  id: 0x0115,
  name: 'ClearNotifyMessage',
  direction: 'server→phone',
  phase: 'display',
  doc: 'Clears the notice.',
  captured: [],
  fields: {},
});

export const DisplayPriNotify = message({
  id: 0x0120,
  name: 'DisplayPriNotifyMessage',
  direction: 'server→phone',
  phase: 'display',
  doc: 'A notice with a priority.',
  captured: [0],
  fields: { timeOutValue: u32, priority: u32, notify: chars(32) },
});

export const DisplayPriNotifyV2 = message({
  id: 0x0144,
  name: 'DisplayPriNotifyV2Message',
  direction: 'server→phone',
  phase: 'display',
  doc: 'The dynamic form of DisplayPriNotify.',
  captured: [20],
  fields: { timeOutValue: u32, priority: u32, notify: terminated(97) },
});

export const ClearPriNotify = message({
  id: 0x0121,
  name: 'ClearPriNotifyMessage',
  direction: 'server→phone',
  phase: 'display',
  doc: 'Clears the notice of that priority.',
  captured: [],
  fields: { priority: u32 },
});
