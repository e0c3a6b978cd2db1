// The file of a tape: one JSON object a line, the header first.

import { parseIpv4Address } from '../core/identifiers.js';
import { parseWallTime } from '../core/time.js';
import type { Endpoint } from '../net/ports.js';
import {
  TAPE_LIMITS,
  TAPE_PROTOCOLS,
  type Tape,
  type TapeHeader,
  type TapeMessage,
  type TapeProtocol,
  type TapeSide,
} from './tape.js';

/** A place from which a tape cannot be read. */
export interface TapeFault {
  /** From 1. */
  readonly line: number;
  readonly found: string;
  readonly wanted: string;
  readonly remedy: string;
}

/** The whole file of a tape. */
export const tapeText = ({ header, messages }: Tape): string =>
  `${[JSON.stringify(header), ...messages.map(messageLine)].join('\n')}\n`;

/** A message as a line, without its end. */
export const messageLine = (message: TapeMessage): string => {
  const { at, from, protocol, transport, conversation, phone, server, name, octets, leftOut } = message;
  return JSON.stringify({
    ...{ at: Math.round(at * 1000) / 1000, from, protocol, transport, conversation },
    ...{ phone: endpointText(phone), server: endpointText(server), name },
    ...(octets.length === 0 ? {} : contentOf(message)),
    ...(leftOut === 0 ? {} : { leftOut }),
  });
};

/** Texts are kept as texts where that loses nothing. */
const contentOf = ({ protocol, octets }: TapeMessage): { readonly text: string } | { readonly hex: string } => {
  const text = octets.toString('utf8');
  return (protocol === 'sip' || protocol === 'http') && Buffer.from(text).equals(octets)
    ? { text }
    : { hex: octets.toString('hex') };
};

/** `10.0.0.1:2000`. */
export const endpointText = ({ address, port }: Endpoint): string => `${address}:${port}`;

/** Reads the file of a tape, or says what is wrong with it, and where. Never throws. */
export const readTape = (text: string): Tape | TapeFault => {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const [first = '', ...rest] = lines;
  const header = readHeader(first);
  if ('found' in header) return { line: 1, ...header };
  if (rest.length > TAPE_LIMITS.lines)
    return {
      line: TAPE_LIMITS.lines + 2,
      found: `${rest.length} messages`,
      wanted: `at most ${TAPE_LIMITS.lines}`,
      remedy: 'cut the tape at its end',
    };
  const messages: TapeMessage[] = [];
  for (const [index, line] of rest.entries()) {
    const message = readMessage(line, messages.at(-1)?.at ?? 0);
    if ('found' in message) return { line: index + 2, ...message };
    messages.push(message);
  }
  return { header, messages };
};

type Problem = Omit<TapeFault, 'line'>;

const CUT = 'record it again, or cut the tape above this line';
/** Of a device, or of whatever else a phone was asked for by. */
const LONGEST_NAME = 128;
const NO_TAPE = '`labcm record` makes tapes';

const problem = (found: string, wanted: string, remedy = CUT): Problem => ({ found, wanted, remedy });

const objectOf = (line: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};

/** What was found, short enough for a line of a terminal. */
const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
};

const isText = (value: unknown): value is string => typeof value === 'string';
const orNull = (value: unknown): string | null => (isText(value) ? value : null);

