// The trace lines of the network before any protocol sees it, and of the machine.

import type { HostAddressesChanged, NeighbourChanged, NetEvent } from '../../net/events.js';
import type { Rows } from '../row.js';

/** RFC 8446 §6, RFC 5246 §7.2: the alerts that say what to do. */
const ALERTS: Readonly<Record<number, string>> = {
  40: 'it has no cipher or parameter in common with this node',
  42: 'it finds the certificate of this node bad',
  43: 'it does not support the certificate of this node',
  44: 'it has the certificate of this node as revoked',
  45: 'it finds the certificate of this node expired, by its own clock',
  46: 'it does not take the certificate of this node',
  48: 'it does not know who signed the certificate of this node: its trust list lacks it',
  70: 'it speaks a version of TLS that this node does not',
  80: 'it had a fault of its own',
  112: 'it does not find the name that it asked for in the certificate of this node',
};

const CODES: Readonly<Record<string, string>> = {
  ECONNRESET: 'it went away in the midst of it',
  ERR_SSL_HTTP_REQUEST: 'it speaks HTTP',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS, or a version that is not known',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks a version of TLS that this node does not',
  ERR_SSL_NO_SHARED_CIPHER: 'it has no cipher in common with this node',
  none: 'it showed no certificate',
  'unknown-issuer': 'nobody who is trusted here issued its certificate',
  'other-key': 'the issuer of its certificate has the name of a trusted one and another key',
  'not-in-force': 'its certificate is over or has not begun',
  'not-for-clients': 'its certificate is not for clients',
  unusable: 'its certificate cannot be checked',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'it did not finish it in time',
};

const neighbour = ({ address, mac, before, own }: NeighbourChanged): string => {
  const had = before === undefined ? '' : `, after ${before}`;
  return own === undefined
    ? `${address} has the hardware address ${mac} now${had}: two machines use it, or a router answers for it`
    : `${address} is answered for by ${mac}${had}, and its device has ${own}`;
};

const addresses = ({ added, removed }: HostAddressesChanged): string =>
  [
    ...(added.length === 0 ? [] : [`has the address ${added.join(', ')} now`]),
    ...(removed.length === 0 ? [] : [`no longer has the address ${removed.join(', ')}`]),
  ].join(' and ');

const inSeconds = (milliseconds: number): string => `${Math.round(milliseconds / 1000)} s`;

export const netLines = {
  'net.tls-failed': {
    component: 'CCM',
    level: 'error',
    text: ({ service, address, port, code, alert, phase, unsaid }) =>
      `TLS of ${service} failed|IPAddr=${address}|Port=${port}|Code=${code}|Alert=${alert ?? ''}|Phase=${phase}|Unsaid=${unsaid}`,
    summary: ({ service, address, code, alert }) => ({
      tone: 'bad',
      about: address,
      text: `did not agree on TLS for ${service}: ${alert === undefined ? (CODES[code] ?? code) : `${ALERTS[alert] ?? code} (alert ${alert})`}`,
    }),
  },
  'net.knock': {
    component: 'CCM',
    level: 'special',
    text: ({ service, transport, address, port, unsaid }) =>
      `Knock at ${service}|IPAddr=${address}|Transport=${transport}|Port=${port}|Unsaid=${unsaid}`,
    summary: ({ service, transport, address, port }) => ({
      tone: 'bad',
      about: address,
      text: `tried ${transport} ${port}, where labcm has no ${service}`,
    }),
  },
  'net.neighbour': {
    component: 'CCM',
    level: 'special',
    text: ({ address, mac, before = '', device = '', own = '' }) =>
      `Neighbour|IPAddr=${address}|MAC=${mac}|Before=${before}|Device=${device}|Own=${own}`,
    summary: (event) => ({ tone: 'bad', about: event.device ?? event.address, text: neighbour(event) }),
  },
  'host.counters': {
    component: 'CCM',
    level: 'error',
    text: ({ rcvbufErrors, listenOverflows, udpNoPorts, tcpOutRsts }) =>
      `Host counters rose|RcvbufErrors=${rcvbufErrors}|ListenOverflows=${listenOverflows}|UdpNoPorts=${udpNoPorts}|TcpOutRsts=${tcpOutRsts}`,
    summary: ({ rcvbufErrors, listenOverflows }) => ({
      tone: 'bad',
      about: '',
      text: `this machine dropped ${rcvbufErrors} datagrams and ${listenOverflows} connections that programs did not take in time`,
    }),
  },
  'host.addresses-changed': {
    component: 'CCM',
    level: 'special',
    text: ({ added, removed }) => `Host addresses changed|Added=${added.join(',')}|Removed=${removed.join(',')}`,
    summary: (event) => ({ tone: 'plain', about: '', text: `this machine ${addresses(event)}` }),
  },
  'host.clock-jumped': {
    component: 'CCM',
    level: 'error',
    text: ({ by }) => `Host clock jumped|Milliseconds=${by}`,
    summary: ({ by }) => ({
      tone: 'bad',
      about: '',
      text:
        by < 0
          ? `the clock of this machine was set back by ${inSeconds(-by)}`
          : `the clock of this machine was set forward by ${inSeconds(by)}, or the machine slept`,
    }),
  },
} as const satisfies Rows<NetEvent['type']>;
