// One stream that leaves: a sound in packets of 20 ms, or of 10 ms two at a time (RFC 3550 §5.1, RFC 3551 §4.1).

import type { DatagramSocket, Endpoint, Random } from '../net/ports.js';
import { RTP_HEADER, writeRtpHeader } from './packet.js';
import type { Sound } from './sounds.js';

/** Octets, and units of the RTP clock, in a tick of 20 ms. */
const PER_TICK = 160;
const PER_MILLISECOND = 8;

export interface OutgoingOptions {
  readonly socket: DatagramSocket;
  readonly to: Endpoint;
  readonly payloadType: number;
  /** Of sound in a packet: 10 or 20; others are sent as 20. */
  readonly milliseconds: number;
  readonly sound: Sound;
  /** For the first sequence number and timestamp and the source's number, which nobody is to guess. */
  readonly random: Random;
}

export class Outgoing {
  readonly to: Endpoint;
  readonly payloadType: number;
  readonly ssrc: number;
  readonly #socket: DatagramSocket;
  readonly #sound: Sound;
  /** Octets in a packet. */
  readonly #octets: number;
  sequence: number;
  timestamp: number;
  /** The next packet follows a silence in which none was sent. */
  marker = true;

  constructor({ socket, to, payloadType, milliseconds, sound, random }: OutgoingOptions) {
    this.#socket = socket;
    this.to = to;
    this.payloadType = payloadType;
    this.#sound = sound;
    this.#octets = milliseconds === 10 ? 10 * PER_MILLISECOND : PER_TICK;
    this.ssrc = random.below(2 ** 32);
    this.sequence = random.below(2 ** 16);
    this.timestamp = random.below(2 ** 32);
  }

  /** Sends a tick's sound after `skipped` ticks that are not sent at all. Returns how many packets left. */
  send(skipped: number): number {
    if (skipped > 0) {
      this.#sound.skip(skipped * PER_TICK);
      this.timestamp = (this.timestamp + skipped * PER_TICK) % 2 ** 32;
      this.marker = true;
    }
    const octets = this.#octets;
    for (let sent = 0; sent < PER_TICK; sent += octets) {
      const packet = Buffer.allocUnsafe(RTP_HEADER + octets); // a new one each time: the last may not have left
      writeRtpHeader(packet, this);
      this.#sound.fill(packet, RTP_HEADER, octets);
      this.#socket.send(packet, 0, packet.length, this.to);
      this.marker = false;
      this.sequence = (this.sequence + 1) & 0xffff;
      this.timestamp = (this.timestamp + octets) % 2 ** 32;
    }
    return PER_TICK / octets;
  }

  /** Of payload in a packet. */
  get octets(): number {
    return this.#octets;
  }
}
