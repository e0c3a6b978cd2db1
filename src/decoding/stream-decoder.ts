import type { PacketMark } from '../pcap/tcp-reassembly.js';
import { type DecodedFrame, decodeWhole, type FrameOptions } from './decoders.js';
import type { BodyKeeper, SkippedBody, StreamProtocol } from './stream-protocols.js';
import type { UnfinishedMessage, UnfinishedMessages } from './unfinished-messages.js';

const EMPTY = Buffer.alloc(0);
/** No message of these protocols is longer, head and body. */
const LONGEST = 131_072;

/** Where the messages of a direction go, and how they are read. */
export interface StreamDecoderOptions {
  readonly protocol: StreamProtocol;
  readonly frames: FrameOptions;
  readonly bodies: BodyKeeper | undefined;
  readonly unfinished: UnfinishedMessages;
  readonly onDecoded: (decoded: DecodedFrame, mark: PacketMark, octets: Buffer) => void;
  /** Is given the bodies that are not shown, in pieces. */
  readonly onBody?: ((octets: Buffer, mark: PacketMark) => void) | undefined;
}

/**
 * Cuts one direction of a connection into messages and decodes them. After a gap, or if the beginning was not captured,
 * it looks for the next start of a message. It keeps at most one message.
 */
export class StreamDecoder implements UnfinishedMessage {
  readonly #options: StreamDecoderOptions;
  #rest: Buffer = EMPTY;
  /** The start of a message must be looked for. */
  #lost = true;
  /** Octets in which there was none. */
  #skipped = 0;
  #body: SkippedBody | undefined;
  #mark: PacketMark = { number: 0, time: undefined };

  constructor(options: StreamDecoderOptions) {
    this.#options = options;
  }

  /** `begins`: these are the first octets of the direction. */
  octets(bytes: Buffer, mark: PacketMark, begins: boolean): void {
    this.#mark = mark;
    if (begins) this.#lost = false;
    const segmentAt = this.#rest.length;
    const all = segmentAt === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const used = this.#read(all, segmentAt, mark);
    // A copy: the octets are a view of a chunk of the file, which would stay in memory with them.
    this.#keep(used === all.length ? EMPTY : Buffer.from(all.subarray(used)));
  }

  gap(octets: number, mark: PacketMark): void {
    const error = octets === 0 ? 'octets are missing here' : `${octets} octets are missing here`;
    this.#breakOff(error, mark);
    this.#lost = true;
    this.#body = undefined;
  }

  end(mark: PacketMark): void {
    if (this.#lost) this.#tellSkipped(this.#rest.length, mark);
    else if (this.#rest.length > 0) this.#breakOff('the stream ends within this message', mark);
    this.#keep(EMPTY);
  }

  giveUp(): void {
    this.#breakOff('too many messages are unfinished: this one is given up', this.#mark);
    this.#lost = true;
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0 && this.#rest.length === 0) return;
    this.#rest = rest;
    this.#options.unfinished.note(this, rest.length);
  }

  /** Reads messages from the front; returns how many octets are not needed any more. */
  #read(all: Buffer, segmentAt: number, mark: PacketMark): number {
    const { protocol, frames, bodies, onDecoded, onBody } = this.#options;
    let at = 0;
    while (at < all.length) {
      const rest = all.subarray(at);
      if (this.#body !== undefined) {
        const taken = this.#body.take(rest);
        onBody?.(rest.subarray(0, taken), mark);
        at += taken;
        if (this.#body.done) this.#body = undefined;
        continue;
      }
      if (this.#lost) {
        const start = protocol.messageStart(rest, segmentAt < at ? -1 : segmentAt - at);
        const skipped = start < 0 ? Math.max(0, rest.length - protocol.tail) : start;
        at += skipped;
        if (start < 0) {
          this.#skipped += skipped;
          break;
        }
        this.#tellSkipped(skipped, mark);
        this.#lost = false;
        continue;
      }
      const filler = protocol.fillerLength?.(rest) ?? 0;
      if (filler > 0) {
        at += filler;
        continue;
      }
      const length = protocol.messageLength(rest);
      if (length > 0) {
        const message = rest.subarray(0, length);
        const decoded = decodeWhole(protocol.decoder, message, frames);
        onDecoded(decoded, mark, message);
        if (decoded.error === undefined) this.#body = bodies?.after(decoded);
        at += length;
      } else if (length < 0 || rest.length > LONGEST) {
        // Behind its first octet, so that the same place is not tried again.
        this.#lost = true;
        this.#skipped += 1;
        at += 1;
      } else break;
    }
    return at;
  }

  /** Shows what is there of a message of which the rest does not come. */
  #breakOff(error: string, mark: PacketMark): void {
    const { protocol, frames, onDecoded } = this.#options;
    const part = this.#lost || this.#rest.length === 0 ? undefined : protocol.decoder.decodePart(this.#rest, frames);
    if (this.#lost) this.#skipped += this.#rest.length;
    const offset = this.#lost || this.#rest.length === 0 ? {} : { offset: this.#rest.length };
    onDecoded({ ...part, error, ...offset }, mark, this.#lost ? EMPTY : this.#rest);
    this.#keep(EMPTY);
  }

  #tellSkipped(more: number, mark: PacketMark): void {
    const octets = this.#skipped + more;
    this.#skipped = 0;
    if (octets > 0) this.#options.onDecoded({ error: `${octets} octets in which no message begins` }, mark, EMPTY);
  }
}
