// What of a message counts when two tapes are compared: names and addresses are replaced by what they stand for, and what is
// drawn by lot, counted or read from a clock is left out.

import type { DecodedContent } from './decoded-tape.js';
import type { Tape, TapeProtocol } from './tape.js';
import { tapedPhoneOf } from './taped-phone.js';

/** Replaces the names and addresses of one tape by what they stand for. */
export type Neutral = (text: string) => string;

const NO_ADDRESS = /^(?:0\.0\.0\.0|255\.255\.255\.255)$/;
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The names and addresses of a tape. */
export const neutralTexts = ({ header, messages }: Tape): Neutral => {
  const facts = tapedPhoneOf(messages);
  const phones = new Set<string>();
  const servers = new Set<string>();
  for (const { phone, server } of messages) {
    phones.add(phone.address);
    servers.add(server.address);
  }
  const placeholders = new Map<string, string>();
  for (const name of [header.device, ...facts.names]) placeholders.set(name.toUpperCase(), 'DEVICE');
  if (facts.mac !== undefined) placeholders.set(facts.mac, 'MAC');
  for (const address of phones) if (!NO_ADDRESS.test(address)) placeholders.set(address, 'PHONE');
  for (const address of servers) if (!NO_ADDRESS.test(address)) placeholders.set(address, 'SERVER');
  // The longest first: a device name holds the hardware address. A port is of no account.
  const all = [...placeholders.keys()].sort((a, b) => b.length - a.length);
  const isAddress = (name: string): boolean => phones.has(name) || servers.has(name);
  const names = all.filter((name) => !isAddress(name)).map(escaped);
  const addresses = all.filter(isAddress).map((name) => `(?<![\\d.])${escaped(name)}(?!\\d)`);
  const pattern = new RegExp(`(${[...names, ...addresses].join('|')})(?::\\d{2,5}\\b)?`, 'gi');
  return (text) => text.replace(pattern, (_whole, found: string) => placeholders.get(found.toUpperCase()) ?? found);
};

/** What differs between two boots of the same phone. `why` is for whoever reads this table. */
interface FreeFields {
  readonly message?: RegExp;
  readonly fields: RegExp;
  readonly why: string;
}

const FREE: Readonly<Record<TapeProtocol, readonly FreeFields[]>> = {
  dhcp: [
    {
      fields: /^(?:xid|secs|ciaddr|yiaddr|siaddr|giaddr|hops|flags|broadcast)$/,
      why: 'drawn, counted, or of the network',
    },
    { fields: /^option (?:50|54|58|59|51)$/, why: 'addresses and the times of a lease that is renewed' },
  ],
  tftp: [],
  http: [],
  sccp: [
    { message: /^DefineTimeDateMessage$/, fields: /./, why: 'a clock' },
    {
      fields: /(?:callReference|passThruPartyId|conferenceId|transactionId|callInstance)$/i,
      why: 'drawn by the server',
    },
    { fields: /(?:rtpMediaPort|portNumber|remotePort\w*|mediaPort\w*|Port)$/, why: 'chosen by each side' },
    { fields: /(?:configVersionStamp|timeStamp|stationInstance)$/, why: 'a stamp of the time' },
  ],
  sip: [{ fields: /^(?:Date|Call-ID|CSeq|Session-ID|x-cisco-\S*time\S*)$/i, why: 'drawn, counted, or a clock' }],
};

/** Headers of SIP whose whole value counts. Of the others only counts that they are there. */
const SIP_VALUES =
  /^(?:name|reasonPhrase|Expires|Min-Expires|Allow|Allow-Events|Supported|Require|User-Agent|Server|Event|Content-Type|Max-Forwards|Reason|Subscription-State)$/i;
const WITHOUT_PARAMETERS = /^(?:Event|Subscription-State)$/i;

type Fields = DecodedContent['fields'];

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** By protocol: the fields as names and texts. */
const FLAT: Readonly<Record<TapeProtocol, (fields: Fields) => readonly (readonly [name: string, value: string])[]>> = {
  dhcp: ({ options, ...fields }) => [
    ...Object.entries(fields).map(([name, value]) => [name, textOf(value)] as const),
    ...(Array.isArray(options) ? options : []).map(
      ({ code, value }: { readonly code: number; readonly value: unknown }) =>
        [`option ${code}`, textOf(value)] as const,
    ),
  ],
  tftp: (fields) => Object.entries(fields).map(([name, value]) => [name, textOf(value)] as const),
  http: (fields) => Object.entries(fields).map(([name, value]) => [name, textOf(value)] as const),
  sccp: (fields) => Object.entries(fields).map(([name, value]) => [name, textOf(value)] as const),
  sip: (fields) =>
    Object.entries(fields)
      .filter(([name]) => !STRUCTURE.has(name))
      .map(([name, value]) => [name, SIP_VALUES.test(name) ? headerValue(name, textOf(value)) : 'present'] as const),
};

const STRUCTURE: ReadonlySet<string> = new Set(['method', 'requestUri', 'status', 'version', 'Content-Length']);

const headerValue = (name: string, value: string): string =>
  (WITHOUT_PARAMETERS.test(name) ? (value.split(';', 1)[0] ?? '') : value).trim();

/** The fields of a message that count, by name. */
export const canonicalFields = (
  protocol: TapeProtocol,
  { name: message, fields }: DecodedContent,
  neutral: Neutral,
): ReadonlyMap<string, string> => {
  const free = FREE[protocol].filter(({ message: pattern }) => pattern === undefined || pattern.test(message));
  return new Map(
    FLAT[protocol](fields)
      .filter(([name]) => !free.some(({ fields: pattern }) => pattern.test(name)))
      .map(([name, value]) => [name, neutral(value)] as const),
  );
};

/** What a message is, for whoever lines two tapes up: the name, and in SIP what a request or an answer is about. */
export const messageKey = (protocol: TapeProtocol, { name, fields }: DecodedContent): string => {
  if (protocol !== 'sip') return name;
  const method = String(fields.CSeq ?? '').split(/\s+/)[1] ?? '';
  const event = String(fields.Event ?? '').split(';', 1)[0] ?? '';
  return fields.status === undefined ? `${name}${event === '' ? '' : ` ${event}`}` : `${name} to ${method}`;
};
