// Writes and reads the lines of the lease file: JSON with a checksum. Reading checks every field, since disks flip bits
// and people edit files. Lines of older versions have no checksum; their fields are checked all the same.

import { crc32 } from 'node:zlib';
import { parseIpv4Address } from '../core/identifiers.js';
import { type Clock, type Duration, instantOf, type WallClock, wallTime } from '../core/time.js';
import { ipv4Number, ipv4Text } from './ipv4.js';
import { clientKey, type Lease, type LeaseEnd, type LeaseState, type WrittenLease } from './lease.js';
import { MAX_MESSAGE } from './packet.js';

/**
 * What two messages can put into a line if each octet is written as `\u0000`. A longer line is damaged and is skipped.
 */
export const LONGEST_LINE = 2 * 6 * MAX_MESSAGE + 1024;

/**
 * The line of a lease, in Latin-1: the client's texts are written octet by octet. Times are those of the wall clock.
 */
export const lineOf = (lease: Lease, clock: WallClock): string => {
  const { client } = lease;
  const text = JSON.stringify({
    address: ipv4Text(lease.address),
    state: lease.state,
    mac: client.mac,
    htype: client.htype,
    clientId: client.clientId,
    hostName: client.hostName,
    vendorClass: client.vendorClass,
    since: clock.wallTime(lease.since),
    until: clock.wallTime(lease.until),
    granted: lease.granted,
    relay: lease.relay === 0 ? undefined : ipv4Text(lease.relay),
    relayInformation: lease.relayInformation === '' ? undefined : lease.relayInformation,
    ended: lease.state === 'free' ? lease.ended : undefined,
    foreign: lease.isForeign ? true : undefined,
  });
  return `${text.slice(0, -1)},"crc":"${sumOf(text)}"}\n`;
};

/** The checksum: CRC-32 of the line without it, as eight hexadecimal digits. */
const sumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

/** A client's text cannot contain this: its quotation marks are escaped. */
const SUM = /,"crc":"([0-9a-f]{8})"\}/g;
const SUM_LENGTH = ',"crc":"00000000"}'.length;

/** The lines, each with its checksum, that one line consists of; none if it is only one, or has no checksum. */
export const wholeLinesIn = (line: string): readonly string[] => {
  const ends = [...line.matchAll(SUM)].map(({ index }) => index + SUM_LENGTH);
  if (ends.length < 2) return [];
  // Between two of them is one octet that was a line feed.
  return ends.map((end, index) => line.slice(index === 0 ? 0 : (ends[index - 1] as number) + 1, end));
};

/** Reads a line; `undefined`: it is damaged, or was edited and is no lease any more. */
export const leaseOf = (line: string, clock: Clock): WrittenLease | undefined => {
  const value = objectIn(line);
  if (value === undefined || !ROWS.every(([name, holds]) => holds(value[name]))) return undefined;
  const { address, state, mac, htype, clientId, since, until, granted, relay, ended, foreign } =
    value as unknown as Written;
  const { hostName = '', vendorClass = '', relayInformation = '' } = value as unknown as Written;
  return {
    address: numberOf(address),
    state,
    client: { key: clientKey(htype, mac, clientId), mac, htype, clientId, hostName, vendorClass },
    since: instantOf(clock, wallTime(since)),
    until: instantOf(clock, wallTime(until)),
    granted: granted as Duration,
    relay: relay === undefined ? 0 : numberOf(relay),
    relayInformation,
    ended,
    isForeign: foreign === true,
  };
};

interface Written {
  readonly address: string;
  readonly state: LeaseState;
  readonly mac: string;
  readonly htype: number;
  readonly clientId: string;
  readonly hostName?: string;
  readonly vendorClass?: string;
  readonly since: number;
  readonly until: number;
  readonly granted: number;
  readonly relay?: string;
  readonly relayInformation?: string;
  readonly ended: LeaseEnd | undefined;
  readonly foreign?: true;
}

/** The object of a line; `undefined`: it is no JSON object, or its checksum is wrong. */
const objectIn = (line: string): Partial<Record<string, unknown>> | undefined => {
  const at = line.length - SUM_LENGTH;
  const isSummed = line.startsWith(',"crc":"', at);
  const text = isSummed ? `${line.slice(0, at)}}` : line;
  if (isSummed && line.slice(at + 8, at + 16) !== sumOf(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};

const numberOf = (address: string): number => {
  const known = parseIpv4Address(address);
  return known === undefined ? 0 : ipv4Number(known);
};

/** The last instant that has a date (ECMA-262 §21.4.1.1). */
const LAST_MOMENT = 8.64e15;
/** RFC 2131 §3.3: seconds in 32 bits. */
const LONGEST_LEASE = 0xffff_ffff * 1000;

type Check = (value: unknown) => boolean;

const text =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const within =
  (least: number, most: number): Check =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
const oneOf =
  <T>(...values: readonly T[]): Check =>
  (value) =>
    values.includes(value as T);
const orAbsent =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const address: Check = (value) => typeof value === 'string' && parseIpv4Address(value) !== undefined;

/** What each field of a line must be. */
const ROWS: readonly (readonly [name: string, check: Check])[] = [
  ['address', address],
  ['state', oneOf<LeaseState>('bound', 'free', 'declined')],
  ['mac', text(/^(?:[0-9A-F]{2}){0,16}$/)],
  ['htype', within(0, 255)],
  ['clientId', text(/^(?:[0-9a-f]{2})*$/)],
  ['hostName', orAbsent(text(/^/))],
  ['vendorClass', orAbsent(text(/^/))],
  ['since', within(-LAST_MOMENT, LAST_MOMENT)],
  ['until', within(-LAST_MOMENT, LAST_MOMENT)],
  ['granted', within(0, LONGEST_LEASE)],
  ['relay', orAbsent(address)],
  ['relayInformation', orAbsent(text(/^(?:[0-9a-f]{2})*$/))],
  ['ended', orAbsent(oneOf<LeaseEnd>('released', 'expired', 'other-server'))],
  ['foreign', orAbsent(oneOf(true))],
];
