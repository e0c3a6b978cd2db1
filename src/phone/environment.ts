// The machine that simulated phones run on: its networks, its clock, and what they share so that thousands are cheap.
// Knows no phone.

import type { Publisher } from '../core/event-bus.js';
import type { Clock } from '../core/time.js';
import type { DatagramNetwork, Random, StreamNetwork } from '../net/ports.js';
import { Writer } from '../sccp/codec/writer.js';
import { OpenSockets } from './boot/open-sockets.js';
import { TftpSockets } from './boot/tftp-sockets.js';
import { PreparedFrames } from './sccp/prepared-frames.js';
import type { PhoneStep } from './steps.js';
import { Timers } from './timers.js';

export interface PhoneNetworks {
  readonly clock: Clock;
  readonly datagrams: DatagramNetwork;
  readonly streams: StreamNetwork;
  readonly random: Random;
  readonly bus: Publisher<PhoneStep>;
  /** Where files are asked from, in turn; absent: the kernel chooses. */
  readonly sources?: readonly string[];
}

const OUTPUT_BYTES = 64 * 1024;

export class PhoneEnvironment {
  readonly #sockets = new OpenSockets();
  readonly clock: Clock;
  readonly datagrams: DatagramNetwork;
  readonly streams: StreamNetwork;
  readonly random: Random;
  readonly bus: Publisher<PhoneStep>;
  readonly timers: Timers;
  readonly tftp: TftpSockets;
  readonly frames: PreparedFrames;
  /** Where every phone writes its frames; what is taken is never written over. */
  readonly out = new Writer(OUTPUT_BYTES);

  constructor(networks: PhoneNetworks) {
    this.clock = networks.clock;
    this.datagrams = this.#sockets.datagrams(networks.datagrams);
    this.streams = this.#sockets.streams(networks.streams);
    this.random = networks.random;
    this.bus = networks.bus;
    this.timers = new Timers(networks.clock);
    this.frames = new PreparedFrames();
    this.tftp = new TftpSockets(this.datagrams, this.timers, networks.sources);
  }

  /** Closes what the phones shared and every socket that is left; the phones have been stopped before. */
  async close(): Promise<void> {
    this.timers.stop();
    await this.tftp.close();
    await this.#sockets.close();
  }
}
