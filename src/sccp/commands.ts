// The commands of a call manager to a phone, one row each: what is sent, and how the registration ends (`sccp.md` §5.1
// 0x009F, §6.2).

import { type Duration, minutes } from '../core/time.js';
import type { DeviceCommand, EndReason } from '../devices/index.js';

interface CommandRow {
  readonly resetType: number;
  /** How long the phone may take; absent: `closeWithin` of the settings. */
  readonly within?: Duration;
  /** Why the registration ends if the phone follows, and if it does not. `ignored` absent: then it stays. */
  readonly followed: EndReason;
  readonly ignored?: EndReason;
}

/** By command. */
export const COMMANDS: Readonly<Record<DeviceCommand, CommandRow>> = {
  reset: { resetType: 1, followed: 'reset', ignored: 'no-response' },
  restart: { resetType: 2, followed: 'reset', ignored: 'no-response' },
  // The phone fetches its configuration first, and may find no change.
  apply: { resetType: 3, followed: 'applied', within: minutes(1) },
};
