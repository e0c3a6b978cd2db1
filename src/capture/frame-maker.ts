// Makes frames of captured packets: what no process sees, such as the handshake and the acknowledgements of TCP, is made
// as it must have been (`docs/protocols/explain.md` §5).

import { type FrameEnd, madeMac, TCP_FLAG, tcpFrame, udpFrame } from '../pcap/frames.js';
import type { CapturedService, RecordedPacket } from './record.js';

/** One frame and what is said about it. */
export interface MadeFrame {
  readonly direction: 'in' | 'out';
  readonly frame: Buffer;
  readonly comments: readonly string[];
}

/** What frames need besides the packets. */
export interface FrameMakerOptions {
  /** The phone's own hardware address, where it is known. */
  readonly mac: Buffer | undefined;
  /** Stands for the address of a socket that has none of its own. */
  readonly ownAddress: number;
}

/** What came through TLS is shown on the port without it, since dissectors expect TLS on the other. */
const CLEAR_PORTS: Partial<Record<CapturedService, number>> = { sccp: 2000, sip: 5060 };

const NOTHING = Buffer.alloc(0);
const LOOPBACK = 0x7f00_0001;
/** Pairs of ends without an end of their own that are remembered. */
const MOST_FLOWS = 4096;

/** Where the relay and the hardware address of the client stand in a DHCP message (RFC 2131 §2). */
const DHCP_RELAY = 24;
const DHCP_HARDWARE = 28;

/** What is known of a connection, or of a pair of ends. */
interface FlowState {
  /** The identifications of IPv4 so far. */
  here: number;
  peer: number;
  /** The octets that must come next. `undefined`: nothing of it was seen. */
  sent: number | undefined;
  received: number | undefined;
  /** To be said of the next packet. */
  comments: string[];
}

/** Makes frames of the packets of one capture, in their order. */
export class FrameMaker {
  readonly #options: FrameMakerOptions;
  readonly #flows = new Map<number, FlowState>();

  constructor(options: FrameMakerOptions) {
    this.#options = options;
  }

  /** The frames of a packet, whose payload may be another one than it came with. The first one has `comments`. */
  framesOf(packet: RecordedPacket, payload: Buffer, comments: readonly string[]): readonly MadeFrame[] {
    const state = this.#stateOf(packet.flow);
    const left = packet.leftOut === 0 ? [] : [`${packet.leftOut} packets of this file were left out before this one`];
    const said = [...left, ...comments];
    switch (packet.kind) {
      case 'datagram':
        return [this.#datagram(packet, payload, state, said)];
      case 'joined':
        state.comments.push('the connection was open already when the capture began', ...tlsComment(packet));
        state.sent = packet.sentBefore;
        state.received = packet.receivedBefore;
        return [];
      case 'opened':
        state.sent = 0;
        state.received = 0;
        return this.#handshake(packet, state, [...tlsComment(packet), ...said]);
      case 'data':
        return this.#data(packet, payload, state, [...state.comments.splice(0), ...gapComment(packet, state), ...said]);
      case 'closed':
        this.#flows.delete(packet.flow);
        return this.#end(packet, state, [...state.comments, ...said]);
    }
  }

  #datagram(packet: RecordedPacket, payload: Buffer, state: FlowState, comments: readonly string[]): MadeFrame {
    const { here, peer } = this.#endsOf(packet, payload);
    const [from, to] = packet.outgoing ? [here, peer] : [peer, here];
    const identification = packet.outgoing ? state.here++ : state.peer++;
    return {
      direction: directionOf(packet.outgoing),
      frame: udpFrame({ from, to, identification }, payload),
      comments,
    };
  }

