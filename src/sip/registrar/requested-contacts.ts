// The Contacts of a REGISTER and the time that each requests (RFC 3261 §10.3 steps 6 and 7).

import { parseCount, parseNameAddress, splitList } from '../message/grammar.js';
import { ID } from '../message/headers.js';
import { type MessageFault, messageFault, type SipMessage } from '../message/message.js';
import { parseSipUri } from '../message/uri.js';
import { isUnicast } from '../message/via.js';
import { type ContactClaims, readClaims } from './identification.js';
import { returnedContact } from './location.js';

/** A Contact of a REGISTER. */
export interface RequestedContact {
  readonly uri: string;
  /** As responses have it. */
  readonly returned: string;
  readonly claims: ContactClaims;
  /** Seconds; 0: to be removed. */
  readonly seconds: number;
}

/** What a REGISTER requests for its Contacts. */
export type RequestedContacts =
  | { readonly kind: 'list' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'bind'; readonly contacts: readonly RequestedContact[] }
  | { readonly kind: 'invalid'; readonly fault: MessageFault };

const DEFAULT_SECONDS = 3_600;
const MAX_SECONDS = 0xffff_ffff;
const MAX_URI = 512;
const MAX_CONTACT = 2_048;

/** `otherwise`: the value if it is absent or malformed. */
const secondsOf = (text: string | undefined, otherwise: number): number => {
  const count = text === undefined ? undefined : parseCount(text.trim(), MAX_SECONDS);
  return count === undefined ? otherwise : Math.min(count, MAX_SECONDS);
};

const invalid = (message: SipMessage, phrase: string): RequestedContacts => ({
  kind: 'invalid',
  fault: messageFault(`Bad Request - ${phrase}`, message.offsetOf(ID.Contact)),
});

/**
 * Reads the Contacts of a REGISTER. `isLocal`: whether a host and port are those of this server, where no phone can be.
 */
export const requestedContacts = (
  message: SipMessage,
  isLocal: (host: string, port: number | undefined) => boolean,
): RequestedContacts => {
  const elements: string[] = [];
  for (const text of message.all(ID.Contact)) {
    const list = splitList(text);
    if (list === undefined) return invalid(message, 'Contact malformed');
    elements.push(...list);
  }
  if (elements.length === 0) return { kind: 'list' };
  const expires = message.text(ID.Expires);
  if (elements.includes('*')) {
    if (elements.length > 1) return invalid(message, 'Contact * stands alone');
    return secondsOf(expires, -1) === 0 ? { kind: 'clear' } : invalid(message, 'Contact * needs Expires 0');
  }
  const otherwise = secondsOf(expires, DEFAULT_SECONDS);
  const contacts: RequestedContact[] = [];
  for (const element of elements) {
    const address = parseNameAddress(element);
    if (address === undefined || address.uri.length > MAX_URI || element.length > MAX_CONTACT)
      return invalid(message, 'Contact malformed');
    const uri = parseSipUri(address.uri);
    if (uri === 'syntax') return invalid(message, 'Contact malformed');
    if (uri !== 'scheme' && (isUnreachable(uri.host) || isLocal(uri.host, uri.port)))
      return invalid(message, 'Contact cannot be reached');
    const claims = readClaims(address);
    const seconds = secondsOf(claims.expires, otherwise);
    contacts.push({ uri: address.uri, returned: returnedContact(element, address), claims, seconds });
  }
  return { kind: 'bind', contacts };
};

/** Whether it is the wildcard, a broadcast or a multicast address. Names are not resolved. */
const isUnreachable = (host: string): boolean => /^[\d.]+$/.test(host) && !isUnicast(host);
