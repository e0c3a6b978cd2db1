// The captured SCCP calls as tapes, how the lab is configured for them, and what labcm means otherwise.

import { encode, type Fields, type MessageName } from '../../src/sccp/messages/catalogue.js';
import { as7960, rowsPart, sccpCallRows, streamPart, streamTape } from '../support/fixture-tapes.js';
import { aCapabilitiesRes, aRegister } from '../support/sccp-harness.js';
import type { WrittenMessage } from '../support/tapes.js';
import type { CapturedCall } from './captured-call.js';
import { CALL_MANAGER_2, type Meant } from './meant-differences.js';

/** A call by CallManager 2, behind the registration. */
const CALL_WITH_2: readonly Meant[] = [
  { of: /RegisterAckMessage dateTemplate: M\/D\/Y → M\/D\/YA$/, why: 'the clock of the lab has twelve hours' },
  {
    of: /(?:StartTone|StopTone|CallInfo|SetRinger)Message \w+: undefined → /,
    why: 'CallManager 2 had no such fields in its calls yet',
  },
  {
    of: /(?:CallState|ActivateCallPlane|DialedNumber|DisplayPriNotify|ClearPriNotify|ClearPromptStatus)Message: extra$/,
    why: 'CallManager 2 told its phones no states of calls',
  },
  { of: /DisplayTextMessage: missing$/, why: 'what a phone displays are prompts; CallManager 2 sent it whole texts' },
  {
    of: /(?:(?:Start|Stop)MediaReceptionMessage: missing|(?:Open|Close)ReceiveChannelMessage: extra)$/,
    why: 'OpenReceiveChannel has taken the place of StartMediaReception',
  },
  {
    of: /(?:Start|Stop)MediaTransmissionMessage: missing$/,
    why: 'these phones had no OpenReceiveChannelAck yet, so nobody knows their ports',
  },
  { of: /ConnectionStatisticsReqMessage: extra$/, why: 'CallManager 2 did not ask how the streams were' },
  { of: /DefineTimeDateMessage: missing$/, why: 'the time is told when a phone asks, and not after each call' },
  {
    of: /^A sccp CallInfoMessage calledPartyName: {2}→ Line 1092$/,
    why: 'the name of who is called is told while the phone rings; CallManager 2 told it with the answer',
  },
  {
    of: /(?:SetRinger|CallInfo|StopTone)Message: extra$/,
    why: 'newer servers say this in more steps of a call, such as the captured one of version 20',
  },
  {
    of: /(?:^B sccp SetSpeakerMode|StopTone)Message: (?:extra|missing)$/,
    why: 'the order is that of newer servers: the ringer before the speaker, and tones with the streams',
  },
];

/** The last message of a registration with CallManager 2. */
const BUTTONS = 'ButtonTemplateResMessage';
/** What CallManager 2 said and labcm does not. */
const ONLY_OLD =
  /^(?:DisplayText|StartMediaReception|StopMediaReception|StartMediaTransmission|StopMediaTransmission|DefineTimeDate)Message$/;

const ofCallManager2 = (device: string, stream: string) =>
  streamPart(
    as7960(streamTape(stream, { phone: '10.102.172.11:50000', server: '0.0.0.0:2000' })),
    sccpCallRows('callmanager2-dial-answer-hangup', device),
    { registered: BUTTONS, unsaid: ONLY_OLD },
  );

const VERSION = 20;
/** The octets ahead of the body of a message. */
const HEAD = 12;
/** A recorder has the conference of the call. */
const BEHIND_CONFERENCE = 16;
/** What the captured streams have. */
const PCMU = 4;
const REDIAL = 'cucm-v20-redial-answer';

const message = <N extends MessageName>(
  [from, at]: readonly [from: 'phone' | 'server', at: number],
  name: N,
  fields: Fields<N>,
  version = VERSION,
): WrittenMessage => ({ from, at, octets: encode(name, fields, version) });

/** How a phone registers ahead of the captured call, and what it hears until it is idle. */
const registration = (deviceName: string, stationIpAddr: string, version = VERSION): WrittenMessage[] => [
  message(
    ['phone', 0],
    'RegisterReqMessage',
    aRegister(deviceName, { stationIpAddr, protocolVer: version }) as Fields<'RegisterReqMessage'>,
    0,
  ),
  message(['server', 1], 'RegisterAckMessage', { keepAliveInterval: 30 } as Fields<'RegisterAckMessage'>),
  message(['server', 2], 'CapabilitiesReqMessage', {}),
  message(
    ['phone', 3],
    'CapabilitiesResMessage',
    aCapabilitiesRes([[PCMU, 20]]) as Fields<'CapabilitiesResMessage'>,
    version,
  ),
  message(
    ['server', 4],
    version < VERSION ? 'DisplayPromptStatusMessage' : 'DisplayPromptStatusV2Message',
    { timeOutValue: 0, lineInstance: 0, callReference: 0, promptStatus: '' },
    version,
  ),
];

