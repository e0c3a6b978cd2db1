// What a phone asks about time, load and servers, and the answers (`sccp.md` §5.3). Declarations only.

import { slots } from '../codec/array-fields.js';
import { chars, typedAddress, u32 } from '../codec/fields.js';
import { message } from '../codec/message.js';

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
