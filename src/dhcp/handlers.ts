// What is done about each kind of message that a client sends: one row per kind. REQUEST, which is four kinds in one, has
// its own table in `requests.ts`.

import { type Exchange, noted, type Outcome, type PoolFill, reservationOf, silent } from './exchange.js';
import { request } from './handle-request.js';
import { grantedTime, type HandlerContext, isItsOwn, isUs } from './handler-context.js';
import type { MessageType } from './packet.js';
import type { Reason } from './reasons.js';

export type Conversation = (desk: HandlerContext, exchange: Exchange) => Outcome;

/** RFC 2131 §4.3.1: an address is chosen and held. */
const discover: Conversation = (desk, exchange) => {
  const { client, device, subnets, requested, now } = exchange;
  const { book } = desk;
  const [first] = subnets;
  if (first === undefined) return silent('no-subnet');
  const reservation = subnets.map((subnet) => reservationOf(exchange, subnet)).find((found) => found !== undefined);
  const known = subnets.find((subnet) => book.of(subnet, client.key) !== undefined);
  const isUnknown = reservation === undefined && device === undefined;
  const asksAgain = isUnknown && desk.turnedAway.has(client.key, now);
  if (known === undefined && isUnknown && desk.crowded(exchange))
    return turnedAway(desk, exchange, 'too-many-new-clients');

  let refusal: Reason = 'pool-empty';
  let refusing = first;
  for (const subnet of known === undefined ? subnets : [known, ...subnets.filter((other) => other !== known)]) {
    const reserved = reservationOf(exchange, subnet);
    const wish = { address: requested, reserved: reserved?.address, isDevice: device !== undefined, asksAgain };
    const granted = grantedTime(desk, exchange, subnet);
    const { lease, reason } = book.offer(subnet, client, wish, granted, now);
    if (lease !== undefined)
      return { decision: 'OFFER', reason, subnet, offering: reserved?.offering ?? subnet.offering, lease, granted };
    refusal = reason;
    refusing = subnet;
  }
  return turnedAway(desk, exchange, refusal, { subnet: refusing, taken: book.taken(refusing) });
};

/** It gets nothing, and goes first when it asks again. */
const turnedAway = (desk: HandlerContext, { client, now }: Exchange, reason: Reason, pool?: PoolFill): Outcome => {
  desk.turnedAway.note(client.key, now);
  return silent(reason, pool);
};

/** RFC 2131 §4.3.3: the client found its address in use. */
const decline: Conversation = (desk, exchange) => {
  const { serverId, requested, now } = exchange;
  if (serverId === undefined || !isUs(desk, exchange, serverId)) return silent('not-to-us');
  const lease = requested === undefined ? undefined : desk.book.at(requested);
  if (lease === undefined || lease.state === 'free' || !isItsOwn(exchange, lease)) return silent('not-its-lease');
  desk.book.decline(lease, now);
  return noted('declined');
};

/** RFC 2131 §4.3.4: the client gives its address back. */
const release: Conversation = (desk, exchange) => {
  const { serverId, ciaddr, now } = exchange;
  if (serverId !== undefined && !isUs(desk, exchange, serverId)) return silent('not-to-us');
  const lease = desk.book.at(ciaddr);
  if (lease?.state !== 'bound' || !isItsOwn(exchange, lease)) return silent('not-its-lease');
  desk.book.release(lease, now);
  return noted('released');
};

/** RFC 2131 §4.3.5: the client has an address and wants the rest. No lease is looked for, none is given. */
const inform: Conversation = (_desk, exchange) => {
  const { ciaddr, subnets } = exchange;
  const [subnet] = subnets;
  if (subnet === undefined) return silent('no-subnet');
  if (ciaddr === 0) return silent('no-requested-address');
  const offering = (reservationOf(exchange, subnet) ?? subnet.reservationAt(ciaddr))?.offering ?? subnet.offering;
  return { decision: 'ACK', reason: 'informed', subnet, offering };
};

const fromServers: Conversation = () => silent('for-clients');

export const CONVERSATIONS: Readonly<Record<MessageType, Conversation>> = {
  DISCOVER: discover,
  OFFER: fromServers,
  REQUEST: request,
  DECLINE: decline,
  ACK: fromServers,
  NAK: fromServers,
  RELEASE: release,
  INFORM: inform,
};
