// The trace lines of streams before any protocol sees them.

import type { NetEvent } from '../../net/events.js';
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
  ERR_TLS_HANDSHAKE_TIMEOUT: 'it did not finish it in time',
};

export const netLines = {
  'net.tls-failed': {
    component: 'CCM',
    level: 'error',
    text: ({ service, address, port, code, alert, phase, unsaid }) =>
      `TLS of ${service} failed|IPAddr=${address}|Port=${port}|Code=${code}|Alert=${alert ?? ''}|Phase=${phase}|Unsaid=${unsaid}`,
    summary: ({ service, address, code, alert }) => ({
      tone: 'bad',
      about: address,
      text: `did not agree on TLS for ${service}: ${(alert === undefined ? undefined : ALERTS[alert]) ?? CODES[code] ?? code}`,
    }),
  },
} as const satisfies Rows<NetEvent['type']>;
