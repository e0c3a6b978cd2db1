import type { MacAddress } from '../core/identifiers.js';
import type { Endpoint } from '../net/ports.js';
import type { PacketMark } from '../pcap/tcp-reassembly.js';
import type { DecodedFrame } from './decoders.js';

/** The protocols that are read from captures. */
export type CapturedProtocol = 'dhcp' | 'tftp' | 'http' | 'sccp' | 'sip' | 'tls';

/** A message that a capture holds, or what could not be read of a protocol. */
export interface CapturedMessage {
  /** The packet with its last octet. */
  readonly mark: PacketMark;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Of the sender, if the link says it. Of a stream none, since its segments may come from several. */
  readonly hardwareAddress: MacAddress | undefined;
  readonly transport: 'udp' | 'tcp';
  readonly protocol: CapturedProtocol;
  /** Messages with the same text are of one connection, transfer or pair of endpoints. */
  readonly conversation: string;
  readonly decoded: DecodedFrame;
  /** As they were sent, as far as they are here. A view of what the capture was read from: copy what is kept. */
  readonly octets: Buffer;
}

/** Octets of the body of an HTTP message, which is told apart from its head. */
export type CapturedBody = Pick<
  CapturedMessage,
  'mark' | 'source' | 'destination' | 'transport' | 'protocol' | 'conversation' | 'octets'
>;

/** Takes the messages of a capture, in the order of their last packets. */
export type MessageSink = (message: CapturedMessage) => void;
