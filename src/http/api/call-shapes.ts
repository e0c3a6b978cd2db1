// The JSON of calls. What holds for `shapes.ts` holds here.

import type { ApiDialling } from './ports.js';
import type { IsoTime, PageJson } from './shapes.js';

/** One end of a call. */
export interface CallLegJson {
  /** The call identifier. */
  readonly ci: number;
  readonly role: 'caller' | 'called';
  /** `null`: a service of labcm's own. */
  readonly device: string | null;
  readonly dn: string;
  /** The state of the leg, such as `ring-out`, `connected` or `hold`. */
  readonly state: string;
  /** `address:port` where it receives speech. */
  readonly receive: string | null;
}

/** A call that stands. */
export interface CallJson {
  readonly id: number;
  readonly dialled: string;
  readonly startedAt: IsoTime;
  readonly answeredAt: IsoTime | null;
  readonly codec: string | null;
  readonly legs: readonly CallLegJson[];
}

/** `GET /api/calls`, the oldest first. */
export interface CallPage extends PageJson {
  readonly calls: readonly CallJson[];
}

/** `GET /api/dial`: what a number would do. */
export interface DialJson {
  readonly dialled: string;
  readonly result: ApiDialling['result'];
  /** One sentence. */
  readonly text: string;
  readonly number: string | null;
  readonly canGrow: boolean;
  readonly steps: ApiDialling['steps'];
  readonly phones: ApiDialling['phones'];
}

/** Our registration with another PBX. */
export interface TrunkRegistrationJson {
  readonly user: string;
  readonly registered: boolean;
  /** Of the last answer to REGISTER; 0: none came. */
  readonly status: number | null;
  readonly since: IsoTime | null;
  readonly text: string;
}

/** Another PBX, at the end of a trunk. */
export interface TrunkJson {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
  /** `unknown`: it was asked whether it is there and has not answered yet. */
  readonly state: 'unknown' | 'up' | 'down';
  readonly since: IsoTime | null;
  /** One sentence, which begins with its verb. */
  readonly text: string;
  /** How many calls stand on it. */
  readonly calls: number;
  readonly registration: TrunkRegistrationJson | null;
}

/** `GET /api/trunks`, in the order of the configuration. */
export interface TrunksJson {
  readonly trunks: readonly TrunkJson[];
}
