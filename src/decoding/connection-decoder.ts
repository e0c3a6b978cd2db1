import type { CapturedConnection, ConnectionReader, PacketMark, TcpDirection } from '../pcap/tcp-reassembly.js';
import type { CapturedBody, CapturedProtocol, MessageSink } from './captured-message.js';
import type { DecodedFrame, FrameOptions } from './decoders.js';
import { StreamDecoder } from './stream-decoder.js';
import { type StreamProtocol, streamProtocolOf } from './stream-protocols.js';
import type { UnfinishedMessages } from './unfinished-messages.js';

const EMPTY = Buffer.alloc(0);

/** What a connection carries; `other`: nothing that is read. */
type Carried = StreamProtocol | 'tls' | 'other';

interface FirstOctets {
  readonly bytes: Buffer;
  readonly mark: PacketMark;
  readonly begins: boolean;
}

/** What a connection tells, and what it shares with the others. */
export interface ConnectionEvents {
  readonly unfinished: UnfinishedMessages;
  readonly onMessage: MessageSink;
  readonly onBody?: ((body: CapturedBody) => void) | undefined;
  /** The connection carries nothing that is read. */
  readonly onOther: () => void;
}

/** Decodes one TCP connection: finds out what it carries by its first octets, then reads both directions. */
export class ConnectionDecoder implements ConnectionReader {
  readonly #connection: CapturedConnection;
  readonly #frames: FrameOptions;
  readonly #events: ConnectionEvents;
  #carried: Carried | undefined;
  #decoders: readonly [StreamDecoder, StreamDecoder] | undefined;
  /** The first octets of each direction, as long as they do not show what it is. */
  readonly #first: [FirstOctets | undefined, FirstOctets | undefined] = [undefined, undefined];
  #mark: PacketMark = { number: 0, time: undefined };

  constructor(connection: CapturedConnection, frames: FrameOptions, events: ConnectionEvents) {
    this.#connection = connection;
    this.#frames = frames;
    this.#events = events;
  }

  octets(direction: TcpDirection, bytes: Buffer, mark: PacketMark, begins: boolean): void {
    this.#mark = mark;
    if (this.#carried === undefined) this.#recognise(direction, bytes, mark, begins);
    else this.#decoders?.[direction].octets(bytes, mark, begins);
  }

  gap(direction: TcpDirection, octets: number, mark: PacketMark): void {
    this.#mark = mark;
    if (this.#first[direction] !== undefined) this.#decide(direction, true);
    this.#decoders?.[direction].gap(octets, mark);
  }

  end(direction: TcpDirection): void {
    if (this.#first[direction] !== undefined) this.#decide(direction, true);
    this.#decoders?.[direction].end(this.#mark);
  }

  #recognise(direction: TcpDirection, bytes: Buffer, mark: PacketMark, begins: boolean): void {
    const before = this.#first[direction];
    this.#first[direction] = {
      bytes: Buffer.concat([before?.bytes ?? EMPTY, bytes]),
      mark,
      begins: before?.begins ?? begins,
    };
    this.#decide(direction, false);
  }

  #decide(direction: TcpDirection, ended: boolean): void {
    const { ends } = this.#connection;
    const ports = ends.map(({ port }) => port);
    const carried = streamProtocolOf(this.#first[direction]?.bytes ?? EMPTY, ports, ended);
    if (carried === undefined) return;
    this.#carried = carried;
    if (carried === 'other') this.#events.onOther();
    else if (carried === 'tls')
      this.#tell(direction, 'tls', { name: 'TLS, not readable', fields: {} }, this.#mark, EMPTY);
    else this.#decoders = this.#decodersOf(carried);
    for (const side of [0, 1] as const) {
      const first = this.#first[side];
      this.#first[side] = undefined;
      if (first !== undefined) this.#decoders?.[side].octets(first.bytes, first.mark, first.begins);
    }
  }

  #decodersOf(protocol: StreamProtocol): readonly [StreamDecoder, StreamDecoder] {
    const bodies = protocol.bodies?.();
    const { onBody } = this.#events;
    const decoderOf = (direction: TcpDirection): StreamDecoder =>
      new StreamDecoder({
        protocol,
        frames: this.#frames,
        bodies,
        unfinished: this.#events.unfinished,
        onDecoded: (decoded, mark, octets) => this.#tell(direction, protocol.protocol, decoded, mark, octets),
        onBody:
          onBody === undefined
            ? undefined
            : (octets, mark) => onBody({ ...this.#placeOf(direction, protocol.protocol), mark, octets }),
      });
    return [decoderOf(0), decoderOf(1)];
  }

  #tell(
    direction: TcpDirection,
    protocol: CapturedProtocol,
    decoded: DecodedFrame,
    mark: PacketMark,
    octets: Buffer,
  ): void {
    this.#events.onMessage({
      ...this.#placeOf(direction, protocol),
      mark,
      hardwareAddress: undefined,
      decoded,
      octets,
    });
  }

  #placeOf(direction: TcpDirection, protocol: CapturedProtocol) {
    const { ends, number } = this.#connection;
    return {
      source: ends[direction],
      destination: ends[direction === 0 ? 1 : 0],
      transport: 'tcp' as const,
      protocol,
      conversation: `tcp ${number}`,
    };
  }
}
