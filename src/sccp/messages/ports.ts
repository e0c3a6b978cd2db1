// RTP ports: reserved ones, lists of them, and how CallManager 2.x opened them (`sccp.md` §5.6, §11). Declarations
// only.

import { u32s } from '../codec/array-fields.js';
import { address, addressType, enumerated, ipv4, pad, u32 } from '../codec/fields.js';
import { since, tail } from '../codec/layout.js';
import { message } from '../codec/message.js';
import { IP_ADDRESS_TYPES } from '../tables/enumerations.js';
import { PAYLOADS } from '../tables/payloads.js';

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
