// What labcm did wrong on purpose.

import type { Instant } from '../core/time.js';

/** A rule for faults was added. */
export interface FaultAdded {
  readonly type: 'fault.added';
  readonly at: Instant;
  readonly rule: string;
  readonly where: string;
  readonly fault: string;
  /** The rule in one line. */
  readonly says: string;
  /** `configuration`, `api` or `cli`. */
  readonly by: string;
  /** The address that asked for it over the API; absent: none did. */
  readonly from?: string;
}

/** A rule holds no longer. */
export interface FaultCleared {
  readonly type: 'fault.cleared';
  readonly at: Instant;
  readonly rule: string;
  /**
   * `cleared`: somebody took it away. `times`: it was injected as often as it says. `for`: its time is over. `reload`: the
   * configuration has it no more. `room`: there were too many, and the configuration has new ones.
   */
  readonly because: 'cleared' | 'times' | 'for' | 'reload' | 'room';
  /** The address that asked for it over the API; absent: none did. */
  readonly from?: string;
  /** How often it was injected. */
  readonly injected: number;
}

/** A fault was made on purpose: what the phone does about it is not the phone's mistake. */
export interface FaultInjected {
  readonly type: 'fault.injected';
  readonly at: Instant;
  readonly rule: string;
  readonly where: string;
  readonly fault: string;
  /** The device that it met; absent: it is not known. */
  readonly device?: string;
  /** Its hardware address, where a DHCP message says it. */
  readonly mac?: string;
  /** Empty: it is not known yet. */
  readonly address: string;
  readonly port: number;
  readonly direction: 'sent' | 'received';
  /** The name of the message; empty: it has none. */
  readonly message: string;
  /** What was done, such as `after 200 ms`; empty: the name of the fault says it all. */
  readonly detail: string;
}

/** What the injection of faults publishes. */
export type InjectionEvent = FaultAdded | FaultCleared | FaultInjected;
