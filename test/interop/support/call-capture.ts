// What passed between the daemon and its phones, read by the dissectors of Wireshark.

import { join } from 'node:path';
import { CALL_TRAFFIC, type CallDaemon } from './call-daemon.js';
import { captured, tshark } from './capture.js';

/** A stream of RTP as Wireshark counts it. Addresses are `address:port`. */
export interface RtpStream {
  readonly from: string;
  readonly to: string;
  readonly packets: number;
  readonly lost: number;
}

export class CallCapture {
  readonly #file: string;
  readonly #ports: readonly string[];

  private constructor(daemon: CallDaemon, name: string) {
    this.#file = join(daemon.folder, `${name}.pcapng`);
    const sip = (['udp', 'tcp'] as const).flatMap((transport) => [
      '-d',
      `${transport}.port==${daemon.port('SIP', transport)},sip`,
    ]);
    this.#ports = [...sip, '-d', `tcp.port==${daemon.port('SCCP', 'tcp')},skinny`];
  }

  static async during(daemon: CallDaemon, name: string, work: () => Promise<void>): Promise<CallCapture> {
    const capture = new CallCapture(daemon, name);
    await captured(capture.#file, CALL_TRAFFIC, work);
    return capture;
  }

  #read(...args: readonly string[]): string {
    return tshark('-r', this.#file, ...this.#ports, ...args);
  }

  /** The fields of packets that fit a display filter. */
  fields(filter: string, ...names: readonly string[]): readonly (readonly string[])[] {
    const text = this.#read('-Y', filter, '-T', 'fields', ...names.flatMap((name) => ['-e', name]));
    return text.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')]));
  }

  /** Packets in which a dissector finds something that is against the rules. */
  get malformed(): readonly string[] {
    return this.#read('-Y', '_ws.malformed || _ws.expert.severity == error')
      .split('\n')
      .filter((line) => line !== '');
  }

  /** How many packets fit a display filter. */
  count(filter: string): number {
    return this.fields(filter, 'frame.number').length;
  }

  get streams(): readonly RtpStream[] {
    const row = /^ +[\d.]+ +[\d.]+ +([\d.]+) +(\d+) +([\d.]+) +(\d+) +0x[0-9A-F]+ .+? +(\d+) +(-?\d+) \(/gm;
    return [...this.#read('-q', '-z', 'rtp,streams').matchAll(row)].map(
      ([, source, sourcePort, destination, destinationPort, packets, lost]) => ({
        from: `${source}:${sourcePort}`,
        to: `${destination}:${destinationPort}`,
        packets: Number(packets),
        lost: Number(lost),
      }),
    );
  }
}
