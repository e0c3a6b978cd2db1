// Reads frames from text: a line of hexadecimal for each, lists of octets as in source code, and the dumps of tcpdump,
// xxd, hexdump, od and Wireshark, which span many lines. Knows no protocol.

/** The octets of a frame as far as they could be read, and what is wrong after them. */
export interface HexFrame {
  readonly bytes: Buffer;
  readonly error?: string;
}

/** No frame of these protocols is longer. */
const MAX_OCTETS = 262_144;

/** Takes lines with `push` and then `end`; each call returns the frames that are complete. */
export class HexReader {
  #frame: OpenFrame | undefined;
  /** Lines that are not hexadecimal: the caption of a dump, if a dump follows. */
  #strange: HexFrame[] = [];
  /** A list that continues on the next line. */
  #list = '';
  /** After an error in a dump, its other lines are skipped, so that one mistake is reported once. */
  #skips = false;

  push(line: string): HexFrame[] {
    if (line.trim() === '') return this.#flush();
    const dumped = dumpLine(line, this.#frame);
    if (dumped === undefined) return [...this.#flushDump(), ...this.#plain(line)];
    const begins = dumped.offset === 0 && dumped.text !== '';
    if (this.#skips && !begins) return [];
    // Text above a dump is its caption.
    if (begins) this.#strange = [];
    const before = begins ? this.#flush() : [];
    this.#frame ??= new OpenFrame();
    this.#frame.add(dumped);
    if (!this.#frame.broken) return before;
    const broken = this.#flush();
    this.#skips = true;
    return [...before, ...broken];
  }

  end(): HexFrame[] {
    const list = this.#list === '' ? [] : [plainFrame(this.#list)];
    this.#list = '';
    return [...this.#flush(), ...list];
  }

  #flush(): HexFrame[] {
    return [...this.#flushDump(), ...this.#strange.splice(0)];
  }

  #flushDump(): HexFrame[] {
    this.#skips = false;
    const frame = this.#frame;
    this.#frame = undefined;
    return frame === undefined ? [] : [frame.done()];
  }

  #plain(line: string): HexFrame[] {
    const text = this.#list + line.replace(COMMENT, '').trimEnd();
    this.#list = '';
    if (text.endsWith(',') && text.length < MAX_OCTETS * LIST_CHARACTERS) {
      this.#list = text;
      return [];
    }
    if (text === '' || LIST_EDGE.test(text)) return [];
    const frame = plainFrame(text);
    if (!isCaption(text) || this.#strange.length >= LONGEST_CAPTION) return [...this.#strange.splice(0), frame];
    this.#strange.push(frame);
    return [];
  }
}

/** `/* 0000 *\/` beside the octets of a list. */
const COMMENT = /\/\*.*?\*\//g;
/** `static const unsigned char packet[] = {` and `};`. */
const LIST_EDGE = /^[^"]*\{\s*$|^\s*\}\s*;?\s*$/;
const LIST_CHARACTERS = 6;
const LONGEST_CAPTION = 8;

/** Two words or more that are not hexadecimal. */
const isCaption = (text: string): boolean => text.split(/\s+/).filter((word) => /[g-wyz]/i.test(word)).length > 1;

/** What may separate octets: blanks, colons, and the syntax of lists and strings. */
const BETWEEN = /0x|\\x|[\s:,;{}()[\]"']/gi;

const plainFrame = (text: string): HexFrame => {
  const digits = text.replace(BETWEEN, '');
  const stray = digits.search(/[^0-9a-f]/i);
  const good = stray < 0 ? digits : digits.slice(0, stray);
  const bytes = Buffer.from(good.slice(0, good.length & ~1), 'hex');
  if (stray >= 0) return { bytes, error: `${JSON.stringify(digits[stray])} is no hexadecimal digit` };
  return good.length % 2 === 1 ? { bytes, error: 'half an octet at the end' } : { bytes };
};

/** One line of a dump: the offset of its octets in the frame, and the text after it. */
interface DumpLine {
  readonly offset: number;
  /** Empty: the line gives the end offset. `*`: the line before is repeated. */
  readonly text: string;
  /** Groups are 16-bit words in the machine's byte order: hexdump and od -x, whose offsets have seven digits. */
  readonly words?: boolean;
}

const REPEATED: DumpLine = { offset: -1, text: '*' };

/** Recognises `0x0010:` and `00000010:`, and `00000010` if that is the next offset and octets follow. */
const dumpLine = (line: string, frame: OpenFrame | undefined): DumpLine | undefined => {
  if (frame !== undefined && line.trim() === '*') return REPEATED;
  const [, offset = '', colon, text = ''] = /^\s*(?:0x)?([0-9a-f]{4,8})(:?)(?=\s|$)(.*)$/i.exec(line) ?? [];
  if (offset === '') return undefined;
  const place = Number.parseInt(offset, 16);
  if (colon === ':') return { offset: place, text };
  const follows = frame?.mayGoOnAt(place) === true;
  if (text.trim() === '') return follows ? { offset: place, text: '' } : undefined;
  const octets = /^\s+[0-9a-f]{2}(?:\s|$)/i.test(text);
  const words = offset.length === WORD_OFFSET && /^\s+[0-9a-f]{4}(?:\s|$)/i.test(text);
  return (place === 0 || follows) && (octets || words) ? { offset: place, text, words } : undefined;
};

const WORD_OFFSET = 7;

class OpenFrame {
  #bytes: Buffer[] = [];
  #length = 0;
  #last = Buffer.alloc(0);
  #repeats = false;
  #error: string | undefined;

  /** After a repeated line any later offset is possible. */
  mayGoOnAt(offset: number): boolean {
    return offset === this.#length || (this.#repeats && offset > this.#length);
  }

  get broken(): boolean {
    return this.#error !== undefined;
  }

  add({ offset, text, words = false }: DumpLine): void {
    if (text === '*') {
      this.#repeats = true;
      return;
    }
    while (this.#repeats && this.#last.length > 0 && this.#length < offset && offset <= MAX_OCTETS)
      this.#take(this.#last);
    this.#repeats = false;
    if (offset !== this.#length) {
      this.#error = `the dump goes on at 0x${offset.toString(16).padStart(4, '0')}, where 0x${this.#length.toString(16).padStart(4, '0')} comes next`;
      return;
    }
    if (words) {
      this.#error = 'words in the order of a machine, as hexdump shows them; hexdump -C, od -t x1 or xxd show octets';
      return;
    }
    const { digits, error } = octetsIn(text);
    this.#take(Buffer.from(digits, 'hex'));
    this.#error = this.#length > MAX_OCTETS ? `more than ${MAX_OCTETS} octets` : error;
  }

  done(): HexFrame {
    const bytes = Buffer.concat(this.#bytes);
    return this.#error === undefined ? { bytes } : { bytes, error: this.#error };
  }

  #take(octets: Buffer<ArrayBuffer>): void {
    this.#bytes.push(octets);
    this.#length += octets.length;
    this.#last = octets;
  }
}

/** hexdump -C has two blanks in the middle of its sixteen octets. */
const MIDDLE = 8;
/** No dump has more octets in a line. */
const WIDEST = 32;

/**
 * The groups of digits before the column of text, which a wider gap separates. All groups have as many digits as the
 * first one; the last of a frame may have fewer.
 */
const octetsIn = (text: string): { readonly digits: string; readonly error?: string } => {
  let digits = '';
  let size = 0;
  for (const [, gap = '', group = ''] of text.matchAll(/(\s*)(\S+)/g)) {
    const octets = digits.length / 2;
    const middle = octets === MIDDLE && size === 2 && gap.length === 2;
    if ((digits !== '' && gap.length > 1 && !middle) || octets >= WIDEST) break;
    if (!/^(?:[0-9a-f]{2})+$/i.test(group) || (size > 0 && group.length > size)) {
      if (middle || group.startsWith('|') || octets === SIXTEEN) break;
      const stray = /[^0-9a-f]/i.exec(group)?.[0];
      return {
        digits,
        error: stray === undefined ? 'half an octet' : `${JSON.stringify(stray)} is no hexadecimal digit`,
      };
    }
    digits += group;
    if (group.length < size) break;
    size = group.length;
  }
  return { digits };
};

const SIXTEEN = 16;