const octetsOf = (value: number | string): Buffer => {
  if (typeof value === 'string') return Buffer.from(value.split('.').map(Number));
  const number = Buffer.alloc(4);
  number.writeUInt32LE(value);
  return number;
};

/** The message of B, with the numbers of A in place of B's. */
const standInOf = (
  name: string,
  changes: readonly (readonly [number, number] | readonly [string, string])[],
): Buffer => {
  const row = sccpCallRows(REDIAL, 'B').find(({ message, hex }) => message === name && hex !== undefined);
  const octets = Buffer.from(row?.hex ?? '', 'hex');
  for (const [before, now] of changes) {
    const old = octetsOf(before);
    for (let at = octets.indexOf(old, HEAD); at >= 0; at = octets.indexOf(old, at + old.length))
      octetsOf(now).copy(octets, at);
  }
  return octets;
};

const A = { address: '192.168.195.58', reference: 19_805_770, party: 16_777_295, port: 32_144 };
const B = { address: '192.168.195.50', reference: 19_805_771, party: 16_777_296, port: 17_718 };
const NUMBERS = [
  [B.reference, A.reference],
  [B.party, A.party],
] as const;

/** Without what feeds a recorder: it has references of its own, and of the messages without octets those after the first. */
const withoutRecorder = (rows: ReturnType<typeof sccpCallRows>, reference: number) => {
  let transmissions = 0;
  return rows.filter(({ message, hex }) => {
    if (!message.startsWith('StartMediaTransmission')) return true;
    if (hex !== undefined) return Buffer.from(hex, 'hex').includes(octetsOf(reference), BEHIND_CONFERENCE);
    transmissions += 1;
    return transmissions === 1;
  });
};

const CALL_4 = 'callmanager41-newcall-ring-answer';
/** What a phone of CallManager 4.1 announces. */
const VERSION_4 = 5;
const P_ADDRESS = '10.102.10.209';
const F_ADDRESS = '10.102.219.27';
const KEY = { newCall: 2, answer: 11 };
const MEANT_OF_4: readonly Meant[] = [
  {
    of: /(?:RegisterAckMessage \w+: |DisplayPromptStatusMessage promptStatus: {2}→ )/,
    why: 'the registration ahead of the call is made for this test',
  },
  { of: /^P sccp \w+ \w+(?:\.\w+)?: undefined → /, why: 'CallManager 4.1 had no such fields yet' },
  { of: /validKeyMask: \d+ → \d+$/, why: 'keys of features that are not served are masked off' },
];

const key = (at: number, softKeyEvent: number): WrittenMessage =>
  message(
    ['phone', at],
    'SoftKeyEventMessage',
    { softKeyEvent, lineInstance: 1, callReference: 0 } as Fields<'SoftKeyEventMessage'>,
    VERSION_4,
  );

const ofCallManager4 = (from: number, to: number, made: readonly WrittenMessage[]) =>
  rowsPart(sccpCallRows(CALL_4, 'P').slice(from, to), {
    ...{ phone: `${P_ADDRESS}:50000`, server: '0.0.0.0:2000' },
    made: [...registration('SEP000000001000', P_ADDRESS, VERSION_4), ...made],
  });

const DEVICES_OF_4 = `
devices:
  - { name: SEP000000001000, model: CIPC, protocol: SCCP, lines: [{ dn: "1000" }] }
  - { name: SEP000000001003, model: CIPC, protocol: SCCP, lines: [{ dn: "1003" }] }
`;

