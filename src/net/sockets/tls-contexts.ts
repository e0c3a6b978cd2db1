// What a TLS listener for phones speaks, shows and trusts: one context for each certificate that it shows.

import { constants } from 'node:crypto';
import tls from 'node:tls';
import { isDeprecatedTls, OLDEST_TLS } from '../../core/tls-versions.js';
import type { PhoneIssuer, StreamListenOptions, TlsIdentity, TlsListenerIdentity } from '../ports.js';
import { NEWEST_WITH_ALERT } from './tls-alert.js';

/**
 * What old phones speak, in the order of this side. Suites without encryption come last, so that only a phone that offers
 * nothing else gets one: it is authenticated and wants no more (`secure.md` §7.2). OpenSSL speaks the oldest versions at its
 * lowest security level alone.
 */
const OLD_SUITES = 'ECDHE+AESGCM:AES128-SHA:AES256-SHA:HIGH:!aNULL:!PSK:!SRP:NULL-SHA:@SECLEVEL=0';

/** A session that asked for a certificate is resumed only within a context of a name. Its keys are of one context alone. */
const SESSIONS = 'labcm';

/**
 * OpenSSL sends an empty record before the first one in TLS 1.0, for the sake of browsers. Old phones take it for the end,
 * or wait (`secure.md` §7.3). Nobody begins another handshake within a connection: it would be one that no bound counts.
 */
const versionsOf = ({ minVersion = OLDEST_TLS }: TlsListenerIdentity): tls.SecureContextOptions => ({
  minVersion,
  honorCipherOrder: true,
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  ...(isDeprecatedTls(minVersion)
    ? {
        ciphers: OLD_SUITES,
        secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS,
      }
    : {}),
});

/** Whom the listener trusts, and never the roots of the system. A chain may end in any of them, not only in a root. */
const trustOf = (issuers: readonly PhoneIssuer[]): tls.SecureContextOptions => ({
  ca: issuers.map(({ certificate }) => certificate),
  allowPartialTrustChain: true,
});

/** A property of node that its types do not have: the context of the next connections. */
type ContextServer = tls.Server & { _sharedCreds: tls.SecureContext };

/**
 * Has the next connections of a listener see `shown`; all else is as `options` say. `setSecureContext` of node 20 would drop that a
 * chain may end in any issuer. Throws what OpenSSL says of a key or certificate that cannot be used.
 */
export const showIdentity = (
  server: tls.Server,
  shown: TlsIdentity,
  { tls: listener = shown, phoneIssuers = [], cutsOffUntrusted = false }: Partial<StreamListenOptions>,
): void => {
  (server as ContextServer)._sharedCreds = tls.createSecureContext({
    key: shown.key,
    cert: shown.certificate,
    sessionIdContext: SESSIONS,
    ...versionsOf(listener),
    ...(cutsOffUntrusted ? { maxVersion: NEWEST_WITH_ALERT } : {}),
    ...trustOf(phoneIssuers),
  });
};
