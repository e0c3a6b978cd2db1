// Who calls by a trunk, and who redirected the call before (`docs/protocols/calls.md` §4.5): read from what the other PBX
// writes, and written for it.

import { type CallParties, type Party, partyOf, type Redirection } from '../../calls/index.js';
import { uriUser } from '../calls/call-headers.js';
import { DIVERSION_WORDS, redirectReasonOf } from '../calls/diversion-reasons.js';
import { parameterValue, parseNameAddress, splitList, unquoted } from '../message/grammar.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { userNumberOf } from '../message/uri.js';

const MOST_REDIRECTIONS = 10;
const LONGEST_NUMBER = 64;
const LONGEST_NAME = 128;

/** The number in a URI of another PBX: `+` and letters stay. */
const numberIn = (uri: string | undefined): string => userNumberOf(uri).slice(0, LONGEST_NUMBER);

const nameIn = (display: string | undefined): string =>
  Buffer.from(unquoted(display ?? ''), 'latin1')
    .toString('utf8')
    .slice(0, LONGEST_NAME);

/** The caller: of the identity that the other PBX asserts, else of From. */
export const callerOf = (message: SipMessage): Party => {
  const asserted = message.all(ID['P-Asserted-Identity']).flatMap((text) => splitList(text) ?? [])[0];
  const calling = message
    .all(ID['Remote-Party-ID'])
    .map((text) => parseNameAddress(text))
    .find((party) => party !== undefined && parameterValue(party.parameters, 'party') === 'calling');
  const identity = (asserted === undefined ? undefined : parseNameAddress(asserted)) ?? calling;
  const named = identity === undefined || numberIn(identity.uri) === '' ? undefined : identity;
  const from = message.from;
  return partyOf(numberIn(named?.uri ?? from?.uri), nameIn(named?.display ?? from?.display));
};

/** The redirections that Diversion tells, the last one first (RFC 5806 §4); `undefined`: there was none. */
export const redirectionOf = (message: SipMessage): Redirection | undefined => {
  const all = message
    .all(ID.Diversion)
    .flatMap((text) => splitList(text) ?? [])
    .slice(0, MOST_REDIRECTIONS)
    .flatMap((text) => parseNameAddress(text) ?? []);
  const [last] = all;
  const first = all.at(-1);
  if (last === undefined || first === undefined) return undefined;
  const reason = parameterValue(last.parameters, 'reason')?.replace(/^"|"$/g, '') ?? '';
  return {
    originalCalled: partyOf(numberIn(first.uri), nameIn(first.display)),
    lastRedirecting: partyOf(numberIn(last.uri), nameIn(last.display)),
    redirectReason: redirectReasonOf(reason),
  };
};

/** The Diversion lines of a redirected call, the last redirection first; empty: nobody redirected it. */
export const diversionLines = (
  { originalCalled, lastRedirecting, redirectReason }: CallParties,
  host: string,
): string => {
  const word = DIVERSION_WORDS.get(redirectReason);
  if (word === undefined) return '';
  const line = ({ number }: Party): string =>
    `Diversion: <sip:${uriUser(number)}@${host}>;reason=${word};privacy=off;screen=yes\r\n`;
  const isSame = originalCalled.number === lastRedirecting.number;
  return `${line(lastRedirecting)}${isSame ? '' : line(originalCalled)}`;
};
