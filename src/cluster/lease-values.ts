// What the bucket of leases holds: `<subnet>.<address>` says who has an address and which node gave it, `reserve.<node>` what a
// node holds in reserve, for people.
//
// A value says how long the lease lasts from the moment of writing, never when it ends: the clocks of two nodes are not
// compared. Who reads it at once knows its end; who reads it later, after a start or a break, knows the latest moment at which
// it can end, and none at which it certainly has not.

import { parseIpv4Address } from '../core/identifiers.js';
import { type Duration, type Instant, instant } from '../core/time.js';
import { ipv4Number, ipv4Text } from '../dhcp/ipv4.js';
import { type Client, clientKey } from '../dhcp/lease.js';
import type { SharedLease } from '../dhcp/shared-leases.js';
import { keyOf, namesOf } from './bus-names.js';
import { countIn, textIn, textsIn, type ValueFields, valueText } from './values.js';

/** An address that a client has or had, or that a node holds in reserve. */
export interface ToldLease extends SharedLease {
  readonly kind: 'lease';
  readonly subnet: string;
  /** The node that gave the address: it alone ends the lease, and it alone gives the address to another client. */
  readonly home: string;
  /** The node that wrote it last. */
  readonly by: string;
  /** Until then it lasts for certain; `until` is the latest moment at which it can end. */
  readonly certain: Instant;
  /** It was told by a node that remembered it for another one, which may know better. */
  readonly isVague: boolean;
}

/** What a node holds in reserve, as ranges, by subnet. */
export interface ToldPools {
  readonly kind: 'reserve';
  readonly node: string;
  readonly pools: Readonly<Record<string, readonly string[]>>;
}

/** A value of the bucket. */
export type LeaseValue = ToldLease | ToldPools;

/** RFC 2131 §3.3: seconds in 32 bits. */
const LONGEST_LEASE = 0xffff_ffff * 1000;
/** What the options of one message can say, each octet a character. */
const LONGEST_TEXT = 4096;
const MOST_POOLS = 1024;

export const leaseKey = (subnet: string, address: number): string => keyOf(subnet, ipv4Text(address));
export const poolsKey = (node: string): string => keyOf('reserve', node);

/** The subnet and address of a key. `undefined`: it is of no address. */
export const leasePlace = (key: string): { readonly subnet: string; readonly address: number } | undefined => {
  const [subnet, name, more] = namesOf(key) ?? [];
  const address = name === undefined ? undefined : addressOf(name);
  return subnet === undefined || address === undefined || more !== undefined ? undefined : { subnet, address };
};

/** What is told of a lease; a client that nobody knows any more is left out. */
export interface LeaseToTell extends Omit<SharedLease, 'address'> {
  readonly home: string;
  /** The node that writes it. */
  readonly by: string;
  /** It is told by a node that did not give it and does not know when it ends: at the latest then. */
  readonly isVague?: boolean;
}

/** The text of a lease as it is now. */
export const leaseText = (lease: LeaseToTell, now: Instant): string => {
  const { home, by, state, client, granted, until, relay, relayInformation, ended, isVague = false } = lease;
  const { key, mac, htype, clientId, hostName, vendorClass } = client;
  return valueText({
    node: home,
    by,
    state,
    ...(isVague ? { isVague } : {}),
    ...(key === '' ? {} : { mac, htype, clientId, hostName, vendorClass }),
    ...(state === 'free' ? { ended } : { granted, lasts: Math.max(0, Math.round(until - now)) }),
    ...(relay === 0 ? {} : { relay: ipv4Text(relay) }),
    ...(relayInformation === '' ? {} : { relayInformation }),
  });
};

/** The text of what a node holds in reserve. */
export const poolsText = ({ node, pools }: Omit<ToldPools, 'kind'>): string => valueText({ node, pools });

/**
 * Reads a value at `now`. `written`: the earliest moment at which it can have been written. `undefined`: it is none.
 */
export const readLease = (fields: ValueFields, key: string, now: Instant, written: Instant): LeaseValue | undefined => {
  const [subnet, name, more] = namesOf(key) ?? [];
  const home = textIn(fields, 'node', 64);
  if (home === undefined || subnet === undefined || name === undefined || more !== undefined) return undefined;
  if (subnet === 'reserve') return { kind: 'reserve', node: home, pools: poolsIn(fields) };
  const address = addressOf(name);
  const state = (['bound', 'free', 'declined'] as const).find((one) => one === fields.state);
  const client = clientIn(fields);
  const lasts = state === 'free' ? 0 : countIn(fields, 'lasts');
  const granted = state === 'free' ? 0 : countIn(fields, 'granted');
  const relay = fields.relay === undefined ? 0 : addressOf(textIn(fields, 'relay', 15) ?? '');
  const relayInformation = textIn(fields, 'relayInformation', LONGEST_TEXT) ?? '';
  if (address === undefined || state === undefined || client === undefined || relay === undefined) return undefined;
  if (lasts === undefined || granted === undefined) return undefined;
  if (lasts > LONGEST_LEASE || granted > LONGEST_LEASE || !/^(?:[0-9a-f]{2})*$/.test(relayInformation))
    return undefined;
  return {
    kind: 'lease',
    ...{ subnet, address, home, state, client, relay, relayInformation },
    granted: granted as Duration,
    until: instant(now + lasts),
    by: textIn(fields, 'by', 64) ?? '',
    isVague: fields.isVague === true,
    certain: instant(fields.isVague === true ? Number.NEGATIVE_INFINITY : written + lasts),
    ended: (['released', 'expired', 'other-server'] as const).find((one) => one === fields.ended),
  };
};

const NOBODY: Client = { key: '', mac: '', htype: 1, clientId: '', hostName: '', vendorClass: '' };

const clientIn = (fields: ValueFields): Client | undefined => {
  if (fields.mac === undefined) return NOBODY;
  const mac = textIn(fields, 'mac', 32);
  const htype = countIn(fields, 'htype');
  const clientId = textIn(fields, 'clientId', LONGEST_TEXT);
  const [hostName, vendorClass] = [
    textIn(fields, 'hostName', LONGEST_TEXT),
    textIn(fields, 'vendorClass', LONGEST_TEXT),
  ];
  if (mac === undefined || !/^(?:[0-9A-F]{2})*$/.test(mac) || htype === undefined || htype > 255) return undefined;
  if (clientId === undefined || !/^(?:[0-9a-f]{2})*$/.test(clientId)) return undefined;
  if (hostName === undefined || vendorClass === undefined) return undefined;
  return { key: clientKey(htype, mac, clientId), mac, htype, clientId, hostName, vendorClass };
};

const poolsIn = (fields: ValueFields): ToldPools['pools'] => {
  const { pools } = fields;
  if (typeof pools !== 'object' || pools === null) return {};
  const names = Object.keys(pools).slice(0, MOST_POOLS);
  return Object.fromEntries(names.map((name) => [name, textsIn(pools as ValueFields, name, MOST_POOLS) ?? []]));
};

const addressOf = (text: string): number | undefined => {
  const address = parseIpv4Address(text);
  return address === undefined ? undefined : ipv4Number(address);
};
