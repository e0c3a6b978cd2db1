// What a phone reads in the messages of its calls.

import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';

/** A party of a call. */
export interface RemoteParty {
  readonly number: string;
  readonly name: string;
}

/** The value of a header by its name in any case; `undefined`: there is none. */
const headerOf = (
  message: SipMessage,
  name: string,
  fits: (value: string) => boolean = () => true,
): string | undefined => {
  for (const [written, value] of message.headers())
    if (written.toLowerCase() === name.toLowerCase() && fits(value)) return value;
  return undefined;
};

/** `"Name" <sip:number@host>`. */
const partyIn = (value: string): RemoteParty | undefined => {
  const [, quoted, plain, number] = /^\s*(?:"([^"]*)"|([^<"]*))\s*<?sips?:([^@;>]+)@/i.exec(value) ?? [];
  return number === undefined ? undefined : { number: decoded(number), name: (quoted ?? plain ?? '').trim() };
};

const decoded = (user: string): string => {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
};

/** The far party: Remote-Party-ID, else P-Asserted-Identity, else the From of a request; `undefined`: none is named. */
export const farPartyOf = (message: SipMessage): RemoteParty | undefined => {
  const value =
    headerOf(message, 'Remote-Party-ID', (one) => /party=(calling|called)/.test(one)) ??
    headerOf(message, 'P-Asserted-Identity') ??
    (message.kind === 'request' ? message.text(ID.From) : undefined);
  return value === undefined ? undefined : partyIn(value);
};

/** The user of a SIP URI; empty: it has none. */
export const userOf = (uri: string): string => decoded(/^<?sips?:([^@;>]+)@/i.exec(uri)?.[1] ?? '');

/** The URI of a Contact; `undefined`: there is none. */
export const contactOf = (message: SipMessage): string | undefined => message.address('Contact')?.uri;

/** The Q.850 cause of a Reason; `undefined`: none is named. */
export const causeOf = (message: SipMessage): number | undefined => {
  const cause = message
    .all(ID.Reason)
    .map((reason) => /Q\.850\s*;.*?cause\s*=\s*(\d+)/i.exec(reason)?.[1])
    .find((found) => found !== undefined);
  return cause === undefined ? undefined : Number(cause);
};
