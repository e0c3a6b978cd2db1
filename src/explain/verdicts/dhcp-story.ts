// What DHCP has to do with a phone that has come no further, for the rows of the table of causes.

import type { Instant } from '../../core/time.js';
import type { EventOf } from '../../trace/index.js';
import type { PhoneView } from './phone-view.js';

/** A message of the phone. */
export type MessageHeard = EventOf<'dhcp.received'>;
/** A message of another server to the phone. */
export type OtherOffer = EventOf<'dhcp.other-offer'>;
type Reason = MessageHeard['reason'];

/** Whether nothing but DHCP was heard of the phone in this boot. */
export const isAtDhcp = ({ boot: { furthest } }: PhoneView): boolean => furthest === 'power' || furthest === 'dhcp';

/** Whether labcm has given it an address, or left it its old one, later than at this instant. */
export const hasAddressSince = ({ history }: PhoneView, at: Instant): boolean =>
  history.has('device.leased', (event) => event.at > at) ||
  history.has('dhcp.received', (event) => event.decision === 'ACK' && event.at > at);

/** An older fact counts only until it is over, so that its end is seen. */
const counts = (view: PhoneView, at: Instant): boolean =>
  view.boot.began === undefined || at >= view.boot.began || hasAddressSince(view, at);

const lastSilent = ({ history }: PhoneView): MessageHeard | undefined =>
  history.last('dhcp.received', ({ decision }) => decision === 'silent');

/** Its last message that was not answered, if that was for one of these reasons and it has come no further. */
export const unanswered = (view: PhoneView, ...reasons: readonly Reason[]): MessageHeard | undefined => {
  if (!isAtDhcp(view)) return undefined;
  const event = lastSilent(view);
  return event !== undefined && reasons.includes(event.reason) && counts(view, event.at) ? event : undefined;
};

/** Whether it has an address of labcm since that message. */
export const wasAnswered = (view: PhoneView): boolean => {
  const event = lastSilent(view);
  return event !== undefined && hasAddressSince(view, event.at);
};

/** The other DHCP server that gave a phone its address. */
export interface OtherServer {
  readonly server: string;
  readonly at: Instant;
  /** What it sent to the phone, where that was heard. */
  readonly offer: OtherOffer | undefined;
}

/**
 * The other server whose address the phone took: it said so, or the acknowledgement was heard. `undefined`: it took
 * none, or has come further than that.
 */
export const otherServerOf = (view: PhoneView): OtherServer | undefined => {
  if (!isAtDhcp(view)) return undefined;
  const { history } = view;
  const taken = history.last('dhcp.received', ({ reason }) => reason === 'other-server');
  const offer = history.last('dhcp.other-offer', ({ server }) => taken === undefined || server === taken.server);
  const isTaken = taken !== undefined || offer?.kind === 'ACK' || (offer !== undefined && view.isOverdue);
  const at = Math.max(taken?.at ?? Number.NEGATIVE_INFINITY, offer?.at ?? Number.NEGATIVE_INFINITY) as Instant;
  const server = taken?.server ?? offer?.server;
  return isTaken && server !== undefined && counts(view, at) ? { server, at, offer } : undefined;
};

/** Whether it has an address of labcm since it was heard of another server. */
export const leftOtherServer = (view: PhoneView): boolean => {
  const { history } = view;
  const taken = history.last('dhcp.received', ({ reason }) => reason === 'other-server');
  const at = Math.max(
    taken?.at ?? Number.NEGATIVE_INFINITY,
    history.last('dhcp.other-offer')?.at ?? Number.NEGATIVE_INFINITY,
  );
  return hasAddressSince(view, at as Instant);
};
