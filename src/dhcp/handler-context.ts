// What the handlers of messages have in common: the lease table, our address for a client, the duration of leases, and
// which addresses we may refuse.

import { type Duration, milliseconds, minutes } from '../core/time.js';
import type { Exchange, Outcome } from './exchange.js';
import { nak, relayAddress, reservationOf, SUB_OPTION, silent } from './exchange.js';
import { belongsTo, type Client, type Lease } from './lease.js';
import type { LeaseTable } from './lease-table.js';
import { CODE } from './options.js';
import type { Reason } from './reasons.js';
import type { ServedSubnet } from './served-subnet.js';
import type { DhcpSettings } from './settings.js';
import type { SharedLeases } from './shared-leases.js';
import type { TurnedAway } from './turned-away.js';

const SHORTEST_LEASE = minutes(1);

/** What each handler is called with besides the message. */
export interface HandlerContext {
  readonly settings: DhcpSettings;
  readonly table: LeaseTable;
  /**
   * Takes one of the new clients that may come in this second; `false`, and reported, if there were too many. Clients
   * that were turned away before have a count of their own.
   */
  takeNewClient(exchange: Exchange): boolean;
  readonly turnedAway: TurnedAway;
  /** The other servers that give addresses of the same pools, where there are some. */
  readonly shared: SharedLeases | undefined;
}

/** RFC 5107: the server identifier by which a relay stands in for us towards its clients. */
const overrideOf = ({ settings }: HandlerContext, { message, giaddr }: Exchange): number | undefined =>
  settings.serverIdOverride && giaddr !== 0 ? relayAddress(message, SUB_OPTION.serverIdOverride) : undefined;

/**
 * The local address that answers the message: the one that it was sent to, else one in the subnet, else the primary
 * one.
 */
export const localAddressFor = ({ arrival }: Exchange, subnet: ServedSubnet | undefined): number => {
  const { servedInterface, to } = arrival;
  const onLink =
    subnet === undefined ? undefined : servedInterface.addresses.find((address) => subnet.contains(address));
  return to ?? onLink ?? (servedInterface.addresses[0] as number);
};

/** Option 54: the address of this server as the client sees it. */
export const serverIdFor = (context: HandlerContext, exchange: Exchange, subnet: ServedSubnet | undefined): number =>
  overrideOf(context, exchange) ?? localAddressFor(exchange, subnet);

/** Whether a server identifier is one of this server. */
export const isLocalServer = (context: HandlerContext, exchange: Exchange, serverId: number): boolean =>
  exchange.arrival.servedInterface.addresses.includes(serverId) || overrideOf(context, exchange) === serverId;

/** Whether the client is a configured device, or an address of the subnet is reserved for it. */
export const isKnown = (exchange: Exchange, subnet: ServedSubnet): boolean =>
  exchange.device !== undefined || reservationOf(exchange, subnet) !== undefined;

/**
 * The lease time: what the client requests, within bounds; else the subnet's. For an unknown client it may be shorter.
 */
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

/**
 * Whether the client may have a free address that it was not offered. An unknown client may only if there is room for
 * it.
 */
export const mayHold = ({ table }: HandlerContext, exchange: Exchange, { state, subnet }: Lease): boolean =>
  state !== 'free' || isKnown(exchange, subnet) || table.hasRoom(subnet);

/** Whether the lease is, or was last, the client's. */
export const isClientsLease = (exchange: Exchange, lease: Lease): boolean => {
  const reserved = reservationOf(exchange, lease.subnet)?.address;
  return lease.state !== 'declined' && belongsTo(lease, exchange.client, reserved);
};

/** Whether the present configuration lets the client have the address: pools and reservations may have changed. */
export const mayStillHave = (exchange: Exchange, { address, subnet }: Lease): boolean => {
  const reserved = reservationOf(exchange, subnet)?.address;
  return reserved === undefined ? subnet.isPooled(address) : reserved === address;
};

/** Binds the address to the client, and acknowledges. Another server of the cluster may have a say in it. */
export const acknowledge = (
  { table, shared }: HandlerContext,
  exchange: Exchange,
  lease: Lease,
  usual: Duration,
  reason: Reason,
): Outcome => {
  const { client, message, giaddr, now } = exchange;
  // Who takes an offer does not say that it has had the address since the lease began.
  const isClaimed = lease.state === 'bound' && reason !== 'selected';
  if (shared !== undefined && !isClaimed && !shared.mayGive(lease.subnet, lease.address, client)) {
    if (lease.state !== 'offered') return silent('of-another-node');
    table.withdraw(lease);
    return nak('no-such-offer');
  }
  const longest = lease.state === 'bound' ? shared?.longest(lease, now) : undefined;
  if (longest === 0) return silent('of-another-node');
  const granted = longest !== undefined && longest < usual ? longest : usual;
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

/** The client with its host name and vendor class from an earlier message, where this one has none. */
const remembering = (client: Client, { client: before }: Lease): Client =>
  before.key !== client.key || (client.hostName !== '' && client.vendorClass !== '')
    ? client
    : {
        ...client,
        hostName: client.hostName || before.hostName,
        vendorClass: client.vendorClass || before.vendorClass,
      };

/**
 * A NAK if we may refuse the address (`provisioning.md` §2.7 rule 4), else silence. RFC 2131 §4.3.2: of what another server may
 * have given meanwhile there is no record here.
 */
export const refuse = (
  { settings, shared }: HandlerContext,
  subnet: ServedSubnet,
  address: number,
  reason: Reason,
): Outcome => {
  if (!settings.authoritative && !subnet.isOurs(address)) return silent('not-ours');
  return shared?.mayRefuse(subnet, address) === false ? silent('of-another-node') : nak(reason);
};
