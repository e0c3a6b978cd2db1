// Streams of video and data, multicast streams, and digits in streams (`sccp.md` §11). No capture backs their layouts.
// Declarations alone.

import { record } from '../arrays.js';
import { IP_ADDRESS_TYPES, KEY_ALGORITHMS, MEDIA_STATUS, PORT_HANDLING } from '../enumerations.js';
import { address, addressType, enumerated, octets, pad, u16, u32 } from '../kinds.js';
import { since, spare, tail } from '../layout.js';
import { message } from '../message.js';
import { PAYLOADS } from '../payloads.js';
import { TONES } from '../tones.js';

const audioParameters = record({
  milliSecondPacketSize: u32,
  qualifierIn: record({ ecValue: u32, codecParams: spare(octets(4)) }),
  undeclared: pad(36),
});
const mediaKey = spare(
  record({
    algorithmID: enumerated(KEY_ALGORITHMS),
    keylen: u16,
    saltlen: u16,
    key: octets(16),
    salt: octets(16),
    isMKIPresent: u32,
    keyDerivationRate: u32,
  }),
);

export const OpenMultiMediaReceiveChannel = message({
  id: 0x0131,
  name: 'OpenMultiMediaReceiveChannelMessage',
  direction: 'server→phone',
  phase: 'media',
  answer: 'OpenMultiMediaReceiveChannelAckMessage',
  doc: "Open a port for audio, video or data. Of the 48 octets of parameters only audio's are declared.",
  captured: [],
  fields: {
    conferenceId: u32,
    passThroughPartyId: u32,
    compressionType: enumerated(PAYLOADS),
    lineInstance: u32,
    callReference: u32,
    payloadRfcNumber: u32,
    payloadType: u32,
    isConferenceCreator: u32,
    audioParameters,
    mRxMediaEncryptionKeyInfo: mediaKey,
    streamPassThroughId: u32,
    associatedStreamId: u32,
    ipv4or6: addressType('sourceIpAddr', IP_ADDRESS_TYPES),
    sourceIpAddr: since(11, address('ipv4or6')),
    sourcePortNumber: since(11, u32),
    requestedIpAddrType: since(16, enumerated(IP_ADDRESS_TYPES)),
  },
});

export const OpenMultiMediaReceiveChannelAck = message({
  id: 0x0031,
  name: 'OpenMultiMediaReceiveChannelAckMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'The port is open at this address.',
  captured: [],
  fields: {
    multimediaReceptionStatus: enumerated(MEDIA_STATUS),
    ipv4or6: addressType('ipAddr', IP_ADDRESS_TYPES),
    ipAddr: address('ipv4or6'),
    portNumber: u32,
    passThroughPartyId: u32,
    callReference: u32,
  },
});

export const StartMultiMediaTransmission = message({
  id: 0x0132,
  name: 'StartMultiMediaTransmissionMessage',
  direction: 'server→phone',
  phase: 'media',
  answer: 'StartMultiMediaTransmissionAckMessage',
  doc: 'Send audio, video or data to this address.',
  captured: [],
  fields: {
    conferenceId: u32,
    passthruPartyID: u32,
    compressionType: enumerated(PAYLOADS),
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    callReference: u32,
    payloadRfcNumber: u32,
    payloadType: u32,
    DSCPValue: u32,
    audioParameters,
    mTxMediaEncryptionKeyInfo: mediaKey,
    streamPassThroughId: u32,
    associatedStreamId: u32,
  },
});

export const StartMultiMediaTransmissionAck = message({
  id: 0x0155,
  name: 'StartMultiMediaTransmissionAckMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'The phone sends, from this address.',
  captured: [],
  fields: {
    conferenceId: u32,
    passThroughPartyId: u32,
    callReference: u32,
    ipv4or6: addressType('transmitIpAddr', IP_ADDRESS_TYPES),
    transmitIpAddr: address('ipv4or6'),
    portNumber: u32,
    multimediaTransmissionStatus: enumerated(MEDIA_STATUS),
  },
});

export const StopMultiMediaTransmission = message({
  id: 0x0133,
  name: 'StopMultiMediaTransmissionMessage',
  direction: 'server→phone',
  phase: 'media',
  doc: 'Stop sending.',
  captured: [],
  fields: {
    conferenceId: u32,
    passThroughPartyId: u32,
    callReference: u32,
    portHandlingFlag: enumerated(PORT_HANDLING),
  },
});

