// Digits in streams (`sccp.md` §11). No capture backs their layouts. Declarations only.

import { enumerated, u32 } from '../codec/fields.js';
import { message } from '../codec/message.js';
import { TONES } from '../tables/tones.js';

export const NotifyDtmfTone = message({
  id: 0x0127,
  name: 'NotifyDtmfToneMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'A digit was heard in the stream.',
  captured: [],
  fields: { tone: enumerated(TONES), conferenceId: u32, passthruPartyID: u32 },
});

export const SendDtmfTone = message({
  id: 0x0128,
  name: 'SendDtmfToneMessage',
  direction: 'server→phone',
  phase: 'media',
  doc: 'Send a digit in the stream.',
  captured: [],
  fields: { tone: enumerated(TONES), conferenceId: u32, passthruPartyID: u32 },
});

export const SubscribeDtmfPayloadReq = message({
  id: 0x0129,
  name: 'SubscribeDtmfPayloadReqMessage',
  direction: 'server→phone',
  phase: 'media',
  answer: 'SubscribeDtmfPayloadResMessage or SubscribeDtmfPayloadErrMessage',
  doc: 'Tell of digits that come as this payload.',
  captured: [],
  fields: { payloadDtmf: u32, conferenceId: u32, passthruPartyID: u32, dtmfType: u32 },
});

export const SubscribeDtmfPayloadRes = message({
  id: 0x012a,
  name: 'SubscribeDtmfPayloadResMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'It will be told.',
  captured: [],
  fields: { payloadDtmf: u32, conferenceId: u32, passthruPartyID: u32 },
});

export const SubscribeDtmfPayloadErr = message({
  id: 0x012b,
  name: 'SubscribeDtmfPayloadErrMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'It cannot be told.',
  captured: [],
  fields: { payloadDtmf: u32, conferenceId: u32, passthruPartyID: u32 },
});

export const UnSubscribeDtmfPayloadReq = message({
  id: 0x012c,
  name: 'UnSubscribeDtmfPayloadReqMessage',
  direction: 'server→phone',
  phase: 'media',
  answer: 'UnSubscribeDtmfPayloadResMessage or UnSubscribeDtmfPayloadErrMessage',
  doc: 'Tell of such digits no longer.',
  captured: [],
  fields: { payloadDtmf: u32, conferenceId: u32, passthruPartyID: u32, dtmfType: u32 },
});

export const UnSubscribeDtmfPayloadRes = message({
  id: 0x012d,
  name: 'UnSubscribeDtmfPayloadResMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'It will not be told any more.',
  captured: [],
  fields: { payloadDtmf: u32, conferenceId: u32, passthruPartyID: u32 },
});

export const UnSubscribeDtmfPayloadErr = message({
  id: 0x012e,
  name: 'UnSubscribeDtmfPayloadErrMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'It was not being told.',
  captured: [],
  fields: { payloadDtmf: u32, conferenceId: u32, passthruPartyID: u32 },
});
