// The trace lines of SCCP: CUCM's StationInit and StationD lines, literally where they are known, else in their
// style.

import { nameUuid } from '../../core/uuid.js';
import type {
  LinkEnd,
  MessageFields,
  SccpEvent,
  SccpPrompted,
  SccpReceived,
  SccpSent,
  StationContext,
} from '../../sccp/events.js';
import type { Rows, Tail } from '../row.js';
import { stationOf } from './device.js';
import { CALL_RECEIVED, CALL_SENT, callPrompt, type Wording } from './sccp-calls.js';

/** CUCM's limit of calls on a device. */
const CALL_LIMIT = 200;

const TRANSITION_MASK = 0x0020;
const LINE_MASK = 0x0800;
const LONGEST_FIELDS = 600;

/** The two halves of CUCM's station process: input and output. A link without a device is station 0. */
const init = ({ bound, link }: StationContext): string => `StationInit: ${stationOf(bound ? link : 0)}`;
const process = ({ bound, link }: StationContext): string => `StationD:    ${stationOf(bound ? link : 0)}`;

/** `RegisterAckMessage` is `RegisterAck` in a line. */
const short = (name: string): string => name.replace(/Message$/, '');

const hex = (value: unknown): string => Number(value ?? 0).toString(16);

const valueText = (value: unknown): string => {
  if (typeof value === 'string') return `"${value}"`;
  if (Array.isArray(value)) return `[${value.map(valueText).join(' ')}]`;
  if (typeof value === 'object' && value !== null) return `{${fieldsText(value as MessageFields).trimStart()}}`;
  return String(value);
};

const NO_NAMES: Readonly<Record<string, string>> = {};

/** Fields in their declared order, without those that mean nothing; a number that has a name as `number(name)`. */
const fieldsText = (fields: MessageFields, names = NO_NAMES): string => {
  let text = '';
  for (const name in fields) {
    if (fields[name] === undefined || name === 'unused') continue;
    const label = names[name];
    text += ` ${name}=${valueText(fields[name])}${label === undefined ? '' : `(${label})`}`;
    if (text.length > LONGEST_FIELDS) return `${text.slice(0, LONGEST_FIELDS)}…`;
  }
  return text;
};

const sizes = (name: string, { octets, defined = octets }: SccpReceived): string =>
  `InboundStim - Station${name}MessageID: Msg Size(received, defined) = ${octets}, ${defined}`;

/** Received messages with lines of their own in CUCM's trace. The others are traced by name and fields. */
const RECEIVED: Readonly<Record<string, Wording<SccpReceived>>> = {
  ...CALL_RECEIVED,
  AlarmMessage: ({ station, fields: { alarmSeverity, text, param1, param2 } }) =>
    `${init(station)} alarmSeverity=${alarmSeverity} text="${text}" parm1=${param1 ?? 0}(${hex(param1)}) parm2=${param2 ?? 0}(${hex(param2)}).`,
  RegisterReqMessage: (event) => [
    `${init(event.station)} ${sizes('Register', event)}`,
    `${init(event.station)} InboundStim - StationRegisterMessageId [Normal Device priority]:`,
  ],
  IpPortMessage: ({ station }) => `${init(station)} InboundStim - Undefined Stimulus Device Message - MessageID: 0x2`,
  CapabilitiesResMessage: (event) => [
    `${init(event.station)} ${sizes('CapabilitiesRes', event)}`,
    `${init(event.station)} CapabilitiesRes capCount=${event.fields.capCount} caps=${codecs(event.fields.caps)}`,
  ],
};

const codecs = (caps: unknown): string =>
  (Array.isArray(caps) ? caps : [])
    .map(({ payloadCapability, maxFramesPerPacket }) => ` ${payloadCapability}(${maxFramesPerPacket})`)
    .join('');

/** The same for sent messages. */
const SENT: Readonly<Record<string, Wording<SccpSent>>> = {
  ...CALL_SENT,
  RegisterAckMessage: ({ station, fields }) => [
    `StationD:${stationOf(station.link)} sendCapabilitiesReq Send StationOutputRegisterAck`,
    `${process(station)} RegisterAck${fieldsText(fields)}.`,
  ],
};

