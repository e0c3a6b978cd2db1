// The taps: what sockets tell, as packets of flows.

import type { DatagramTap, Endpoint, StreamTap, TappedEnd, TappedStream } from '../net/ports.js';
import { SEGMENT_OCTETS } from '../pcap/frames.js';
import { addressNumber, type FlowTable, type PacketFlow, remoteKey } from './flow.js';
import type { RecordKind } from './record.js';
import type { Recorder } from './recorder.js';
import type { Octets } from './ring.js';

/** What taps need of the capture. */
export interface FlowSource {
  readonly recorder: Recorder;
  /** Makes the flow of a remote end that is new. Its ring is that of its owner, where that is known. */
  newFlow(table: FlowTable, remote: Endpoint): PacketFlow;
  /** Makes the flow of a hardware address that is new: twelve hexadecimal digits in upper case. */
  newHardwareFlow(table: FlowTable, mac: string): PacketFlow;
  /** A file was requested on this flow: whose it is will be told. */
  beginFile(flow: PacketFlow, address: string): void;
}

const flowOf = (source: FlowSource, table: FlowTable, remote: Endpoint): PacketFlow => {
  const key = remoteKey(addressNumber(remote.address), remote.port);
  const known = table.get(key);
  if (known !== undefined) return known;
  const flow = source.newFlow(table, remote);
  table.set(key, flow);
  return flow;
};

/** The datagrams of SIP and TFTP: the remote end says which belong together. */
export class DatagramRecorder implements DatagramTap {
  readonly #source: FlowSource;
  readonly #table: FlowTable;
  /** The local end of the last packet: a socket always gives the same object. */
  #local: Endpoint = { address: '0.0.0.0', port: 0 };
  #localAddress = 0;

  constructor(source: FlowSource, table: FlowTable) {
    this.#source = source;
    this.#table = table;
  }

