// The trace lines of SIP: CUCM's SIPTcp and SIPUdp lines with the message below, literally where they are known
// (`sip.md` §11), else in their style.

import type { Transport } from '../../devices/device.js';
import type { SipEvent, SipLimit, SipLinkEnd, SipReceived, SipRegisterAnswered, SipSent } from '../../sip/events.js';
import type { Rows } from '../row.js';
import { trunkLines } from './sip-trunks.js';

/** CUCM's process of each transport. */
const PROCESS = { udp: 'SIPUdp', tcp: 'SIPTcp', tls: 'SIPTcp' } as const satisfies Record<Transport, string>;
const TRANSPORT_NAME = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' } as const satisfies Record<Transport, string>;

const head = (transport: Transport, signal: string): string => `//SIP/${PROCESS[transport]}/${signal}:`;

/** How a form of the trace spells the process of a connection and its transport; datagrams are spelt alike in both. */
export interface ConnectionSpelling {
  readonly process: string;
  readonly name: Readonly<Record<'tcp' | 'tls', string>>;
}

const SDI_SPELLING: ConnectionSpelling = { process: '//SIP/SIPTcp/', name: { tcp: 'TCP', tls: 'TLS' } };

/** The line above a message that came. */
export const incoming = (
  { transport, address, port, link, octets }: Omit<SipReceived, 'type'>,
  { process, name } = SDI_SPELLING,
): string =>
  transport === 'udp'
    ? `${head(transport, 'wait_SdlDataInd')} Incoming SIP UDP message size ${octets} from ${address}:[${port}]:`
    : `${process}wait_SdlReadRsp: Incoming SIP ${name[transport]} message from ${address} on port ${port} index ${link} with ${octets} bytes:`;

/** The line above a message that was sent. */
export const outgoing = (
  { transport, address, port, link }: Omit<SipSent, 'type'>,
  { process, name } = SDI_SPELLING,
): string =>
  transport === 'udp'
    ? `${head(transport, 'wait_SdlSPISignal')} Outgoing SIP UDP message to ${address}:[${port}]:`
    : `${process}wait_SdlSPISignal: Outgoing SIP ${name[transport]} message to ${address} on port ${port} index ${link}`;

const LINK_ENDS: Readonly<Record<SipLinkEnd, string>> = {
  'peer-closed': 'the phone closed it',
  error: 'the connection broke',
  'closed-here': 'the service closed it',
  malformed: 'what it sent was no SIP',
  mute: 'it never said a word',
  unfinished: 'it began a message and never ended it',
  idle: 'it fell silent',
  'not-reading': 'it did not read what it was sent',
  'gave-way': 'nobody had registered by it, and its place was needed',
  failed: 'labcm itself made a mistake',
  stopped: 'the service stopped',
};

const OVER_LIMIT: Readonly<Record<SipLimit, string>> = {
  datagramsPerSecond: 'SIP datagrams were not read: one address sent more than it may in a second',
  'unproven-address':
    'SIP messages were cut short or not sent: their address has not shown that it hears what it is sent',
  outgoing: 'SIP messages were sent once and are not repeated: too many await an answer',
  subscriptions: 'subscriptions were refused: there are too many',
  strangers: 'calls were not answered: an address that nobody knows made too many in a second',
};

const ORDINARY = new Set<SipLinkEnd>(['peer-closed', 'closed-here', 'stopped']);

/** What a refused REGISTER said, and its answer besides status and warning. */
const detailsOf = ({
  status,
  warning,
  phrase,
  user,
  asked,
  least,
}: Pick<SipRegisterAnswered, 'status' | 'warning' | 'phrase' | 'user' | 'asked' | 'least'>): string => {
  const says = status === 401 || warning !== '' || phrase === undefined ? '' : `, Phrase=${phrase}`;
  const time = asked === undefined || least === undefined ? '' : `, Expires=${asked}, Min=${least}`;
  return `${says}${time}${user === undefined ? '' : `, User=${user}`}`;
};

