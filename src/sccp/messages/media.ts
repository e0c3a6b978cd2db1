// Streams of voice: receive and transmit channels, their addresses and keys (`sccp.md` §5.6). Declarations only.

import { record } from '../codec/array-fields.js';
import { address, addressType, enumerated, i32, ipv4, octets, pad, u8, u16, u32 } from '../codec/fields.js';
import { sameTail, since, tail, zeroDefault } from '../codec/layout.js';
import { message } from '../codec/message.js';
import { IP_ADDRESS_TYPES, KEY_ALGORITHMS, MEDIA_STATUS, PORT_HANDLING } from '../tables/enumerations.js';
import { PAYLOADS } from '../tables/payloads.js';

/** SRTP key of a stream; 16 octets each of key and salt, whatever the lengths say. */
const shortKey = {
  algorithmId: enumerated(KEY_ALGORITHMS),
  keyLen: u16,
  saltLen: u16,
  key: octets(16),
  salt: octets(16),
} as const;

const streamKey = zeroDefault(record({ ...shortKey, isMkiPresent: tail(u32), keyDerivationRate: sameTail(u32) }));

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
    qualifierIn: record({ echoCancellation: u32, codecParams: zeroDefault(octets(4)) }),
    callReference: u32,
    mRxKey: streamKey,
    streamPassThroughId: sameTail(u32),
    associatedStreamId: sameTail(u32),
    rfc2833PayloadType: sameTail(u32),
    dtmfType: sameTail(u32),
    mixingMode: tail(u32),
    partyDirection: sameTail(u32),
    sourceIpAddrType: sameTail(addressType('sourceIpAddr', IP_ADDRESS_TYPES)),
    sourceIpAddr: sameTail(address('sourceIpAddrType')),
    sourcePortNumber: sameTail(u32),
    requestedIpAddrType: since(17, sameTail(enumerated(IP_ADDRESS_TYPES))),
    audioLevelAdjustment: since(22, sameTail(i32)),
    latentCaps: sameTail(latentCaps),
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
      maxFramesPerPacket: sameTail(u16),
      pad: sameTail(u16),
      codecParams: sameTail(octets(4)),
    }),
    callReference: tail(u32),
    mTxKey: sameTail(streamKey),
    streamPassThroughId: tail(u32),
    associatedStreamId: sameTail(u32),
    rfc2833PayloadType: sameTail(u32),
    dtmfType: sameTail(u32),
    mixingMode: sameTail(u32),
    partyDirection: sameTail(u32),
    latentCaps: sameTail(latentCaps),
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
    qualifierIn: record({ ecValue: u32, codecParams: zeroDefault(octets(4)) }),
    callReference: u32,
  },
});
