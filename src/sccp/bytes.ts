// The two cursors that layouts read and write through: bounds, texts and addresses of SCCP bodies. Knows no message.

/** How a phone spells text: UTF-8 where it announced so in its features, else Latin-1 (`sccp.md` §1, §3). */
export type Texts = 'latin1' | 'utf8';

/** The byte before a label code, which a phone shows in its own language (`sccp.md` §5.4, §9.3). */
export const LABEL = '\u0080';
const LABEL_BYTE = 0x80;
const REPLACEMENT = 0x3f;

/** A position in a body that is being read. `ended` and `missing` tell how far the body went. */
export class Reader {
  readonly bytes: Buffer;
  readonly end: number;
  readonly texts: Texts;
  at = 0;
  /** The body ended before its layout did. */
  ended = false;
  /** The first field that the message cannot do without and that the body does not hold. */
  missing: string | undefined;

  constructor(bytes: Buffer, texts: Texts) {
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

  /** Lower-case hexadecimal digits of the next `count` octets. */
  hex(count: number): string {
    const from = this.at;
    this.at = from + count;
    return this.bytes.toString('hex', from, this.at);
  }

  /** A field of `size` octets, or what the body holds of it, cut at its first NUL. */
  chars(size: number): string {
    const from = this.at;
    const limit = Math.min(from + size, this.end);
    this.at = limit;
    return this.#text(from, limit);
  }

  /** Up to a NUL, which is read too, or to the end of the body. */
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

  /** RFC 5952 §4. */
  ipv6(): string {
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

  /** UTF-8 with label codes in it: 0x80 is no first byte of a character, so it can only be a label. */
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

/** A growing buffer that bodies are written into. Whoever fills it calls `reserve` first; fields do not check. */
export class Writer {
  bytes: Buffer;
  at = 0;
  texts: Texts = 'latin1';
  #taken = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  /** Makes room for `count` octets more. */
  reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const kept = this.bytes.subarray(this.#taken, this.at);
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length, kept.length * 2 + count));
    grown.set(kept);
    this.bytes = grown;
    this.at = kept.length;
    this.#taken = 0;
  }

  /** Octets written and not taken yet. */
  get length(): number {
    return this.at - this.#taken;
  }

  /** Everything written since the last time. The bytes are the caller's: nothing is written over them. */
  take(): Buffer {
    const taken = this.bytes.subarray(this.#taken, this.at);
    this.#taken = this.at;
    return taken;
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
    this.bytes.fill(0, this.at, this.at + count);
    this.at += count;
  }

  /** `count` octets of hexadecimal digits, zeros where there are fewer. */
  hex(digits: string, count: number): void {
    const written = this.bytes.write(digits, this.at, count, 'hex');
    this.bytes.fill(0, this.at + written, this.at + count);
    this.at += count;
  }

  /** `text` in at most `room` octets, never half a character of it, and zeros up to `size`. */
  chars(text: string, size: number, room: number): void {
    const from = this.at;
    this.#text(text, room);
    if (this.at < from + size) this.bytes.fill(0, this.at, from + size);
    this.at = from + size;
  }

  /** `text` in at most `size` octets, the NUL that ends it included. */
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
        bytes[at + index] = code > 0xff ? REPLACEMENT : code;
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

  /** Whether the whole of it had room. */
  #run(text: string, limit: number): boolean {
    if (text === '') return true;
    const room = limit - this.at;
    const written = this.bytes.write(text, this.at, room, 'utf8');
    this.at += written;
    return written === Buffer.byteLength(text);
  }
}
