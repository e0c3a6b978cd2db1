// A phone's answer to a digest challenge (RFC 2617, 7616; `sip.md` §9): the first challenge that it understands.

import { ID } from '../../sip/message/headers.js';
import type { SipMessage } from '../../sip/message/message.js';
import { ALGORITHMS, type Algorithm, expectedResponse, parseCredentials } from '../../sip/registrar/digest.js';

export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: string;
  readonly quality: boolean;
  readonly opaque: string | undefined;
  readonly stale: boolean;
}

export const challengeOf = (answer: SipMessage): Challenge | undefined => {
  for (const text of [...answer.all(ID['WWW-Authenticate']), ...answer.all(ID['Proxy-Authenticate'])]) {
    const fields = parseCredentials(text);
    const algorithm = fields?.get('algorithm') ?? 'MD5';
    if (fields === undefined || !(algorithm.toUpperCase() in ALGORITHMS)) continue;
    return {
      realm: fields.get('realm') ?? '',
      nonce: fields.get('nonce') ?? '',
      algorithm,
      quality: (fields.get('qop') ?? '').split(',').some((word) => word.trim() === 'auth'),
      opaque: fields.get('opaque'),
      stale: fields.get('stale')?.toLowerCase() === 'true',
    };
  }
  return undefined;
};

/** The value of the Authorization header. `count`: how often this nonce has been used, from 1. */
export const authorizationOf = (
  { realm, nonce, algorithm, quality, opaque }: Challenge,
  user: string,
  password: string,
  method: string,
  uri: string,
  count: number,
  clientNonce: string,
): string => {
  const nc = count.toString(16).padStart(8, '0');
  const response = expectedResponse({
    algorithm: algorithm.toUpperCase() as Algorithm,
    session: false,
    user,
    realm,
    password,
    method,
    uri,
    nonce,
    ...(quality ? { quality: { qop: 'auth', count: nc, clientNonce } } : {}),
  });
  const tail = `${quality ? `,cnonce="${clientNonce}",qop=auth,nc=${nc}` : ''}${opaque === undefined ? '' : `,opaque="${opaque}"`}`;
  return `Digest username="${user}",realm="${realm}",uri="${uri}",response="${response}",nonce="${nonce}"${tail},algorithm=${algorithm}`;
};
