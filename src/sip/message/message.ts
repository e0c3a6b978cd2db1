import { type NameAddress, octetsAre, parameterValue, parseCount, parseNameAddress, skipBlanks } from './grammar.js';
import { bitOf, HEADER_NAMES, type HeaderId, type HeaderName, type HeaderSet, ID } from './headers.js';
import { parseVia, type Via } from './via.js';

/** What is wrong with a message, and the status of the response that says so. */
export interface MessageFault {
  readonly status: number;
  readonly phrase: string;
  /** Octets from the start of the message. */
  readonly offset: number;
}

/** The largest message that is read, in octets and in the number of headers. */
export interface MessageLimits {
  readonly startLine: number;
  readonly header: number;
  readonly headers: number;
  readonly headerCount: number;
  readonly body: number;
}

/** `sip.md` §1. */
export const MESSAGE_LIMITS: MessageLimits = {
  startLine: 4_096,
  header: 8_192,
  headers: 32_768,
  headerCount: 128,
  body: 65_536,
};

/** The CSeq header (RFC 3261 §20.16). */
export interface CSeq {
  /** As written. */
  readonly text: string;
  readonly number: number;
  readonly method: string;
}

const MAX_CSEQ = 0x7fff_ffff;
const FOLDED = 0x1000;
/** Room for twenty headers at first, which is more than phones send. */
const ROOM = 80;
/** Numbers for each header: its id with the fold flag, the start of its name, and the start and end of its value. */
const STRIDE = 4;

const HT = 0x09;
const SP = 0x20;

/** `offset`: octets from the start of the message. */
export const messageFault = (phrase: string, offset = 0, status = 400): MessageFault => ({ status, phrase, offset });

/**
 * A SIP message as it was read (RFC 3261 §7). Outside `message/` it is asked by header: `has`, `repeats`, `count`,
 * `text`, `all`. Its first error is its `fault`; everything else can still be read, so that a 400 can always be
 * written. All text is latin1, which gives every octet back as it came.
 *
 * @hot Header values stay octets until one is asked for. What is known of the headers stands in one flat array of
 * numbers and two small integers, so that a message has no object for each header.
 */
export class SipMessage {
  readonly bytes: Buffer;
  readonly kind: 'request' | 'response';
  /** Requests: as written, case counts. Responses: empty. */
  readonly method: string;
  /** Requests: the Request-URI as written. Responses: empty. */
  readonly uri: string;
  /** As written, e.g. `SIP/2.0`. */
  readonly version: string;
  /** Responses: 100 to 699; requests: 0. */
  readonly status: number;
  /** Responses: may be empty. */
  readonly reason: string;
  /** The first error; `undefined`: none so far. */
  fault: MessageFault | undefined;
  /** -1: none given. */
  contentLength = -1;
  bodyStart = 0;
  bodyEnd = 0;
  readonly #fields: number[] = new Array<number>(ROOM);
  #end = 0;
  #present = 0;
  #repeated = 0;
  #via: Via | undefined;
  #from: NameAddress | undefined;
  #to: NameAddress | undefined;
  #cseq: CSeq | undefined;

  constructor(
    bytes: Buffer,
    line: Pick<SipMessage, 'kind' | 'method' | 'uri' | 'version' | 'status' | 'reason' | 'fault'>,
  ) {
    this.bytes = bytes;
    this.kind = line.kind;
    this.method = line.method;
    this.uri = line.uri;
    this.version = line.version;
    this.status = line.status;
    this.reason = line.reason;
    this.fault = line.fault;
  }

  /** Notes an error, unless there is one already. */
  addFault(fault: MessageFault): void {
    this.fault ??= fault;
  }

  /** Adds a header as the parser found it: the octets where its name and its value are. */
  add(id: HeaderId, folded: boolean, nameStart: number, valueStart: number, valueEnd: number): void {
    const fields = this.#fields;
    const at = this.#end;
    fields[at] = folded ? id | FOLDED : id;
    fields[at + 1] = nameStart;
    fields[at + 2] = valueStart;
    fields[at + 3] = valueEnd;
    this.#end = at + STRIDE;
    const bit = bitOf(id);
    this.#repeated |= this.#present & bit;
    this.#present |= bit;
  }

  get headerCount(): number {
    return this.#end / STRIDE;
  }

