// Streams of voice: receive and transmit channels, their addresses, keys and statistics (`sccp.md` §5.6). Declarations
// alone.

import { countOf, measured, record, u32s } from '../arrays.js';
import { IP_ADDRESS_TYPES, KEY_ALGORITHMS, MEDIA_STATUS, PORT_HANDLING, STATS_PROCESSING } from '../enumerations.js';
import {
  address,
  addressType,
  chars,
  enumerated,
  enumerated8,
  i32,
  ipv4,
  octets,
  pad,
  u8,
  u16,
  u32,
} from '../kinds.js';
import { also, since, spare, tail, widened } from '../layout.js';
import { message } from '../message.js';
import { PAYLOADS } from '../payloads.js';

/** SRTP key of a stream; 16 octets each of key and salt, whatever the lengths say. */
const shortKey = {
  algorithmId: enumerated(KEY_ALGORITHMS),
  keyLen: u16,
  saltLen: u16,
  key: octets(16),
  salt: octets(16),
} as const;
const streamKey = spare(record({ ...shortKey, isMkiPresent: tail(u32), keyDerivationRate: also(u32) }));

/** What two modems could do instead of talk, from version 22 on. */
const latentCaps = since(
  22,
  record({
    active: u32,
    modemRelay: record({ capAndVer: u32, modAnd2833: u32 }),
    sprt: record({ chan0MaxPayload: u16, chan2MaxPayload: u16, chan3MaxPayload: u16, chan2MaxWindow: u16 }),
    sse: record({ standard: u32, vendor: u32 }),
    payload: record({
      nse: u8,
      rfc2833: u8,
      sse: u8,
      v150sprt: u8,
      noAudio: u8,
      futureUse1: u8,
      futureUse2: u8,
      futureUse3: u8,
    }),
  }),
);

export const OpenReceiveChannel = message({
  id: 0x0105,
  name: 'OpenReceiveChannelMessage',
  direction: 'server→phone',
  phase: 'media',
  answer: 'OpenReceiveChannelAckMessage',
  doc: 'Open a port and say where it is. The passThruPartyId is the key to its answer.',
  captured: [0, 20],
  fields: {
    conferenceId: u32,
    passThruPartyId: u32,
    millisecondPacketSize: u32,
    compressionType: enumerated(PAYLOADS),
    qualifierIn: record({ echoCancellation: u32, codecParams: spare(octets(4)) }),
    callReference: u32,
    mRxKey: streamKey,
    streamPassThroughId: also(u32),
    associatedStreamId: also(u32),
    rfc2833PayloadType: also(u32),
    dtmfType: also(u32),
    mixingMode: tail(u32),
    partyDirection: also(u32),
    sourceIpAddrType: also(addressType('sourceIpAddr', IP_ADDRESS_TYPES)),
    sourceIpAddr: also(address('sourceIpAddrType')),
    sourcePortNumber: also(u32),
    requestedIpAddrType: since(17, also(enumerated(IP_ADDRESS_TYPES))),
    audioLevelAdjustment: since(22, also(i32)),
    latentCaps: also(latentCaps),
  },
});

export const OpenReceiveChannelAck = message({
  id: 0x0022,
  name: 'OpenReceiveChannelAckMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'The port is open at this address, or why it is not.',
  captured: [0, 20],
  fields: {
    status: enumerated(MEDIA_STATUS),
    ipAddrType: addressType('ipAddr', IP_ADDRESS_TYPES),
    ipAddr: address('ipAddrType'),
    portNumber: u32,
    passThruPartyId: u32,
    callReference: tail(u32),
  },
});

