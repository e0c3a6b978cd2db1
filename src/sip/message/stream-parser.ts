import { isTokenCode } from './grammar.js';
import { isFiller } from './keep-alives.js';
import { MESSAGE_LIMITS, type MessageLimits, messageFault, type SipMessage } from './message.js';
import { parseMessage } from './parser.js';

/** What a stream consists of. */
export type StreamElement =
  | { readonly kind: 'message'; readonly message: SipMessage }
  /** CRLFCRLF between messages (RFC 5626 §3.5.1): to be answered with one CRLF. */
  | { readonly kind: 'ping' }
  /** The next message cannot be found. `message` is what was read of it: to be answered if it has a Via; then close. */
  | { readonly kind: 'broken'; readonly message: SipMessage }
  /** Not SIP at all: close without an answer. */
  | { readonly kind: 'not-sip'; readonly bytes: Buffer };

const LF = 0x0a;
const NUL = 0x00;
const END_OF_HEADERS = Buffer.from('\r\n\r\n');
const BARE_END = Buffer.from('\n\n');
const NOTHING = Buffer.alloc(0);
const MIN_ROOM = 2_048;

/**
 * Cuts a stream into messages (`sip.md` §1). A chunk may hold several messages or a part of one.
 *
 * @hot No octet is searched twice: it remembers how far it has looked. A chunk that is one message is not copied.
 */
export class StreamParser {
  readonly #limits: MessageLimits;
  /** What waits for more: `#length` octets of `#store`, whose room doubles as it fills. */
  #store: Buffer = NOTHING;
  #length = 0;
  /** Octets of what waits in which the end of the headers has been looked for. */
  #scanned = 0;
  #lineSeen = false;
  /** Octets that the message in progress needs, once its headers are known. */
  #needed = 0;
  #blanks = 0;
  #over = false;

  constructor(limits: MessageLimits = MESSAGE_LIMITS) {
    this.#limits = limits;
  }

  /** Octets of memory that it holds. */
  get kept(): number {
    return this.#store.length;
  }

  /** Octets of a message that has begun and not ended. */
  get waiting(): number {
    return this.#length;
  }

  /** The octets of a message that has begun and not ended. They change with the next chunk. */
  get rest(): Buffer {
    return this.#store.subarray(0, this.#length);
  }

