// The events of the network before any protocol sees them, and of the machine.

import type { DeviceName, MacAddress } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { TlsFailure } from './ports.js';

/** A TLS handshake came to nothing, or the peer took back what it had agreed to. */
export interface TlsFailed extends TlsFailure {
  readonly type: 'net.tls-failed';
  readonly at: Instant;
  readonly service: 'SCCP' | 'SIP' | 'CAPF' | 'TVS' | 'HTTPS';
  readonly address: string;
  readonly port: number;
  /** How many more there were since the last of these facts. */
  readonly unsaid: number;
}

/**
 * Somebody tried a usual port of SCCP or SIP on which no service of labcm listens: the configuration has it off, or on
 * another port. Told once a minute for each address and port.
 */
export interface PortKnocked {
  readonly type: 'net.knock';
  readonly at: Instant;
  /** Whose usual port it is. */
  readonly service: 'SCCP' | 'SIP';
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** Of whoever tried. */
  readonly address: string;
  /** The port that was tried. */
  readonly port: number;
  /** How many more were left out since the last of these facts, because too many came in one second. */
  readonly unsaid: number;
}

/**
 * The ARP table of this machine has another hardware address for an address than ten minutes before, or than its
 * device has: two machines use the address, or a router answers for it (proxy ARP).
 */
export interface NeighbourChanged {
  readonly type: 'net.neighbour';
  readonly at: Instant;
  readonly address: string;
  /** What the table has now. */
  readonly mac: MacAddress;
  /** What it had within the last ten minutes, where that is another. */
  readonly before?: MacAddress;
  /** The device that has the address. */
  readonly device?: DeviceName;
  /** The hardware address of the device, where it is another. */
  readonly own?: MacAddress;
}

/**
 * The kernel dropped datagrams or connections of some program, since buffers or queues were full. The values are rises
 * since the last of these events, which are a minute apart at least.
 */
export interface HostCountersRose {
  readonly type: 'host.counters';
  readonly at: Instant;
  /** Datagrams that were dropped because the buffer of their receiver was full. */
  readonly rcvbufErrors: number;
  /** Connections that were dropped because the queue of their listener was full. */
  readonly listenOverflows: number;
  /** Datagrams to ports on which nothing listens. */
  readonly udpNoPorts: number;
  /** Resets that were sent. */
  readonly tcpOutRsts: number;
}

/** This machine has other IPv4 addresses than ten seconds before. */
export interface HostAddressesChanged {
  readonly type: 'host.addresses-changed';
  readonly at: Instant;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** The wall clock of this machine was set, or the machine slept. */
export interface HostClockJumped {
  readonly type: 'host.clock-jumped';
  readonly at: Instant;
  /** Milliseconds; negative: back. */
  readonly by: number;
}

/** The events of this folder. */
export type NetEvent =
  | TlsFailed
  | PortKnocked
  | NeighbourChanged
  | HostCountersRose
  | HostAddressesChanged
  | HostClockJumped;
