// What a phone asks about itself, its lines and their forwarding, and the answers (`sccp.md` §5.3). Declarations only.

import { chars, directoryNumber, pad, terminated, u32 } from '../codec/fields.js';
import { since, tail } from '../codec/layout.js';
import { message } from '../codec/message.js';

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
