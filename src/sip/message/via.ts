// The first Via: who sent a request, where its response goes (RFC 3261 §18.2, RFC 3581), and the Via of the response.

import type { Endpoint } from '../../net/ports.js';
import { afterQuoted, findParameter, type Parameter, parseCount, parseParameters, unquoted } from './grammar.js';
import { parseHostPort } from './uri.js';

/** The first Via of a message. */
export interface Via {
  /** The header's text as written, with what follows the first element. */
  readonly text: string;
  /** As written, e.g. `UDP`. */
  readonly transport: string;
  /** Lower case. */
  readonly host: string;
  readonly port: number | undefined;
  /** Case-sensitive; empty: none. */
  readonly branch: string;
  readonly parameters: readonly Parameter[];
  /** Where the first element ends in the header's text: at its end or at a comma. */
  readonly end: number;
}

const USUAL = ['SIP/2.0/UDP ', 'SIP/2.0/TCP ', 'SIP/2.0/TLS '] as const;
const PROTOCOL = /^SIP[ \t]*\/[ \t]*\d+\.\d+[ \t]*\/[ \t]*([A-Za-z0-9.!%*_+`'~-]+)[ \t]+/i;
/** The port of a SIP URI or a Via without one (RFC 3261 §18.2.2). */
export const DEFAULT_PORT = 5060;

/** Reads the first element of a Via header. `undefined`: it is malformed. */
export const parseVia = (text: string): Via | undefined => {
  const usual = USUAL.find((prefix) => text.startsWith(prefix));
  const [whole, transport] = usual === undefined ? (PROTOCOL.exec(text) ?? []) : [usual, usual.slice(8, 11)];
  if (whole === undefined || transport === undefined) return undefined;
  const start = whole.length;
  const end = endOfElement(text);
  if (end < 0) return undefined;
  const semicolon = text.indexOf(';', start);
  const hostEnd = semicolon < 0 || semicolon > end ? end : semicolon;
  const hostPort = parseHostPort(text.slice(start, hostEnd));
  const parameters = parseParameters(end === text.length ? text : text.slice(0, end), hostEnd);
  if (hostPort === undefined || parameters === undefined) return undefined;
  const { host, port } = hostPort;
  const branch = findParameter(parameters, 'branch')?.value;
  return {
    text,
    transport,
    host,
    port,
    branch: branch === undefined ? '' : unquoted(branch),
    parameters,
    end,
  };
};

/** `host[:port]` in lower case, as a part of a transaction's key. */
export const sentByOf = ({ host, port }: Via): string => (port === undefined ? host : `${host}:${port}`);

const endOfElement = (text: string): number => {
  if (!text.includes(',')) return text.length;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === ',') return at;
    if (character === '"') {
      at = afterQuoted(text, at) - 1;
      if (at < 0) return -1;
    }
  }
  return text.length;
};

/** The Via of the response: `received` is added and `rport` filled, nothing else is changed. */
export const responseVia = (via: Via, source: Endpoint): string => {
  const { text } = via;
  const rport = findParameter(via.parameters, 'rport');
  const received = via.host !== source.address;
  if (rport === undefined && !received) return text;
  let first = text.slice(0, via.end).trimEnd();
  if (findParameter(via.parameters, 'received') !== undefined)
    first = first.replace(/;[ \t]*received[ \t]*(?:=[^;]*)?/i, '');
  if (rport !== undefined)
    first = first.replace(/;([ \t]*rport)(?![\w.-])[ \t]*(?:=[ \t]*\d*)?/i, `;$1=${source.port}`);
  return `${first};received=${source.address}${text.slice(via.end)}`;
};

/**
 * Where the response to a request over UDP goes (RFC 3261 §18.2.2, RFC 3581 §4). `maddr` is ignored: it is meant for
 * requests by multicast, and otherwise one machine could have responses sent to another.
 */
export const answerTarget = (via: Via, source: Endpoint): Endpoint => ({
  address: source.address,
  port: findParameter(via.parameters, 'rport') === undefined ? (via.port ?? DEFAULT_PORT) : source.port,
});

/** Whether it is an IPv4 address of one machine: no name, and not multicast, broadcast or the wildcard. */
export const isUnicast = (text: string): boolean => {
  const octets = text.split('.');
  if (octets.length !== 4) return false;
  for (const part of octets) if ((parseCount(part, 255) ?? 256) > 255) return false;
  const first = Number(octets[0]);
  return first > 0 && first < 224;
};
