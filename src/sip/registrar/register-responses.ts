// The words of the 200 to a REGISTER, as CUCM writes it (`sip.md` §4.2, §4.3).

import type { DirectoryNumber } from '../../core/identifiers.js';
import type { Duration, Instant } from '../../core/time.js';
import { REFUSALS, type RefusalReason } from '../../devices/index.js';
import { acceptedOptions, type PhoneOffer, RESPONSE_TYPE } from '../cisco/remotecc.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { parseSipUri } from '../message/uri.js';
import { type FollowUp, RETRY_AFTER, refusalReply, reply, type SipResponse } from '../response/response.js';
import type { SipSettings } from '../settings.js';
import type { RegisteredPhone } from './location.js';

export interface Grant {
  readonly station: RegisteredPhone;
  readonly dn: DirectoryNumber;
  readonly granted: Duration;
  /** Whether the registration began with this request: its phone is told by `x-cisco-newreg`. */
  readonly fresh: boolean;
  readonly offer?: PhoneOffer;
  readonly afterwords?: readonly FollowUp[];
}

/** RFC 3261 §10.3 step 8, but as CUCM has it: the Contacts of the asking device alone. */
export const grantedReply = (message: SipMessage, settings: SipSettings, grant: Grant, now: Instant): SipResponse => {
  const { station, dn, granted, fresh, offer, afterwords = [] } = grant;
  const contacts = contactLines(station, dn, now, fresh, !station.cisco);
  return reply(200, 'OK', {
    server: true,
    headers: `Expires: ${granted / 1000}\r\n${contacts}${supportedLine(message, settings)}`,
    ...(offer?.options === undefined ? {} : { body: { type: RESPONSE_TYPE, text: acceptedOptions(offer.options) } }),
    afterwords,
  });
};

/** To a request without a Contact. */
export const listReply = (
  message: SipMessage,
  settings: SipSettings,
  station: RegisteredPhone | undefined,
  dn: DirectoryNumber,
  now: Instant,
): SipResponse => {
  const contacts = station === undefined ? '' : contactLines(station, dn, now, false, true);
  return reply(200, 'OK', { server: true, headers: `${contacts}${supportedLine(message, settings)}` });
};

/** To an unregistration. Cisco's phones are told that nothing is left, others what is. */
export const unboundReply = (
  message: SipMessage,
  settings: SipSettings,
  station: RegisteredPhone | undefined,
  dn: DirectoryNumber,
  now: Instant,
): SipResponse => {
  const left = station === undefined || station.cisco ? '' : contactLines(station, dn, now, false, true);
  const headers = left === '' ? `Expires: 0\r\n${supportedLine(message, settings)}` : left;
  return reply(200, 'OK', { server: true, headers });
};

/** CUCM tells a desk phone on its screen, too: after a 404, before a 485 (`sip.md` §4.4). */
export const rejectedReply = (message: SipMessage, reason: RefusalReason, node: string): SipResponse => {
  const { sccp, sip } = REFUSALS[reason];
  const label = 'label' in sccp ? sccp.label : undefined;
  const contact = message.address('Contact')?.uri ?? '';
  const isDeskPhone = message.text(ID['User-Agent'])?.startsWith('Cisco-CP') ?? false;
  const isTold =
    isDeskPhone &&
    typeof parseSipUri(contact) === 'object' &&
    message.all(ID.Supported).some((text) => text.includes('extended-refer'));
  return refusalReply(
    reason,
    node,
    label === undefined || !isTold ? [] : [{ send: 'status-line', label, contact, before: sip.status === 485 }],
  );
};

export const tooManyReply = (): SipResponse =>
  reply(503, 'Service Unavailable', { server: true, headers: `Retry-After: ${RETRY_AFTER}\r\n` });

/** Phones of other makers look for `expires` on the Contact; Cisco's for the header. */
const contactLines = (
  station: RegisteredPhone,
  dn: DirectoryNumber,
  now: Instant,
  fresh: boolean,
  timed: boolean,
): string => {
  let lines = '';
  for (const binding of station.bindings) {
    if (binding.dn !== dn) continue;
    const expires = timed ? `;expires=${Math.max(0, Math.ceil((binding.expiresAt - now) / 1000))}` : '';
    lines += `Contact: ${binding.contact}${expires}${fresh ? ';x-cisco-newreg' : ''}\r\n`;
  }
  return lines;
};

const supportedLine = (message: SipMessage, { interfaceVersion }: SipSettings): string => {
  const offered = message.text(ID.Supported)?.includes('X-cisco-srtp-fallback') ?? false;
  return `Supported: ${offered ? 'X-cisco-srtp-fallback,' : ''}X-cisco-sis-${interfaceVersion}\r\n`;
};
