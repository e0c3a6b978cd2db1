// The alert with which a TLS server refuses the certificate of a client. Node lets every client through and decides afterwards, so it
// sends none. But up to TLS 1.2 what a server sends before its own ChangeCipherSpec is not encrypted (RFC 5246 §7.1), and node tells of
// the end of a handshake before that has left.

import type { CertificateVerdict } from '../../core/tls-peer.js';

/** RFC 5246 §7.2.2. A client without a certificate gets handshake_failure (§7.4.6). */
const DESCRIPTIONS: Readonly<Record<Exclude<CertificateVerdict, 'trusted'>, number>> = {
  none: 40,
  'unknown-issuer': 48,
  'other-key': 48,
  'not-in-force': 45,
  'not-for-clients': 43,
  unusable: 42,
};

/** The second octet of the version in a record (RFC 5246 appendix E.1). */
const MINOR_VERSIONS: ReadonlyMap<string, number> = new Map([
  ['TLSv1', 1],
  ['TLSv1.1', 2],
  ['TLSv1.2', 3],
]);

const ALERT = 21;
const FATAL = 2;

/** The newest version in which an alert can be sent so. */
export const NEWEST_WITH_ALERT = 'TLSv1.2';

/** The record with the alert. `version`: as node names it. `undefined`: in this version it would have to be encrypted. */
export const certificateAlert = (
  version: string,
  verdict: Exclude<CertificateVerdict, 'trusted'>,
): Buffer | undefined => {
  const minor = MINOR_VERSIONS.get(version);
  return minor === undefined ? undefined : Buffer.from([ALERT, 3, minor, 0, 2, FATAL, DESCRIPTIONS[verdict]]);
};
