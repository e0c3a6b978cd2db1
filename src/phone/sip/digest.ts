// A phone's answer to a digest challenge (RFC 2617, RFC 7616, `sip.md` §9).

import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import { ALGORITHMS, expectedResponse, parseCredentials } from '../../sip/registrar/digest.js';

/** A digest challenge of a server. */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: string;
  /** The server offers `qop=auth`. */
  readonly hasQop: boolean;
  readonly opaque: string | undefined;
  readonly stale: boolean;
}

/** The first challenge of a response whose algorithm the phone knows; `undefined`: there is none. */
export const challengeOf = (response: SipMessage): Challenge | undefined => {
  for (const text of [...response.all(ID['WWW-Authenticate']), ...response.all(ID['Proxy-Authenticate'])]) {
    const fields = parseCredentials(text);
    const algorithm = fields?.get('algorithm') ?? 'MD5';
    if (fields === undefined || !(algorithm.toUpperCase() in ALGORITHMS)) continue;
    return {
      realm: fields.get('realm') ?? '',
      nonce: fields.get('nonce') ?? '',
      algorithm,
      hasQop: (fields.get('qop') ?? '').split(',').some((token) => token.trim() === 'auth'),
      opaque: fields.get('opaque'),
      stale: fields.get('stale')?.toLowerCase() === 'true',
    };
  }
  return undefined;
};

/** What a phone adds to a challenge. */
export interface RegisterCredentials {
  readonly user: string;
  readonly password: string;
  readonly uri: string;
  /** How often the nonce has been used, this time included. */
  readonly nonceCount: number;
  readonly clientNonce: string;
  /** Of the request; absent: REGISTER. */
  readonly method?: string;
}

/** The value of the Authorization header of a request. */
export const authorizationOf = (
  { realm, nonce, algorithm, hasQop, opaque }: Challenge,
  { user, password, uri, nonceCount, clientNonce, method = 'REGISTER' }: RegisterCredentials,
): string => {
  const nc = nonceCount.toString(16).padStart(8, '0');
  const response = expectedResponse({
    algorithm: algorithm.toUpperCase() as keyof typeof ALGORITHMS,
    session: false,
    user,
    realm,
    password,
    method,
    uri,
    nonce,
    ...(hasQop ? { qopFields: { qop: 'auth', count: nc, clientNonce } } : {}),
  });
  const tail = `${hasQop ? `,cnonce="${clientNonce}",qop=auth,nc=${nc}` : ''}${opaque === undefined ? '' : `,opaque="${opaque}"`}`;
  return `Digest username="${user}",realm="${realm}",uri="${uri}",response="${response}",nonce="${nonce}"${tail},algorithm=${algorithm}`;
};
