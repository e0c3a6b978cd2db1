// The client's half of digest authentication (RFC 7616 §3.4): what a challenge of another PBX is answered with.

import type { Random } from '../../net/ports.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import { ALGORITHMS, type Credentials, expectedResponse, parseCredentials } from '../registrar/digest.js';
import type { DigestAlgorithm } from '../settings.js';

/** Who is to be proved. */
export interface DigestLogin {
  readonly user: string;
  readonly password: string;
}

/** The strongest first. */
const BY_STRENGTH: readonly DigestAlgorithm[] = ['SHA-512-256', 'SHA-256', 'MD5'];
const MOST_CHALLENGES = 8;

interface Challenge {
  readonly fields: Credentials;
  readonly algorithm: DigestAlgorithm;
  readonly isSession: boolean;
}

const challengeIn = (text: string): Challenge | undefined => {
  const fields = parseCredentials(text);
  if (fields === undefined || !fields.has('nonce')) return undefined;
  const written = fields.get('algorithm') ?? 'MD5';
  const isSession = /-sess$/i.test(written);
  const name = (isSession ? written.slice(0, -5) : written).toUpperCase();
  const qop = fields.get('qop');
  const isKnown = Object.hasOwn(ALGORITHMS, name) && (qop === undefined || options(qop).includes('auth'));
  return isKnown ? { fields, algorithm: name as DigestAlgorithm, isSession } : undefined;
};

const options = (qop: string): readonly string[] => qop.split(',').map((option) => option.trim().toLowerCase());

/** What may not stand within quotes as it is. */
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/**
 * The header line that answers a 401 or 407, by the strongest algorithm that it offers; `undefined`: it has no challenge that
 * can be answered.
 */
export const authorizationLine = (
  refusal: SipMessage,
  { user, password }: DigestLogin,
  method: string,
  uri: string,
  random: Random,
): string | undefined => {
  const isProxy = refusal.status === 407;
  const challenges = refusal
    .all(isProxy ? ID['Proxy-Authenticate'] : ID['WWW-Authenticate'])
    .slice(0, MOST_CHALLENGES)
    .flatMap((text) => challengeIn(text) ?? []);
  const chosen = BY_STRENGTH.flatMap((name) => challenges.find(({ algorithm }) => algorithm === name) ?? [])[0];
  if (chosen === undefined) return undefined;
  const { fields, algorithm, isSession } = chosen;
  const [realm, nonce, opaque] = ['realm', 'nonce', 'opaque'].map((name) => fields.get(name));
  const clientNonce = random.below(0x7fff_ffff).toString(16).padStart(8, '0');
  const hasQop = fields.has('qop') || isSession;
  const qopFields = { qop: 'auth', count: '00000001', clientNonce };
  const response = expectedResponse({
    ...{ algorithm, session: isSession, user, password, method, uri },
    realm: realm ?? '',
    nonce: nonce ?? '',
    ...(hasQop ? { qopFields } : {}),
  });
  const parts = [
    `username=${quoted(user)}, realm=${quoted(realm ?? '')}, nonce=${quoted(nonce ?? '')}, uri=${quoted(uri)}`,
    `response="${response}", algorithm=${algorithm}${isSession ? '-sess' : ''}`,
    ...(hasQop ? [`qop=auth, nc=00000001, cnonce="${clientNonce}"`] : []),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
  ];
  return `${isProxy ? 'Proxy-Authorization' : 'Authorization'}: Digest ${parts.join(', ')}\r\n`;
};
