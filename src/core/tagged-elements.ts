// Elements of tag, length and value, as the messages of CAPF and TVS have them (`secure.md` §5): a tag of one octet, a length of
// two, big-endian.

import { ProtocolError } from './errors.js';

/** One element. */
export interface TaggedElement {
  readonly tag: number;
  readonly value: Buffer;
}

const HEAD = 3;
/** No message has so many. */
const MOST_ELEMENTS = 64;

/** Reads the elements that fill `bytes`. Throws a `ProtocolError` (`ELEMENTS`) if one runs past the end. */
export const readElements = (bytes: Buffer): readonly TaggedElement[] => {
  const elements: TaggedElement[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + HEAD > bytes.length) throw new ProtocolError('ELEMENTS', 'an element without a length', at);
    const tag = bytes.readUInt8(at);
    const length = bytes.readUInt16BE(at + 1);
    if (at + HEAD + length > bytes.length)
      throw new ProtocolError('ELEMENTS', `element ${tag} of ${length} octets past the end`, at);
    if (elements.length === MOST_ELEMENTS)
      throw new ProtocolError('ELEMENTS', `more than ${MOST_ELEMENTS} elements`, at);
    elements.push({ tag, value: bytes.subarray(at + HEAD, at + HEAD + length) });
    at += HEAD + length;
  }
  return elements;
};

/** Writes elements, one after the other. A value has 65,535 octets at most. */
export const writeElements = (elements: readonly TaggedElement[]): Buffer =>
  Buffer.concat(
    elements.flatMap(({ tag, value }) => {
      const head = Buffer.alloc(HEAD);
      head.writeUInt8(tag, 0);
      head.writeUInt16BE(value.length, 1);
      return [head, value];
    }),
  );

/** A text in an element, without the NUL at its end. */
export const elementText = (value: Buffer): string => {
  const end = value.indexOf(0);
  return value.toString('latin1', 0, end === -1 ? value.length : end);
};

/** A text as an element has it: with a NUL at its end. */
export const textElement = (text: string): Buffer => Buffer.from(`${text}\0`, 'latin1');

/** The frame around elements: how long its head is, and where the length of what follows stands in it. */
export interface FrameForm {
  /** What the first octet must be. */
  readonly discriminator: number;
  readonly headLength: number;
  /** The last two octets of the head are the length. */
  readonly mostOctets: number;
}

/** Cuts a stream into frames, whatever the segments. Bounded: it keeps one unfinished frame at most. */
export class FrameSplitter {
  readonly #form: FrameForm;
  #kept: Buffer = Buffer.alloc(0);

  constructor(form: FrameForm) {
    this.#form = form;
  }

  /** Octets of an unfinished frame. */
  get kept(): number {
    return this.#kept.length;
  }

  /**
   * Takes octets; returns the whole frames. Throws a `ProtocolError` (`FRAME`) for what is none, or is too long; then nothing
   * of this stream can be read any more.
   */
  push(bytes: Buffer): readonly Buffer[] {
    const { discriminator, headLength, mostOctets } = this.#form;
    const all = this.#kept.length === 0 ? bytes : Buffer.concat([this.#kept, bytes]);
    const frames: Buffer[] = [];
    let at = 0;
    while (at < all.length) {
      if (all[at] !== discriminator)
        throw new ProtocolError('FRAME', `a message that begins with ${all.readUInt8(at).toString(16)}`, at);
      if (at + headLength > all.length) break;
      const length = headLength + all.readUInt16BE(at + headLength - 2);
      if (length > mostOctets) throw new ProtocolError('FRAME', `a message of ${length} octets`, at);
      if (at + length > all.length) break;
      frames.push(all.subarray(at, at + length));
      at += length;
    }
    this.#kept = Buffer.from(all.subarray(at));
    return frames;
  }
}