/** Every captured SCCP call both of whose phones can be played. */
export const SCCP_CALLS: readonly CapturedCall[] = [
  {
    title: 'callmanager2-dial-answer-hangup',
    lacks: 'the times of the registrations',
    configuration: () => `
devices:
  - { name: pyskinny01, model: 7960, protocol: SCCP, lines: [{ dn: "1091", label: Line 1091 }] }
  - { name: pyskinny02, model: 7960, protocol: SCCP, lines: [{ dn: "1092", label: Line 1092 }] }
`,
    parts: () => ({
      A: ofCallManager2('A', 'cm2-call-caller'),
      B: ofCallManager2('B', 'cm2-call-callee'),
    }),
    meant: [...CALL_MANAGER_2, ...CALL_WITH_2],
  },
  {
    title: REDIAL,
    lacks:
      'how the phones registered, the octets of a third of the messages (of those of the server the names are compared), the key Redial (A dials the number as a block), the channel of A and its answer (those of B with the numbers of A), and the end',
    configuration: () => `
devices:
  - { name: SEP000000000321, model: CIPC, protocol: SCCP, lines: [{ dn: "321", label: LAB Meeting Room }] }
  - { name: SEP000000000307, model: CIPC, protocol: SCCP, lines: [{ dn: "307", label: Tester Example }] }
`,
    parts: () => ({
      A: rowsPart(withoutRecorder(sccpCallRows(REDIAL, 'A'), A.reference), {
        ...{ phone: `${A.address}:50000`, server: '0.0.0.0:2000' },
        made: registration('SEP000000000321', A.address),
        standIns: {
          SoftKeyEventMessage: encode(
            'EnblocCallMessage',
            { calledParty: '307' } as Fields<'EnblocCallMessage'>,
            VERSION,
          ),
          OpenReceiveChannelMessage: standInOf('OpenReceiveChannelMessage', [...NUMBERS, [A.address, B.address]]),
          OpenReceiveChannelAckMessage: standInOf('OpenReceiveChannelAckMessage', [
            ...NUMBERS,
            [B.address, A.address],
            [B.port, A.port],
          ]),
        },
      }),
      B: rowsPart(withoutRecorder(sccpCallRows(REDIAL, 'B'), B.reference), {
        ...{ phone: `${B.address}:50000`, server: '0.0.0.0:2000' },
        made: registration('SEP000000000307', B.address),
      }),
    }),
    meant: [
      {
        of: /(?:RegisterAckMessage \w+: |DisplayPromptStatusV2Message promptStatus: {2}→ )/,
        why: 'the registration ahead of the call is made for this test',
      },
      {
        of: /SelectSoftKeysMessage validKeyMask: \d+ → \d+$/,
        why: 'keys of features that are not served are masked off',
      },
      {
        of: /OpenReceiveChannelMessage sourcePortNumber: 4000 → 0$/,
        why: '4000 is no port that anybody has said',
      },
      {
        of: /(?:source|remote)IpAddr: 192\.168\.195\.5[08] → 127\.0\.0\.1[12]$/,
        why: 'the other phone is on loopback',
      },
      {
        of: /^B sccp ClearPriNotifyMessage: extra$/,
        why: 'the notice of who rings goes when the call is answered',
      },
    ],
  },
  {
    title: `${CALL_4}: the key New Call`,
    lacks: 'how the phone registered, the key, and some of the octets',
    configuration: () => DEVICES_OF_4,
    parts: () => ({ P: ofCallManager4(0, 8, [key(900, KEY.newCall)]) }),
    meant: MEANT_OF_4,
  },
  {
    title: `${CALL_4}: rings and is answered`,
    lacks: 'how the phones registered, the key Answer, some of the octets, and all of the caller',
    configuration: () => DEVICES_OF_4,
    parts: () => ({
      P: ofCallManager4(8, 26, [key(14_500, KEY.answer)]),
      F: rowsPart([], {
        ...{ phone: `${F_ADDRESS}:50000`, server: '0.0.0.0:2000' },
        made: [
          ...registration('SEP000000001003', F_ADDRESS, VERSION_4),
          message(
            ['phone', 8_500],
            'EnblocCallMessage',
            { calledParty: '1000' } as Fields<'EnblocCallMessage'>,
            VERSION_4,
          ),
          message(
            ['server', 15_000],
            'OpenReceiveChannelMessage',
            { conferenceId: 1, passThruPartyId: 1, callReference: 1 } as Fields<'OpenReceiveChannelMessage'>,
            VERSION_4,
          ),
          message(
            ['phone', 15_001],
            'OpenReceiveChannelAckMessage',
            { ipAddr: F_ADDRESS, portNumber: 60_186, passThruPartyId: 1 } as Fields<'OpenReceiveChannelAckMessage'>,
            VERSION_4,
          ),
        ],
      }),
    }),
    meant: [
      ...MEANT_OF_4,
      { of: /^P sccp \w+: extra$/, why: 'the frames between the captured ones are not published' },
      { of: /^F sccp /, why: 'the caller is made for this test' },
      { of: /remoteIpAddr: 10\.102\.219\.27 → 127\.0\.0\.12$/, why: 'the caller is on loopback' },
    ],
  },
];
