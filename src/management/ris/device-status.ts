// What RIS says of the state of a device. It knows those that have registered or tried to since the daemon started, and no
// others (`docs/protocols/apis.md` §4, §4.5 and §15).

import type { Instant } from '../../core/time.js';
import { type DeviceRecord, ENDINGS, type EndReason, type RefusalReason } from '../../devices/index.js';

/** The status of a device for RIS. */
export interface RisDeviceStatus {
  readonly status: 'Registered' | 'PartiallyRegistered' | 'UnRegistered' | 'Rejected';
  /** 0 while it is registered. */
  readonly reason: number;
  readonly since: Instant;
}

const MISMATCH = 14;
const MALFORMED = 11;
const UNKNOWN = 1;

/**
 * The reasons of RIS are those of the end of a registration. Refusals have numbers of another alarm, so each is told by the
 * nearest of these. labcm's own API has the exact names.
 */
const REFUSED: Readonly<Record<RefusalReason, number>> = {
  'unknown-device': UNKNOWN,
  'auto-registration-exhausted': UNKNOWN,
  'auto-registration-busy': UNKNOWN,
  'auto-registration-cut-off': UNKNOWN,
  'auto-registration-unsaved': UNKNOWN,
  'unsupported-model': MISMATCH,
  'wrong-model': MISMATCH,
  'wrong-protocol': MISMATCH,
  'wrong-line': MISMATCH,
  duplicate: UNKNOWN,
  full: UNKNOWN,
  suspended: MISMATCH,
  'tls-required': MISMATCH,
  'tls-unwanted': MISMATCH,
  'untrusted-certificate': UNKNOWN,
  'wrong-cipher': MISMATCH,
  'wrong-certificate': MISMATCH,
  'wrong-credentials': UNKNOWN,
  'locked-out': UNKNOWN,
  malformed: MALFORMED,
};

/** `undefined`: RIS does not know it. While it is registering it is told as it was before. */
export const deviceStatus = ({ state, registration, reason }: DeviceRecord): RisDeviceStatus | undefined => {
  if (registration !== undefined && (state === 'registered' || state === 'partially-registered'))
    return {
      status: state === 'registered' ? 'Registered' : 'PartiallyRegistered',
      reason: 0,
      since: registration.registeredAt ?? registration.startedAt,
    };
  if (reason === undefined) return undefined;
  const since = reason.at;
  return isEnding(reason.reason)
    ? { status: 'UnRegistered', reason: ENDINGS[reason.reason].number, since }
    : { status: 'Rejected', reason: REFUSED[reason.reason], since };
};

const isEnding = (reason: EndReason | RefusalReason): reason is EndReason => reason in ENDINGS;
