// What the conversations have at hand: the lease book, who we are to a client, how long leases last, which addresses are
// ours to refuse.

import { type Duration, milliseconds, minutes } from '../core/time.js';
import type { Exchange, Outcome } from './exchange.js';
import { nak, relayAddress, reservationOf, SUB_OPTION, silent } from './exchange.js';
import { type Client, holds, type Lease } from './lease.js';
import type { LeaseTable } from './leases.js';
import { CODE } from './options.js';
import type { Reason } from './reasons.js';
import type { DhcpSettings } from './settings.js';
import type { Subnet } from './subnet.js';
import type { TurnedAway } from './turned-away.js';

const SHORTEST_LEASE = minutes(1);

export interface HandlerContext {
  readonly settings: DhcpSettings;
  readonly book: LeaseTable;
  /**
   * Whether there are too many new clients in this second; if so, that has been told. Those that were turned away before
   * are counted by themselves.
   */
  crowded(exchange: Exchange): boolean;
  readonly turnedAway: TurnedAway;
}

/** RFC 5107: the relay may stand in for us towards its clients. */
const overrideOf = ({ settings }: HandlerContext, { message, giaddr }: Exchange): number | undefined =>
  settings.serverIdOverride && giaddr !== 0 ? relayAddress(message, SUB_OPTION.serverIdOverride) : undefined;

/** Ours, on the way by which the message came. */
export const ownAddressFor = ({ arrival }: Exchange, subnet: Subnet | undefined): number => {
  const { wire, to } = arrival;
  const near = subnet === undefined ? undefined : wire.addresses.find((address) => subnet.contains(address));
  return to ?? near ?? (wire.addresses[0] as number);
};

/** Option 54: our address as the client sees it. */
export const serverIdFor = (desk: HandlerContext, exchange: Exchange, subnet: Subnet | undefined): number =>
  overrideOf(desk, exchange) ?? ownAddressFor(exchange, subnet);

export const isUs = (desk: HandlerContext, exchange: Exchange, serverId: number): boolean =>
  exchange.arrival.wire.addresses.includes(serverId) || overrideOf(desk, exchange) === serverId;

/** A device of ours, or whoever an address of the subnet is reserved for. */
export const isKnown = (exchange: Exchange, subnet: Subnet): boolean =>
  exchange.device !== undefined || reservationOf(exchange, subnet) !== undefined;

/** The lease time: what the client asks for, within bounds; else the subnet's. Of an unknown client it may be cut. */
export const grantedTime = ({ book }: HandlerContext, exchange: Exchange, subnet: Subnet): Duration => {
  const granted = wantedTime(exchange, subnet);
  const cut = isKnown(exchange, subnet) ? undefined : book.cutFor(subnet, exchange.client.key, exchange.now);
  return cut === undefined || granted < cut ? granted : cut;
};

const wantedTime = ({ message }: Exchange, { settings }: Subnet): Duration => {
  const asked = message.u32(CODE.leaseTime);
  if (asked === undefined) return settings.leaseTime;
  const least = Math.min(SHORTEST_LEASE, settings.leaseTime);
  return milliseconds(Math.max(least, Math.min(asked * 1000, settings.maxLeaseTime)));
};

/** Whether the client may have the address, which is free, though it was not offered: an unknown one only where there is room. */
export const mayHold = ({ book }: HandlerContext, exchange: Exchange, { state, subnet }: Lease): boolean =>
  state !== 'free' || isKnown(exchange, subnet) || book.hasRoom(subnet);

/** An address that the client has or had, and may still have by the present configuration. */
export const isItsOwn = (exchange: Exchange, lease: Lease): boolean => {
  const reserved = reservationOf(exchange, lease.subnet)?.address;
  return lease.state !== 'declined' && holds(lease, exchange.client, reserved);
};

/** Whether the configuration still lets the client have the address: pools may have changed, or it has a reservation. */
export const isStillIts = (exchange: Exchange, { address, subnet }: Lease): boolean => {
  const reserved = reservationOf(exchange, subnet)?.address;
  return reserved === undefined ? subnet.isPooled(address) : reserved === address;
};

/** Binds the address and says so. */
export const acknowledge = (
  { book }: HandlerContext,
  exchange: Exchange,
  lease: Lease,
  granted: Duration,
  reason: Reason,
): Outcome => {
  const { client, message, giaddr, now } = exchange;
  const information = message.options.get(CODE.relayAgentInformation)?.toString('hex') ?? '';
  book.bind(
    lease,
    remembering(client, lease),
    granted,
    giaddr === 0 ? undefined : { address: giaddr, information },
    now,
  );
  const { subnet } = lease;
  const offering = reservationOf(exchange, subnet)?.offering ?? subnet.offering;
  return { decision: 'ACK', reason, subnet, offering, lease, granted };
};

/** What an earlier message said of the client stays where this one says nothing. */
const remembering = (client: Client, { client: before }: Lease): Client =>
  before.key !== client.key || (client.hostName !== '' && client.vendorClass !== '')
    ? client
    : {
        ...client,
        hostName: client.hostName || before.hostName,
        vendorClass: client.vendorClass || before.vendorClass,
      };

/** NAK, but only to an address that is ours to refuse (`provisioning.md` §2.7 rule 4). */
export const refuse = ({ settings }: HandlerContext, subnet: Subnet, address: number, reason: Reason): Outcome =>
  settings.authoritative || subnet.isOurs(address) ? nak(reason) : silent('not-ours');