  onReceived(bytes: Buffer, from: Endpoint, local: Endpoint): void {
    const flow = flowOf(this.#source, this.#table, from);
    if (this.#table.service === 'tftp' && isRequest(bytes)) this.#source.beginFile(flow, from.address);
    if (flow.ring !== undefined) this.#record(flow, false, local, bytes, 0, bytes.length);
  }

  onSent(bytes: Buffer, offset: number, length: number, to: Endpoint, local: Endpoint): void {
    const flow = flowOf(this.#source, this.#table, to);
    if (flow.ring !== undefined) this.#record(flow, true, local, bytes, offset, offset + length);
  }

  #record(flow: PacketFlow, outgoing: boolean, local: Endpoint, bytes: Buffer, start: number, end: number): void {
    if (local !== this.#local) {
      this.#local = local;
      this.#localAddress = addressNumber(local.address);
    }
    const { recorder } = this.#source;
    recorder.between(this.#localAddress, local.port, flow.remoteAddress, flow.remotePort);
    recorder.datagram(flow, outgoing, bytes, start, end);
  }
}

/** RRQ or WRQ (RFC 1350 §5). */
const isRequest = (bytes: Buffer): boolean => bytes[0] === 0 && (bytes[1] === 1 || bytes[1] === 2);

/** Where the length and the octets of the client's hardware address stand in a message (RFC 2131 §2). */
const HARDWARE_LENGTH_AT = 2;
const HARDWARE_AT = 28;
const HARDWARE_OCTETS = 6;

/** The messages of DHCP: the hardware address in them says which belong together. */
export class DhcpRecorder implements DatagramTap {
  readonly #source: FlowSource;
  readonly #table: FlowTable;

  constructor(source: FlowSource, table: FlowTable) {
    this.#source = source;
    this.#table = table;
  }

  onReceived(bytes: Buffer, from: Endpoint, local: Endpoint): void {
    this.#record(false, bytes, from, local);
  }

  onSent(bytes: Buffer, offset: number, length: number, to: Endpoint, local: Endpoint): void {
    this.#record(true, bytes.subarray(offset, offset + length), to, local);
  }

  #record(outgoing: boolean, bytes: Buffer, remote: Endpoint, local: Endpoint): void {
    const flow = this.#flowOf(bytes, remote);
    if (flow.ring === undefined) return;
    const { recorder } = this.#source;
    const here = addressNumber(local.address);
    recorder.between(here, local.port, addressNumber(remote.address), remote.port);
    recorder.datagram(flow, outgoing, bytes, 0, bytes.length);
  }

  #flowOf(bytes: Buffer, remote: Endpoint): PacketFlow {
    if (bytes.length < HARDWARE_AT + HARDWARE_OCTETS || bytes[HARDWARE_LENGTH_AT] !== HARDWARE_OCTETS)
      return flowOf(this.#source, this.#table, remote);
    // Below 0, so that no address and port is the same.
    const key = -1 - bytes.readUIntBE(HARDWARE_AT, HARDWARE_OCTETS);
    const known = this.#table.get(key);
    if (known !== undefined) return known;
    const mac = bytes.toString('hex', HARDWARE_AT, HARDWARE_AT + HARDWARE_OCTETS).toUpperCase();
    const flow = this.#source.newHardwareFlow(this.#table, mac);
    this.#table.set(key, flow);
    return flow;
  }
}

const NOTHING = Buffer.alloc(0);

/** Connections. */
export class StreamRecorder implements StreamTap {
  readonly #source: FlowSource;
  readonly #table: FlowTable;

  constructor(source: FlowSource, table: FlowTable) {
    this.#source = source;
    this.#table = table;
  }

  onOpened(stream: TappedStream): void {
    this.#begin(stream, 'opened');
  }

  onReceived(stream: TappedStream, bytes: Buffer): void {
    const flow = this.#flowOf(stream);
    if (flow.isAnswering) {
      // The next request of a connection that carries files: it may be another device's.
      flow.isAnswering = false;
      this.#source.beginFile(flow, stream.remote.address);
    }
    this.#record(flow, false, bytes);
  }

  onSent(stream: TappedStream, octets: Buffer | string): void {
    const flow = this.#flowOf(stream);
    flow.isAnswering = flow.carriesFiles;
    this.#record(flow, true, octets);
  }

  onClosed(stream: TappedStream, how: TappedEnd): void {
    const flow = this.#table.streams.get(stream);
    if (flow === undefined) return;
    const key = remoteKey(flow.remoteAddress, flow.remotePort);
    this.#table.streams.delete(stream);
    const { recorder } = this.#source;
    recorder.endFile(flow);
    const reset = how === 'reset-here' || how === 'reset-by-peer';
    recorder.stream(flow, 'closed', how === 'ended-here' || how === 'reset-here', NOTHING, 0, 0, reset);
    if (this.#table.get(key) === flow) this.#table.delete(key);
  }

  /** The flow of a connection. If it is not known, the connection was open before the capture began. */
  #flowOf(stream: TappedStream): PacketFlow {
    return this.#table.streams.get(stream) ?? this.#begin(stream, 'joined');
  }

  #begin(stream: TappedStream, kind: RecordKind): PacketFlow {
    const { remote, local } = stream;
    const flow = this.#source.newFlow(this.#table, remote);
    flow.localAddress = addressNumber(local.address);
    flow.localPort = local.port;
    this.#table.set(remoteKey(flow.remoteAddress, flow.remotePort), flow);
    this.#table.streams.set(stream, flow);
    const about = Buffer.from(flow.secure ? (stream.cipher ?? '') : '', 'latin1');
    this.#source.recorder.stream(flow, kind, false, about, 0, about.length);
    return flow;
  }

  /** Octets in pieces of one segment each. */
  #record(flow: PacketFlow, outgoing: boolean, octets: Octets): void {
    const { length } = octets;
    for (let at = 0; at < length; at += SEGMENT_OCTETS) {
      const next = Math.min(length, at + SEGMENT_OCTETS);
      this.#source.recorder.stream(flow, 'data', outgoing, octets, at, next);
      if (outgoing) flow.sent += next - at;
      else flow.received += next - at;
    }
  }
}
