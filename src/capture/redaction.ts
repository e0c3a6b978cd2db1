// Takes secrets out of a capture: passwords in files for phones and in URLs, and credentials in SIP and HTTP. Each is replaced by as
// many `x`, so that no length changes; digits of SCCP are `sccp-digits.ts`. A secret may begin in one packet and end in the next.

import { SECRET_WORDS } from '../core/secrets.js';
import type { RecordedPacket } from './record.js';
import { SccpDigits } from './sccp-digits.js';

const MASK = 0x78; // x

/** Where something begins that holds a secret: an element of a phone's file, or a header with credentials. */
const SECRET_NAME = `[\\w.-]{0,24}(?:${SECRET_WORDS})[\\w.-]{0,8}`;
const BEGINS = new RegExp(`<(${SECRET_NAME})>|(?:^|\\n)(?:proxy-)?authorization[ \\t]*:`, 'gi');
/** The end of an element whose beginning may be missing. */
const ENDS_FIRST = new RegExp(`^([^<]*)</${SECRET_NAME}>`, 'i');
/** The end of a header: a line feed without a blank after it (RFC 3261 §7.3.1), or the last one that is there. */
const END_OF_HEADER = /\r?\n(?![ \t])/g;
const RESPONSE = /\bresponse\s*=\s*"?([^",\s]*)/gi;
/** A digest response whose header is not there. */
const BARE_RESPONSE = /\bresponse="([0-9a-f]{32})/gi;
/** A password that a phone asks about, in the query of a URL (`phone-services.md` §1). */
const QUERY_PASSWORD = new RegExp(`[?&;]${SECRET_NAME}=([^&;#\\s"'<>]*)`, 'gi');
/** The password of a URL. Where the piece ends in it, it is taken for one, although a port may stand there. */
const USER_INFO = /:\/\/[^\s/?#"'<>@:]{0,255}:([^\s/?#"'<>]*(?=@)|[^\s/?#"'<>@]*$)/g;
const REST_OF_RESPONSE = /^([0-9a-f]{1,32})"/i;
const CREDENTIALS = /^\s*\S+\s+([^\r\n]+)/;

/** The longest beginning that has to be seen again: a tag, or the name of a header. */
const MOST_BEGINNING = 64;
/** Longer headers and values are given up: no phone has them. */
const MOST_UNFINISHED = 8 * 1024;
/** TFTP blocks that may be sent again. */
const MOST_BLOCKS = 128;

/** A piece of a stream of octets that may hold secrets. */
export interface SecretPiece {
  /** What came before and is not finished. */
  readonly carry: string;
  readonly octets: Buffer;
  /** Whether what came directly before is missing. */
  readonly afterGap: boolean;
}

/** Masks the secrets of `octets` in place. Returns what the next piece must be read together with. */
export const maskPiece = ({ carry, octets, afterGap }: SecretPiece): string => {
  const text = carry + octets.toString('latin1');
  const mask = (from: number, to: number): void => {
    for (let at = Math.max(from, carry.length); at < to; at += 1) octets[at - carry.length] = MASK;
  };
  const maskGroup = (found: RegExpExecArray, within: number): void => {
    const [whole, group = ''] = found;
    const end = within + found.index + whole.length;
    mask(end - group.length, end);
  };
  let unfinished = text.length;
  if (afterGap) {
    const ended = ENDS_FIRST.exec(text);
    if (ended !== null) mask(0, ended[1]?.length ?? 0);
    mask(0, REST_OF_RESPONSE.exec(text)?.[1]?.length ?? 0);
  }
  for (const found of text.matchAll(BARE_RESPONSE)) maskGroup(found, 0);
  for (const found of text.matchAll(QUERY_PASSWORD)) {
    maskGroup(found, 0);
    if (found.index + found[0].length === text.length) unfinished = Math.min(unfinished, found.index);
  }
  for (const found of text.matchAll(USER_INFO)) {
    maskGroup(found, 0);
    if (found.index + found[0].length === text.length) unfinished = Math.min(unfinished, found.index);
  }
  for (const found of text.matchAll(BEGINS)) {
    const start = found.index + found[0].length;
    const end = found[1] === undefined ? endOfHeader(text, start) : text.indexOf('<', start);
    const stop = end < 0 ? text.length : end;
    if (end < 0) unfinished = Math.min(unfinished, found.index);
    if (found[1] !== undefined) {
      mask(start, stop);
      continue;
    }
    const value = text.slice(start, stop);
    if (/^\s*digest\b/i.test(value)) for (const response of value.matchAll(RESPONSE)) maskGroup(response, start);
    else {
      const credentials = CREDENTIALS.exec(value);
      if (credentials !== null) maskGroup(credentials, start);
    }
  }
  const from = Math.min(unfinished, Math.max(0, text.length - MOST_BEGINNING));
  return text.length - from > MOST_UNFINISHED ? text.slice(-MOST_BEGINNING) : text.slice(from);
};

/** -1: the header is not finished. A line feed at the very end may be followed by a blank. */
const endOfHeader = (text: string, start: number): number => {
  END_OF_HEADER.lastIndex = start;
  for (let found = END_OF_HEADER.exec(text); found !== null; found = END_OF_HEADER.exec(text))
    if (found.index + found[0].length < text.length) return found.index;
  return -1;
};

interface Direction {
  /** Octets of the connection so far, or the number of the last TFTP block. */
  next: number;
  carry: string;
  /** For TFTP: what each of the last blocks was read together with. */
  readonly blocks: Map<number, string>;
}

const TFTP_DATA = 3;
const TFTP_HEADER = 4;

/** Masks the packets of one capture, in their order. */
export class Redaction {
  readonly #directions = new Map<string, Direction>();
  /** By connection. */
  readonly #digits = new Map<number, SccpDigits>();

  /** A copy of the payload without secrets. */
  redact(packet: RecordedPacket): Buffer {
    const octets = Buffer.from(packet.payload);
    switch (packet.kind) {
      case 'datagram':
        if (packet.service === 'tftp') this.#redactBlock(packet, octets);
        else if (packet.service === 'sip') maskPiece({ carry: '', octets, afterGap: false });
        break;
      case 'data':
        this.#redactStream(packet, octets);
        break;
      case 'closed':
        this.#digits.delete(packet.flow);
    }
    return octets;
  }

  #redactStream(packet: RecordedPacket, octets: Buffer): void {
    const at = packet.outgoing ? packet.sentBefore : packet.receivedBefore;
    const known = this.#directionOf(packet);
    const afterGap = at > 0 && known.next !== at;
    if (packet.service === 'sccp') {
      const digits = this.#digits.get(packet.flow) ?? new SccpDigits();
      this.#digits.set(packet.flow, digits);
      digits.mask(octets, packet.outgoing ? 'server' : 'phone', afterGap);
    } else known.carry = maskPiece({ carry: afterGap || at === 0 ? '' : known.carry, octets, afterGap });
    known.next = at + octets.length;
  }

  #redactBlock(packet: RecordedPacket, octets: Buffer): void {
    if (octets.length < TFTP_HEADER || octets.readUInt16BE(0) !== TFTP_DATA) {
      // A request: another file begins.
      if (!packet.outgoing && octets.length > 2 && octets.readUInt16BE(0) <= 2)
        this.#directions.delete(keyOf(packet, true));
      return;
    }
    const block = octets.readUInt16BE(2);
    const known = this.#directionOf(packet);
    const follows = block === known.next;
    const again = known.blocks.get(block);
    const carry = again ?? (follows ? known.carry : '');
    const left = maskPiece({
      carry,
      octets: octets.subarray(TFTP_HEADER),
      afterGap: again === undefined && !follows && block !== 1,
    });
    known.blocks.set(block, carry);
    if (known.blocks.size > MOST_BLOCKS)
      for (const oldest of known.blocks.keys()) if (known.blocks.delete(oldest)) break;
    known.carry = left;
    known.next = (block + 1) & 0xffff;
  }

  #directionOf(packet: RecordedPacket): Direction {
    const key = keyOf(packet, packet.outgoing);
    const known = this.#directions.get(key) ?? {
      next: packet.service === 'tftp' ? 1 : 0,
      carry: '',
      blocks: new Map(),
    };
    this.#directions.set(key, known);
    return known;
  }
}

const keyOf = ({ flow }: RecordedPacket, outgoing: boolean): string => `${flow} ${outgoing}`;
