import type { Publisher } from '../core/event-bus.js';
import type { Clock } from '../core/time.js';
import type { DatagramNetwork, KeptFolder, Random, StreamNetwork } from '../net/ports.js';
import { Writer } from '../sccp/codec/writer.js';
import { OpenSockets } from './boot/open-sockets.js';
import { TftpSockets } from './boot/tftp-sockets.js';
import { Voice } from './calls/media-port.js';
import { PreparedFrames } from './sccp/prepared-frames.js';
import type { PhoneStep } from './steps.js';
import { Timers } from './timers.js';

/** What simulated phones need of the machine that they run on. */
export interface PhoneNetworks {
  readonly clock: Clock;
  readonly datagrams: DatagramNetwork;
  readonly streams: StreamNetwork;
  readonly random: Random;
  readonly bus: Publisher<PhoneStep>;
  /** The local addresses of TFTP sockets, used in turn; absent: the kernel chooses. */
  readonly sources?: readonly string[];
  /** Opens a directory in which phones keep their trust stores. Absent: none can. */
  readonly keptFolder?: (directory: string) => KeptFolder;
}

const OUTPUT_BYTES = 64 * 1024;

/**
 * What the simulated phones of a process share: networks, clock, timers, TFTP sockets and prepared frames. Shared, they
 * make thousands of phones cheap.
 */
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
  readonly #openKept: PhoneNetworks['keptFolder'];
  #voice: Voice | undefined;
  /** The buffer in which all phones build their SCCP frames. What has been taken from it is never overwritten. */
  readonly out = new Writer(OUTPUT_BYTES);

  constructor(networks: PhoneNetworks) {
    this.clock = networks.clock;
    this.datagrams = this.#sockets.datagrams(networks.datagrams);
    this.streams = this.#sockets.streams(networks.streams);
    this.random = networks.random;
    this.bus = networks.bus;
    this.#openKept = networks.keptFolder;
    this.timers = new Timers(networks.clock);
    this.frames = new PreparedFrames();
    this.tftp = new TftpSockets(this.datagrams, this.timers, networks.sources);
  }

  /** The streams of all calls; made with the first one. */
  get voice(): Voice {
    this.#voice ??= new Voice(this);
    return this.#voice;
  }

  /** The directory of trust stores. Throws a plain `Error` where this machine has no files. */
  keptFolder(directory: string): KeptFolder {
    if (this.#openKept === undefined) throw new Error('phones of this machine keep no files');
    return this.#openKept(directory);
  }

  /** Closes the shared sockets and those that phones have left open. Stop the phones first. */
  async close(): Promise<void> {
    this.timers.stop();
    await this.tftp.close();
    await this.#sockets.close();
  }
}
