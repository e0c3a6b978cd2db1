// Reservations for streams and the marks of their packets (`sccp.md` §11). No capture backs their layouts. Declarations
// only.

import { record } from '../codec/array-fields.js';
import { address, addressType, chars, enumerated, ipv4, u32 } from '../codec/fields.js';
import { message } from '../codec/message.js';
import { IP_ADDRESS_TYPES } from '../tables/enumerations.js';
import { PAYLOADS } from '../tables/payloads.js';

const application = record({ vendorID: chars(32), version: chars(16), appName: chars(32), subAppID: chars(32) });

export const QoSListen = message({
  id: 0x014d,
  name: 'QoSListenMessage',
  direction: 'server↔resource',
  phase: 'media',
  doc: 'Accept a reservation for a stream.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    resvStyle: u32,
    maxRetryNumber: u32,
    retryTimer: u32,
    confirmRequired: u32,
    preemptionPriority: u32,
    defendingPriority: u32,
    compressionType: enumerated(PAYLOADS),
    averageBitRate: u32,
    burstSize: u32,
    peakRate: u32,
    applicationID: application,
  },
});

export const QoSPath = message({
  id: 0x014e,
  name: 'QoSPathMessage',
  direction: 'server↔resource',
  phase: 'media',
  doc: 'Reserve for a stream.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    resvStyle: u32,
    maxRetryNumber: u32,
    retryTimer: u32,
    preemptionPriority: u32,
    defendingPriority: u32,
    compressionType: enumerated(PAYLOADS),
    averageBitRate: u32,
    burstSize: u32,
    peakRate: u32,
    applicationID: application,
  },
});

export const QoSTeardown = message({
  id: 0x014f,
  name: 'QoSTeardownMessage',
  direction: 'server↔resource',
  phase: 'media',
  doc: 'Drop a reservation.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    direction: u32,
  },
});

export const QoSModify = message({
  id: 0x0151,
  name: 'QoSModifyMessage',
  direction: 'server↔resource',
  phase: 'media',
  doc: 'Change a reservation.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    direction: u32,
    compressionType: enumerated(PAYLOADS),
    averageBitRate: u32,
    burstSize: u32,
    peakRate: u32,
    applicationID: application,
  },
});

export const UpdateDSCP = message({
  id: 0x0150,
  name: 'UpdateDSCPMessage',
  direction: 'server↔resource',
  phase: 'media',
  doc: 'Mark the packets of a stream anew.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    DSCPValue: u32,
  },
});

export const QoSResvNotify = message({
  id: 0x0046,
  name: 'QoSResvNotifyMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'A reservation stands.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    direction: u32,
  },
});

export const QoSErrorNotify = message({
  id: 0x0047,
  name: 'QoSErrorNotifyMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'A reservation failed.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    direction: u32,
    errorCode: u32,
    failureNodeIpAddr: ipv4,
    rsvpErrorCode: u32,
    rsvpErrorSubCodeVal: u32,
    rsvpErrorFlag: u32,
  },
});
