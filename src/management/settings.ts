// The settings of the management interface, with their defaults. `config/` takes its defaults from here.

import type { UserPassword } from '../core/credential-check.js';
import { seconds } from '../core/time.js';
import type { HttpLimits } from '../http/settings.js';
import type { EndUser } from './end-user.js';

/** The port that the clients of CUCM have in them. */
export const MANAGEMENT_PORT = 8443;

/** CUCM's own: queries of devices in a minute, of all clients together. */
export const RIS_PER_MINUTE = 15;

/** CUCM's own: requests of PerfMon in a minute, of all clients together. */
export const PERFMON_PER_MINUTE = 80;

/** The limits of the server. A reply may take as long as a client reads it. */
export const MANAGEMENT_LIMITS: HttpLimits = {
  connections: 128,
  connectionsPerSource: 32,
  requestsPerSecond: 200,
  headersWithin: seconds(10),
  requestWithin: seconds(30),
  keptAlive: seconds(60),
  idle: seconds(60),
};

/** Requests that are traced in one second. */
export const TRACED_PER_SECOND = 100;

/** How it is opened. */
export interface ManagementSettings {
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  readonly account: UserPassword;
  readonly rates: {
    /** `undefined`: any number. */
    readonly ris: number | undefined;
    readonly perfmon: number | undefined;
  };
  /** The end users. */
  readonly users: readonly EndUser[];
  readonly axl: {
    /** Whether clients may change devices. */
    readonly writes: boolean;
  };
  readonly limits: HttpLimits;
}