  #handshake(packet: RecordedPacket, state: FlowState, comments: readonly string[]): readonly MadeFrame[] {
    const { syn, ack } = TCP_FLAG;
    return [
      this.#segment(packet, state, { outgoing: false, flags: syn, sent: -1, received: -1, comments }),
      this.#segment(packet, state, { outgoing: true, flags: syn | ack, sent: -1, received: 0 }),
      this.#segment(packet, state, { outgoing: false, flags: ack, sent: 0, received: 0 }),
    ];
  }

  #data(packet: RecordedPacket, payload: Buffer, state: FlowState, comments: readonly string[]): readonly MadeFrame[] {
    const { outgoing, sentBefore, receivedBefore } = packet;
    const { psh, ack } = TCP_FLAG;
    const sent = outgoing ? sentBefore + payload.length : sentBefore;
    const received = outgoing ? receivedBefore : receivedBefore + payload.length;
    state.sent = sent;
    state.received = received;
    const before = { sent: sentBefore, received: receivedBefore };
    return [
      this.#segment(packet, state, { outgoing, flags: psh | ack, ...before, payload, comments }),
      this.#segment(packet, state, { outgoing: !outgoing, flags: ack, sent, received }),
    ];
  }

  #end(packet: RecordedPacket, state: FlowState, comments: readonly string[]): readonly MadeFrame[] {
    const { outgoing, reset, sentBefore: sent, receivedBefore: received } = packet;
    const { fin, rst, ack } = TCP_FLAG;
    if (reset) return [this.#segment(packet, state, { outgoing, flags: rst | ack, sent, received, comments })];
    const first = { sent: outgoing ? sent + 1 : sent, received: outgoing ? received : received + 1 };
    const both = { sent: sent + 1, received: received + 1 };
    return [
      this.#segment(packet, state, { outgoing, flags: fin | ack, sent, received, comments }),
      this.#segment(packet, state, { outgoing: !outgoing, flags: ack, ...first }),
      this.#segment(packet, state, { outgoing: !outgoing, flags: fin | ack, ...first }),
      this.#segment(packet, state, { outgoing, flags: ack, ...both }),
    ];
  }

  /** `sent` and `received`: octets of both directions before it, as its sender knows them; -1: before the SYN. */
  #segment(
    packet: RecordedPacket,
    state: FlowState,
    {
      outgoing,
      flags,
      sent,
      received,
      payload = NOTHING,
      comments = [],
    }: {
      readonly outgoing: boolean;
      readonly flags: number;
      readonly sent: number;
      readonly received: number;
      readonly payload?: Buffer;
      readonly comments?: readonly string[];
    },
  ): MadeFrame {
    const { here, peer } = this.#endsOf(packet, NOTHING);
    const ours = firstSequence(packet.flow, 0x85eb_ca6b) + 1 + sent;
    const theirs = firstSequence(packet.flow, 0x9e37_79b1) + 1 + received;
    const acknowledges = (flags & TCP_FLAG.ack) !== 0;
    const [from, to] = outgoing ? [here, peer] : [peer, here];
    const frame = tcpFrame(
      {
        ...{ from, to, flags, identification: outgoing ? state.here++ : state.peer++ },
        sequence: outgoing ? ours : theirs,
        acknowledgement: acknowledges ? (outgoing ? theirs : ours) : 0,
      },
      payload,
    );
    return { direction: directionOf(outgoing), frame, comments };
  }

  #endsOf(packet: RecordedPacket, payload: Buffer): { readonly here: FrameEnd; readonly peer: FrameEnd } {
    const { service, secure, localAddress, localPort, remoteAddress, remotePort } = packet;
    const bound = localAddress !== 0 || service === 'dhcp';
    const address = bound ? localAddress : remoteAddress >>> 24 === 127 ? LOOPBACK : this.#options.ownAddress;
    const port = secure ? (CLEAR_PORTS[service] ?? localPort) : localPort;
    const mac = service === 'dhcp' ? hardwareAddress(payload) : this.#options.mac;
    const isBroadcast = remoteAddress === 0xffff_ffff;
    return {
      here: { address, port, mac: madeMac(address) },
      peer: {
        address: remoteAddress,
        port: remotePort,
        mac: mac === undefined || isBroadcast ? madeMac(remoteAddress) : mac,
      },
    };
  }

  #stateOf(flow: number): FlowState {
    const known = this.#flows.get(flow);
    if (known !== undefined) return known;
    if (this.#flows.size >= MOST_FLOWS) for (const oldest of this.#flows.keys()) if (this.#flows.delete(oldest)) break;
    const state: FlowState = { here: 1, peer: 1, sent: undefined, received: undefined, comments: [] };
    this.#flows.set(flow, state);
    return state;
  }
}

const directionOf = (outgoing: boolean): MadeFrame['direction'] => (outgoing ? 'out' : 'in');

/** A first sequence number of a connection: another one for each, and the same each time that it is written. */
const firstSequence = (flow: number, factor: number): number => Math.imul(flow + 1, factor) >>> 0;

/** The hardware address of the client, if it sends and receives itself. With a relay, the frame is the relay's. */
const hardwareAddress = (payload: Buffer): Buffer | undefined =>
  payload.length >= DHCP_HARDWARE + 6 && payload.readUInt32BE(DHCP_RELAY) === 0
    ? payload.subarray(DHCP_HARDWARE, DHCP_HARDWARE + 6)
    : undefined;

const tlsComment = ({ secure, service, localPort, payload }: RecordedPacket): readonly string[] =>
  secure
    ? [
        `decrypted: it came through TLS to port ${localPort} (${payload.toString('latin1')}), shown on ${CLEAR_PORTS[service]}`,
      ]
    : [];

/** Says what is missing before octets of a connection. */
const gapComment = (packet: RecordedPacket, { sent, received }: FlowState): readonly string[] => {
  if (sent === undefined || received === undefined)
    return ['what came before on this connection is not in the capture: the ring has overwritten it, or it is too old'];
  const missing = packet.sentBefore - sent + (packet.receivedBefore - received);
  return missing <= 0 || packet.leftOut > 0 ? [] : [`${missing} octets before this are not in the capture`];
};
