import { LABEL_BYTE, type TextEncoding } from './writer.js';

/**
 * Reads numbers, texts and addresses from a body, from the position `at` on. Numbers and addresses do not check the
 * end; texts do. `ended` and `missing` say how far the body went. `Writer` is its counterpart.
 */
export class Reader {
  readonly bytes: Buffer;
  readonly end: number;
  readonly texts: TextEncoding;
  at = 0;
  /** The body ended before its layout did. */
  ended = false;
  /** The first required field that the body does not hold. */
  missing: string | undefined;

  constructor(bytes: Buffer, texts: TextEncoding) {
    this.bytes = bytes;
    this.end = bytes.length;
    this.texts = texts;
  }

  u8(): number {
    const value = this.bytes[this.at] as number;
    this.at += 1;
    return value;
  }

  u16(): number {
    const { bytes, at } = this;
    this.at = at + 2;
    return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  }

  u32(): number {
    const { bytes, at } = this;
    this.at = at + 4;
    return (
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24)) >>>
      0
    );
  }

  /** The next `count` octets as lower-case hexadecimal. */
  hex(count: number): string {
    const from = this.at;
    this.at = from + count;
    return this.bytes.toString('hex', from, this.at);
  }

  /** A text field of `size` octets, or what the body holds of it, up to its first NUL. */
  chars(size: number): string {
    const from = this.at;
    const limit = Math.min(from + size, this.end);
    this.at = limit;
    return this.#text(from, limit);
  }

  /** A text up to a NUL, which is skipped, or to the end of the body. */
  terminated(): string {
    const from = this.at;
    const text = this.#text(from, this.end);
    const nul = this.bytes.indexOf(0, from);
    this.at = nul < 0 ? this.end : nul + 1;
    return text;
  }

  ipv4(): string {
    const { bytes, at } = this;
    this.at = at + 4;
    return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
  }

  /** An IPv6 address in the form of RFC 5952 §4. */
  ipv6(): string {
    if (this.#allZero(16)) {
      this.at += 16;
      return '::';
    }
    const groups: number[] = [];
    for (let index = 0; index < 16; index += 2)
      groups.push(((this.bytes[this.at + index] as number) << 8) | (this.bytes[this.at + index + 1] as number));
    this.at += 16;
    let longest = { from: -1, length: 1 };
    for (let from = 0; from < 8; from += 1) {
      let length = 0;
      while (groups[from + length] === 0) length += 1;
      if (length > longest.length) longest = { from, length };
      from += length;
    }
    const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
    if (longest.from < 0) return hex(groups);
    return `${hex(groups.slice(0, longest.from))}::${hex(groups.slice(longest.from + longest.length))}`;
  }

  #allZero(count: number): boolean {
    for (let index = this.at; index < this.at + count; index += 1) if (this.bytes[index] !== 0) return false;
    return true;
  }

  #text(from: number, limit: number): string {
    const { bytes } = this;
    let high = 0;
    let to = from;
    for (; to < limit; to += 1) {
      const byte = bytes[to] as number;
      if (byte === 0) break;
      high |= byte;
    }
    if (from === to) return '';
    if (high < 0x80 || this.texts === 'latin1') return bytes.toString('latin1', from, to);
    return this.#labelled(from, to);
  }

  /** UTF-8 with label codes. A character cannot begin with 0x80, so that this is always a label code. */
  #labelled(from: number, to: number): string {
    let text = '';
    let run = from;
    for (let at = from; at < to; ) {
      const byte = this.bytes[at] as number;
      if (byte !== LABEL_BYTE) {
        at += byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        continue;
      }
      text += this.bytes.toString('utf8', run, at) + this.bytes.toString('latin1', at, Math.min(at + 2, to));
      at += 2;
      run = at;
    }
    return text + (run < to ? this.bytes.toString('utf8', run, to) : '');
  }
}