export const StartMediaTransmission = message({
  id: 0x008a,
  name: 'StartMediaTransmissionMessage',
  direction: 'server→phone',
  phase: 'media',
  answer: 'newer phones: StartMediaTransmissionAckMessage',
  doc: 'Send voice to this address.',
  captured: [0, 20],
  fields: {
    conferenceId: u32,
    passThruPartyId: u32,
    remoteIpAddrType: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('remoteIpAddrType'),
    remotePortNumber: u32,
    millisecondPacketSize: u32,
    compressionType: enumerated(PAYLOADS),
    /** precedenceValue is the TOS octet, DSCP << 2. */
    qualifierOut: record({
      precedenceValue: u32,
      silenceSuppression: tail(u32),
      maxFramesPerPacket: also(u16),
      pad: also(u16),
      codecParams: also(octets(4)),
    }),
    callReference: tail(u32),
    mTxKey: also(streamKey),
    streamPassThroughId: tail(u32),
    associatedStreamId: also(u32),
    rfc2833PayloadType: also(u32),
    dtmfType: also(u32),
    mixingMode: also(u32),
    partyDirection: also(u32),
    latentCaps: also(latentCaps),
  },
  forms: {
    'CallManager 2.x': {
      fields: {
        remoteIpAddr: ipv4,
        remotePortNumber: u32,
        millisecondPacketSize: u32,
        compressionType: enumerated(PAYLOADS),
        qualifierOut: record({ precedenceValue: u32 }),
        undefined: pad(16),
      },
      when: (body: Buffer) => body.length === 36,
      captured: true,
    },
  },
});

export const StartMediaTransmissionAck = message({
  id: 0x0154,
  name: 'StartMediaTransmissionAckMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'The phone sends, from this address. Some models fill in the callReference alone.',
  captured: [20],
  fields: {
    conferenceId: u32,
    passThruPartyId: u32,
    callReference: u32,
    ipAddrType: addressType('transmitIpAddr', IP_ADDRESS_TYPES),
    transmitIpAddr: address('ipAddrType'),
    transmitPort: u32,
    status: enumerated(MEDIA_STATUS),
  },
});

export const StopMediaTransmission = message({
  id: 0x008b,
  name: 'StopMediaTransmissionMessage',
  direction: 'server→phone',
  phase: 'media',
  doc: 'Stop sending.',
  captured: [],
  fields: {
    conferenceId: u32,
    passThruPartyId: u32,
    callReference: tail(u32),
    portHandlingFlag: tail(enumerated(PORT_HANDLING)),
  },
  forms: {
    'CallManager 2.x': { fields: { undefined: pad(4) }, when: (body: Buffer) => body.length === 4, captured: true },
  },
});

export const CloseReceiveChannel = message({
  id: 0x0106,
  name: 'CloseReceiveChannelMessage',
  direction: 'server→phone',
  phase: 'media',
  doc: 'Close the port.',
  captured: [],
  fields: {
    conferenceId: u32,
    passThruPartyId: u32,
    callReference: tail(u32),
    portHandlingFlag: tail(enumerated(PORT_HANDLING)),
  },
});

/** 24 octets, 25 from version 19 on. */
const longNumber = widened(chars(24), 19, chars(25));

export const ConnectionStatisticsReq = message({
  id: 0x0107,
  name: 'ConnectionStatisticsReqMessage',
  direction: 'server→phone',
  phase: 'media',
  answer: 'ConnectionStatisticsResMessage',
  doc: 'How was the stream? The long form is of version 19 here, of 18 to the dissector.',
  captured: [],
  fields: {
    directoryNum: longNumber,
    pad: since(19, pad(3)),
    callReference: u32,
    statsProcessingMode: enumerated(STATS_PROCESSING),
  },
});

const STATISTICS = {
  numberPacketsSent: u32,
  numberOctetsSent: u32,
  numberPacketsReceived: u32,
  numberOctetsReceived: u32,
  numberPacketsLost: u32,
  jitter: u32,
  latency: u32,
} as const;

/** Newest phones pack the numbers and end the body with the text: no other form has its length say so. */
const PACKED_HEAD = 65;
const isPackedStatistics = (body: Buffer): boolean =>
  body.length >= PACKED_HEAD && PACKED_HEAD + body.readUInt32LE(PACKED_HEAD - 4) === body.length;

