// What a phone takes from an answer to its REGISTER.

import { parameterValue, parseNameAddress, splitList } from '../../sip/message/grammar.js';
import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';

/** Seconds, where the answer names them. */
export const retryAfter = (answer: SipMessage): number | undefined => {
  const value = Number.parseInt(answer.text(ID['Retry-After']) ?? '', 10);
  return Number.isNaN(value) ? undefined : value;
};

/** Status, phrase and the words of a Warning. */
export const wordsOf = (answer: SipMessage): string => {
  const warning = /"([^"]*)"/.exec(answer.text(ID.Warning) ?? '')?.[1];
  return `${answer.status} ${answer.reason}${warning === undefined ? '' : `: ${warning}`}`;
};

/** Seconds: the Contact's own, where it names them, else the header's (`sip.md` §4.2). */
export const grantedOf = (answer: SipMessage, asked: number): number => {
  const contacts = splitList(answer.text(ID.Contact) ?? '') ?? [];
  const expires = contacts
    .map((contact) => parameterValue(parseNameAddress(contact)?.parameters ?? [], 'expires'))
    .find((value) => value !== undefined);
  const granted = Number.parseInt(expires ?? answer.text(ID.Expires) ?? '', 10);
  return Number.isNaN(granted) ? asked : Math.min(granted, asked);
};