/** The octets of a text as CUCM's traces print them: Windows-1252, in which a label's first octet is the euro sign. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const asPublished = (text: string): string => text.replaceAll('\u0080', '€').replace(/[\x00-\x1f]/g, ' ');

const LINK_ENDS: Readonly<Record<LinkEnd, string>> = {
  'peer-closed': 'the phone closed it',
  error: 'the connection broke',
  unregistered: 'the phone unregistered',
  rejected: 'its Register was rejected',
  commanded: 'it was told to start anew',
  'ended-elsewhere': 'its registration had ended',
  mute: 'it never said a word',
  silent: 'it fell silent',
  malformed: 'what it sent was no SCCP',
  throttled: 'it sent too much',
  'not-reading': 'it did not read what it was sent',
  unfinished: 'it did not end the message that it began',
  stopped: 'the service stopped',
};

const subjectOf = ({ device, address }: StationContext): string => device ?? address;

/** The prompt of a phone without a call, as the published trace has it. */
const idlePrompt = (
  { station, timeOut, status, content, line, callReference, protocolVer }: Omit<SccpPrompted, 'type'>,
  tail: Tail,
): string =>
  `${process(station)} DisplayPromptStatus timeOut=${timeOut} Status='${asPublished(status)}' content='${content}' line=${line} CI=${callReference} ver=${hex(protocolVer).padStart(8, '0')}.${tail({ address: station.address, device: station.device ?? '' }, 'state-transition', TRANSITION_MASK)}`;

