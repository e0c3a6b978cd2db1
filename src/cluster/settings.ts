// The settings of the bus and their defaults.

/** How this node proves itself to the engine. */
export interface BusCredentials {
  /** The content of a file of credentials (JWT and seed). */
  readonly file?: Uint8Array | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
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