  /** Whether the message has that header. */
  has(id: HeaderId): boolean {
    const bit = bitOf(id);
    return bit === 0 ? this.count(id) > 0 : (this.#present & bit) !== 0;
  }

  /** Whether the message has that header more than once. */
  repeats(id: HeaderId): boolean {
    const bit = bitOf(id);
    return bit === 0 ? this.count(id) > 1 : (this.#repeated & bit) !== 0;
  }

  /** Whether the message has all headers of the set. */
  hasAll(set: HeaderSet): boolean {
    return (this.#present & set) === set;
  }

  /** Whether the message has some header of the set. */
  hasAny(set: HeaderSet): boolean {
    return (this.#present & set) !== 0;
  }

  /** Whether the message has some header of the set more than once. */
  repeatsAny(set: HeaderSet): boolean {
    return (this.#repeated & set) !== 0;
  }

  /** How many headers of that kind the message has. */
  count(id: HeaderId): number {
    const fields = this.#fields;
    let count = 0;
    for (let at = 0; at < this.#end; at += STRIDE) if (((fields[at] ?? 0) & ~FOLDED) === id) count += 1;
    return count;
  }

  /** The value of the first header of that kind, unfolded; `undefined`: none. */
  text(id: HeaderId): string | undefined {
    const fields = this.#fields;
    for (let at = 0; at < this.#end; at += STRIDE) if (((fields[at] ?? 0) & ~FOLDED) === id) return this.#value(at);
    return undefined;
  }

  /** Whether the first header of that kind has exactly this value. Makes no string. */
  hasText(id: HeaderId, text: string): boolean {
    const fields = this.#fields;
    for (let at = 0; at < this.#end; at += STRIDE)
      if (((fields[at] ?? 0) & ~FOLDED) === id)
        return fields[at] === id && octetsAre(this.bytes, fields[at + 2] ?? 0, fields[at + 3] ?? 0, text);
    return false;
  }

  /** The values of all headers of that kind, in their order. */
  all(id: HeaderId): string[] {
    const fields = this.#fields;
    const values: string[] = [];
    for (let at = 0; at < this.#end; at += STRIDE)
      if (((fields[at] ?? 0) & ~FOLDED) === id) values.push(this.#value(at));
    return values;
  }

  /** Every header as written, name by name. */
  *headers(): Generator<readonly [name: string, value: string]> {
    for (let at = 0; at < this.#end; at += STRIDE) {
      const id = (this.#fields[at] ?? 0) & ~FOLDED;
      yield [HEADER_NAMES[id] ?? this.#name(at), this.#value(at)];
    }
  }

  /** Where the first header of that kind starts in the message; 0: there is none. */
  offsetOf(id: HeaderId): number {
    const fields = this.#fields;
    for (let at = 0; at < this.#end; at += STRIDE) if (((fields[at] ?? 0) & ~FOLDED) === id) return fields[at + 1] ?? 0;
    return 0;
  }

  /** Octets of the first header of that kind, with its name; 0: there is none. */
  octetsOf(id: HeaderId): number {
    const fields = this.#fields;
    for (let at = 0; at < this.#end; at += STRIDE)
      if (((fields[at] ?? 0) & ~FOLDED) === id) return (fields[at + 3] ?? 0) - (fields[at + 1] ?? 0);
    return 0;
  }

  get body(): Buffer {
    return this.bytes.subarray(this.bodyStart, this.bodyEnd);
  }

  /** The first Via; `undefined`: there is none, or it cannot be read. */
  get via(): Via | undefined {
    if (this.#via === undefined) {
      const text = this.text(ID.Via);
      if (text !== undefined) this.#via = parseVia(text);
    }
    return this.#via;
  }

  get from(): NameAddress | undefined {
    this.#from ??= this.address('From');
    return this.#from;
  }

  get to(): NameAddress | undefined {
    this.#to ??= this.address('To');
    return this.#to;
  }

  address(name: HeaderName): NameAddress | undefined {
    const text = this.text(ID[name]);
    return text === undefined ? undefined : parseNameAddress(text);
  }

  get fromTag(): string | undefined {
    return this.from === undefined ? undefined : parameterValue(this.from.parameters, 'tag');
  }

  get toTag(): string | undefined {
    return this.to === undefined ? undefined : parameterValue(this.to.parameters, 'tag');
  }

  get callId(): string | undefined {
    return this.text(ID['Call-ID']);
  }

  /** The event package: the Event header without its parameters, in lower case; empty: none (RFC 6665 §8.2.1). */
  get eventPackage(): string {
    return (this.text(ID.Event) ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  }

  /** `undefined`: there is none, it cannot be read, or its number is above 2^31-1. */
  get cseq(): CSeq | undefined {
    if (this.#cseq === undefined) {
      const text = this.text(ID.CSeq);
      if (text !== undefined) this.#cseq = parseCSeq(text);
    }
    return this.#cseq;
  }

  #value(at: number): string {
    const fields = this.#fields;
    const text = this.bytes.toString('latin1', fields[at + 2] ?? 0, fields[at + 3] ?? 0);
    return ((fields[at] ?? 0) & FOLDED) === 0 ? text : unfolded(text);
  }

  #name(at: number): string {
    const text = this.bytes.toString('latin1', this.#fields[at + 1] ?? 0, this.#fields[at + 2] ?? 0);
    return text.slice(0, text.indexOf(':')).trimEnd();
  }
}

/** Replaces each fold and the blanks around it by one blank (RFC 3261 §7.3.1). */
const unfolded = (text: string): string =>
  text
    .split('\r\n')
    .map((line) => {
      let end = line.length;
      while (end > 0 && isBlank(line.charCodeAt(end - 1))) end -= 1;
      return line.slice(skipBlanks(line, 0), end);
    })
    .filter((line) => line !== '')
    .join(' ');

const isBlank = (code: number): boolean => code === SP || code === HT;

const parseCSeq = (text: string): CSeq | undefined => {
  let blank = 0;
  while (blank < text.length && !isBlank(text.charCodeAt(blank))) blank += 1;
  const number = parseCount(text.slice(0, blank), MAX_CSEQ);
  const method = text.slice(skipBlanks(text, blank));
  return number === undefined || number > MAX_CSEQ || method === '' ? undefined : { text, number, method };
};
