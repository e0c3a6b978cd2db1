// The settings of the bus and their defaults.

/** What the files of the bus hold, as they were at the start. */
export interface BusFiles {
  /** Credentials: a JWT and a seed. */
  readonly credentials: Uint8Array | undefined;
  /** PEM. */
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** The TLS of the bus: file names, absolute. */
export interface BusTls {
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

/** What the owner of the lab may choose. */
export interface BusSettings {
  /** Where the engine's servers are: `nats://host:port`, at least one. */
  readonly servers: readonly string[];
  /** How many servers hold each value. */
  readonly replicas: 1 | 3 | 5;
  /** The file of credentials, absolute. */
  readonly credentials: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  readonly tls: BusTls | undefined;
}

/** Whether passwords may go over the bus: it has TLS and credentials. */
export const isSafeBus = ({ servers, credentials, user, token, tls }: BusSettings): boolean =>
  (credentials ?? user ?? token) !== undefined &&
  (tls !== undefined || servers.every((server) => server.startsWith('tls:')));
