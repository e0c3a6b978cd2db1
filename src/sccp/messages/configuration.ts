// What a phone asks about its lines, speed dials, features, services, clock, load and servers, and the answers
// (`sccp.md` §5.3). Declarations alone.

import { slots } from '../arrays.js';
import { chars, directoryNumber, enumerated, pad, terminated, typedAddress, u32 } from '../kinds.js';
import { since, tail } from '../layout.js';
import { message } from '../message.js';
import { BUTTON_DEFINITIONS } from '../stimuli.js';

export const ConfigStatReq = message({
  id: 0x000c,
  name: 'ConfigStatReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'ConfigStatMessage',
  doc: 'Who am I, and how many lines have I?',
  captured: [0],
  fields: {},
});

export const ConfigStat = message({
  id: 0x0093,
  name: 'ConfigStatMessage',
  aliases: ['ConfigStatRes'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'Name, user and server, numbers of lines and speed dials. Sent to every phone.',
  captured: [0],
  fields: {
    deviceName: chars(16),
    stationUserId: u32,
    stationInstance: u32,
    userName: chars(40),
    serverName: chars(40),
    numberOfLines: u32,
    numberOfSpeedDials: u32,
  },
});

export const ConfigStatV2 = message({
  id: 0x0142,
  name: 'ConfigStatV2Message',
  aliases: ['ConfigStatDynamic', 'ConfigStatV2Res'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'The dynamic form of ConfigStat. The sources clash over it and nobody sends it.',
  captured: [],
  fields: {
    deviceName: terminated(121),
    stationUserId: u32,
    stationInstance: u32,
    numberOfLines: u32,
    numberOfSpeedDials: u32,
    userName: terminated(121),
    serverName: terminated(121),
  },
});

export const LineStatReq = message({
  id: 0x000b,
  name: 'LineStatReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'LineStatMessage (v17+: LineStatV2Message), also for an unknown line',
  doc: 'What is line n?',
  captured: [0],
  fields: { lineNumber: u32 },
});

export const LineStat = message({
  id: 0x0092,
  name: 'LineStatMessage',
  aliases: ['LineStatRes'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'Number, name and label of a line. Older servers leave off the later fields.',
  captured: [0],
  fields: {
    lineNumber: u32,
    lineDirNumber: chars(24),
    lineFullyQualifiedDisplayName: tail(chars(40)),
    lineTextLabel: tail(chars(40)),
    lineDisplayOptions: tail(u32),
  },
});

export const LineStatV2 = message({
  id: 0x0147,
  name: 'LineStatV2Message',
  aliases: ['LineStatDynamic', 'LineStatV2Res'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'The dynamic form of LineStat, for version 17 and up.',
  captured: [],
  fields: {
    lineNumber: u32,
    lineDisplayOptions: u32,
    lineDirNumber: terminated(25),
    lineFullyQualifiedDisplayName: terminated(121),
    lineTextLabel: terminated(121),
  },
});

export const SpeedDialStatReq = message({
  id: 0x000a,
  name: 'SpeedDialStatReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'SpeedDialStatMessage (or SpeedDialStatV2Message), also for an empty slot',
  doc: 'What is speed dial n?',
  captured: [],
  fields: { speedDialNumber: u32 },
});

export const SpeedDialStat = message({
  id: 0x0091,
  name: 'SpeedDialStatMessage',
  aliases: ['SpeedDialStatRes'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'Number and name of a speed dial; empty where there is none.',
  captured: [],
  fields: { speedDialNumber: u32, speedDialDirNumber: chars(24), speedDialDisplayName: chars(40) },
});

export const SpeedDialStatV2 = message({
  id: 0x0149,
  name: 'SpeedDialStatV2Message',
  aliases: ['SpeedDialStatV2Res'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'The dynamic form of SpeedDialStat, which nobody sends.',
  captured: [],
  fields: { speedDialNumber: u32, speedDialDirNumber: terminated(25), speedDialDisplayName: terminated(121) },
});

export const ForwardStatReq = message({
  id: 0x0009,
  name: 'ForwardStatReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'ForwardStatMessage',
  doc: 'Is line n forwarded?',
  captured: [0],
  fields: { lineNumber: u32 },
});

export const ForwardStat = message({
  id: 0x0090,
  name: 'ForwardStatMessage',
  aliases: ['ForwardStatRes'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'Forwarding of a line. From version 18 on the numbers have 25 octets and what follows is unaligned.',
  captured: [],
  fields: {
    activeForward: u32,
    lineNumber: u32,
    forwardAllActive: u32,
    forwardAllDirnum: directoryNumber,
    forwardBusyActive: u32,
    forwardBusyDirnum: directoryNumber,
    forwardNoAnswerActive: u32,
    forwardNoAnswerDirnum: directoryNumber,
    pad: since(18, pad(1)),
  },
});

export const FeatureStatReq = message({
  id: 0x0034,
  name: 'FeatureStatReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'FeatureStatMessage or FeatureStatV2Message',
  doc: 'What is feature n? A phone whose featureCapabilities are 1 wants the dynamic answer.',
  captured: [],
  fields: { featureIndex: u32, featureCapabilities: tail(u32) },
});

export const FeatureStat = message({
  id: 0x011f,
  name: 'FeatureStatMessage',
  aliases: ['FeatureStatRes'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'Kind, label and status of a feature key.',
  captured: [],
  fields: {
    featureIndex: u32,
    featureId: enumerated(BUTTON_DEFINITIONS),
    featureTextLabel: chars(40),
    featureStatus: u32,
  },
});

export const FeatureStatV2 = message({
  id: 0x0146,
  name: 'FeatureStatV2Message',
  aliases: ['FeatureStatV2Res'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'The dynamic form of FeatureStat; of a speed dial with a lamp the status is its BLF state.',
  captured: [],
  fields: {
    featureIndex: u32,
    featureId: enumerated(BUTTON_DEFINITIONS),
    featureStatus: u32,
    featureTextLabel: terminated(121),
  },
});

export const ServiceURLStatReq = message({
  id: 0x0033,
  name: 'ServiceURLStatReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'ServiceURLStatMessage (v7+: ServiceURLStatV2Message)',
  doc: 'What is service n?',
  captured: [],
  fields: { serviceURLIndex: u32 },
});

export const ServiceURLStat = message({
  id: 0x012f,
  name: 'ServiceURLStatMessage',
  aliases: ['ServiceURLStatRes'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'URL and name of a service.',
  captured: [],
  fields: { serviceURLIndex: u32, serviceURL: chars(256), serviceURLDisplayName: chars(40) },
});

export const ServiceURLStatV2 = message({
  id: 0x0148,
  name: 'ServiceURLStatV2Message',
  aliases: ['ServiceURLStatV2Res'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'The dynamic form of ServiceURLStat, for version 7 and up.',
  captured: [],
  fields: { serviceURLIndex: u32, serviceURL: terminated(256), serviceURLDisplayName: terminated(121) },
});

export const TimeDateReq = message({
  id: 0x000d,
  name: 'TimeDateReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'DefineTimeDateMessage',
  doc: 'What time is it?',
  captured: [0],
  fields: {},
});

export const DefineTimeDate = message({
  id: 0x0094,
  name: 'DefineTimeDateMessage',
  aliases: ['TimeDateRes'],
  direction: 'server→phone',
  phase: 'config query',
  answer: 'also sent unasked',
  doc: 'Local time, Sunday being day 0, and UTC as Unix seconds. Also sent unasked.',
  captured: [0],
  fields: {
    wYear: u32,
    wMonth: u32,
    wDayOfWeek: u32,
    wDay: u32,
    wHour: u32,
    wMinute: u32,
    wSecond: u32,
    wMilliseconds: u32,
    systemTime: u32,
  },
});

export const VersionReq = message({
  id: 0x000f,
  name: 'VersionReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'VersionMessage',
  doc: 'Which load should I run?',
  captured: [18],
  fields: {},
});

export const Version = message({
  id: 0x0098,
  name: 'VersionMessage',
  aliases: ['VersionRes'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'The load that the phone should run; empty: the one it has.',
  captured: [0, 18],
  fields: { versionStr: chars(16) },
});

export const ServerReq = message({
  id: 0x0012,
  name: 'ServerReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'ServerResMessage',
  doc: 'Which servers are there?',
  captured: [],
  fields: {},
});

export const ServerRes = message({
  id: 0x009e,
  name: 'ServerResMessage',
  direction: 'server→phone',
  phase: 'config query',
  doc: 'Up to five servers: name, port, address.',
  captured: [],
  fields: { serverName: slots(5, chars(48)), serverTcpListenPort: slots(5, u32), serverIpAddr: slots(5, typedAddress) },
});