export const sipLines = {
  'sip.received': {
    component: 'CCM',
    level: 'arbitrary',
    body: true,
    text: (event) => `${incoming(event)}\n${event.text}`,
  },
  'sip.sent': {
    component: 'CCM',
    level: 'arbitrary',
    body: true,
    text: (event) => `${outgoing(event)}\n${event.text}`,
  },
  'sip.untraced': {
    component: 'CCM',
    level: 'special',
    text: ({ messages }) => `//SIP/SIPHandler/trace: ${messages} SIP messages of the last second are not in this trace`,
    summary: ({ messages }) => ({
      tone: 'quiet',
      about: '',
      text: `${messages} SIP messages were served and not traced: more came in a second than the trace takes`,
    }),
  },
  'sip.malformed': {
    component: 'CCM',
    level: 'error',
    text: ({ transport, address, port, link, reason, answered, bytes, unsaid }) =>
      `${head(transport, 'parse')} Malformed message from ${address} on port ${port} index ${link}: ${reason}, Answered=${answered}, Suppressed=${unsaid}, Bytes=${bytes}`,
    summary: ({ address, reason, answered }) => ({
      tone: 'bad',
      about: address,
      text: `sent what is not good SIP: ${reason}${answered === 0 ? '' : `, answered ${answered}`}`,
    }),
  },
  'sip.oversize': {
    component: 'CCM',
    level: 'error',
    text: ({ transport, address, port, limit }) =>
      `${PROCESS[transport]} - Ignoring large message from ${address}:[${port}]. Only allow up to ${limit} bytes. Resetting connection.`,
    summary: ({ address, limit }) => ({ tone: 'bad', about: address, text: `sent more than ${limit} octets at once` }),
  },
  'sip.failed': {
    component: 'CCM',
    level: 'error',
    text: ({ transport, address, port, link, detail }) =>
      `${head(transport, 'wait_SdlReadRsp')} Message from ${address} on port ${port} index ${link} failed: ${detail}`,
    summary: ({ address }) => ({
      tone: 'bad',
      about: address,
      text: 'met a mistake of labcm itself; see the trace',
    }),
  },
  'sip.link-opened': {
    component: 'CCM',
    level: 'arbitrary',
    text: ({ transport, address, port, link }) =>
      `${head(transport, 'wait_SdlConnectionInd')} New connection accepted from ${address} on port ${port} index ${link}, Transport=${TRANSPORT_NAME[transport]}`,
  },
  'sip.link-closed': {
    component: 'CCM',
    level: 'arbitrary',
    text: ({ transport, address, port, link, cause, messages }) =>
      `${head(transport, 'wait_SdlCloseInd')} Connection closed to ${address} on port ${port} index ${link}, Reason=${cause}, Messages=${messages}`,
    summary: ({ address, cause }) =>
      ORDINARY.has(cause)
        ? undefined
        : { tone: 'quiet', about: address, text: `lost its SIP connection: ${LINK_ENDS[cause]}` },
  },
  'sip.link-refused': {
    component: 'CCM',
    level: 'special',
    text: ({ address, port, limit, count }) =>
      `${head('tcp', 'wait_SdlConnectionInd')} Connection refused from ${address} on port ${port}, Limit=${limit}, Refused=${count}`,
    summary: ({ address, limit, count }) => ({
      tone: 'bad',
      about: address,
      text: `${count} SIP connections over the bound on ${limit} were refused`,
    }),
  },
  'sip.throttled': {
    component: 'CCM',
    level: 'special',
    text: ({ address, limit, count }) =>
      `//SIP/SIPHandler/throttle: ${count} ${OVER_LIMIT[limit]}, the last of ${address}, Limit=${limit}`,
    summary: ({ address, limit, count }) => ({ tone: 'bad', about: address, text: `${count} ${OVER_LIMIT[limit]}` }),
  },
  'sip.alarm': {
    component: 'CCM',
    level: 'significant',
    limited: 'by-second',
    text: ({ device, address, alarm, proven, values }) =>
      `SIPStationInit: Alarm ${alarm} from ${address}, DeviceName=${device}${proven ? '' : ', Unproven'}${Object.entries(
        values,
      )
        .filter(([name]) => name !== 'DeviceName')
        .map(([name, value]) => `, ${name}=${value}`)
        .join('')}`,
    summary: ({ device, address, alarm, proven }) => ({
      tone: 'plain',
      about: device === '' ? address : device,
      text: proven || device === '' ? `reported ${alarm}` : `reported ${alarm}, if it was that device at ${address}`,
    }),
  },
  'sip.unproven': {
    component: 'CCM',
    level: 'significant',
    limited: 'by-second',
    text: ({ method, device, address, port, answered }) =>
      `SIPStationInit: ${method} for ${device} from ${address} on port ${port} is not proven, Answered=${answered}`,
    summary: ({ method, device, address, answered }) =>
      answered === 401
        ? undefined
        : {
            tone: 'quiet',
            about: address,
            text: `sent a ${method}${device === '' ? '' : ` as ${device}`} and was not believed: it is neither its registered connection nor has its password`,
          },
  },
  'sip.token': {
    component: 'CCM',
    level: 'significant',
    text: ({ address, port, granted }) =>
      `SIPStationInit: Token registration from ${address} on port ${port} ${granted ? 'granted' : 'deferred'}`,
    summary: ({ address, granted }) => ({
      tone: 'plain',
      about: address,
      text: granted ? 'may come home from another node' : 'asked to come home and is to wait',
    }),
  },
  'sip.standby': {
    component: 'CCM',
    level: 'detailed',
    text: ({ device, address, port }) =>
      `SIPStationInit: Standby keepalive of ${device} from ${address} on port ${port}`,
  },
  'sip.register-answered': {
    component: 'CCM',
    level: 'detailed',
    limited: 'by-second',
    text: (event) => {
      const { device, dn, source, status, warning, credentials, given, configured, repeat } = event;
      return status < 300
        ? []
        : `SIPStationInit: REGISTER of ${dn} from ${source} was answered ${status}, DeviceName=${device ?? ''}, Credentials=${credentials}${given === undefined ? '' : `, Realm=${given}, Expected=${configured}`}${warning === '' ? '' : `, Warning=${warning}`}${detailsOf(event)}${repeat ? ', Repeated' : ''}`;
    },
    summary: ({ device, source, given, configured }) =>
      given === undefined
        ? undefined
        : {
            tone: 'bad',
            about: device ?? source,
            text: `answered for the digest realm "${given}", and was asked for "${configured}"`,
          },
  },
  'sip.command-answered': {
    component: 'CCM',
    level: 'significant',
    text: ({ device, command, status }) =>
      `SIPStationD: service-control ${command} of ${device} ${status === 0 ? 'was not answered' : `was answered ${status}`}`,
    summary: ({ device, command, status }) =>
      status >= 200 && status < 300
        ? { tone: 'plain', about: device, text: `takes the ${command}` }
        : {
            tone: 'bad',
            about: device,
            text: status === 0 ? `did not answer the ${command}` : `refused the ${command} with ${status}`,
          },
  },
  ...trunkLines,
} as const satisfies Rows<SipEvent['type']>;
