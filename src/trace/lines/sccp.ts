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
import { lineRegisteredText, stationOf } from './device.js';
import { CALL_RECEIVED, CALL_SENT, callPrompt, type Wordings } from './sccp-calls.js';

/** CUCM's limit of calls on a device. */
const CALL_LIMIT = 200;

const TRANSITION_MASK = 0x0020;
const LINE_MASK = 0x0800;
const LONGEST_FIELDS = 600;

/** The two halves of CUCM's station process: input and output. A link without a device is station 0. */
export const stationInit = ({ bound, link }: StationContext): string => `StationInit: ${stationOf(bound ? link : 0)}`;
export const stationD = ({ bound, link }: StationContext): string => `StationD:    ${stationOf(bound ? link : 0)}`;

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

const sizes = (name: string, { octets, defined = octets }: Omit<SccpReceived, 'type'>): string =>
  `InboundStim - Station${name}MessageID: Msg Size(received, defined) = ${octets}, ${defined}`;

/** That a Register came, and the queue that it waits in. */
export const registerText = (station: StationContext): string =>
  `${stationInit(station)} InboundStim - StationRegisterMessageId [Normal Device priority]:`;

/** Received messages with lines of their own in CUCM's trace. The others are traced by name and fields. */
const RECEIVED: Wordings<SccpReceived> = {
  AlarmMessage: ({ station, fields: { alarmSeverity, text, param1, param2 } }) =>
    `${stationInit(station)} alarmSeverity=${alarmSeverity} text="${text}" parm1=${param1 ?? 0}(${hex(param1)}) parm2=${param2 ?? 0}(${hex(param2)}).`,
  RegisterReqMessage: (event) => [
    `${stationInit(event.station)} ${sizes('Register', event)}`,
    registerText(event.station),
  ],
  IpPortMessage: ({ station }) =>
    `${stationInit(station)} InboundStim - Undefined Stimulus Device Message - MessageID: 0x2`,
  CapabilitiesResMessage: (event) => [
    `${stationInit(event.station)} ${sizes('CapabilitiesRes', event)}`,
    `${stationInit(event.station)} CapabilitiesRes capCount=${event.fields.capCount} caps=${codecs(event.fields.caps)}`,
  ],
};

const codecs = (caps: unknown): string =>
  (Array.isArray(caps) ? caps : [])
    .map(({ payloadCapability, maxFramesPerPacket }) => ` ${payloadCapability}(${maxFramesPerPacket})`)
    .join('');

/** The same for sent messages. */
const SENT: Wordings<SccpSent> = {
  RegisterAckMessage: ({ station, fields }) => [
    `StationD:${stationOf(station.link)} sendCapabilitiesReq Send StationOutputRegisterAck`,
    `${stationD(station)} RegisterAck${fieldsText(fields)}.`,
  ],
};

/** The lines of a received message; `calls` has those of messages about calls, in which the forms of the trace differ. */
export const receivedText = (
  event: Omit<SccpReceived, 'type'>,
  calls: Wordings<SccpReceived> = CALL_RECEIVED,
): string | readonly string[] =>
  (RECEIVED[event.name] ?? calls[event.name])?.(event) ??
  `${stationInit(event.station)} ${short(event.name)}${fieldsText(event.fields, event.names)}.`;

/** The same for a sent message. */
export const sentText = (
  event: Omit<SccpSent, 'type'>,
  calls: Wordings<SccpSent> = CALL_SENT,
): string | readonly string[] =>
  (SENT[event.name] ?? calls[event.name])?.(event) ??
  `${stationD(event.station)} ${short(event.name)}${fieldsText(event.fields, event.names)}.`;

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
export const promptText = (
  { station, timeOut, status, content, line, callReference, protocolVer }: Omit<SccpPrompted, 'type'>,
  tail: Tail,
): string =>
  `${stationD(station)} DisplayPromptStatus timeOut=${timeOut} Status='${asPublished(status)}' content='${content}' line=${line} CI=${callReference} ver=${hex(protocolVer).padStart(8, '0')}.${tail({ address: station.address, device: station.device ?? '' }, 'state-transition', TRANSITION_MASK)}`;

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
    text: (event) => receivedText(event),
  },
  'sccp.sent': {
    component: 'CCM',
    level: 'detailed',
    text: (event) => sentText(event),
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
    text: (event, tail) => (event.callReference === 0 ? promptText(event, tail) : callPrompt(event)),
  },
  'sccp.lines-started': {
    component: 'CCM',
    level: 'detailed',
    text: ({ station, deviceName, lines }, tail) =>
      lines.flatMap((dn) => [
        `${lineRegisteredText(station.link, deviceName, dn, 1)}${tail({ address: station.address, device: deviceName }, 'detailed', LINE_MASK)}`,
        'No associated device or user.',
        'LineControl::sendSNFNotifyIndForPresenceWithAlerting mPrecenceWithAlertingChangeNotifySubscribed=0, calllist#=0',
        `DeviceManager:star_DeviceStart Name=${dn}: Key=${nameUuid('number', dn)} RegisterDevice=3 DualModeFlag=0`,
      ]),
  },
  'sccp.unknown-message': {
    component: 'CCM',
    level: 'special',
    text: ({ station, id, octets, bytes }) =>
      `${stationInit(station)} InboundStim - Undefined Stimulus Device Message - MessageID: 0x${hex(id)} Msg Size(received) = ${octets} ${bytes}`,
  },
  'sccp.ignored': {
    component: 'CCM',
    level: 'arbitrary',
    text: ({ station, name, because }) => `${stationInit(station)} ${short(name)} ignored: ${because}`,
  },
  'sccp.malformed': {
    component: 'CCM',
    level: 'error',
    text: ({ station, code, reason, fatal, bytes }) =>
      `${stationInit(station)} Malformed message (${code}): ${reason}${fatal ? ', connection closed' : ''} ${bytes}`,
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
  'sccp.standby': {
    component: 'CCM',
    level: 'detailed',
    text: ({ station }) =>
      `${stationInit(station)} Standby connection kept alive without a Register. DeviceName=${station.device ?? ''}, IPAddr=${station.address}`,
  },
  'sccp.throttled': {
    component: 'CCM',
    level: 'error',
    text: ({ station, messages, seconds }) =>
      `${stationInit(station)} SCCPDeviceThrottling - more than ${messages} messages within ${seconds} s DeviceName=${station.device ?? ''}`,
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
      `${stationD(station)} ${short(by)} refused: calls are not available, line=${line} CI=${callReference}`,
    summary: ({ station, line }) => ({
      tone: 'plain',
      about: subjectOf(station),
      text: `wanted to use line ${line}; calls are not available here`,
    }),
  },
  'sccp.failed': {
    component: 'CCM',
    level: 'error',
    text: ({ station, detail }) => `${stationD(station)} failed: ${detail}`,
    summary: ({ station }) => ({
      tone: 'bad',
      about: subjectOf(station),
      text: 'met a mistake of labcm itself; see the trace',
    }),
  },
} as const satisfies Rows<SccpEvent['type']>;
