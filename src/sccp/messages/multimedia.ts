// Streams of video and data (`sccp.md` §11). No capture backs their layouts. Declarations only.

import { record } from '../codec/array-fields.js';
import { address, addressType, enumerated, octets, pad, u16, u32 } from '../codec/fields.js';
import { since, tail, zeroDefault } from '../codec/layout.js';
import { message } from '../codec/message.js';
import { IP_ADDRESS_TYPES, KEY_ALGORITHMS, MEDIA_STATUS, PORT_HANDLING } from '../tables/enumerations.js';
import { PAYLOADS } from '../tables/payloads.js';

const audioParameters = record({
  milliSecondPacketSize: u32,
  qualifierIn: record({ ecValue: u32, codecParams: zeroDefault(octets(4)) }),
  undeclared: pad(36),
});

const mediaKey = zeroDefault(
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
