// Handles DHCPREQUEST, which has four meanings by the state of the client (RFC 2131 §4.3.2, table 4 of §4.3.6): one
// handler for each.

import type { RequestState } from './events.js';
import { type Exchange, nak, type Outcome, reservationOf, silent } from './exchange.js';
import {
  acknowledge,
  grantedTime,
  type HandlerContext,
  isClientsLease,
  isLocalServer,
  mayHold,
  mayStillHave,
  refuse,
} from './handler-context.js';
import type { Lease } from './lease.js';
import type { ServedSubnet } from './served-subnet.js';

/** The state that a client sends a REQUEST in; `undefined`: it names no address at all. */
export const requestStateOf = ({
  requested,
  serverId,
  ciaddr,
  giaddr,
  arrival,
}: Exchange): RequestState | undefined => {
  if (ciaddr !== 0 && (requested === undefined || serverId === undefined))
    return arrival.to !== undefined && giaddr === 0 ? 'RENEWING' : 'REBINDING';
  if (requested === undefined) return undefined;
  return serverId === undefined ? 'INIT-REBOOT' : 'SELECTING';
};

export const request = (context: HandlerContext, exchange: Exchange): Outcome => {
  const { serverId, subnets } = exchange;
  if (serverId !== undefined && !isLocalServer(context, exchange, serverId)) return takeAnother(context, exchange);
  const state = requestStateOf(exchange);
  if (state === undefined) return silent('no-requested-address');
  return subnets.length === 0 ? silent('no-subnet') : REQUESTS[state](context, exchange);
};

/**
 * The client takes the offer of another server, and by that declines ours (RFC 2131 §3.1(4)). The offered address is
 * free at once, and so is one that it had leased from us.
 */
const takeAnother = ({ table, shared }: HandlerContext, { subnets, client, requested, now }: Exchange): Outcome => {
  for (const subnet of subnets) {
    const offer = table.leaseOf(subnet, client.key);
    if (offer !== undefined) table.withdraw(offer);
    const lease = table.leaseOf(subnet, client.key);
    // Where other servers give addresses of our pools, one of them has acknowledged what the client has already.
    const isShared = shared !== undefined && lease?.address === requested;
    if (lease?.state === 'bound' && !isShared) table.release(lease, now, 'other-server');
  }
  return silent('other-server');
};

/** The client takes our offer. */
const selecting = (context: HandlerContext, exchange: Exchange): Outcome => {
  const lease = context.table.leaseAt(exchange.requested ?? 0);
  if (lease === undefined || !exchange.subnets.includes(lease.subnet)) return nak('no-such-offer');
  const held = lease.state === 'offered' || lease.state === 'bound';
  if (held && isClientsLease(exchange, lease)) return acknowledge(context, exchange, lease, lease.granted, 'selected');
  return nak(held ? 'address-taken' : 'no-such-offer');
};

/** The client has just started and remembers an address. The network is checked before the lease. */
const rebooting = (context: HandlerContext, exchange: Exchange): Outcome => {
  const address = exchange.requested ?? 0;
  const subnet = exchange.subnets.find((one) => one.contains(address));
  if (subnet === undefined) return nak('wrong-network');
  const lease = leaseOfClient(context, exchange, subnet, address);
  if (lease !== undefined && mayStillHave(exchange, lease))
    return mayHold(context, exchange, lease)
      ? acknowledge(context, exchange, lease, grantedTime(context, exchange, subnet), 'rebooted')
      : silent('kept-for-devices');
  if (isAnotherClients(context, exchange, address)) return refuse(context, subnet, address, 'address-taken');
  if (lease === undefined && otherRecordOf(context, exchange, subnet) === undefined) return silent('no-record');
  return refuse(context, subnet, address, 'address-differs');
};

