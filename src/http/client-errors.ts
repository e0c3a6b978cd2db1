// What a client did wrong before there was a request, in words.

import { detectProtocol } from '../core/protocol-detection.js';

/** The error of a connection, of node's HTTP or of its TLS. `reason`: OpenSSL's words. */
export type ClientError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer; readonly reason?: string };

/** The client of a listener with TLS speaks HTTP without it. */
export const isWithoutTls = ({ code }: ClientError): boolean => code === WITHOUT_TLS;

/** What it is answered, in plain text: that it understands. */
export const NEEDS_TLS =
  'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 35\r\n\r\nthis port speaks HTTPS: use https:\n';

const WITHOUT_TLS = 'ERR_SSL_HTTP_REQUEST';

/** What is wrong, in a few words. */
export const reasonOf = ({ code = '', message, reason, rawPacket }: ClientError): string => {
  if (code === WITHOUT_TLS) return 'this is HTTP without TLS';
  if (code.startsWith('ERR_SSL_')) return `TLS: ${reason ?? code}`;
  const protocol = rawPacket === undefined ? undefined : detectProtocol(rawPacket);
  const isOther = protocol !== undefined && protocol !== 'HTTP';
  return isOther ? `this is ${protocol}, not HTTP` : message.replace(/^Parse Error: /, '');
};