export const sccpLines = {
  'sccp.link-opened': {
    component: 'CCM',
    level: 'arbitrary',
    text: ({ station: { link, address }, port, transport }) =>
      `StationInit: New connection accepted. DeviceName=, TCPPid=${stationOf(link)}, IPAddr=${address}, Port=${port}, Transport=${transport}`,
  },
  'sccp.link-closed': {
    component: 'CCM',
    level: 'arbitrary',
    text: ({ station: { link, address, device }, cause, messages }) =>
      `StationInit: Connection closed. DeviceName=${device ?? ''}, TCPPid=${stationOf(link)}, IPAddr=${address}, Reason=${cause}, Messages=${messages}`,
    summary: ({ station, cause }) =>
      cause === 'peer-closed' || cause === 'unregistered' || cause === 'stopped'
        ? undefined
        : { tone: 'quiet', about: subjectOf(station), text: `lost its SCCP link: ${LINK_ENDS[cause]}` },
  },
  'sccp.link-refused': {
    component: 'CCM',
    level: 'special',
    text: ({ address, port, limit, count }) =>
      `StationInit: Connection refused. IPAddr=${address}, Port=${port}, Limit=${limit}, Refused=${count}`,
    summary: ({ address, limit, count }) => ({
      tone: 'bad',
      about: address,
      text: `${count} SCCP connections over the bound on ${limit} were refused`,
    }),
  },
  'sccp.received': {
    component: 'CCM',
    level: 'detailed',
    text: (event) =>
      RECEIVED[event.name]?.(event) ??
      `${init(event.station)} ${short(event.name)}${fieldsText(event.fields, event.names)}.`,
  },
  'sccp.sent': {
    component: 'CCM',
    level: 'detailed',
    text: (event) =>
      SENT[event.name]?.(event) ??
      `${process(event.station)} ${short(event.name)}${fieldsText(event.fields, event.names)}.`,
  },
  'sccp.untraced': {
    component: 'CCM',
    level: 'special',
    text: ({ messages }) => `StationInit: ${messages} SCCP messages of the last second are not in this trace`,
    summary: ({ messages }) => ({
      tone: 'quiet',
      about: '',
      text: `${messages} SCCP messages were served and not traced: more came in a second than the trace takes`,
    }),
  },
  'sccp.register-checked': {
    component: 'CCM',
    level: 'state-transition',
    text: ({ station, mac, protocolVer }) =>
      `StationD:    ${stationOf(station.link)} wait_register_StationRegister - Check MAC address & protocolVer & Call Limit (mac=${mac ?? ''}, protocolVer=0x${hex(protocolVer).toUpperCase().padStart(8, '0')}, limit=${CALL_LIMIT})`,
  },
  'sccp.prompted': {
    component: 'CCM',
    level: 'state-transition',
    text: (event, tail) => (event.callReference === 0 ? idlePrompt(event, tail) : callPrompt(event)),
  },
  'sccp.lines-started': {
    component: 'CCM',
    level: 'detailed',
    text: ({ station, deviceName, lines }, tail) =>
      lines.flatMap((dn) => [
        `LineControl(${station.link}) - ${deviceName} registered, CEPN=${nameUuid('line', deviceName.toUpperCase(), dn)}, deviceType=1${tail({ address: station.address, device: deviceName }, 'detailed', LINE_MASK)}`,
        'No associated device or user.',
        'LineControl::sendSNFNotifyIndForPresenceWithAlerting mPrecenceWithAlertingChangeNotifySubscribed=0, calllist#=0',
        `DeviceManager:star_DeviceStart Name=${dn}: Key=${nameUuid('number', dn)} RegisterDevice=3 DualModeFlag=0`,
      ]),
  },
  'sccp.unknown-message': {
    component: 'CCM',
    level: 'special',
    text: ({ station, id, octets, bytes }) =>
      `${init(station)} InboundStim - Undefined Stimulus Device Message - MessageID: 0x${hex(id)} Msg Size(received) = ${octets} ${bytes}`,
  },
  'sccp.ignored': {
    component: 'CCM',
    level: 'arbitrary',
    text: ({ station, name, because }) => `${init(station)} ${short(name)} ignored: ${because}`,
  },
  'sccp.malformed': {
    component: 'CCM',
    level: 'error',
    text: ({ station, code, reason, fatal, bytes }) =>
      `${init(station)} Malformed message (${code}): ${reason}${fatal ? ', connection closed' : ''} ${bytes}`,
    summary: ({ station, reason, fatal }) => ({
      tone: 'bad',
      about: subjectOf(station),
      text: `sent ${fatal ? 'what is not SCCP and was cut off' : 'a message that is too short'}: ${reason}`,
    }),
  },
  'sccp.token': {
    component: 'CCM',
    level: 'significant',
    text: ({ station, granted, wait }) =>
      `StationD:    ${stationOf(station.link)} RegisterToken ${granted ? 'granted' : `rejected, waitTimeBeforeNextReq=${wait}`} DeviceName=${station.device ?? ''}`,
    summary: ({ station, granted, wait }) => ({
      tone: 'plain',
      about: subjectOf(station),
      text: granted ? 'may come home' : `must wait ${wait} s before it may come home`,
    }),
  },
  'sccp.throttled': {
    component: 'CCM',
    level: 'error',
    text: ({ station, messages, seconds }) =>
      `${init(station)} SCCPDeviceThrottling - more than ${messages} messages within ${seconds} s DeviceName=${station.device ?? ''}`,
    summary: ({ station, messages, seconds }) => ({
      tone: 'bad',
      about: subjectOf(station),
      text: `was cut off: more than ${messages} messages within ${seconds} s`,
    }),
  },
  'sccp.call-refused': {
    component: 'CCM',
    level: 'significant',
    text: ({ station, line, callReference, by }) =>
      `${process(station)} ${short(by)} refused: calls are not available, line=${line} CI=${callReference}`,
    summary: ({ station, line }) => ({
      tone: 'plain',
      about: subjectOf(station),
      text: `wanted to use line ${line}; calls are not available here`,
    }),
  },
  'sccp.failed': {
    component: 'CCM',
    level: 'error',
    text: ({ station, detail }) => `${process(station)} failed: ${detail}`,
    summary: ({ station }) => ({
      tone: 'bad',
      about: subjectOf(station),
      text: 'met a mistake of labcm itself; see the trace',
    }),
  },
} as const satisfies Rows<SccpEvent['type']>;
