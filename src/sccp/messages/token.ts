// Tokens: a phone asks whether it may return to this node (`sccp.md` §5.1, §6.4). Declarations only.

import { chars, enumerated, ipv4, ipv6, u32 } from '../codec/fields.js';
import { tail } from '../codec/layout.js';
import { message } from '../codec/message.js';
import { DEVICE_TYPES } from '../tables/enumerations.js';

export const RegisterTokenReq = message({
  id: 0x0029,
  name: 'RegisterTokenReqMessage',
  direction: 'phone→server',
  phase: 'registration',
  answer: 'RegisterTokenAckMessage or RegisterTokenRejectMessage',
  doc: 'A phone that is registered elsewhere asks whether it may register here. What follows deviceType is uncertain.',
  captured: [],
  unversioned: true,
  fields: {
    deviceName: chars(16),
    stationUserId: u32,
    stationInstance: u32,
    stationIpAddr: ipv4,
    deviceType: enumerated(DEVICE_TYPES),
    stationIpV6Addr: tail(ipv6),
    unknown: tail(u32),
  },
});

export const RegisterTokenAck = message({
  id: 0x011a,
  name: 'RegisterTokenAckMessage',
  direction: 'server→phone',
  phase: 'registration',
  answer: 'RegisterReqMessage',
  doc: 'Register now.',
  captured: [],
  unversioned: true,
  fields: {},
});

export const RegisterTokenReject = message({
  id: 0x011b,
  name: 'RegisterTokenRejectMessage',
  direction: 'server→phone',
  phase: 'registration',
  answer: 'RegisterTokenReqMessage, after the wait',
  doc: 'Stay where you are and ask again in so many seconds.',
  captured: [],
  unversioned: true,
  fields: { waitTimeBeforeNextReq: u32 },
});

export const SPCPRegisterTokenReq = message({
  id: 0x8000,
  name: 'SPCPRegisterTokenReqMessage',
  direction: 'phone→server',
  phase: 'registration',
  answer: 'SPCPRegisterTokenAckMessage or SPCPRegisterTokenRejectMessage',
  doc: 'An SPA phone asks whether it may register.',
  captured: [],
  unversioned: true,
  fields: {
    deviceName: chars(16),
    stationUserId: u32,
    stationInstance: u32,
    stationIpAddr: ipv4,
    deviceType: enumerated(DEVICE_TYPES),
    maxStreams: tail(u32),
  },
});

export const SPCPRegisterTokenAck = message({
  id: 0x8100,
  name: 'SPCPRegisterTokenAckMessage',
  direction: 'server→phone',
  phase: 'registration',
  answer: 'RegisterReqMessage',
  doc: 'Register now.',
  captured: [],
  unversioned: true,
  fields: { features: u32 },
});

export const SPCPRegisterTokenReject = message({
  id: 0x8101,
  name: 'SPCPRegisterTokenRejectMessage',
  direction: 'server→phone',
  phase: 'registration',
  doc: 'Ask again in so many seconds.',
  captured: [],
  unversioned: true,
  fields: { waitTimeBeforeNextReq: u32 },
});
