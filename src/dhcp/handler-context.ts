// What the conversations have at hand: the lease book, who we are to a client, how long leases last, which addresses are
// ours to refuse.

import { type Duration, milliseconds, minutes } from '../core/time.js';
import type { Exchange, Outcome } from './exchange.js';
import { nak, relayAddress, reservationOf, SUB_OPTION, silent } from './exchange.js';
import { belongsTo, type Client, type Lease } from './lease.js';
import type { LeaseTable } from './lease-table.js';
import { CODE } from './options.js';
import type { Reason } from './reasons.js';
import type { ServedSubnet } from './served-subnet.js';
import type { DhcpSettings } from './settings.js';
import type { TurnedAway } from './turned-away.js';

const SHORTEST_LEASE = minutes(1);

export interface HandlerContext {
  readonly settings: DhcpSettings;
  readonly table: LeaseTable;
  /**
   * Whether there are too many new clients in this second; if so, that has been told. Those that were turned away before
   * are counted by themselves.
   */
  takeNewClient(exchange: Exchange): boolean;
  readonly turnedAway: TurnedAway;
}

/** RFC 5107: the relay may stand in for us towards its clients. */
const overrideOf = ({ settings }: HandlerContext, { message, giaddr }: Exchange): number | undefined =>
  settings.serverIdOverride && giaddr !== 0 ? relayAddress(message, SUB_OPTION.serverIdOverride) : undefined;

/** Ours, on the way by which the message came. */
export const localAddressFor = ({ arrival }: Exchange, subnet: ServedSubnet | undefined): number => {
  const { servedInterface, to } = arrival;
  const onLink =
    subnet === undefined ? undefined : servedInterface.addresses.find((address) => subnet.contains(address));
  return to ?? onLink ?? (servedInterface.addresses[0] as number);
};

/** Option 54: our address as the client sees it. */
export const serverIdFor = (context: HandlerContext, exchange: Exchange, subnet: ServedSubnet | undefined): number =>
  overrideOf(context, exchange) ?? localAddressFor(exchange, subnet);

export const isLocalServer = (context: HandlerContext, exchange: Exchange, serverId: number): boolean =>
  exchange.arrival.servedInterface.addresses.includes(serverId) || overrideOf(context, exchange) === serverId;

/** A device of ours, or whoever an address of the subnet is reserved for. */
export const isKnown = (exchange: Exchange, subnet: ServedSubnet): boolean =>
  exchange.device !== undefined || reservationOf(exchange, subnet) !== undefined;

/** The lease time: what the client asks for, within bounds; else the subnet's. Of an unknown client it may be cut. */
export const grantedTime = ({ table }: HandlerContext, exchange: Exchange, subnet: ServedSubnet): Duration => {
  const granted = requestedTime(exchange, subnet);
  const limit = isKnown(exchange, subnet) ? undefined : table.timeLimitFor(subnet, exchange.client.key, exchange.now);
  return limit === undefined || granted < limit ? granted : limit;
};

const requestedTime = ({ message }: Exchange, { settings }: ServedSubnet): Duration => {
  const requested = message.u32(CODE.leaseTime);
  if (requested === undefined) return settings.leaseTime;
  const least = Math.min(SHORTEST_LEASE, settings.leaseTime);
  return milliseconds(Math.max(least, Math.min(requested * 1000, settings.maxLeaseTime)));
};

/** Whether the client may have the address, which is free, though it was not offered: an unknown one only where there is room. */
export const mayHold = ({ table }: HandlerContext, exchange: Exchange, { state, subnet }: Lease): boolean =>
  state !== 'free' || isKnown(exchange, subnet) || table.hasRoom(subnet);

/** An address that the client has or had, and may still have by the present configuration. */
export const isClientsLease = (exchange: Exchange, lease: Lease): boolean => {
  const reserved = reservationOf(exchange, lease.subnet)?.address;
  return lease.state !== 'declined' && belongsTo(lease, exchange.client, reserved);
};

/** Whether the configuration still lets the client have the address: pools may have changed, or it has a reservation. */
export const mayStillHave = (exchange: Exchange, { address, subnet }: Lease): boolean => {
  const reserved = reservationOf(exchange, subnet)?.address;
  return reserved === undefined ? subnet.isPooled(address) : reserved === address;
};

/** Binds the address and says so. */
export const acknowledge = (
  { table }: HandlerContext,
  exchange: Exchange,
  lease: Lease,
  granted: Duration,
  reason: Reason,
): Outcome => {
  const { client, message, giaddr, now } = exchange;
  const information = message.options.get(CODE.relayAgentInformation)?.toString('hex') ?? '';
  table.bind(
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
export const refuse = ({ settings }: HandlerContext, subnet: ServedSubnet, address: number, reason: Reason): Outcome =>
  settings.authoritative || subnet.isOurs(address) ? nak(reason) : silent('not-ours');
