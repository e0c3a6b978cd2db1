// How long after the granted time a registration ends, and why a phone unregisters.

import { type Duration, milliseconds } from '../../core/time.js';
import type { DeviceCommand, EndReason } from '../../devices/index.js';
import type { ReasonAlarm } from '../cisco/alarm.js';
import type { RegisteredPhone } from './location.js';

const GRACE_SHARE = 0.1;

/** The granted time and, after it, `grace` or a tenth of it, in which a refresh still comes in time (`sip.md` §5.2). */
export const patienceOf = (granted: Duration, grace: Duration): Duration =>
  milliseconds(granted + Math.max(grace, granted * GRACE_SHARE));

/** Why a phone unregisters, by the number of its cisco-alarm (`sip.md` §11). */
const BY_ALARM = new Map<number, EndReason>([
  [18, 'fallback'],
  [20, 'device-reset'],
  [22, 'reset'],
  [23, 'reset'],
  [25, 'device-reset'],
  [104, 'applied'],
]);

const BY_COMMAND = { reset: 'reset', restart: 'reset', apply: 'applied' } as const satisfies Record<
  DeviceCommand,
  EndReason
>;

/** Why a phone unregisters: the command that it has accepted, or the alarm of its REGISTER. */
export const endReasonOf = (phone: RegisteredPhone | undefined, alarm: ReasonAlarm | undefined): EndReason => {
  if (phone?.acceptedCommand !== undefined) return BY_COMMAND[phone.acceptedCommand];
  return (alarm === undefined ? undefined : BY_ALARM.get(alarm.number)) ?? 'unregistered';
};
