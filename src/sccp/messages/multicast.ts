// Streams to and from groups (`sccp.md` §11). No capture backs their layouts. Declarations only.

import { record } from '../codec/array-fields.js';
import { address, addressType, enumerated, octets, u16, u32 } from '../codec/fields.js';
import { zeroDefault } from '../codec/layout.js';
import { message } from '../codec/message.js';
import { IP_ADDRESS_TYPES, MEDIA_STATUS } from '../tables/enumerations.js';
import { PAYLOADS } from '../tables/payloads.js';

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
    qualifierIn: record({ ecValue: u32, codecParams: zeroDefault(octets(4)) }),
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
      padding: zeroDefault(u16),
      codecParams: zeroDefault(octets(4)),
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
