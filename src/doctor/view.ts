// What the checks see: the machine, the configuration, the running daemon, and clients of their own. All of it is given
// to them, so that a test plants each fault in memory.

import type { LocatedConfig } from '../config/index.js';
import type { ConfigurationProblem } from '../core/errors.js';
import type { Clock, Duration, WallTime } from '../core/time.js';
import type { Discovery } from '../dhcp/discovery.js';
import type { Host } from '../net/host/host.js';
import type { KernelCounts } from '../net/host/proc.js';
import type { Endpoint } from '../net/ports.js';
import type { CatalogueToCheck } from '../provisioning/file-warnings.js';

/** How fetching a file ended. `missed`: nothing usable came. */
export type FetchedFile =
  | { readonly kind: 'fetched'; readonly bytes: Buffer }
  | { readonly kind: 'refused' | 'missed'; readonly why: string };

/** Fetches a file as a phone does. Never rejects. */
export type FetchFile = (file: string, server: Endpoint) => Promise<FetchedFile>;

/** What `/healthz` says of a daemon. */
export interface DaemonHealth {
  readonly version: string;
  readonly startedAt: WallTime;
  readonly listeners: readonly (Endpoint & { readonly service: string; readonly transport: string })[];
  readonly degradations: readonly { readonly part: string; readonly reason: string }[];
}

/** What `GET /api/doctor` says of a daemon. */
export interface DaemonFacts {
  readonly pid: number;
  readonly file: string;
  /** When the configuration in force was read. */
  readonly readAt: WallTime;
  /** The last reload that was refused, if none was accepted since. */
  readonly refused: { readonly at: WallTime; readonly faults: readonly string[] } | undefined;
  readonly realm: string;
  /** The relays that a DHCP message came from. */
  readonly relays: readonly string[];
  /** The kernel's counters when it started. */
  readonly counters: KernelCounts;
}

/** A device as the daemon lists it. */
export interface ListedPhone {
  readonly name: string;
  readonly status: string;
  readonly address: string | null;
}

/** A phone that the daemon saw and nobody configured. */
export interface SeenStranger {
  readonly name: string;
  readonly nearest: string | null;
  readonly advice: string;
  readonly snippet: string | null;
}

/** A verdict as `GET /api/verdicts` gives it (`docs/protocols/explain.md` §1.8). */
export interface GivenVerdict {
  readonly code: string;
  readonly severity: string;
  readonly sentence: string;
  readonly remedy: readonly unknown[];
}

/** All verdicts: by cause, and by device. */
export interface GivenVerdicts {
  readonly groups: readonly (Omit<GivenVerdict, 'remedy'> & {
    readonly count: number;
    readonly devices: readonly string[];
  })[];
  readonly devices: readonly { readonly device: string; readonly verdict: GivenVerdict | null }[];
}

/** An event of the daemon's, with whatever it has. */
export type DaemonEventJson = Readonly<Record<string, unknown>> & { readonly type: string };

/** The running daemon, asked over its API. Every method rejects with an error for people. */
export interface AskedDaemon {
  readonly base: string;
  readonly health: DaemonHealth;
  /** `undefined`: this version does not tell. */
  facts(): Promise<DaemonFacts | undefined>;
  devices(): Promise<readonly ListedPhone[]>;
  strangers(): Promise<{ readonly total: number; readonly phones: readonly SeenStranger[] }>;
  leases(): Promise<readonly { readonly address: string; readonly mac: string; readonly state: string }[]>;
  /** By name and labels, as they stand in the text: `labcm_dhcp_addresses{subnet="…",state="bound"}`. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  /** `undefined`: this version gives none. */
  verdicts(): Promise<GivenVerdicts | undefined>;
  /** Has the daemon send one DISCOVER and listen for offers. */
  discover(interfaceName: string | undefined): Promise<Discovery>;
  /** The events of these types that come until `enough` has one, or time is up. Calls `listening` when it is heard. */
  events(
    types: readonly string[],
    within: Duration,
    options?: { readonly listening?: () => void; readonly enough?: (event: DaemonEventJson) => boolean },
  ): Promise<readonly DaemonEventJson[]>;
}

/** What the checks see. */
export interface DoctorView {
  readonly host: Host;
  readonly clock: Clock;
  readonly located: LocatedConfig;
  /** `undefined`: none runs where the configuration has its API. */
  readonly daemon: AskedDaemon | undefined;
  /** The interface that `--interface` names. */
  readonly interface: string | undefined;
  /** How long `--listen` listens. */
  readonly listen: Duration;
  /** The device that `--device` names, in any case. */
  readonly device: string | undefined;
  /** The files for phones; `undefined`: none are served. Read once. */
  catalogue(): Promise<CatalogueToCheck | undefined>;
  readonly tftp: FetchFile;
  readonly http: FetchFile;
  /** Sends a DISCOVER from this process, where no daemon has the port. */
  discover(interfaceName: string): Promise<Discovery>;
  /** `lab.yaml:4`, for people. */
  place(problem: Pick<ConfigurationProblem, 'file' | 'line'>): string;
}
