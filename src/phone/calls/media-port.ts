// The UDP port of a phone's stream, and the sending of all streams of a process.

import { type Instant, milliseconds } from '../../core/time.js';
import type { DatagramNetwork, DatagramOptions, DatagramSocket, Endpoint, Random } from '../../net/ports.js';
import { RTP_HEADER, RtpReader, writeRtpHeader } from '../../rtp/packet.js';
import type { BootTimer, Timers } from '../timers.js';
import type { PhoneCodec, PhoneSound } from './codecs.js';
import type { MediaCounts } from './media-counts.js';

const TICK = milliseconds(20);
/** RTP clock units in a tick. */
const UNITS = 160;

/** One for all ports: a packet is counted before the next is read. */
const READER = new RtpReader();

/** What a `Voice` needs. */
export interface VoiceNetworks {
  readonly datagrams: DatagramNetwork;
  readonly random: Random;
  readonly timers: Timers;
}

/** Sends the streams of all phones of a process, by one timer, which runs only while somebody talks. */
export class Voice {
  readonly #networks: VoiceNetworks;
  readonly #senders = new Set<MediaPort>();
  readonly #timer: BootTimer;
  #dueAt: Instant;

  constructor(networks: VoiceNetworks) {
    this.#networks = networks;
    this.#timer = networks.timers.create((now) => this.#tick(now));
    this.#dueAt = networks.timers.now();
  }

  /** Opens a port of any free number. Rejects if the address cannot be bound. */
  open(address: string, counts: MediaCounts): Promise<MediaPort> {
    return this.#open({ address, port: 0 }, counts);
  }

  /** Opens a port that receives what is sent to a group, at the interface of `address`. Rejects if that is not possible. */
  join(group: Endpoint, address: string, counts: MediaCounts): Promise<MediaPort> {
    return this.#open({ address, port: group.port, group: group.address }, counts);
  }

  async #open(where: DatagramOptions, counts: MediaCounts): Promise<MediaPort> {
    const { datagrams, random, timers } = this.#networks;
    let port: MediaPort | undefined;
    const socket = await datagrams.open(where, (bytes, from) => port?.received(bytes, from, timers.now()));
    port = new MediaPort(this, socket, counts, random);
    return port;
  }

  /** Only `MediaPort` calls this. */
  add(port: MediaPort): void {
    this.#senders.add(port);
    if (this.#senders.size > 1) return;
    this.#dueAt = this.#networks.timers.now();
    this.#timer.startIn(milliseconds(0));
  }

  /** Only `MediaPort` calls this. */
  remove(port: MediaPort): void {
    this.#senders.delete(port);
    if (this.#senders.size === 0) this.#timer.cancel();
  }

  /** By absolute instants: a late tick moves none of those after it, and missed ones are skipped. */
  #tick(now: Instant): void {
    const skipped = Math.max(0, Math.floor((now - this.#dueAt) / TICK));
    this.#dueAt = (this.#dueAt + (skipped + 1) * TICK) as Instant;
    this.#timer.startIn(milliseconds(Math.max(0, this.#dueAt - now)));
    for (const port of this.#senders) port.send(skipped);
  }
}

/** Where and what a port sends. */
export interface Transmission {
  readonly to: Endpoint;
  readonly codec: PhoneCodec;
  /** As negotiated; mostly the codec's. */
  readonly payloadType: number;
  readonly sound: PhoneSound;
}

/** One open port. It counts what comes from anywhere, and sends a packet each 20 ms while it is told to. */
export class MediaPort {
  /** Where the last packet came from; `undefined`: none has come. */
  from: Endpoint | undefined;
  readonly #voice: Voice;
  readonly #socket: DatagramSocket;
  readonly #counts: MediaCounts;
  readonly #header = { payloadType: 0, marker: true, sequence: 0, timestamp: 0, ssrc: 0 };
  #transmission: Transmission | undefined;
  #isClosed = false;

  constructor(voice: Voice, socket: DatagramSocket, counts: MediaCounts, random: Random) {
    this.#voice = voice;
    this.#socket = socket;
    this.#counts = counts;
    this.#header.sequence = random.below(2 ** 16);
    this.#header.timestamp = random.below(2 ** 32);
    this.#header.ssrc = random.below(2 ** 32);
  }

  get local(): Endpoint {
    return this.#socket.local;
  }

  /** Where it sends; `undefined`: nowhere. */
  get to(): Endpoint | undefined {
    return this.#transmission?.to;
  }

  /** Sends from now on. */
  start(transmission: Transmission): void {
    if (this.#isClosed) return;
    this.#transmission = transmission;
    this.#header.payloadType = transmission.payloadType;
    this.#header.marker = true;
    if (transmission.sound !== 'none') this.#voice.add(this);
  }

  /** Sends no more. */
  stop(): void {
    this.#transmission = undefined;
    this.#voice.remove(this);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.stop();
    void this.#socket.close();
  }

  /** Only `Voice` calls this. */
  send(skipped: number): void {
    const transmission = this.#transmission;
    if (transmission === undefined) return;
    const header = this.#header;
    header.timestamp = (header.timestamp + skipped * UNITS) % 2 ** 32;
    const payload = transmission.codec[transmission.sound === 'tone' ? 'tone' : 'silence'];
    const packet = Buffer.allocUnsafe(RTP_HEADER + payload.length);
    writeRtpHeader(packet, header);
    packet.set(payload, RTP_HEADER);
    this.#socket.send(packet, 0, packet.length, transmission.to);
    this.#counts.addSent(payload.length);
    header.marker = false;
    header.sequence = (header.sequence + 1) & 0xffff;
    header.timestamp = (header.timestamp + UNITS) % 2 ** 32;
  }

  /** Only `Voice` calls this. */
  received(bytes: Buffer, from: Endpoint, now: Instant): void {
    if (this.#isClosed || READER.read(bytes) !== undefined) return;
    this.from = from;
    const { sequence, timestamp, ssrc, start, end, payloadType } = READER;
    this.#counts.addReceived(sequence, timestamp, ssrc, end - start, now);
    this.#counts.hear(bytes.subarray(start, end), payloadType);
  }
}
