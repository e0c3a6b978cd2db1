/** The versions of TLS, by Node's names, the oldest first. */
export const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

/** A version of TLS by Node's name. */
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** The oldest version that a listener speaks, unless it is told another: 79xx loads speak nothing newer. */
export const OLDEST_TLS: TlsVersion = 'TLSv1';

/** Whether OpenSSL speaks a version only at security level 0, since RFC 8996 forbids it. */
export const isDeprecatedTls = (version: TlsVersion): boolean => version === 'TLSv1' || version === 'TLSv1.1';
