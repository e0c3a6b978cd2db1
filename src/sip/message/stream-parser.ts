// Cuts a stream into messages (`sip.md` §1): chunks are not messages, and no octet is looked at twice for want of the
// next. Says when the other end does not speak SIP, or when the end of a message cannot be known.

import { isTokenCode } from './grammar.js';
import { isFiller } from './keep-alives.js';
import { MESSAGE_LIMITS, type MessageLimits, messageFault, type SipMessage } from './message.js';
import { parseMessage } from './parser.js';

export type StreamElement =
  | { readonly kind: 'message'; readonly message: SipMessage }
  /** CRLFCRLF between messages (RFC 5626 §3.5.1): answer one CRLF. */
  | { readonly kind: 'ping' }
  /** No next message can be found: answer it where a Via was read, then close. `message` is what there was of it. */
  | { readonly kind: 'broken'; readonly message: SipMessage }
  /** Not SIP at all: close without a word. */
  | { readonly kind: 'alien'; readonly bytes: Buffer };

const LF = 0x0a;
const NUL = 0x00;
const END_OF_HEADERS = Buffer.from('\r\n\r\n');
const BARE_END = Buffer.from('\n\n');
const NOTHING = Buffer.alloc(0);
const MIN_ROOM = 2_048;

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

  /** Octets held in memory for it. */
  get kept(): number {
    return this.#store.length;
  }

  /** Octets of a message that has begun and not ended. */
  get waiting(): number {
    return this.#length;
  }

  /** The frames that `chunk` completes, in order. After `broken` or `alien` there are no more. */
  push(chunk: Buffer): StreamElement[] {
    const frames: StreamElement[] = [];
    if (this.#over) return frames;
    const bytes = this.#length === 0 ? chunk : this.#joined(chunk);
    if (bytes.length < this.#needed) return frames;
    let rest = bytes;
    for (let taken = this.#take(rest, frames); taken > 0; taken = this.#take(rest, frames)) rest = beyond(rest, taken);
    if (this.#over) rest = NOTHING;
    // The frames look at `bytes`, so what is left of it moves to room of its own.
    if (rest.length !== this.#length || rest.length === 0) this.#keep(rest);
    return frames;
  }

  /** What waited and `chunk`, in one piece. */
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
    // In memory of its own: small ones would share theirs with others, and hold all of it.
    this.#store = Buffer.allocUnsafeSlow(Math.max(MIN_ROOM, this.#needed, rest.length));
    rest.copy(this.#store);
  }

  /** Takes one frame off the front of `bytes` and returns its octets; 0: more are needed, or none will be taken. */
  #take(bytes: Buffer, frames: StreamElement[]): number {
    if (bytes.length === 0 || this.#over) return 0;
    if (this.#scanned === 0) {
      const blanks = this.#countBlanks(bytes, frames);
      if (blanks > 0) return blanks;
    }
    const bodyStart = this.#endOfHeaders(bytes, frames);
    if (bodyStart < 0) return 0;
    const head = parseMessage(upTo(bytes, bodyStart), this.#limits);
    if (head === undefined) return this.#end(frames, { kind: 'alien', bytes });
    const { contentLength } = head;
    // RFC 3261 §18.3, §20.14: over a stream the length must be there, and right.
    if (contentLength < 0) head.addFault(messageFault('Bad Request - Content-Length missing', bodyStart));
    if (contentLength < 0 || head.bodyStart !== bodyStart || contentLength > this.#limits.body)
      return this.#end(frames, { kind: 'broken', message: head });
    const end = bodyStart + contentLength;
    if (bytes.length < end) {
      this.#needed = end;
      return 0;
    }
    const message = contentLength === 0 ? head : parseMessage(upTo(bytes, end), this.#limits);
    if (message === undefined) return this.#end(frames, { kind: 'alien', bytes });
    frames.push({ kind: 'message', message });
    this.#scanned = 0;
    this.#needed = 0;
    this.#lineSeen = false;
    return end;
  }

  /** Where the body of the message in front starts; -1: not known yet, or never, which a frame then says. */
  #endOfHeaders(bytes: Buffer, frames: StreamElement[]): number {
    const from = this.#scanned;
    if (from === 0 && !isTokenCode(bytes[0] as number)) return this.#end(frames, { kind: 'alien', bytes }) - 1;
    const most = this.#limits.startLine + this.#limits.headers;
    const found = bytes.indexOf(END_OF_HEADERS, Math.max(0, from - 3));
    if (found >= 0 && found <= most) return found + END_OF_HEADERS.length;
    if (!this.#lineSeen && this.#isAlien(bytes, from)) this.#end(frames, { kind: 'alien', bytes });
    else if (bytes.length > most || bytes.indexOf(BARE_END, Math.max(0, from - 1)) >= 0) {
      const message = parseMessage(bytes.subarray(0, most + 1), this.#limits);
      message?.addFault(messageFault('Message Too Large', most, 513));
      this.#end(frames, message === undefined ? { kind: 'alien', bytes } : { kind: 'broken', message });
    }
    this.#scanned = bytes.length;
    return -1;
  }

  /** Whether the first line is there, or too long to be one, and is not SIP's. */
  #isAlien(bytes: Buffer, from: number): boolean {
    const eol = bytes.indexOf(LF, from);
    if (eol < 0) return bytes.length > this.#limits.startLine || bytes.indexOf(NUL, from) >= 0;
    this.#lineSeen = true;
    return parseMessage(bytes.subarray(0, eol + 1), this.#limits) === undefined;
  }

  /** The CR, LF and NUL in front. Four line ends in a row are a ping, two a pong. */
  #countBlanks(bytes: Buffer, frames: StreamElement[]): number {
    let at = 0;
    while (at < bytes.length && isFiller(bytes[at])) {
      this.#blanks = bytes[at] === NUL ? 0 : this.#blanks + 1;
      at += 1;
      if (this.#blanks === 0) continue;
      if (this.#blanks % 4 === 0) frames.push({ kind: 'ping' });
    }
    if (at < bytes.length) this.#blanks = 0;
    return at;
  }

  #end(frames: StreamElement[], frame: StreamElement): 0 {
    this.#over = true;
    frames.push(frame);
    return 0;
  }
}

// Mostly a chunk is a message, and a view of all of it is the chunk.
const upTo = (bytes: Buffer, end: number): Buffer => (end === bytes.length ? bytes : bytes.subarray(0, end));
const beyond = (bytes: Buffer, start: number): Buffer => (start === bytes.length ? NOTHING : bytes.subarray(start));
