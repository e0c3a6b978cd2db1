// What the owner of the lab may choose of the trust verification service, with every default in one place.

/** A certificate that is vouched for, besides those of this cluster. */
export interface TrustedCertificate {
  /** The path of a PEM file. */
  readonly certificate: string;
  /** What it may be used for: functions of trust lists (`secure.md` §1.1). */
  readonly roles: readonly number[];
}

/** What the owner may choose. */
export interface TvsSettings {
  readonly enabled: boolean;
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  readonly trust: readonly TrustedCertificate[];
  readonly limits: { readonly connections: number; readonly connectionsPerSource: number };
}

/** Used where the configuration says nothing. */
export const DEFAULT_TVS: TvsSettings = {
  enabled: true,
  address: '0.0.0.0',
  port: 2445,
  trust: [],
  limits: { connections: 2_000, connectionsPerSource: 32 },
};
