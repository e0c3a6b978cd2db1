// The files that a phone asks for on a tape, and what it gets.

import { HEAD } from '../tftp/packet.js';
import { decodedMessage, fieldText } from './decoded-tape.js';
import { BODY, type Tape, type TapeMessage } from './tape.js';

/** What a server answers to a request for a file. `silent`: nothing. */
export type TapedAnswer =
  | { readonly kind: 'sent'; readonly octets: number }
  | { readonly kind: 'refused'; readonly code: number; readonly text: string }
  | { readonly kind: 'silent' };

/** A file that a phone asks for. */
export interface FileExchange {
  /** Milliseconds since the begin of the tape. */
  readonly at: number;
  readonly protocol: 'tftp' | 'http';
  /** `RRQ`, `WRQ`, or the method of HTTP. */
  readonly method: string;
  readonly file: string;
  /** The options of TFTP, or the headers of HTTP. */
  readonly options: Readonly<Record<string, string>>;
  readonly request: TapeMessage;
  readonly answer: TapedAnswer;
  /** When the answer was complete, or came last. */
  readonly until: number;
}

/** An answer in one line, such as `1024 octets` or `1 File not found`. */
export const answerText = (answer: TapedAnswer): string => {
  switch (answer.kind) {
    case 'sent':
      return `${answer.octets} octets`;
    case 'refused':
      return `${answer.code} ${answer.text}`.trim();
    default:
      return 'no answer';
  }
};

type Open = { -readonly [K in keyof FileExchange]: FileExchange[K] };

/** The files that were asked for, in the order of the requests. A request that was sent again counts once. */
export const fileExchanges = ({ messages }: Pick<Tape, 'messages'>): readonly FileExchange[] => {
  const exchanges: Open[] = [];
  /** By conversation: the exchange that its next answer belongs to, and those that wait behind it. */
  const open = new Map<number, Open[]>();
  /** By conversation of TFTP: the last block. */
  const blocks = new Map<number, number>();
  for (const message of messages) {
    const { protocol, conversation } = message;
    if (protocol !== 'tftp' && protocol !== 'http') continue;
    const waiting = open.get(conversation) ?? [];
    open.set(conversation, waiting);
    const { name, fields } = decodedMessage(message);
    const request = requestOf(message, name, fields);
    if (request !== undefined) {
      const before = exchanges.at(-1);
      if (before !== undefined && isRepeated(before, request)) {
        waiting.push(before);
        continue;
      }
      exchanges.push(request);
      waiting.push(request);
    } else if (message.from === 'server') {
      const [exchange, next] = waiting;
      if (exchange === undefined) continue;
      exchange.until = message.at;
      if (protocol === 'tftp') takeBlock(exchange, message, name, fields, blocks);
      else if (name === BODY) addOctets(exchange, message.octets.length + message.leftOut);
      else if (exchange.answer.kind !== 'silent' && next !== undefined) {
        waiting.shift();
        next.answer = statusAnswer(fields);
        next.until = message.at;
      } else exchange.answer = statusAnswer(fields);
    }
  }
  return exchanges;
};

const requestOf = (
  request: TapeMessage,
  method: string,
  fields: Readonly<Record<string, unknown>>,
): Open | undefined => {
  const { protocol, from, at } = request;
  if (from !== 'phone' || (protocol !== 'tftp' && protocol !== 'http')) return undefined;
  const common = { at, until: at, protocol, method, request, answer: { kind: 'silent' } } as const;
  if (protocol === 'tftp')
    return method === 'RRQ' || method === 'WRQ'
      ? { ...common, file: fieldText(fields, 'file'), options: textsOf(fields.options) }
      : undefined;
  if (fields.target === undefined) return undefined;
  const { target, method: _, version: __, ...headers } = fields;
  return { ...common, file: String(target), options: textsOf(headers) };
};

const textsOf = (value: unknown): Readonly<Record<string, string>> =>
  typeof value !== 'object' || value === null
    ? {}
    : Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]));

const isRepeated = (before: FileExchange, { file, method, request }: FileExchange): boolean =>
  before.protocol === 'tftp' &&
  before.answer.kind === 'silent' &&
  before.file === file &&
  before.method === method &&
  before.request.phone.port === request.phone.port;

const addOctets = (exchange: Open, octets: number): void => {
  if (exchange.answer.kind === 'sent') exchange.answer = { kind: 'sent', octets: exchange.answer.octets + octets };
};

const takeBlock = (
  exchange: Open,
  { conversation, octets, leftOut }: TapeMessage,
  name: string,
  fields: Readonly<Record<string, unknown>>,
  blocks: Map<number, number>,
): void => {
  if (name === 'ERROR') {
    if (exchange.answer.kind === 'silent')
      exchange.answer = { kind: 'refused', code: Number(fields.code ?? 0), text: fieldText(fields, 'message') };
    return;
  }
  if (exchange.answer.kind === 'refused') return;
  if (exchange.answer.kind === 'silent') exchange.answer = { kind: 'sent', octets: 0 };
  if (name !== 'DATA' || blocks.get(conversation) === fields.block) return;
  blocks.set(conversation, Number(fields.block));
  addOctets(exchange, octets.length - HEAD + leftOut);
};

const FIRST_FAILURE = 300;

const statusAnswer = (fields: Readonly<Record<string, unknown>>): TapedAnswer => {
  const status = Number(fields.status ?? 0);
  return status < FIRST_FAILURE
    ? { kind: 'sent', octets: 0 }
    : { kind: 'refused', code: status, text: fieldText(fields, 'reason') };
};
