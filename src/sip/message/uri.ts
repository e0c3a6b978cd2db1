// SIP and SIPS URIs: reading them, and the comparison of RFC 3261 §19.1.4. No name is resolved here.

import { type Parameter, parseCount } from './grammar.js';

/** A SIP or SIPS URI (RFC 3261 §19.1). */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  /** As written, escapes included; `undefined`: none. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Lower case; an IPv6 reference keeps its brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly parameters: readonly Parameter[];
  /** What follows `?`; `undefined`: nothing. */
  readonly headers: string | undefined;
}

/** Why a text is no SIP URI: it has another scheme, or is no URI at all. */
export type UriFault = 'scheme' | 'syntax';

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/;
// What may stand in a URI at all: no blank, control character, quote, angle bracket; `%` only with two digits.
const CLEAN = /^(?:[!#-$&-;=?-[\]_a-z~]|%[0-9A-Fa-f]{2})*$/;
const IPV6_REFERENCE = /^\[[0-9A-Fa-f:.]+\]$/;
const MAX_PORT = 65_535;

/** Reads a SIP or SIPS URI. Never throws. */
export const parseSipUri = (text: string): SipUri | UriFault => {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return 'syntax';
  if (scheme !== 'sip' && scheme !== 'sips') return 'scheme';
  if (!CLEAN.test(text)) return 'syntax';
  const afterScheme = scheme.length + 1;
  const question = text.indexOf('?', Math.max(afterScheme, text.indexOf('@')));
  const end = question < 0 ? text.length : question;
  const at = text.indexOf('@', afterScheme);
  const hostStart = at < 0 || at > end ? afterScheme : at + 1;
  const semicolon = text.indexOf(';', hostStart);
  const hostEnd = semicolon < 0 || semicolon > end ? end : semicolon;
  const hostPort = parseHostPort(text.slice(hostStart, hostEnd));
  const parameters = parseUriParameters(text.slice(hostEnd, end));
  if (hostPort === undefined || parameters === undefined) return 'syntax';
  const userInfo = hostStart === afterScheme ? undefined : text.slice(afterScheme, hostStart - 1);
  const colon = userInfo?.indexOf(':') ?? -1;
  const user = colon < 0 ? userInfo : userInfo?.slice(0, colon);
  if (user === '') return 'syntax';
  return {
    scheme,
    user,
    password: colon < 0 ? undefined : userInfo?.slice(colon + 1),
    host: hostPort.host,
    port: hostPort.port,
    parameters,
    headers: question < 0 ? undefined : text.slice(question + 1),
  };
};

/** `host[:port]` with blanks allowed around the colon. */
export const parseHostPort = (text: string): { host: string; port: number | undefined } | undefined => {
  const bracket = text.charCodeAt(0) === 0x5b ? text.indexOf(']') : 0;
  const colon = text.indexOf(':', bracket);
  const host = (colon < 0 ? text : text.slice(0, colon)).trim();
  if (!isHostName(host) && !IPV6_REFERENCE.test(host)) return undefined;
  if (colon < 0) return { host: host.toLowerCase(), port: undefined };
  const port = parseCount(text.slice(colon + 1).trim(), MAX_PORT);
  return port === undefined || port === 0 || port > MAX_PORT ? undefined : { host: host.toLowerCase(), port };
};

/** Letters, digits, `-`, `.` and `_`, beginning with a letter or digit and not ending with a hyphen. */
const isHostName = (text: string): boolean => {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const isDigit = code >= 0x30 && code <= 0x39;
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    if (isDigit || isLetter) continue;
    if (at === 0 || (code !== 0x2e && code !== 0x2d && code !== 0x5f)) return false;
    if (code === 0x2d && at === text.length - 1) return false;
  }
  return text !== '';
};

const parseUriParameters = (text: string): readonly Parameter[] | undefined => {
  if (text === '') return NONE;
  const parameters: Parameter[] = [];
  for (const part of text.slice(1).split(';')) {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    if (name === '') return undefined;
    parameters.push({ name, value: equals < 0 ? undefined : part.slice(equals + 1) });
  }
  return parameters;
};

const NONE: readonly Parameter[] = [];

/** Unescapes unreserved characters and writes other escapes in upper case, so that equal texts become the same. */
export const canonicalText = (text: string): string =>
  text.includes('%')
    ? text.replace(/%([0-9A-Fa-f]{2})/g, (written, digits: string) => {
        const character = String.fromCharCode(Number.parseInt(digits, 16));
        return /[A-Za-z0-9\-_.!~*'()]/.test(character) ? character : written.toUpperCase();
      })
    : text;

/** Parameters that must be equal if one of the URIs has them (RFC 3261 §19.1.4). */
const DECISIVE = new Set(['transport', 'user', 'ttl', 'method', 'maddr']);

const canonicalParameters = (parameters: readonly Parameter[]): Map<string, string> =>
  new Map(
    parameters.map(({ name, value }) => [canonicalText(name).toLowerCase(), canonicalText(value ?? '').toLowerCase()]),
  );

/** Whether two URIs are equal by RFC 3261 §19.1.4. */
export const sameUri = (one: SipUri, other: SipUri): boolean => {
  if (one.scheme !== other.scheme || one.host !== other.host || one.port !== other.port) return false;
  if (canonicalText(one.user ?? '') !== canonicalText(other.user ?? '')) return false;
  if ((one.user === undefined) !== (other.user === undefined)) return false;
  if (canonicalText(one.password ?? '') !== canonicalText(other.password ?? '')) return false;
  if (sortedHeaders(one) !== sortedHeaders(other)) return false;
  if (one.parameters.length === 0 && other.parameters.length === 0) return true;
  const mine = canonicalParameters(one.parameters);
  const theirs = canonicalParameters(other.parameters);
  for (const [name, value] of mine)
    if (theirs.has(name) ? theirs.get(name) !== value : DECISIVE.has(name)) return false;
  for (const name of theirs.keys()) if (DECISIVE.has(name) && !mine.has(name)) return false;
  return true;
};

const sortedHeaders = ({ headers }: SipUri): string =>
  headers === undefined ? '' : canonicalText(headers).split('&').sort().join('&');

/** The value of a URI parameter, name in lower case; `''` for a flag, `undefined` for none. */
export const uriParameter = (uri: SipUri, name: string): string | undefined => {
  const found = uri.parameters.find((parameter) => parameter.name.toLowerCase() === name);
  return found === undefined ? undefined : (found.value ?? '');
};

/** The user of a URI, unescaped; empty: none. */
export const userOf = (uri: string | undefined): string => {
  const parsed = parseSipUri(uri ?? '');
  return typeof parsed === 'string' ? '' : canonicalText(parsed.user ?? '');
};

/** A text with its escapes as the octets that they stand for, one character each. */
export const unescaped = (text: string): string =>
  text.includes('%')
    ? text.replace(/%([0-9A-F]{2})/gi, (_written, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    : text;

/**
 * The number that the user of a URI is: without escapes, which are of UTF-8, and without the user's parameters (RFC 3261
 * §19.1.1, §25.1); empty: there is none. What was escaped may be a control character.
 */
export const userNumberOf = (uri: string | undefined): string => {
  const parsed = parseSipUri(uri ?? '');
  const written = typeof parsed === 'string' ? '' : (parsed.user?.split(';', 1)[0] ?? '');
  return written.includes('%') ? Buffer.from(unescaped(written), 'latin1').toString('utf8') : written;
};

/**
 * The URI of this server in a Contact, with the scheme of the Request-URI (RFC 3261 §12.1.1). `sips:` means TLS by
 * itself (RFC 5630 §3.1.4). `place`: `[user@]host:port`.
 */
export const localUri = (place: string, transport: 'udp' | 'tcp' | 'tls', requestUri: string): string => {
  if (/^sips:/i.test(requestUri)) return `sips:${place}`;
  return `sip:${place}${transport === 'udp' ? '' : `;transport=${transport}`}`;
};
