// Values as CUCM's records write them (`docs/protocols/calls.md` §7.5).

import { parseIpv4Address } from '../core/identifiers.js';
import type { Instant, WallClock } from '../core/time.js';

/**
 * A dotted IPv4 address as a signed 32-bit number, its octets reversed: 192.168.111.100 is 1685039296; an address that
 * ends in 128 or more is negative. 0: there is none, or it is of another kind.
 */
export const addressNumber = (address: string | undefined): number =>
  address === undefined || parseIpv4Address(address) === undefined
    ? 0
    : address.split('.').reduceRight((number, octet) => (number << 8) | Number(octet), 0);

/** Whole seconds since the Unix epoch, by the wall clock as it is set now. 0: it never happened. */
export const epochSeconds = (clock: WallClock, at: Instant | undefined): number =>
  at === undefined ? 0 : Math.floor(clock.wallTime(at) / 1000);

/** A file name's part of a cluster's name: what is neither letter, digit, `.` nor `-` becomes `-`. */
export const clusterInName = (cluster: string): string => cluster.replace(/[^A-Za-z0-9.-]/g, '-');

/** A node's number in file names: two digits, three from 100 up. */
export const nodeInName = (node: number): string => String(node).padStart(2, '0');
