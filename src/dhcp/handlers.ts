// The handler of each type of message. REQUEST, which has four meanings, has a table of its own in `handle-request.ts`.

import { type Exchange, noted, type Outcome, type PoolFill, reservationOf, silent } from './exchange.js';
import { request } from './handle-request.js';
import { grantedTime, type HandlerContext, isClientsLease, isLocalServer } from './handler-context.js';
import type { MessageType } from './packet.js';
import type { Reason } from './reasons.js';

/** Decides about a message of one type, and changes the leases. */
export type MessageHandler = (context: HandlerContext, exchange: Exchange) => Outcome;

/** RFC 2131 §4.3.1: chooses an address and holds it for the client. */
const discover: MessageHandler = (context, exchange) => {
  const { client, device, subnets, requested, now } = exchange;
  const { table } = context;
  const [first] = subnets;
  if (first === undefined) return silent('no-subnet');
  const reservation = subnets.map((subnet) => reservationOf(exchange, subnet)).find((found) => found !== undefined);
  const known = subnets.find((subnet) => table.leaseOf(subnet, client.key) !== undefined);
  const isUnknown = reservation === undefined && device === undefined;
  const isRepeated = isUnknown && context.turnedAway.has(client.key, now);
  if (known === undefined && isUnknown && !context.takeNewClient(exchange))
    return turnAway(context, exchange, 'too-many-new-clients');

  let refusal: Reason = 'pool-empty';
  let refusing = first;
  for (const subnet of known === undefined ? subnets : [known, ...subnets.filter((other) => other !== known)]) {
    const reserved = reservationOf(exchange, subnet);
    const request = { address: requested, reserved: reserved?.address, isDevice: device !== undefined, isRepeated };
    const granted = grantedTime(context, exchange, subnet);
    const { lease, reason } = table.offer(subnet, client, request, granted, now);
    if (lease !== undefined)
      return { decision: 'OFFER', reason, subnet, offering: reserved?.offering ?? subnet.offering, lease, granted };
    refusal = reason;
    refusing = subnet;
  }
  return turnAway(context, exchange, refusal, { subnet: refusing, taken: table.taken(refusing) });
};

/** The client gets nothing, and goes before others when it asks again. */
const turnAway = (context: HandlerContext, { client, now }: Exchange, reason: Reason, pool?: PoolFill): Outcome => {
  context.turnedAway.add(client.key, now);
  return silent(reason, pool);
};

/** RFC 2131 §4.3.3: the client found its address in use. */
const decline: MessageHandler = (context, exchange) => {
  const { serverId, requested, now } = exchange;
  if (serverId === undefined || !isLocalServer(context, exchange, serverId)) return silent('not-to-us');
  const lease = requested === undefined ? undefined : context.table.leaseAt(requested);
  if (lease === undefined || lease.state === 'free' || !isClientsLease(exchange, lease)) return silent('not-its-lease');
  context.table.decline(lease, now);
  return noted('declined');
};

/** RFC 2131 §4.3.4: the client gives its address back. */
const release: MessageHandler = (context, exchange) => {
  const { serverId, ciaddr, now } = exchange;
  if (serverId !== undefined && !isLocalServer(context, exchange, serverId)) return silent('not-to-us');
  const lease = context.table.leaseAt(ciaddr);
  if (lease?.state !== 'bound' || !isClientsLease(exchange, lease)) return silent('not-its-lease');
  context.table.release(lease, now);
  return noted('released');
};

/** RFC 2131 §4.3.5: the client has an address and wants the options. Leases are neither looked up nor changed. */
const inform: MessageHandler = (_desk, exchange) => {
  const { ciaddr, subnets } = exchange;
  const [subnet] = subnets;
  if (subnet === undefined) return silent('no-subnet');
  if (ciaddr === 0) return silent('no-requested-address');
  const offering = (reservationOf(exchange, subnet) ?? subnet.reservationAt(ciaddr))?.offering ?? subnet.offering;
  return { decision: 'ACK', reason: 'informed', subnet, offering };
};

const fromServers: MessageHandler = () => silent('for-clients');

/** By message type. */
export const HANDLERS: Readonly<Record<MessageType, MessageHandler>> = {
  DISCOVER: discover,
  OFFER: fromServers,
  REQUEST: request,
  DECLINE: decline,
  ACK: fromServers,
  NAK: fromServers,
  RELEASE: release,
  INFORM: inform,
};
