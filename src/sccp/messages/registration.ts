// How a phone introduces itself, is accepted or refused, stays and leaves, and what it reports of itself meanwhile
// (`sccp.md` §5.1). Declarations only.

import { chars, enumerated, filled, ipv4, ipv6, octets, pad, u8, u16, u32 } from '../codec/fields.js';
import { sameTail, tail, zeroDefault } from '../codec/layout.js';
import { message } from '../codec/message.js';
import {
  ALARM_SEVERITIES,
  DEVICE_TYPES,
  RESET_TYPES,
  UNREGISTER_REASONS,
  UNREGISTER_STATUS,
} from '../tables/enumerations.js';

export const KeepAliveReq = message({
  id: 0x0000,
  name: 'KeepAliveReqMessage',
  direction: 'phone→server',
  phase: 'keepalive',
  answer: 'KeepAliveAckMessage, in every state, also before Register',
  doc: 'The phone is alive, on the link it is registered on or on a standby link.',
  captured: [0],
  fields: {},
});

export const KeepAliveAck = message({
  id: 0x0100,
  name: 'KeepAliveAckMessage',
  direction: 'server→phone',
  phase: 'keepalive',
  doc: 'The server is alive. Sent at once, whatever the state.',
  captured: [],
  unversioned: true,
  fields: {},
});

export const RegisterReq = message({
  id: 0x0001,
  name: 'RegisterReqMessage',
  aliases: ['RegisterMessage'],
  direction: 'phone→server',
  phase: 'registration',
  answer: 'RegisterAckMessage and CapabilitiesReqMessage, or RegisterRejectMessage',
  doc: 'A phone introduces itself: name, model, the protocol version and features it speaks. Bodies of 36, 44, 64, 124 and 172 octets occur.',
  captured: [0, 18],
  unversioned: true,
  defined: 124,
  fields: {
    deviceName: chars(16),
    stationUserId: u32,
    stationInstance: u32,
    stationIpAddr: ipv4,
    deviceType: tail(enumerated(DEVICE_TYPES)),
    maxStreams: tail(u32),
    activeStreams: tail(u32),
    protocolVer: sameTail(u8),
    features1: sameTail(u8),
    features2: sameTail(u8),
    features3: sameTail(u8),
    maxConferences: tail(u32),
    activeConferences: sameTail(u32),
    /** Six raw octets and padding, twelve ASCII digits, or junk. */
    macAddress: sameTail(octets(12)),
    ipV4AddressScope: tail(u32),
    maxNumberOfLines: sameTail(u32),
    stationIpV6Addr: sameTail(ipv6),
    ipV6AddressScope: sameTail(u32),
    firmwareLoadName: sameTail(chars(32)),
    configVersionStamp: tail(chars(48)),
  },
});

export const RegisterAck = message({
  id: 0x0081,
  name: 'RegisterAckMessage',
  direction: 'server→phone',
  phase: 'registration',
  doc: 'The phone is accepted: keepalive intervals in seconds, form of the date, and the version that both sides speak from here on.',
  captured: [0, 18],
  unversioned: true,
  fields: {
    keepAliveInterval: u32,
    dateTemplate: filled(6),
    alignmentPadding: zeroDefault(u16),
    secondaryKeepAliveInterval: tail(u32),
    maxProtocolVer: sameTail(u8),
    features1: sameTail(u8),
    features2: sameTail(u8),
    features3: sameTail(u8),
  },
});

export const RegisterReject = message({
  id: 0x009d,
  name: 'RegisterRejectMessage',
  direction: 'server→phone',
  phase: 'registration',
  doc: 'The phone is refused, with a reason for its screen. Its text has 32 octets or 33 padded to 36.',
  captured: [0],
  unversioned: true,
  fields: { text: chars(33), pad: pad(3) },
});

export const IpPort = message({
  id: 0x0002,
  name: 'IpPortMessage',
  direction: 'phone→server',
  phase: 'registration',
  doc: 'The RTP port of the phone, a plain little-endian number; 0 from media resources.',
  captured: [0, 18],
  unversioned: true,
  fields: { rtpMediaPort: u32 },
});

export const UnregisterReq = message({
  id: 0x0027,
  name: 'UnregisterReqMessage',
  aliases: ['UnregisterMessage'],
  direction: 'phone→server',
  phase: 'registration',
  answer: 'UnregisterAckMessage',
  doc: 'The phone wants to leave.',
  captured: [0],
  fields: { unRegReasonCode: tail(enumerated(UNREGISTER_REASONS)) },
});

export const UnregisterAck = message({
  id: 0x0118,
  name: 'UnregisterAckMessage',
  direction: 'server→phone',
  phase: 'registration',
  doc: 'The phone may leave, or must stay because a call is active.',
  captured: [],
  unversioned: true,
  fields: { status: enumerated(UNREGISTER_STATUS) },
});

export const Reset = message({
  id: 0x009f,
  name: 'ResetMessage',
  direction: 'server→phone',
  phase: 'registration',
  answer: 'the phone closes the link',
  doc: 'Reboot with a new configuration, register again, or fetch the configuration and decide.',
  captured: [],
  fields: { resetType: enumerated(RESET_TYPES) },
});

export const RegisterAvailableLines = message({
  id: 0x002d,
  name: 'RegisterAvailableLinesMessage',
  direction: 'phone→server',
  phase: 'registration',
  doc: 'How many lines the phone could have; not the number of its buttons.',
  captured: [0],
  fields: { maxNumOfAvailLines: u32 },
});

export const MediaResourceNotification = message({
  id: 0x002c,
  name: 'MediaResourceNotificationMessage',
  direction: 'phone→server',
  phase: 'registration',
  doc: 'The streams that a media resource offers.',
  captured: [18],
  fields: {
    deviceType: enumerated(DEVICE_TYPES),
    numberOfInServiceStreams: u32,
    maxStreamsPerConf: u32,
    numberOfOutOfServiceStreams: u32,
  },
});

export const Alarm = message({
  id: 0x0020,
  name: 'AlarmMessage',
  direction: 'phone→server',
  phase: 'registration',
  doc: 'Why the phone starts anew, as a number, name, load and last reason in one text; or another trouble of its own.',
  captured: [0],
  fields: {
    alarmSeverity: enumerated(ALARM_SEVERITIES),
    text: chars(80),
    param1: tail(u32),
    param2: sameTail(u32),
  },
});

export const EnhancedAlarm = message({
  id: 0x015a,
  name: 'EnhancedAlarmMessage',
  aliases: ['XMLAlarmMessage', 'XMLAlarm'],
  direction: 'phone→server',
  phase: 'registration',
  doc: 'An alarm as XML text to the end of the frame.',
  captured: [],
  fields: { alarmInfo: chars(2048) },
});

export const LocationInfo = message({
  id: 0x0157,
  name: 'LocationInfoMessage',
  direction: 'phone→server',
  phase: 'misc',
  doc: 'Where a wireless phone is, as XML text. The header word is 0 even from new phones.',
  captured: [0],
  unversioned: true,
  fields: { locationInfo: chars(2401) },
});

export const AddOnDeviceCapabilities = message({
  id: 0x0159,
  name: 'AddOnDeviceCapabilitiesMessage',
  aliases: ['ExtensionDeviceCaps'],
  direction: 'phone→server',
  phase: 'registration',
  doc: 'An expansion module that is plugged in, and what it can hold.',
  captured: [0],
  unversioned: true,
  fields: {
    instance: u32,
    type: u32,
    maxAllowed: u32,
    unknown: zeroDefault(octets(24)),
    text: chars(128),
  },
});
