// What the owner of the lab may choose of the CAPF, with every default in one place.

/** What the owner may choose. */
export interface CapfSettings {
  readonly enabled: boolean;
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  /** Bits of the RSA keys that phones make. */
  readonly keySize: number;
  /** Years for which a certificate is in force. */
  readonly validity: number;
  readonly limits: CapfLimits;
}

/** Bounds on what phones, and others, may ask of it. */
export interface CapfLimits {
  readonly sessions: number;
  readonly sessionsPerSource: number;
  /** Certificates that one address is given in an hour. */
  readonly issuesPerHour: number;
}

/** Used where the configuration says nothing. */
export const DEFAULT_CAPF: CapfSettings = {
  enabled: true,
  address: '0.0.0.0',
  port: 3804,
  keySize: 2048,
  validity: 5,
  limits: { sessions: 1_000, sessionsPerSource: 32, issuesPerHour: 600 },
};
