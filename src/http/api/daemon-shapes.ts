// The JSON of the daemon itself: its health, and what `labcm doctor` asks of it. What holds for `shapes.ts` holds here.

import type { Degradation } from '../../core/degradations.js';
import type { Protocol } from '../../devices/device.js';
import type { ApiDiscovery, ApiDoctorFacts, ListenerView } from './ports.js';
import type { IsoTime } from './shapes.js';

/** `GET /healthz`. Its status is 200 either way. */
export interface HealthJson {
  /** `degraded`: a part does not work as it should; phones are served. */
  readonly status: 'ok' | 'degraded';
  readonly degradations: readonly DegradationJson[];
  /** Of labcm. */
  readonly version: string;
  readonly startedAt: IsoTime;
  /** How many are configured or were auto-registered. */
  readonly devices: number;
  /** How many are registered, by protocol. */
  readonly registered: Readonly<Record<Protocol, number>>;
  /** The `service` of a port that is open only to tell who tries it is `KNOCK`. */
  readonly listeners: readonly ListenerView[];
}

/** A part that does not work as it should. */
export type DegradationJson = Omit<Degradation, 'since'> & { readonly since: IsoTime };

/** `GET /api/doctor`: what `labcm doctor` asks of the daemon. */
export interface DoctorJson extends Omit<ApiDoctorFacts, 'readAt' | 'refused'> {
  /** When the configuration in force was read. */
  readonly readAt: IsoTime;
  /** The reload that was refused last, if none was accepted since. */
  readonly refused: { readonly at: IsoTime; readonly faults: readonly string[] } | null;
}

/** `POST /api/doctor/discover`: what other DHCP servers offer a phone. `refused`: nothing was sent, and why. */
export type DiscoveryJson = ApiDiscovery;
