// The commands that a call manager gives a phone, one row each: what goes out and how it ends (`sccp.md` §5.1 0x009F, §6.2).

import { type Duration, minutes } from '../core/time.js';
import type { DeviceCommand, EndReason } from '../devices/index.js';

interface CommandRow {
  readonly resetType: number;
  /** How long the phone may take; absent: as long as for any other last word. */
  readonly within?: Duration;
  /** Why the registration ends where the phone follows, and where it does not; absent: then it may stay. */
  readonly followed: EndReason;
  readonly ignored?: EndReason;
}

export const COMMANDS: Readonly<Record<DeviceCommand, CommandRow>> = {
  reset: { resetType: 1, followed: 'reset', ignored: 'no-response' },
  restart: { resetType: 2, followed: 'reset', ignored: 'no-response' },
  // It fetches its configuration first, and may find nothing to do.
  apply: { resetType: 3, followed: 'applied', within: minutes(1) },
};
