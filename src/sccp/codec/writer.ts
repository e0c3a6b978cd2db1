import { toLatin1 } from '../../core/latin-text.js';

/** The encoding of texts: UTF-8 if the phone has announced it in its features, else Latin-1 (`sccp.md` §1, §3). */
export type TextEncoding = 'latin1' | 'utf8';

/**
 * The character, and the octet, before a label code, which a phone shows in its own language (`sccp.md` §5.4, §9.3).
 */
export const LABEL = '\u0080';
export const LABEL_BYTE = 0x80;
const REPLACEMENT = 0x3f;
const LOOPED = 64;

/**
 * A growing buffer that messages are written into, at the position `at`. Call `reserve` before writing: the other
 * methods do not check for room. `Reader` is its counterpart.
 */
export class Writer {
  bytes: Buffer;
  at = 0;
  texts: TextEncoding = 'latin1';
  #taken = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  /** Makes room for `count` more octets. */
  reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const kept = this.bytes.subarray(this.#taken, this.at);
    const enlarged = Buffer.allocUnsafe(Math.max(this.bytes.length, kept.length * 2 + count));
    enlarged.set(kept);
    this.bytes = enlarged;
    this.at = kept.length;
    this.#taken = 0;
  }

  /** Octets that were written and not taken yet. */
  get length(): number {
    return this.at - this.#taken;
  }

  /** Takes all that was written since the last call. The octets are the caller's: they are not overwritten. */
  take(): Buffer {
    const taken = this.bytes.subarray(this.#taken, this.at);
    this.#taken = this.at;
    return taken;
  }

  /** Takes what was written behind the first `length` octets that are not taken yet, as a copy. */
  cut(length: number): Buffer {
    const from = this.#taken + length;
    const cut = Buffer.from(this.bytes.subarray(from, this.at));
    this.at = from;
    return cut;
  }

  u8(value: number): void {
    this.bytes[this.at] = value;
    this.at += 1;
  }

  u16(value: number): void {
    const { bytes, at } = this;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    this.at = at + 2;
  }

  u32(value: number): void {
    this.patch32(this.at, value);
    this.at += 4;
  }

  patch32(at: number, value: number): void {
    const { bytes } = this;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
  }

  zeros(count: number): void {
    const { bytes, at } = this;
    const end = at + count;
    // @hot For the few octets of most fields, a loop is faster than a call out of JavaScript.
    if (count > LOOPED) bytes.fill(0, at, end);
    else for (let index = at; index < end; index += 1) bytes[index] = 0;
    this.at = end;
  }

  /** Writes hexadecimal digits as `count` octets; missing ones are zeros. */
  hex(digits: string, count: number): void {
    const written = this.bytes.write(digits, this.at, count, 'hex');
    this.bytes.fill(0, this.at + written, this.at + count);
    this.at += count;
  }

  /** Writes `text` in at most `room` octets, never half a character, and zeros up to `size`. */
  chars(text: string, size: number, room: number): void {
    const end = this.at + size;
    this.#text(text, room);
    this.zeros(end - this.at);
  }

  /** Writes `text` in at most `size` octets, its final NUL included. */
  terminated(text: string, size: number): void {
    this.#text(text, size - 1);
    this.u8(0);
  }

  ipv4(address: string): void {
    let part = 0;
    for (let index = 0; index < address.length; index += 1) {
      const digit = address.charCodeAt(index) - 0x30;
      if (digit >= 0) part = part * 10 + digit;
      else {
        this.u8(part);
        part = 0;
      }
    }
    this.u8(part);
  }

  ipv6(address: string): void {
    if (address === '::') {
      this.zeros(16);
      return;
    }
    const [head = '', tail] = address.split('::');
    const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
    const first = groups(head);
    const last = tail === undefined ? [] : groups(tail);
    const gap = Array<number>(Math.max(0, 8 - first.length - last.length)).fill(0);
    for (const group of [...first, ...gap, ...last]) {
      this.u8(group >>> 8);
      this.u8(group);
    }
  }

  #text(text: string, room: number): void {
    if (this.texts === 'utf8') this.#utf8(text, room);
    else {
      const { bytes, at } = this;
      const count = Math.min(text.length, room);
      for (let index = 0; index < count; index += 1) {
        const code = text.charCodeAt(index);
        if (code > 0xff) {
          this.#text(toLatin1(text), room);
          return;
        }
        bytes[at + index] = code;
      }
      this.at = at + count;
    }
  }

  #utf8(text: string, room: number): void {
    const limit = this.at + room;
    let run = 0;
    for (let label = text.indexOf(LABEL); label >= 0; label = text.indexOf(LABEL, run)) {
      if (!this.#run(text.slice(run, label), limit) || limit - this.at < 2) return;
      const code = text.charCodeAt(label + 1);
      this.u8(LABEL_BYTE);
      if (label + 1 < text.length) this.u8(code > 0xff ? REPLACEMENT : code);
      run = label + 2;
    }
    if (run < text.length) this.#run(run === 0 ? text : text.slice(run), limit);
  }

  /** Writes text as UTF-8 as far as there is room; `true`: all of it. */
  #run(text: string, limit: number): boolean {
    if (text === '') return true;
    const room = limit - this.at;
    const written = this.bytes.write(text, this.at, room, 'utf8');
    this.at += written;
    return written === Buffer.byteLength(text);
  }
}
