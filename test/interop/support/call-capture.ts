// What passed between the daemon and its phones, read by the dissectors of Wireshark.

import { join } from 'node:path';
import { expect } from 'vitest';
import { CALL_TRAFFIC, type CallDaemon } from './call-daemon.js';
import { captured, tshark } from './capture.js';

/**
 * A stream of RTP as Wireshark counts it, by its ports: sockets of programs that are bound to no address send from any of this
 * machine's.
 */
export interface RtpStream {
  readonly from: number;
  readonly to: number;
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
    const row = /^ +[\d.]+ +[\d.]+ +[\d.]+ +(\d+) +[\d.]+ +(\d+) +0x[0-9A-F]+ .+? +(\d+) +(-?\d+) \(/gm;
    return [...this.#read('-q', '-z', 'rtp,streams').matchAll(row)].map(([, from, to, packets, lost]) => ({
      from: Number(from),
      to: Number(to),
      packets: Number(packets),
      lost: Number(lost),
    }));
  }

  /**
   * Checks that nothing is malformed, and that one call's sound went both ways between the same two ports and nothing of it was
   * lost. Returns the ports.
   */
  expectOneCall(): readonly number[] {
    expect(this.malformed).toEqual([]);
    const [one, back, ...more] = this.streams;
    expect(more).toEqual([]);
    expect([back?.from, back?.to]).toEqual([one?.to, one?.from]);
    for (const stream of [one, back]) {
      expect(stream?.packets).toBeGreaterThan(50);
      expect(stream?.lost).toBe(0);
    }
    return [one?.from ?? 0, one?.to ?? 0];
  }
}
