// A SIP message as it was read (RFC 3261 §7): header values stay octets until somebody asks for one. What is wrong with it
// is noted as its fault and the rest is still there, so that a 400 can always be built. Text is latin1, which gives every
// octet back as it came.

import { type NameAddress, octetsAre, parameterValue, parseCount, parseNameAddress, skipBlanks } from './grammar.js';
import { bitOf, HEADER_NAMES, type HeaderId, type HeaderName, ID } from './headers.js';
import { parseVia, type Via } from './via.js';

/** What is wrong with a message, and the status that says so. */
export interface MessageFault {
  readonly status: number;
  readonly phrase: string;
  /** Octets from the start of the message. */
  readonly offset: number;
}

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

export interface CSeq {
  /** As written. */
  readonly text: string;
  readonly number: number;
  readonly method: string;
}

const MAX_CSEQ = 0x7fff_ffff;
const FOLDED = 0x1000;
const ROOM = 80; // twenty headers, which is more than phones send
const STRIDE = 4; // header and fold flag, start of the name, start and end of the value

const HT = 0x09;
const SP = 0x20;

export const messageFault = (phrase: string, offset = 0, status = 400): MessageFault => ({ status, phrase, offset });

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
  /** The first thing that is wrong; `undefined`: it reads well so far. */
  fault: MessageFault | undefined;
  /** -1: none given. */
  contentLength = -1;
  bodyStart = 0;
  bodyEnd = 0;
  readonly #fields: number[] = new Array<number>(ROOM);
  #end = 0;
  #held = 0;
  #twice = 0;
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

  /** Notes what is wrong, unless something was before. */
  addFault(fault: MessageFault): void {
    this.fault ??= fault;
  }

  add(id: HeaderId, folded: boolean, nameStart: number, valueStart: number, valueEnd: number): void {
    const fields = this.#fields;
    const at = this.#end;
    fields[at] = folded ? id | FOLDED : id;
    fields[at + 1] = nameStart;
    fields[at + 2] = valueStart;
    fields[at + 3] = valueEnd;
    this.#end = at + STRIDE;
    const bit = bitOf(id);
    this.#twice |= this.#held & bit;
    this.#held |= bit;
  }

  get headerCount(): number {
    return this.#end / STRIDE;
  }

  /** Whether all headers of these bits are there. */
  holds(bits: number): boolean {
    return (this.#held & bits) === bits;
  }

  /** Whether one of the headers of these bits is there. */
  holdsSome(bits: number): boolean {
    return (this.#held & bits) !== 0;
  }

  /** Whether one of the headers of these bits is there more than once. */
  doubles(bits: number): boolean {
    return (this.#twice & bits) !== 0;
  }

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

  /** Whether the first header of that kind is there and written so, without folds. */
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

  offsetOf(id: HeaderId): number {
    const fields = this.#fields;
    for (let at = 0; at < this.#end; at += STRIDE) if (((fields[at] ?? 0) & ~FOLDED) === id) return fields[at + 1] ?? 0;
    return 0;
  }

  /** How long the first header of that kind is, its name counted; 0: there is none. */
  octetsOf(id: HeaderId): number {
    const fields = this.#fields;
    for (let at = 0; at < this.#end; at += STRIDE)
      if (((fields[at] ?? 0) & ~FOLDED) === id) return (fields[at + 3] ?? 0) - (fields[at + 1] ?? 0);
    return 0;
  }

  get body(): Buffer {
    return this.bytes.subarray(this.bodyStart, this.bodyEnd);
  }

  /** The top Via; `undefined`: none, or none that can be read. */
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

  /** `undefined`: none that can be read, or a number above 2^31-1. */
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

/** Each fold and the blanks around it become one blank (RFC 3261 §7.3.1). No octet but a blank is taken for one. */
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
