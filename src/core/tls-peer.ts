// What is known of the far end of a TLS connection. Every protocol sees it in this form, and the device policy judges it.

/**
 * What became of the certificate that the far end showed (`secure.md` §7.4).
 * `none`: it showed none. `unknown-issuer`: no issuer that is known here signed it. `other-key`: its issuer has the name of
 * a known one and another key, as an older or foreign CAPF has. `not-in-force`: it is over, or has not begun.
 * `not-for-clients`: its purpose is another. `unusable`: anything else, such as a key that is too weak.
 */
export type CertificateVerdict =
  | 'trusted'
  | 'none'
  | 'unknown-issuer'
  | 'other-key'
  | 'not-in-force'
  | 'not-for-clients'
  | 'unusable';

/** Who issues certificates of phones: this cluster's CAPF (an LSC), or a manufacturer (a MIC). */
export type CertificateOrigin = 'lsc' | 'mic';

/** The far end of a TLS connection, as the handshake showed it. */
export interface TlsPeer {
  /** The common name, then the DNS names and URIs of the certificate; empty without one. Nobody but `verdict` vouches for them. */
  readonly names: readonly string[];
  readonly verdict: CertificateVerdict;
  /** Whose key signed it. `undefined` unless it is trusted. */
  readonly origin: CertificateOrigin | undefined;
  /** The common name of the issuer as the certificate gives it; empty without one. */
  readonly issuer: string;
  /** SHA-256 of the certificate in lower-case hexadecimal digits; empty without one. */
  readonly fingerprint: string;
  /** OpenSSL's name of the cipher, such as `NULL-SHA`. */
  readonly cipher: string;
  /** The version, such as `TLSv1`. */
  readonly version: string;
  /** Makes the DER of a manufacturer's certificate that is trusted: what CAPF issued is known anyway. Absent: it showed none. */
  readonly factoryCertificate?: () => Buffer;
}

/** Whether the connection carries everything in the clear: it is authenticated and not encrypted. */
export const isNullCipher = ({ cipher }: Pick<TlsPeer, 'cipher'>): boolean => /(^|[-_])NULL([-_]|$)/.test(cipher);