  /** The elements that `chunk` completes, in order. After `broken` or `not-sip` there are no more. */
  push(chunk: Buffer): StreamElement[] {
    const elements: StreamElement[] = [];
    if (this.#over) return elements;
    const bytes = this.#length === 0 ? chunk : this.#joined(chunk);
    if (bytes.length < this.#needed) return elements;
    let rest = bytes;
    for (let taken = this.#take(rest, elements); taken > 0; taken = this.#take(rest, elements))
      rest = beyond(rest, taken);
    if (this.#over) rest = NOTHING;
    // The messages are views of `bytes`, so the rest of it is copied.
    if (rest.length !== this.#length || rest.length === 0) this.#keep(rest);
    return elements;
  }

  /** What was kept and `chunk`, joined. */
  #joined(chunk: Buffer): Buffer {
    const length = this.#length + chunk.length;
    if (length > this.#store.length) {
      const larger = Buffer.allocUnsafeSlow(2 * length);
      this.#store.copy(larger, 0, 0, this.#length);
      this.#store = larger;
    }
    chunk.copy(this.#store, this.#length);
    this.#length = length;
    return this.#store.subarray(0, length);
  }

  #keep(rest: Buffer): void {
    this.#length = rest.length;
    if (rest.length === 0) {
      this.#store = NOTHING;
      return;
    }
    // Not from Node's pool: a small buffer would keep a whole block of the pool in memory.
    this.#store = Buffer.allocUnsafeSlow(Math.max(MIN_ROOM, this.#needed, rest.length));
    rest.copy(this.#store);
  }

  /**
   * Takes one element off the front of `bytes` and returns its length; 0: more octets are needed, or parsing has ended.
   */
  #take(bytes: Buffer, elements: StreamElement[]): number {
    if (bytes.length === 0 || this.#over) return 0;
    if (this.#scanned === 0) {
      const blanks = this.#countBlanks(bytes, elements);
      if (blanks > 0) return blanks;
    }
    const bodyStart = this.#endOfHeaders(bytes, elements);
    if (bodyStart < 0) return 0;
    const head = parseMessage(upTo(bytes, bodyStart), this.#limits);
    if (head === undefined) return this.#end(elements, { kind: 'not-sip', bytes });
    const { contentLength } = head;
    // RFC 3261 §18.3, §20.14: over a stream Content-Length is required.
    if (contentLength < 0) head.addFault(messageFault('Bad Request - Content-Length missing', bodyStart));
    if (contentLength < 0 || head.bodyStart !== bodyStart || contentLength > this.#limits.body)
      return this.#end(elements, { kind: 'broken', message: head });
    const end = bodyStart + contentLength;
    if (bytes.length < end) {
      this.#needed = end;
      return 0;
    }
    const message = contentLength === 0 ? head : parseMessage(upTo(bytes, end), this.#limits);
    if (message === undefined) return this.#end(elements, { kind: 'not-sip', bytes });
    elements.push({ kind: 'message', message });
    this.#scanned = 0;
    this.#needed = 0;
    this.#lineSeen = false;
    return end;
  }

  /** Where the body of the next message starts; -1: not known yet, or never (then there is an element that says so). */
  #endOfHeaders(bytes: Buffer, elements: StreamElement[]): number {
    const from = this.#scanned;
    if (from === 0 && !isTokenCode(bytes[0] as number)) return this.#end(elements, { kind: 'not-sip', bytes }) - 1;
    const most = this.#limits.startLine + this.#limits.headers;
    const found = bytes.indexOf(END_OF_HEADERS, Math.max(0, from - 3));
    if (found >= 0 && found <= most) return found + END_OF_HEADERS.length;
    if (!this.#lineSeen && this.#isNotSip(bytes, from)) this.#end(elements, { kind: 'not-sip', bytes });
    else if (bytes.length > most || bytes.indexOf(BARE_END, Math.max(0, from - 1)) >= 0) {
      const message = parseMessage(bytes.subarray(0, most + 1), this.#limits);
      message?.addFault(messageFault('Message Too Large', most, 513));
      this.#end(elements, message === undefined ? { kind: 'not-sip', bytes } : { kind: 'broken', message });
    }
    this.#scanned = bytes.length;
    return -1;
  }

  /** Whether the first line is complete, or too long, and not SIP. */
  #isNotSip(bytes: Buffer, from: number): boolean {
    const eol = bytes.indexOf(LF, from);
    if (eol < 0) return bytes.length > this.#limits.startLine || bytes.indexOf(NUL, from) >= 0;
    this.#lineSeen = true;
    return parseMessage(bytes.subarray(0, eol + 1), this.#limits) === undefined;
  }

  /** Counts the CR, LF and NUL in front. CRLFCRLF is a ping, CRLF a pong. */
  #countBlanks(bytes: Buffer, elements: StreamElement[]): number {
    let at = 0;
    while (at < bytes.length && isFiller(bytes[at])) {
      this.#blanks = bytes[at] === NUL ? 0 : this.#blanks + 1;
      at += 1;
      if (this.#blanks === 0) continue;
      if (this.#blanks % 4 === 0) elements.push({ kind: 'ping' });
    }
    if (at < bytes.length) this.#blanks = 0;
    return at;
  }

  #end(elements: StreamElement[], element: StreamElement): 0 {
    this.#over = true;
    elements.push(element);
    return 0;
  }
}

// Mostly a chunk is one message, and no view of it is needed.
const upTo = (bytes: Buffer, end: number): Buffer => (end === bytes.length ? bytes : bytes.subarray(0, end));
const beyond = (bytes: Buffer, start: number): Buffer => (start === bytes.length ? NOTHING : bytes.subarray(start));
