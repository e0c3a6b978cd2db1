// The responses to a REGISTER, as CUCM writes them (`sip.md` §4.2 to §4.4).

import type { DirectoryNumber } from '../../core/identifiers.js';
import type { Duration, Instant } from '../../core/time.js';
import { REFUSALS, type RefusalReason } from '../../devices/index.js';
import { acceptedOptions, type PhoneOffer, RESPONSE_TYPE } from '../cisco/remotecc.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { parseSipUri } from '../message/uri.js';
import { RETRY_AFTER, refusalResponse, type SipResponse, sipResponse } from '../response/response.js';
import type { SipSettings } from '../settings.js';
import type { RegisteredPhone } from './location.js';

/** What the server sends after its answer to a REGISTER. */
export type RegisterFollowUp =
  /** The status of a phone that has just registered: its lamps, and the versions of its files (`sip.md` §10.2). */
  | { readonly kind: 'status'; readonly phone: RegisteredPhone }
  /** The state of the numbers on its busy lamp field. */
  | { readonly kind: 'blf'; readonly phone: RegisteredPhone }
  /** The message waiting lamp of a line that has just been bound (`sip.md` §10.4). `also`: where it is off, too. */
  | {
      readonly kind: 'messages-waiting';
      readonly phone: RegisteredPhone;
      readonly lines: readonly DirectoryNumber[];
      readonly also: 'off' | 'nothing';
    }
  /** A phone that was given its number just now has to fetch its own file. */
  | { readonly kind: 'restart'; readonly phone: RegisteredPhone }
  /** Why the phone was rejected, on its screen. `before`: it goes before the answer. */
  | { readonly kind: 'status-line'; readonly label: number; readonly contact: string; readonly before: boolean };

/** The response to a REGISTER. */
export type RegisterResponse = SipResponse<RegisterFollowUp>;

/** What a 200 to a REGISTER grants. */
export interface Grant {
  readonly phone: RegisteredPhone;
  readonly dn: DirectoryNumber;
  readonly granted: Duration;
  /** Whether the registration began with this request. The response says so by `x-cisco-newreg`. */
  readonly fresh: boolean;
  readonly offer?: PhoneOffer;
  readonly followUps?: readonly RegisterFollowUp[];
}

/** RFC 3261 §10.3 step 8, but as CUCM does it: with the Contacts of this device only. */
export const grantedResponse = (
  message: SipMessage,
  settings: SipSettings,
  grant: Grant,
  now: Instant,
): RegisterResponse => {
  const { phone, dn, granted, fresh, offer, followUps = [] } = grant;
  const contacts = contactLines(phone, dn, now, fresh, !phone.cisco);
  return sipResponse(200, 'OK', {
    server: true,
    headers: `Expires: ${granted / 1000}\r\n${contacts}${supportedLine(message, settings)}`,
    ...(offer?.options === undefined ? {} : { body: { type: RESPONSE_TYPE, text: acceptedOptions(offer.options) } }),
    followUps,
  });
};

/** The response to a REGISTER without a Contact. */
export const listResponse = (
  message: SipMessage,
  settings: SipSettings,
  phone: RegisteredPhone | undefined,
  dn: DirectoryNumber,
  now: Instant,
): SipResponse => {
  const contacts = phone === undefined ? '' : contactLines(phone, dn, now, false, true);
  return sipResponse(200, 'OK', { server: true, headers: `${contacts}${supportedLine(message, settings)}` });
};

/** The response to an unregistration. For Cisco's phones it has no Contact, for others those that are left. */
export const unboundResponse = (
  message: SipMessage,
  settings: SipSettings,
  phone: RegisteredPhone | undefined,
  dn: DirectoryNumber,
  now: Instant,
): SipResponse => {
  const left = phone === undefined || phone.cisco ? '' : contactLines(phone, dn, now, false, true);
  const headers = left === '' ? `Expires: 0\r\n${supportedLine(message, settings)}` : left;
  return sipResponse(200, 'OK', { server: true, headers });
};

/**
 * The response to a REGISTER that was rejected. A desk phone also shows why: after a 404, before a 485 (`sip.md` §4.4).
 */
export const rejectedResponse = (message: SipMessage, reason: RefusalReason, node: string): RegisterResponse => {
  const { sccp, sip } = REFUSALS[reason];
  const label = 'label' in sccp ? sccp.label : undefined;
  const contact = message.address('Contact')?.uri ?? '';
  const isDeskPhone = message.text(ID['User-Agent'])?.startsWith('Cisco-CP') ?? false;
  const showsStatusLine =
    isDeskPhone &&
    typeof parseSipUri(contact) === 'object' &&
    message.all(ID.Supported).some((text) => text.includes('extended-refer'));
  return refusalResponse(
    reason,
    node,
    label === undefined || !showsStatusLine
      ? []
      : [{ kind: 'status-line', label, contact, before: sip.status === 485 }],
  );
};

/** The response to a REGISTER with too many Contacts. */
export const tooManyContactsResponse = (): SipResponse =>
  sipResponse(503, 'Service Unavailable', { server: true, headers: `Retry-After: ${RETRY_AFTER}\r\n` });

/** Phones of other makers read `expires` of the Contact, Cisco's phones the header. */
const contactLines = (
  phone: RegisteredPhone,
  dn: DirectoryNumber,
  now: Instant,
  fresh: boolean,
  timed: boolean,
): string => {
  let lines = '';
  for (const binding of phone.bindings) {
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
