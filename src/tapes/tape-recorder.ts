// Makes a tape of the messages of a capture.

import { maskPiece } from '../capture/redaction.js';
import type { CapturedBody, CapturedMessage } from '../decoding/captured-message.js';
import { isoTime } from '../decoding/message-summary.js';
import type { PacketTime } from '../pcap/captured-packet.js';
import { HEAD } from '../tftp/packet.js';
import { MessageMasks } from './message-masks.js';
import { PhoneSide } from './phone-side.js';
import {
  BODY,
  MASKED_CONTENT,
  TAPE_LIMITS,
  type Tape,
  type TapeHeader,
  type TapeMessage,
  type TapeProtocol,
  type TapeSide,
} from './tape.js';
import { TapeRoom } from './tape-room.js';
import { tapedPhoneOf } from './taped-phone.js';

/** What a recorder cannot hear from the messages. */
export type TapeOrigin = Pick<TapeHeader, 'device' | 'source' | 'program'>;

/** One direction of a conversation that may carry a file. */
interface FileState {
  /** Octets of the file so far. */
  octets: number;
  /** What the next piece must be read together with. */
  carry: string;
  /** Of TFTP: the number of the last block, and it without secrets. */
  block: number;
  masked: Buffer;
}

const HTTP_GET = 'GET';
/** What a phone begins with, by the names of the messages. */
const BOOTING: ReadonlySet<string> = new Set(['DISCOVER', 'RRQ', HTTP_GET]);

const isAcceptance = ({ protocol, decoded: { name, fields = {} } }: CapturedMessage): boolean =>
  protocol === 'sccp'
    ? name === 'RegisterAckMessage'
    : protocol === 'sip' && name === '200' && /\bREGISTER$/.test(String(fields.CSeq));

/**
 * Records the messages of one phone, without their secrets. It stops at the limits of a tape, and then says so.
 */
export class TapeRecorder {
  readonly #origin: TapeOrigin;
  readonly #side = new PhoneSide();
  readonly #conversations = new Map<string, number>();
  readonly #files = new Map<string, FileState>();
  readonly #masks = new MessageMasks();
  readonly #messages: TapeMessage[] = [];
  #begin: PacketTime | undefined;
  readonly #room = new TapeRoom();
  #hasBooted = false;
  #hasRegistered = false;

  constructor(origin: TapeOrigin) {
    this.#origin = origin;
  }

  /** Whether the tape is full: nothing is recorded any more. */
  get isFull(): boolean {
    return this.#room.isFull;
  }

  /** Whether the phone has asked for an address or a file, and was accepted after that. */
  get hasRegistered(): boolean {
    return this.#hasRegistered;
  }

  get count(): number {
    return this.#messages.length;
  }

  /** Records a message. What is under TLS and what has no name says nothing, and is left out. */
  add(message: CapturedMessage): void {
    const { protocol, decoded } = message;
    if (this.isFull || protocol === 'tls' || decoded.name === undefined) return;
    const from = this.#side.senderOf(message);
    if (protocol === 'tftp' && decoded.name === 'RRQ') this.#files.delete(fileKey(message, 'server'));
    if (protocol === 'http' && decoded.name === HTTP_GET) this.#files.delete(fileKey(message, 'server'));
    if (from === 'phone' && BOOTING.has(decoded.name)) this.#hasBooted = true;
    if (from === 'server' && this.#hasBooted && isAcceptance(message)) this.#hasRegistered = true;
    const { octets, leftOut } =
      protocol === 'tftp' && decoded.name === 'DATA'
        ? this.#dataOf(message, from)
        : this.#masks.masked({ from, protocol, octets: message.octets, conversation: message.conversation });
    this.#put(message, { from, protocol, name: decoded.name, octets, leftOut });
  }

  /** Records a piece of the body of an HTTP message. */
  addBody(body: CapturedBody): void {
    if (this.isFull || body.octets.length === 0 || body.protocol !== 'http') return;
    const from = this.#side.senderOfBody(body);
    const file = this.#fileOf(fileKey(body, from));
    const octets = Buffer.from(body.octets);
    file.carry = maskPiece({ carry: file.carry, octets, afterGap: false });
    file.octets += octets.length;
    const isKept = file.octets <= TAPE_LIMITS.file;
    this.#put(body, {
      from,
      protocol: 'http',
      name: BODY,
      octets: isKept ? octets : Buffer.alloc(0),
      leftOut: isKept ? 0 : octets.length,
    });
  }

  /** The tape as it is now. */
  tape(): Tape {
    const { model, protocol } = tapedPhoneOf(this.#messages);
    return {
      header: {
        tape: 1,
        device: this.#origin.device,
        model,
        protocol,
        source: this.#origin.source,
        program: this.#origin.program,
        begin: isoTime(this.#begin),
        masked: MASKED_CONTENT,
      },
      messages: [...this.#messages],
    };
  }

  /** A block of a file. One that came again is what it was before. */
  #dataOf(message: CapturedMessage, from: TapeSide): { readonly octets: Buffer; readonly leftOut: number } {
    const file = this.#fileOf(fileKey(message, from));
    const block = Number(message.decoded.fields?.block ?? 0);
    if (block !== file.block || file.masked.length !== message.octets.length) {
      const afterGap = block !== ((file.block + 1) & 0xffff);
      const octets = Buffer.from(message.octets);
      file.carry = maskPiece({ carry: afterGap ? '' : file.carry, octets: octets.subarray(HEAD), afterGap });
      file.octets += octets.length - HEAD;
      file.block = block;
      file.masked = octets;
    }
    const { masked } = file;
    const isKept = file.octets <= TAPE_LIMITS.file;
    return isKept
      ? { octets: masked, leftOut: 0 }
      : { octets: masked.subarray(0, HEAD), leftOut: masked.length - HEAD };
  }

  #fileOf(key: string): FileState {
    const known = this.#files.get(key) ?? { octets: 0, carry: '', block: 0, masked: Buffer.alloc(0) };
    this.#files.set(key, known);
    return known;
  }

  #put(
    { mark, source, destination, transport, conversation }: Omit<CapturedBody, 'octets' | 'protocol'>,
    message: {
      readonly from: TapeSide;
      readonly protocol: TapeProtocol;
      readonly name: string;
      readonly octets: Buffer;
      readonly leftOut: number;
    },
  ): void {
    this.#begin ??= mark.time;
    const before = this.#messages.at(-1)?.at ?? 0;
    const [phone, server] = message.from === 'phone' ? [source, destination] : [destination, source];
    const taped: TapeMessage = {
      ...message,
      ...{ at: Math.max(before, sinceBegin(this.#begin, mark.time) ?? before), transport, phone, server },
      conversation: this.#numberOf(message.protocol === 'dhcp' ? 'dhcp' : conversation),
    };
    if (this.#room.take(taped)) this.#messages.push(taped);
  }

  #numberOf(conversation: string): number {
    const number = this.#conversations.get(conversation) ?? this.#conversations.size;
    this.#conversations.set(conversation, number);
    return number;
  }
}

const fileKey = ({ conversation }: Pick<CapturedBody, 'conversation'>, from: TapeSide): string =>
  `${conversation} ${from}`;

const MILLISECONDS = 1_000;
const NANOSECONDS = 1e6;

const sinceBegin = (begin: PacketTime | undefined, time: PacketTime | undefined): number | undefined =>
  begin === undefined || time === undefined
    ? undefined
    : (time.seconds - begin.seconds) * MILLISECONDS + (time.nanoseconds - begin.nanoseconds) / NANOSECONDS;