const readHeader = (line: string): TapeHeader | Problem => {
  const fields = objectOf(line);
  if (fields === undefined)
    return problem(line === '' ? 'an empty line' : 'no JSON object', 'the header of a tape', NO_TAPE);
  const { tape, device, model, protocol, source, program, begin, masked } = fields;
  if (tape === undefined) return problem('an object without `tape`', 'the header of a tape', NO_TAPE);
  if (tape !== 1) return problem(`version ${shown(tape)} of the format`, 'version 1', 'use the labcm that made it');
  if (!isText(device) || device === '' || device.length > LONGEST_NAME)
    return problem(`device ${shown(device)}`, `the name of a device, of at most ${LONGEST_NAME} characters`, NO_TAPE);
  if (protocol !== 'SCCP' && protocol !== 'SIP' && protocol !== null && protocol !== undefined)
    return problem(`protocol ${shown(protocol)}`, '"SCCP", "SIP" or null', NO_TAPE);
  if (begin !== null && begin !== undefined && (!isText(begin) || parseWallTime(begin) === undefined))
    return problem(`begin ${shown(begin)}`, 'a time in ISO 8601, or null', NO_TAPE);
  return {
    tape,
    device,
    model: orNull(model),
    protocol: protocol ?? null,
    source: source === 'daemon' ? 'daemon' : 'capture',
    program: orNull(program) ?? '',
    begin: orNull(begin),
    masked: Array.isArray(masked) ? masked.filter(isText) : [],
  };
};

const readMessage = (line: string, after: number): TapeMessage | Problem => {
  const fields = objectOf(line);
  if (fields === undefined) return problem(line === '' ? 'an empty line' : 'no JSON object', 'a message');
  const { at, from, protocol, transport, conversation, name, leftOut = 0 } = fields;
  if (typeof at !== 'number' || !(at >= 0)) return problem(`at ${shown(at)}`, 'milliseconds since the begin');
  if (at < after) return problem(`at ${at}`, `a time from ${after} on, since the line above has that`);
  if (from !== 'phone' && from !== 'server') return problem(`from ${shown(from)}`, '"phone" or "server"');
  if (!TAPE_PROTOCOLS.includes(protocol as TapeProtocol))
    return problem(`protocol ${shown(protocol)}`, `one of ${TAPE_PROTOCOLS.join(', ')}`);
  if (transport !== 'udp' && transport !== 'tcp') return problem(`transport ${shown(transport)}`, '"udp" or "tcp"');
  if (!isCount(conversation)) return problem(`conversation ${shown(conversation)}`, 'a whole number from 0');
  const phone = endpointOf(fields.phone);
  const server = endpointOf(fields.server);
  if (phone === undefined) return problem(`phone ${shown(fields.phone)}`, 'an endpoint such as "10.0.0.1:2000"');
  if (server === undefined) return problem(`server ${shown(fields.server)}`, 'an endpoint such as "10.0.0.1:2000"');
  if (!isText(name) || name === '') return problem(`name ${shown(name)}`, 'the name of a message');
  if (!isCount(leftOut)) return problem(`leftOut ${shown(leftOut)}`, 'how many octets were left out');
  const octets = octetsOf(fields);
  if ('found' in octets) return octets;
  if (octets.length > TAPE_LIMITS.message)
    return problem(`a message of ${octets.length} octets`, `at most ${TAPE_LIMITS.message}`);
  return {
    ...{ at, from: from satisfies TapeSide, protocol: protocol as TapeProtocol, transport, conversation },
    ...{ phone, server, name, octets, leftOut },
  };
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const endpointOf = (value: unknown): Endpoint | undefined => {
  const [, host = '', written = ''] = /^(\S+):(\d{1,5})$/.exec(isText(value) ? value : '') ?? [];
  const address = parseIpv4Address(host);
  return address === undefined || Number(written) > 65_535 ? undefined : { address, port: Number(written) };
};

const octetsOf = ({ text, hex }: Readonly<Record<string, unknown>>): Buffer | Problem => {
  if (text !== undefined && hex !== undefined) return problem('text and hex', 'one of them');
  if (isText(text)) return Buffer.from(text);
  if (isText(hex) && /^(?:[0-9a-f]{2})*$/i.test(hex)) return Buffer.from(hex, 'hex');
  return text === undefined && hex === undefined
    ? Buffer.alloc(0)
    : problem(shown(text ?? hex), text === undefined ? 'pairs of hexadecimal digits' : 'a text');
};
