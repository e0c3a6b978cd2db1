// The states of calls, who calls whom, and tones (`sccp.md` §5.5). Declarations only.

import { chars, directoryNumber, enumerated, pad, terminated, u32 } from '../codec/fields.js';
import { sameTail, since, tail } from '../codec/layout.js';
import { message } from '../codec/message.js';
import {
  CALL_HISTORY,
  CALL_SECURITY,
  CALL_STATES,
  CALL_TYPES,
  PRIVACY,
  TONE_DIRECTIONS,
} from '../tables/enumerations.js';
import { TONES } from '../tables/tones.js';

export const CallState = message({
  id: 0x0111,
  name: 'CallStateMessage',
  direction: 'server→phone',
  phase: 'call control',
  doc: 'The state of a call. CallManager sends precedence level 4, routine.',
  captured: [0, 20],
  fields: {
    callState: enumerated(CALL_STATES),
    lineInstance: u32,
    callReference: u32,
    privacy: tail(enumerated(PRIVACY)),
    precedenceLevel: sameTail(u32),
    precedenceDomain: sameTail(u32),
  },
});

export const CallInfo = message({
  id: 0x008f,
  name: 'CallInfoMessage',
  direction: 'server→phone',
  phase: 'display',
  doc: 'Who calls whom. CallManager 2.x sends the first four fields.',
  captured: [0],
  fields: {
    callingPartyName: chars(40),
    callingParty: chars(24),
    calledPartyName: chars(40),
    calledParty: chars(24),
    lineInstance: tail(u32),
    callReference: sameTail(u32),
    callType: sameTail(enumerated(CALL_TYPES)),
    originalCalledPartyName: sameTail(chars(40)),
    originalCalledParty: sameTail(chars(24)),
    lastRedirectingPartyName: sameTail(chars(40)),
    lastRedirectingParty: sameTail(chars(24)),
    originalCdpnRedirectReason: sameTail(u32),
    lastRedirectingReason: sameTail(u32),
    cgpnVoiceMailbox: sameTail(chars(24)),
    cdpnVoiceMailbox: sameTail(chars(24)),
    originalCdpnVoiceMailbox: sameTail(chars(24)),
    lastRedirectingVoiceMailbox: sameTail(chars(24)),
    callInstance: sameTail(u32),
    callSecurityStatus: sameTail(enumerated(CALL_SECURITY)),
    /** Bit pairs of name and number: calling, called, original called, last redirecting. */
    partyPIRestrictionBits: sameTail(u32),
  },
});

export const CallInfoV2 = message({
  id: 0x014a,
  name: 'CallInfoV2Message',
  aliases: ['CallInfoDynamic'],
  direction: 'server→phone',
  phase: 'display',
  doc: 'The dynamic form of CallInfo. Below version 16 its second text is disputed: prefer CallInfo there.',
  captured: [20],
  fields: {
    lineInstance: u32,
    callReference: u32,
    callType: enumerated(CALL_TYPES),
    originalCdpnRedirectReason: u32,
    lastRedirectingReason: u32,
    callInstance: u32,
    callSecurityStatus: enumerated(CALL_SECURITY),
    partyPIRestrictionBits: u32,
    callingParty: terminated(25),
    alternateCallingParty: terminated(25),
    calledParty: terminated(25),
    originalCalledParty: terminated(25),
    lastRedirectingParty: terminated(25),
    cgpnVoiceMailbox: terminated(25),
    cdpnVoiceMailbox: terminated(25),
    originalCdpnVoiceMailbox: terminated(25),
    lastRedirectingVoiceMailbox: terminated(25),
    callingPartyName: terminated(121),
    calledPartyName: terminated(121),
    originalCalledPartyName: terminated(121),
    lastRedirectingPartyName: terminated(121),
    huntPilotNumber: since(16, terminated(25)),
    huntPilotName: since(16, terminated(121)),
  },
});

export const DialedNumber = message({
  id: 0x011d,
  name: 'DialedNumberMessage',
  direction: 'server→phone',
  phase: 'call control',
  doc: 'The number that was dialled.',
  captured: [20],
  fields: { dialedNumber: directoryNumber, lineInstance: u32, callReference: u32, pad: since(18, pad(3)) },
});

export const StartTone = message({
  id: 0x0082,
  name: 'StartToneMessage',
  direction: 'server→phone',
  phase: 'media',
  doc: 'Plays a tone. CallManager 2.x sends the tone alone.',
  captured: [0],
  fields: {
    tone: enumerated(TONES),
    toneOutputDirection: tail(enumerated(TONE_DIRECTIONS)),
    lineInstance: sameTail(u32),
    callReference: sameTail(u32),
  },
});

export const StopTone = message({
  id: 0x0083,
  name: 'StopToneMessage',
  direction: 'server→phone',
  phase: 'media',
  doc: 'Stops a tone, from version 11 on a certain one; 0 is any.',
  captured: [0, 20],
  fields: { lineInstance: tail(u32), callReference: sameTail(u32), tone: since(11, sameTail(enumerated(TONES))) },
});

export const ActivateCallPlane = message({
  id: 0x0116,
  name: 'ActivateCallPlaneMessage',
  direction: 'server→phone',
  phase: 'call control',
  doc: "The display is a line's now.",
  captured: [0, 20],
  fields: { lineInstance: u32 },
});

export const DeactivateCallPlane = message({
  id: 0x0117,
  name: 'DeactivateCallPlaneMessage',
  direction: 'server→phone',
  phase: 'call control',
  doc: "The display is no line's any more.",
  captured: [],
  fields: {},
});

export const BackSpaceReq = message({
  id: 0x0119,
  name: 'BackSpaceReqMessage',
  aliases: ['BackSpaceRes'],
  direction: 'server→phone',
  phase: 'call control',
  doc: 'Takes the last digit back.',
  captured: [],
  fields: { lineInstance: u32, callReference: u32 },
});

export const CallSelectStat = message({
  id: 0x0130,
  name: 'CallSelectStatMessage',
  aliases: ['CallSelectStatRes'],
  direction: 'server→phone',
  phase: 'call control',
  doc: 'Which calls are selected.',
  captured: [],
  fields: { callSelectStat: u32, callReference: u32, lineInstance: u32 },
});

export const CallHistoryInfo = message({
  id: 0x0156,
  name: 'CallHistoryInfoMessage',
  aliases: ['CallHistoryDisposition'],
  direction: 'server→phone',
  phase: 'call control',
  doc: "How a call is to stand in the phone's list.",
  captured: [],
  fields: { callHistoryDisposition: enumerated(CALL_HISTORY), lineInstance: u32, callReference: u32 },
});

export const RecordingStatus = message({
  id: 0x0160,
  name: 'RecordingStatusMessage',
  direction: 'server→phone',
  phase: 'call control',
  doc: 'A call is being recorded.',
  captured: [],
  fields: { callReference: u32, recordingStatus: u32 },
});
