// The JSON of a device as the page shows it. What holds for `shapes.ts` holds here.

import type { KeyUse } from '../../devices/keys.js';
import type { CallJson } from './call-shapes.js';
import type { ApiConfiguredValue } from './device-view-ports.js';
import type { DeviceDetail, IsoTime, TimelineJson, UnknownDetail } from './shapes.js';
import type { VerdictJson } from './verdict-shapes.js';

/** A key of a phone, as its configuration makes it. */
export interface KeyJson {
  /** From 1, in the order of the phone. */
  readonly key: number;
  readonly use: KeyUse;
  /** What stands beside it; empty for keys with a print of their own. */
  readonly label: string;
  /** The directory number, the number that it dials, or the URL. */
  readonly number: string | null;
  /**
   * Of a line: `not registered`, `idle`, or the state of its call, such as `ring-in`, `connected`, `hold`. Of a speed dial
   * with a lamp the same of the phone that has that number, or `elsewhere`. Of others `null`.
   */
  readonly state: string | null;
}

/** The keepalives (SCCP) or refreshes (SIP) of the present registration. */
export interface KeepAlivesJson {
  /** Milliseconds within which the next one is expected. */
  readonly expected: number;
  /** When they came, the oldest first: at most 128, from the first time that somebody looked at the device. */
  readonly times: readonly IsoTime[];
}

/** Everything about a phone: the event `device` of `GET /api/devices/{name}/changes`. */
export interface DeviceViewJson {
  readonly detail: DeviceDetail | UnknownDetail;
  /** `null`: nothing is concluded about it. */
  readonly verdict: VerdictJson | null;
  readonly timeline: TimelineJson;
  /** The calls that stand in which it takes part. */
  readonly calls: readonly CallJson[];
  readonly keys: readonly KeyJson[];
  /** Without passwords. */
  readonly configuration: readonly ApiConfiguredValue[];
  /** `null`: it is not registered. */
  readonly keepAlives: KeepAlivesJson | null;
  /** Whether its packets are kept, and the line that keeps them, for which file. */
  readonly capture: { readonly isKept: boolean; readonly line: string; readonly file: string };
}
