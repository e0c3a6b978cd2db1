// A captured message in one line and as lines of its fields: for `labcm decode` and for the API.

import { dateOf, wallTime } from '../core/time.js';
import type { PacketTime } from '../pcap/captured-packet.js';
import type { CapturedMessage, CapturedProtocol } from './captured-message.js';

type Fields = Readonly<Record<string, unknown>>;
type Summary = (fields: Fields, name: string) => string;

const LONGEST = 200;

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const pairs = (fields: Fields, separator = '='): string => {
  let text = '';
  for (const [name, value] of Object.entries(fields)) {
    if (value === '' || value === undefined) continue;
    text += ` ${name}${separator}${valueText(value)}`;
    if (text.length > LONGEST) break;
  }
  return text;
};

/** By packet name. */
const TFTP: Readonly<Record<string, Summary>> = {
  RRQ: ({ file, mode, options }) => ` ${file} ${mode}${pairs((options ?? {}) as Fields)}`,
  WRQ: ({ file, mode, options }) => ` ${file} ${mode}${pairs((options ?? {}) as Fields)}`,
  DATA: ({ block, octets }) => ` block ${block}, ${octets} octets`,
  ACK: ({ block }) => ` block ${block}`,
  ERROR: ({ code, message }) => ` ${code} ${message}`,
  OACK: ({ options }) => pairs((options ?? {}) as Fields),
};

/** DHCP options that say who asks, and what it gets. */
const SHOWN_OPTIONS: ReadonlySet<number> = new Set([12, 50, 51, 54, 60, 66, 150]);

/** By protocol: what stands behind the name of a message. */
const SUMMARIES: Readonly<Record<CapturedProtocol, Summary>> = {
  dhcp: ({ chaddr, hlen, yiaddr, options }) => {
    const client = String(chaddr ?? '').slice(0, Number(hlen ?? 0) * 2);
    const shown = (Array.isArray(options) ? options : []).filter(({ code }) => SHOWN_OPTIONS.has(code));
    const given = yiaddr === undefined || yiaddr === '0.0.0.0' ? '' : ` yiaddr=${yiaddr}`;
    return ` ${client.replace(/(..)(?=.)/g, '$1:')}${given}${pairs(Object.fromEntries(shown.map(({ name, value }) => [name, value])))}`;
  },
  tftp: (fields, name) => TFTP[name]?.(fields, name) ?? '',
  http: ({ status, reason, target, 'content-length': length, 'content-type': type }) =>
    status === undefined
      ? ` ${target}`
      : ` ${reason}${length === undefined ? '' : `, ${length} octets`}${type === undefined ? '' : ` of ${type}`}`,
  sccp: (fields) => pairs(fields),
  sip: ({ status, reasonPhrase, requestUri, CSeq, 'Call-ID': callId, Event: event }) => {
    const about = `CSeq=${CSeq} Call-ID=${callId}${event === undefined ? '' : ` Event=${event}`}`;
    return status === undefined ? ` ${requestUri} ${about}` : ` ${reasonPhrase} ${about}`;
  },
  tls: () => '',
};

/** The name of a message and what it says, on one line; empty: not even its name is known. What is longer is cut. */
export const summaryOf = ({ protocol, decoded: { name, fields = {} } }: CapturedMessage): string => {
  const summary = name === undefined ? '' : `${name}${SUMMARIES[protocol](fields, name)}`;
  return summary.length > LONGEST ? `${summary.slice(0, LONGEST)}…` : summary;
};

/** What is wrong with a message; empty: nothing. */
export const faultsOf = ({ decoded: { missing, error, offset } }: CapturedMessage): readonly string[] =>
  [
    error === undefined ? [] : [offset === undefined ? error : `${error}, at octet ${offset}`],
    missing === undefined ? [] : [`without ${missing}`],
  ].flat();

const MICROSECOND_DIGITS = 6;
const NANOSECOND_DIGITS = 9;

/** Six digits, or nine where the capture is that fine. */
export const fraction = (nanoseconds: number): string => {
  const digits = String(nanoseconds).padStart(NANOSECOND_DIGITS, '0');
  return digits.endsWith('000') ? digits.slice(0, MICROSECOND_DIGITS) : digits;
};

/** ISO 8601 in UTC with six or nine digits. `null`: the capture does not say when. */
export const isoTime = (time: PacketTime | undefined): string | null =>
  time === undefined
    ? null
    : dateOf(wallTime(time.seconds * 1000))
        .toISOString()
        .replace(/\.\d+Z$/, `.${fraction(time.nanoseconds)}Z`);

/** A message has at most so many lines of fields. */
const MOST_LINES = 80;

const valueLines = (name: string, value: unknown): readonly string[] => {
  const parts = Array.isArray(value) ? value.map(valueText) : valueText(value).split(/\r?\n/);
  const [first = '', ...others] = parts;
  return others.length === 0 ? [`${name}: ${first}`] : [`${name}:`, ...parts.map((part) => `  ${part}`)];
};

/** The fields of a message, one a line; values of several lines are indented. What is longer is cut. */
export const fieldLines = ({ decoded: { fields = {} } }: CapturedMessage): readonly string[] => {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (lines.length > MOST_LINES) break;
    lines.push(...valueLines(name, value));
  }
  const shown = lines.slice(0, MOST_LINES).map((line) => (line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line));
  return lines.length > MOST_LINES ? [...shown, '…'] : shown;
};
