import type { MacAddress } from '../core/identifiers.js';
import type { CapturedPacket } from '../pcap/captured-packet.js';
import { readFrame } from '../pcap/read-frame.js';
import { type PacketMark, TcpReassembly } from '../pcap/tcp-reassembly.js';
import type { CapturedBody, MessageSink } from './captured-message.js';
import { ConnectionDecoder } from './connection-decoder.js';
import { DatagramDecoder } from './datagram-decoder.js';
import type { FrameOptions } from './decoders.js';
import { UnfinishedMessages } from './unfinished-messages.js';

/** What a capture tells. */
export interface CaptureEvents {
  readonly onMessage: MessageSink;
  /** Called with the bodies of HTTP messages, in pieces. */
  readonly onBody?: (body: CapturedBody) => void;
  /** Called for each TCP and UDP packet whose link says the hardware address of the sender. */
  readonly onSender?: (hardwareAddress: MacAddress, address: string) => void;
}

/** How many names of what is not read are counted apart. */
const MOST_NAMES = 32;

/**
 * Decodes the packets of a capture: takes them in the order of the file and gives out the messages that they complete.
 * Never throws.
 */
export class CaptureDecoder {
  readonly #datagrams: DatagramDecoder;
  readonly #connections: TcpReassembly;
  readonly #onSender: CaptureEvents['onSender'];
  readonly #unread = new Map<string, number>();
  #last: PacketMark = { number: 0, time: undefined };

  constructor(frames: FrameOptions, { onMessage, onBody, onSender }: CaptureEvents) {
    this.#onSender = onSender;
    this.#datagrams = new DatagramDecoder(frames, onMessage);
    const unfinished = new UnfinishedMessages();
    const onOther = (): void => this.#count('TCP connections of other protocols');
    this.#connections = new TcpReassembly(
      (connection) => new ConnectionDecoder(connection, frames, { onMessage, onBody, onOther, unfinished }),
    );
  }

  /** How many packets there were. */
  get packets(): number {
    return this.#last.number;
  }

  /** What was not read, by name, with how many packets or connections. */
  get unread(): ReadonlyMap<string, number> {
    return this.#unread;
  }

  add(packet: CapturedPacket): void {
    const { number, time, direction } = packet;
    const mark: PacketMark = { number, time, direction };
    this.#last = mark;
    const content = readFrame(packet);
    if (content.kind === 'unread') {
      this.#count(content.name);
      return;
    }
    if (content.hardwareAddress !== undefined) this.#onSender?.(content.hardwareAddress, content.source.address);
    if (content.kind === 'tcp') this.#connections.add(content, mark);
    else if (!this.#datagrams.add(content, mark)) this.#count('UDP of other protocols');
  }

  /** The capture has ended: gives out what waited for more. */
  end(): void {
    this.#connections.end(this.#last);
  }

  #count(name: string): void {
    const counted = this.#unread.has(name) || this.#unread.size < MOST_NAMES ? name : 'others';
    this.#unread.set(counted, (this.#unread.get(counted) ?? 0) + 1);
  }
}
