// What a phone reads of a response to its REGISTER.

import { parameterValue, parseNameAddress, splitList } from '../../sip/message/grammar.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';

/** The Retry-After, in seconds; `undefined`: there is none. */
export const retryAfter = (response: SipMessage): number | undefined => {
  const value = Number.parseInt(response.text(ID['Retry-After']) ?? '', 10);
  return Number.isNaN(value) ? undefined : value;
};

/** Status, reason phrase and the text of a Warning. */
export const reasonText = (response: SipMessage): string => {
  const warning = /"([^"]*)"/.exec(response.text(ID.Warning) ?? '')?.[1];
  return `${response.status} ${response.reason}${warning === undefined ? '' : `: ${warning}`}`;
};

/**
 * The granted seconds: of the Contact, else of the Expires header, at most those that were requested (`sip.md` §4.2).
 */
export const grantedOf = (response: SipMessage, requested: number): number => {
  const contacts = splitList(response.text(ID.Contact) ?? '') ?? [];
  const expires = contacts
    .map((contact) => parameterValue(parseNameAddress(contact)?.parameters ?? [], 'expires'))
    .find((value) => value !== undefined);
  const granted = Number.parseInt(expires ?? response.text(ID.Expires) ?? '', 10);
  return Number.isNaN(granted) ? requested : Math.min(granted, requested);
};