/** The client's lease is half over, or nearly over without an answer. Its own statement of its address is believed. */
const extending =
  (state: 'RENEWING' | 'REBINDING') =>
  (context: HandlerContext, exchange: Exchange): Outcome => {
    const { ciaddr, arrival, giaddr } = exchange;
    const subnet = exchange.subnets.find((one) => one.contains(ciaddr));
    if (subnet === undefined)
      return isClientsAddress(context, exchange, ciaddr) ? nak('wrong-network') : silent('no-record');
    const granted = grantedTime(context, exchange, subnet);
    const lease = leaseOfClient(context, exchange, subnet, ciaddr);
    // It sends directly on an interface of another subnet than its address: it was moved while it ran.
    const isOnLink =
      giaddr !== 0 ||
      arrival.to !== undefined ||
      arrival.servedInterface.addresses.some((address) => subnet.contains(address));
    if (lease !== undefined && !isOnLink) return nak('wrong-network');
    if (lease !== undefined && !mayStillHave(exchange, lease))
      return refuse(context, subnet, ciaddr, 'address-differs');
    if (lease !== undefined)
      return mayHold(context, exchange, lease)
        ? acknowledge(context, exchange, lease, granted, 'extended')
        : silent('kept-for-devices');
    if (isAnotherClients(context, exchange, ciaddr)) return refuse(context, subnet, ciaddr, 'address-taken');
    const record = otherRecordOf(context, exchange, subnet);
    if (record?.state === 'bound') return refuse(context, subnet, ciaddr, 'address-differs');
    if (state === 'REBINDING') return silent('no-record');
    // Our leases may have been lost: if the address is ours and free, the client may keep it.
    const claimed = context.table.claim(subnet, ciaddr, reservationOf(exchange, subnet)?.address);
    if (claimed === undefined || !mayStillHave(exchange, claimed)) return silent('no-record');
    if (!mayHold(context, exchange, claimed)) return silent('kept-for-devices');
    if (exchange.device === undefined && !context.takeNewClient(exchange)) return silent('too-many-new-clients');
    return acknowledge(context, exchange, claimed, granted, 'recreated');
  };

const REQUESTS: Readonly<Record<RequestState, (context: HandlerContext, exchange: Exchange) => Outcome>> = {
  SELECTING: selecting,
  'INIT-REBOOT': rebooting,
  RENEWING: extending('RENEWING'),
  REBINDING: extending('REBINDING'),
};

/**
 * The lease of this address if it is the client's: it has it, had it last, or the address is reserved for it and free.
 */
const leaseOfClient = (
  { table }: HandlerContext,
  exchange: Exchange,
  subnet: ServedSubnet,
  address: number,
): Lease | undefined => {
  const lease = table.leaseAt(address);
  if (lease !== undefined && isClientsLease(exchange, lease)) return lease;
  const reserved = reservationOf(exchange, subnet)?.address;
  return address === reserved ? table.claim(subnet, address, reserved) : undefined;
};

/**
 * Whether an address of any subnet is the client's: then it is now behind another relay, and was moved while it ran.
 */
const isClientsAddress = ({ table }: HandlerContext, exchange: Exchange, address: number): boolean => {
  const lease = table.leaseAt(address);
  return lease !== undefined && isClientsLease(exchange, lease);
};

const isAnotherClients = ({ table }: HandlerContext, exchange: Exchange, address: number): boolean => {
  const lease = table.leaseAt(address);
  return lease !== undefined && lease.state !== 'free' && !isClientsLease(exchange, lease);
};

/** What else is known about the client in the subnet: another address, or a reservation for one. */
const otherRecordOf = (
  { table }: HandlerContext,
  exchange: Exchange,
  subnet: ServedSubnet,
): Lease | Pick<Lease, 'state'> | undefined =>
  table.leaseOf(subnet, exchange.client.key) ?? (reservationOf(exchange, subnet) === undefined ? undefined : RESERVED);

const RESERVED: Pick<Lease, 'state'> = { state: 'free' };
