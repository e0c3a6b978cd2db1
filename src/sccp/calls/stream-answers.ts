// What phones say of their streams: where they receive, whether they send, what they counted
// (`docs/protocols/calls.md` §2.7, §2.8).

import type { Instant } from '../../core/time.js';
import type { Fields } from '../messages/catalogue.js';
import { MEDIA_STATUS } from '../tables/enumerations.js';
import type { CallPhone } from './call-phone.js';
import { statisticsOf } from './statistics.js';

const UNSPECIFIED_ADDRESS = '0.0.0.0';
const HIGHEST_PORT = 0xffff;

/** The answer to OpenReceiveChannel. */
export const receiveOpened = (phone: CallPhone, ack: Fields<'OpenReceiveChannelAckMessage'>, now: Instant): void => {
  const { station, environment } = phone;
  const { status, ipAddr, portNumber: port, passThruPartyId: party, callReference = 0 } = ack;
  const living = phone.portOfParty(party);
  if (living === undefined) {
    const former = phone.portOfClosed(party) ?? phone.portNamed(callReference);
    if (former === undefined) station.ignore('unasked', now);
    else former.refuseParty(party, now); // its port is given back
    return;
  }
  if (living.opened(party) === 'open') {
    station.ignore('unasked', now); // it repeats itself
    return;
  }
  const { leg } = living;
  const address = ipAddr === UNSPECIFIED_ADDRESS ? station.remote.address : ipAddr;
  const isUsable = status === MEDIA_STATUS.OK && port > 0 && port <= HIGHEST_PORT && !address.includes(':');
  if (isUsable && leg.capabilities !== undefined)
    environment.control.mediaOpened(leg, { address, port }, leg.capabilities, false, now);
  else environment.control.mediaFailed(leg, now);
};

/** The answer to StartMediaTransmission, which older phones do not give. */
export const transmitStarted = (
  phone: CallPhone,
  ack: Fields<'StartMediaTransmissionAckMessage'>,
  now: Instant,
): void => {
  if (ack.status === MEDIA_STATUS.OK) return;
  failed(phone, ack.passThruPartyId, ack.callReference, now);
};

/** A phone has stopped sending, or could not begin. */
export const transmitFailed = (
  phone: CallPhone,
  { passThruPartyId, callReference = 0 }: Fields<'MediaTransmissionFailureMessage'>,
  now: Instant,
): void => failed(phone, passThruPartyId, callReference, now);

const failed = (phone: CallPhone, party: number, callReference: number, now: Instant): void => {
  const port = phone.portOfParty(party) ?? phone.portNamed(callReference);
  if (port === undefined) phone.station.ignore('unasked', now);
  else phone.environment.control.sendingFailed(port.leg, now);
};

/** The answer to ConnectionStatisticsReq. */
export const counted = (phone: CallPhone, counts: Fields<'ConnectionStatisticsResMessage'>, now: Instant): void => {
  const leg = phone.statistics.take(counts.callReference, now);
  if (leg === undefined) phone.station.ignore('unasked', now);
  else phone.environment.control.statistics(leg, statisticsOf(counts), now);
};
