import { detectProtocol } from '../core/protocol-detection.js';
import * as dhcp from '../dhcp/decode.js';
import type { Endpoint } from '../net/ports.js';
import type { UdpDatagram } from '../pcap/read-frame.js';
import type { PacketMark } from '../pcap/tcp-reassembly.js';
import * as sip from '../sip/decode.js';
import * as tftp from '../tftp/decode.js';
import type { CapturedProtocol, MessageSink } from './captured-message.js';
import { decodeWhole, type FrameDecoder, type FrameOptions } from './decoders.js';

const DHCP_PORTS: ReadonlySet<number> = new Set([67, 68]);
const TFTP_PORT = 69;
const SIP_PORT = 5060;
/** Where the magic cookie of DHCP stands, and its value (RFC 2131 §3). */
const COOKIE_AT = 236;
const COOKIE = 0x6382_5363;
/** RFC 1350 §5: a request is opcode, file name and mode. This is what stands behind the opcode. */
const TFTP_REQUEST = /^[ -~]+\0(?:netascii|octet|mail)\0/i;
const LONGEST_TFTP_REQUEST = 512;
const FIRST_OF_TRANSFER = 3;
const LAST_OF_TRANSFER = 6;
/** The most TFTP clients whose transfers are followed at a time. */
const MOST_TRANSFERS = 65_536;

interface Recognised {
  readonly protocol: CapturedProtocol;
  readonly decoder: FrameDecoder;
  readonly bytes: Buffer;
  readonly conversation: string;
}

/** Decodes datagrams: DHCP, SIP, and TFTP with the transfers that its requests begin. */
export class DatagramDecoder {
  readonly #frames: FrameOptions;
  readonly #onMessage: MessageSink;
  /** By the endpoint of the client: the number of its last transfer. The server answers from another port (RFC 1350 §4). */
  readonly #transfers = new Map<string, number>();
  #transferCount = 0;

  constructor(frames: FrameOptions, onMessage: MessageSink) {
    this.#frames = frames;
    this.#onMessage = onMessage;
  }

  /** `false`: the datagram is of no protocol that is read. */
  add(datagram: UdpDatagram, mark: PacketMark): boolean {
    const { source, destination, hardwareAddress, missing, fragmented } = datagram;
    const recognised = this.#recognise(datagram);
    if (recognised === undefined) return false;
    const { protocol, decoder, bytes, conversation } = recognised;
    if (bytes.length === 0) return true;
    const where = fragmented ? 'in other fragments' : 'not in the capture';
    const decoded =
      missing === 0
        ? decodeWhole(decoder, bytes, this.#frames)
        : {
            ...decoder.decodePart(bytes, this.#frames),
            error: `${missing} octets of the datagram are ${where}`,
            offset: bytes.length,
          };
    this.#onMessage({
      mark,
      source,
      destination,
      hardwareAddress,
      transport: 'udp',
      protocol,
      conversation,
      decoded,
      octets: bytes,
    });
    return true;
  }

  #recognise({ source, destination, bytes }: UdpDatagram): Recognised | undefined {
    const [from, to] = [textOf(source), textOf(destination)];
    const pair = from < to ? `udp ${from} ${to}` : `udp ${to} ${from}`;
    if (isTftpRequest(bytes, destination)) {
      this.#transferCount += 1;
      // At the end again, so that the oldest is in front.
      this.#transfers.delete(from);
      this.#transfers.set(from, this.#transferCount);
      const [oldest] = this.#transfers.keys();
      if (this.#transfers.size > MOST_TRANSFERS && oldest !== undefined) this.#transfers.delete(oldest);
      return { protocol: 'tftp', decoder: tftp, bytes, conversation: `tftp ${this.#transferCount}` };
    }
    if (isDhcp(source, destination, bytes)) return { protocol: 'dhcp', decoder: dhcp, bytes, conversation: pair };
    const transfer = this.#transfers.get(from) ?? this.#transfers.get(to);
    if (transfer !== undefined && isOfTransfer(bytes))
      return { protocol: 'tftp', decoder: tftp, bytes, conversation: `tftp ${transfer}` };
    const onSipPort = source.port === SIP_PORT || destination.port === SIP_PORT;
    if (!onSipPort && detectProtocol(bytes) !== 'SIP') return undefined;
    return { protocol: 'sip', decoder: sip, bytes: bytes.subarray(sip.leadingOctets(bytes)), conversation: pair };
  }
}

const textOf = ({ address, port }: Endpoint): string => `${address}:${port}`;

const isTftpRequest = (bytes: Buffer, { port }: Endpoint): boolean =>
  bytes[0] === 0 &&
  (bytes[1] === 1 || bytes[1] === 2) &&
  (port === TFTP_PORT || TFTP_REQUEST.test(bytes.toString('latin1', 2, LONGEST_TFTP_REQUEST)));

const isOfTransfer = ([high, low = 0]: Buffer): boolean =>
  high === 0 && low >= FIRST_OF_TRANSFER && low <= LAST_OF_TRANSFER;

const isDhcp = (source: Endpoint, destination: Endpoint, bytes: Buffer): boolean =>
  (DHCP_PORTS.has(destination.port) && DHCP_PORTS.has(source.port)) ||
  (bytes.length >= COOKIE_AT + 4 &&
    bytes.readUInt32BE(COOKIE_AT) === COOKIE &&
    (bytes[0] === 1 || bytes[0] === 2) &&
    (bytes[2] as number) <= 16);