export const CloseMultiMediaReceiveChannel = message({
  id: 0x0136,
  name: 'CloseMultiMediaReceiveChannelMessage',
  direction: 'server→phone',
  phase: 'media',
  doc: 'Close the port.',
  captured: [],
  fields: {
    conferenceId: u32,
    passThroughPartyId: u32,
    callReference: u32,
    portHandlingFlag: enumerated(PORT_HANDLING),
  },
});

export const MiscellaneousCommand = message({
  id: 0x0134,
  name: 'MiscellaneousCommandMessage',
  direction: 'both',
  phase: 'media',
  doc: 'A command about video, whose meaning follows from its number.',
  captured: [],
  fields: {
    conferenceId: u32,
    passthruPartyID: u32,
    callReference: u32,
    command: u32,
    videoFastUpdatePicture: tail(record({ firstGOB: u32, numberOfGOBs: u32 })),
  },
});

export const FlowControlCommand = message({
  id: 0x0135,
  name: 'FlowControlCommandMessage',
  direction: 'server→phone',
  phase: 'media',
  doc: 'The highest bit rate to send at.',
  captured: [],
  fields: { conferenceId: u32, passthruPartyID: u32, callReference: u32, maximumBitRate: u32 },
});

export const FlowControlNotify = message({
  id: 0x0141,
  name: 'FlowControlNotifyMessage',
  direction: 'both',
  phase: 'media',
  doc: 'The highest bit rate that is sent at.',
  captured: [],
  fields: { conferenceId: u32, passthruPartyID: u32, callReference: u32, maximumBitRate: u32 },
});

export const VideoDisplayCommand = message({
  id: 0x0140,
  name: 'VideoDisplayCommandMessage',
  direction: 'server→phone',
  phase: 'media',
  doc: 'How several pictures share the screen.',
  captured: [],
  fields: { conferenceId: u32, callReference: u32, layoutID: u32 },
});

export const StartMulticastMediaReception = message({
  id: 0x0101,
  name: 'StartMulticastMediaReceptionMessage',
  direction: 'server→phone',
  phase: 'media',
  answer: 'MulticastMediaReceptionAckMessage',
  doc: 'Listen to a group.',
  captured: [],
  fields: {
    conferenceId: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('multicastIpAddr', IP_ADDRESS_TYPES),
    multicastIpAddr: address('ipv4or6'),
    multicastPortNumber: u32,
    milliSecondPacketSize: u32,
    compressionType: enumerated(PAYLOADS),
    qualifierIn: record({ ecValue: u32, codecParams: spare(octets(4)) }),
    callReference: u32,
  },
});

export const MulticastMediaReceptionAck = message({
  id: 0x0021,
  name: 'MulticastMediaReceptionAckMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'The phone listens to the group, or why not.',
  captured: [],
  fields: { multicastReceptionStatus: enumerated(MEDIA_STATUS), passThroughPartyId: u32, callReference: u32 },
});

export const StartMulticastMediaTransmission = message({
  id: 0x0102,
  name: 'StartMulticastMediaTransmissionMessage',
  direction: 'server→phone',
  phase: 'media',
  doc: 'Send to a group.',
  captured: [],
  fields: {
    conferenceId: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('multicastIpAddr', IP_ADDRESS_TYPES),
    multicastIpAddr: address('ipv4or6'),
    multicastPortNumber: u32,
    milliSecondPacketSize: u32,
    compressionType: enumerated(PAYLOADS),
    qualifierOut: record({
      precedenceValue: u32,
      ssValue: u32,
      maxFramesPerPacket: u16,
      padding: spare(u16),
      codecParams: spare(octets(4)),
    }),
    callReference: u32,
  },
});

export const StopMulticastMediaReception = message({
  id: 0x0103,
  name: 'StopMulticastMediaReceptionMessage',
  direction: 'server→phone',
  phase: 'media',
  doc: 'Stop listening to the group.',
  captured: [],
  fields: { conferenceId: u32, passThroughPartyId: u32, callReference: u32 },
});

export const StopMulticastMediaTransmission = message({
  id: 0x0104,
  name: 'StopMulticastMediaTransmissionMessage',
  direction: 'server→phone',
  phase: 'media',
  doc: 'Stop sending to the group.',
  captured: [],
  fields: { conferenceId: u32, passThroughPartyId: u32, callReference: u32 },
});

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
