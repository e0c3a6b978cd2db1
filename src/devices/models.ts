import type { Protocol } from './device.js';

export interface Model {
  /** The device type id of Register, `loadInformation<id>` and `+u.sip!model.ccm.cisco.com`. */
  readonly id: number;
  /** As CUCM shows it, e.g. `Cisco 7962`. Unique. */
  readonly name: string;
  /** Other names an owner may type, matched case-blind, e.g. `CIPC`, `7962`, `7962G`. Unique over the table. */
  readonly aliases: readonly string[];
  readonly kind: 'phone' | 'module' | 'gateway' | 'media' | 'software' | 'other';
  readonly protocols: readonly Protocol[];
  /** Programmable buttons of the model itself: line, speed dial, service and feature buttons come out of these. */
  readonly buttons: number;
  /** How many of them may be lines. */
  readonly lines: number;
  /** Locale jar stem (`provisioning.md` §3.1): `ipc` gives `ipc-sccp.jar` or `ipc-sip.jar`. Absent: the model fetches none. */
  readonly localeJar?: string;
}
