// What is known of the machine that the daemon runs on, for those who explain why a phone is in trouble. Types only:
// `daemon/host-observer.ts` finds it out.

import type { MacAddress } from './identifiers.js';
import type { Instant, WallTime } from './time.js';

/**
 * Counters of the kernel, for all programs of the machine: datagrams to a port where nothing listens; connections that
 * were reset; datagrams that were dropped because the receiver's buffer was full; connections that were dropped because
 * the listener's queue was full.
 */
export type HostCounter = 'udpNoPorts' | 'tcpOutRsts' | 'rcvbufErrors' | 'listenOverflows';

/** How much a counter has risen since the daemon started. */
export interface CounterRise {
  readonly total: number;
  /** The last look at which it was higher than before, and by how much, since the look ten seconds earlier. */
  readonly latest: { readonly at: Instant; readonly by: number } | undefined;
}

/** The rise of each counter. */
export type HostCounters = Readonly<Record<HostCounter, CounterRise>>;

/** Somebody tried a usual port on which no service of this daemon listens. */
export interface Knock {
  readonly at: Instant;
  readonly service: 'SCCP' | 'SIP';
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** The port that was tried. */
  readonly port: number;
}

/** What the machine's ARP table said of an address on a network of its own. */
export interface Neighbour {
  readonly mac: MacAddress;
  /** When the table was last read for this address. */
  readonly at: Instant;
  /** Another hardware address that it had within the ten minutes before, and when it was seen last. */
  readonly before?: { readonly mac: MacAddress; readonly at: Instant };
}

/** A file of the configuration that was changed after it was read. */
export interface NewerFile {
  readonly file: string;
  /** Its modification time. */
  readonly changedAt: WallTime;
}

/** The wall clock was set, or the machine slept. */
export interface ClockJump {
  readonly at: Instant;
  /** Milliseconds; negative: back. */
  readonly by: number;
}

/** What is known of the machine (`docs/protocols/explain.md` §1.3, N8 to N10, N17, N18). */
export interface HostFacts {
  /** `undefined`: this system has no such counters, or they were not read yet. */
  readonly counters: HostCounters | undefined;
  /** `undefined`: the address is behind a router, or was not looked up. */
  neighbourAt(address: string): Neighbour | undefined;
  /** The last knock of this address at each port, the newest last. */
  knocksFrom(address: string): readonly Knock[];
  /** The IPv4 addresses of this machine, as they were at the last look. */
  readonly addresses: readonly string[];
  /** The files that are newer than what is in force. */
  readonly newerFiles: readonly NewerFile[];
  /** The last one. */
  readonly clockJump: ClockJump | undefined;
  readonly descriptors: {
    /** How many this process may open; `undefined`: the system does not say. */
    readonly limit: number | undefined;
    /** Whether none is left. */
    readonly usedUp: boolean;
  };
}
