// REQUEST, which means one of four things (RFC 2131 §4.3.2, table 4 of §4.3.6): one row per meaning.

import type { RequestState } from './events.js';
import { type Exchange, nak, type Outcome, reservationOf, silent } from './exchange.js';
import {
  acknowledge,
  grantedTime,
  type HandlerContext,
  isItsOwn,
  isStillIts,
  isUs,
  mayHold,
  refuse,
} from './handler-context.js';
import type { Lease } from './lease.js';
import type { Subnet } from './subnet.js';

/** How a REQUEST is meant; `undefined`: it names no address at all. */
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

export const request = (desk: HandlerContext, exchange: Exchange): Outcome => {
  const { serverId, subnets } = exchange;
  if (serverId !== undefined && !isUs(desk, exchange, serverId)) return tookAnother(desk, exchange);
  const state = requestStateOf(exchange);
  if (state === undefined) return silent('no-requested-address');
  return subnets.length === 0 ? silent('no-subnet') : REQUESTS[state](desk, exchange);
};

/** RFC 2131 §3.1(4): our offer is declined by taking another; the address is free at once, and so is one that it had. */
const tookAnother = ({ book }: HandlerContext, { subnets, client, now }: Exchange): Outcome => {
  for (const subnet of subnets) {
    const offer = book.of(subnet, client.key);
    if (offer !== undefined) book.withdraw(offer);
    const lease = book.of(subnet, client.key);
    if (lease?.state === 'bound') book.release(lease, now, 'other-server');
  }
  return silent('other-server');
};

/** It takes our offer. */
const selecting = (desk: HandlerContext, exchange: Exchange): Outcome => {
  const lease = desk.book.at(exchange.requested ?? 0);
  if (lease === undefined || !exchange.subnets.includes(lease.subnet)) return nak('no-such-offer');
  const held = lease.state === 'offered' || lease.state === 'bound';
  if (held && isItsOwn(exchange, lease)) return acknowledge(desk, exchange, lease, lease.granted, 'selected');
  return nak(held ? 'address-taken' : 'no-such-offer');
};

/** It has just started and remembers an address. The network is looked at before the record. */
const rebooting = (desk: HandlerContext, exchange: Exchange): Outcome => {
  const address = exchange.requested ?? 0;
  const subnet = exchange.subnets.find((one) => one.contains(address));
  if (subnet === undefined) return nak('wrong-network');
  const lease = ownLeaseAt(desk, exchange, subnet, address);
  if (lease !== undefined && isStillIts(exchange, lease))
    return mayHold(desk, exchange, lease)
      ? acknowledge(desk, exchange, lease, grantedTime(desk, exchange, subnet), 'rebooted')
      : silent('kept-for-devices');
  if (isOthers(desk, exchange, address)) return refuse(desk, subnet, address, 'address-taken');
  if (lease === undefined && recordOf(desk, exchange, subnet) === undefined) return silent('no-record');
  return refuse(desk, subnet, address, 'address-differs');
};

/** Its lease is half over, or nearly over and nobody answered. What it says of its address is believed. */
const extending =
  (state: 'RENEWING' | 'REBINDING') =>
  (desk: HandlerContext, exchange: Exchange): Outcome => {
    const { ciaddr, arrival, giaddr } = exchange;
    const subnet = exchange.subnets.find((one) => one.contains(ciaddr));
    if (subnet === undefined) return isItsOwnAt(desk, exchange, ciaddr) ? nak('wrong-network') : silent('no-record');
    const granted = grantedTime(desk, exchange, subnet);
    const lease = ownLeaseAt(desk, exchange, subnet, ciaddr);
    // Heard on this very wire with an address of another one: it has been moved while it ran.
    const here = giaddr !== 0 || arrival.to !== undefined || arrival.wire.addresses.some((own) => subnet.contains(own));
    if (lease !== undefined && !here) return nak('wrong-network');
    if (lease !== undefined && !isStillIts(exchange, lease)) return refuse(desk, subnet, ciaddr, 'address-differs');
    if (lease !== undefined)
      return mayHold(desk, exchange, lease)
        ? acknowledge(desk, exchange, lease, granted, 'extended')
        : silent('kept-for-devices');
    if (isOthers(desk, exchange, ciaddr)) return refuse(desk, subnet, ciaddr, 'address-taken');
    const record = recordOf(desk, exchange, subnet);
    if (record?.state === 'bound') return refuse(desk, subnet, ciaddr, 'address-differs');
    if (state === 'REBINDING') return silent('no-record');
    // Our table may have been lost: an address of ours that is free is its own again.
    const claimed = desk.book.claim(subnet, ciaddr, reservationOf(exchange, subnet)?.address);
    if (claimed === undefined || !isStillIts(exchange, claimed)) return silent('no-record');
    if (!mayHold(desk, exchange, claimed)) return silent('kept-for-devices');
    if (exchange.device === undefined && desk.crowded(exchange)) return silent('too-many-new-clients');
    return acknowledge(desk, exchange, claimed, granted, 'recreated');
  };

const REQUESTS: Readonly<Record<RequestState, (desk: HandlerContext, exchange: Exchange) => Outcome>> = {
  SELECTING: selecting,
  'INIT-REBOOT': rebooting,
  RENEWING: extending('RENEWING'),
  REBINDING: extending('REBINDING'),
};

/** The lease of this address where it is the client's: it has it, had it last, or it is reserved for it and free. */
const ownLeaseAt = (
  { book }: HandlerContext,
  exchange: Exchange,
  subnet: Subnet,
  address: number,
): Lease | undefined => {
  const lease = book.at(address);
  if (lease !== undefined && isItsOwn(exchange, lease)) return lease;
  const reserved = reservationOf(exchange, subnet)?.address;
  return address === reserved ? book.claim(subnet, address, reserved) : undefined;
};

/** Behind another relay than that of its subnet: it was moved while it ran. */
const isItsOwnAt = ({ book }: HandlerContext, exchange: Exchange, address: number): boolean => {
  const lease = book.at(address);
  return lease !== undefined && isItsOwn(exchange, lease);
};

const isOthers = ({ book }: HandlerContext, exchange: Exchange, address: number): boolean => {
  const lease = book.at(address);
  return lease !== undefined && lease.state !== 'free' && !isItsOwn(exchange, lease);
};

/** What else is known of the client here: another address, or a reservation for one. */
const recordOf = (
  { book }: HandlerContext,
  exchange: Exchange,
  subnet: Subnet,
): Lease | Pick<Lease, 'state'> | undefined =>
  book.of(subnet, exchange.client.key) ?? (reservationOf(exchange, subnet) === undefined ? undefined : RESERVED);

const RESERVED: Pick<Lease, 'state'> = { state: 'free' };
