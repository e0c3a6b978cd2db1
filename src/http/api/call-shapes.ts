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

/** The messages that wait for the user of a line: `GET` and `PUT /api/lines/DN/messages`. */
export interface LineMessagesJson {
  readonly dn: string;
  /** Whether its message lamp is lit. */
  readonly waiting: boolean;
  /** Messages that nobody has heard. */
  readonly new: number;
  /** Messages that were heard and kept. */
  readonly old: number;
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