export const ConnectionStatisticsRes = message({
  id: 0x0023,
  name: 'ConnectionStatisticsResMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'Packets, octets, losses, jitter and latency of a stream, and a text with its quality.',
  captured: [0, 20],
  fields: {
    directoryNum: longNumber,
    pad: since(19, pad(3)),
    callReference: u32,
    statsProcessingMode: enumerated(STATS_PROCESSING),
    ...STATISTICS,
    dataSize: countOf('data'),
    data: measured('dataSize', 600, true),
  },
  forms: {
    packed: {
      fields: {
        directoryNum: chars(25),
        pad: pad(3),
        callReference: u32,
        statsProcessingMode: enumerated8(STATS_PROCESSING),
        ...STATISTICS,
        dataSize: countOf('data'),
        data: measured('dataSize', 600),
      },
      when: isPackedStatistics,
      captured: true,
    },
  },
});

export const MediaTransmissionFailure = message({
  id: 0x002a,
  name: 'MediaTransmissionFailureMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'A stream could not be sent.',
  captured: [],
  fields: {
    conferenceId: u32,
    passThruPartyId: u32,
    remoteIpAddrType: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('remoteIpAddrType'),
    remotePortNumber: u32,
    callReference: tail(u32),
  },
});

export const StartMediaReception = message({
  id: 0x008c,
  name: 'StartMediaReceptionMessage',
  direction: 'server→phone',
  phase: 'media',
  answer: 'obsolete; not in the dissector; CallManager 2.x uses it instead of OpenReceiveChannelMessage',
  doc: 'CallManager 2.x: open a port. Newer servers send OpenReceiveChannel.',
  captured: [0],
  fields: { ipAddr: ipv4, millisecondPacketSize: u32, compressionType: enumerated(PAYLOADS), undefined: tail(pad(12)) },
});

export const StopMediaReception = message({
  id: 0x008d,
  name: 'StopMediaReceptionMessage',
  direction: 'server→phone',
  phase: 'media',
  answer: 'obsolete; not in the dissector',
  doc: 'CallManager 2.x: close the port.',
  captured: [0],
  fields: { undefined: tail(pad(4)) },
});

export const MediaPortList = message({
  id: 0x0011,
  name: 'MediaPortListMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'The RTP ports of a phone with several.',
  captured: [],
  fields: { portCount: u32, rtpMediaPort: u32s(16) },
});

export const StartMediaFailureDetection = message({
  id: 0x011c,
  name: 'StartMediaFailureDetectionMessage',
  direction: 'server→phone',
  phase: 'media',
  doc: 'Watch a stream for silence.',
  captured: [],
  fields: {
    conferenceId: u32,
    passThroughPartyId: u32,
    milliSecondPacketSize: u32,
    compressionType: enumerated(PAYLOADS),
    qualifierIn: record({ ecValue: u32, codecParams: spare(octets(4)) }),
    callReference: u32,
  },
});

export const PortReq = message({
  id: 0x014b,
  name: 'PortReqMessage',
  direction: 'server→phone',
  phase: 'media',
  answer: 'PortResMessage',
  doc: 'Reserve a port.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    mediaTransportType: u32,
    ipAddressType: enumerated(IP_ADDRESS_TYPES),
    mediaType: u32,
  },
});

export const PortRes = message({
  id: 0x0045,
  name: 'PortResMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'The reserved port.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('ipAddr', IP_ADDRESS_TYPES),
    ipAddr: address('ipv4or6'),
    portNumber: u32,
    RTCPPortNumber: u32,
    mediaType: since(19, u32),
  },
});

export const PortClose = message({
  id: 0x014c,
  name: 'PortCloseMessage',
  direction: 'server→phone',
  phase: 'media',
  doc: 'Give the reserved port back.',
  captured: [],
  fields: { conferenceId: u32, callReference: u32, passThroughPartyId: u32, mediaType: u32 },
});
