// How the owner of the lab wants registrations judged, and the checks that an attempt passes, in their order.

import { deviceKey } from '../core/identity.js';
import { type Duration, minutes, seconds } from '../core/time.js';
import type { Protocol } from './device.js';
import { modelById } from './models.js';
import type { RefusalReason } from './reasons.js';
import type { OwnRecord, RegistrationAttempt } from './record.js';

export interface RegistrationPolicy {
  /** The same device from another link: the newest wins, or the first stays. */
  readonly duplicate: 'newest' | 'refuse';
  /** A phone of another model than configured: refused, or let in. */
  readonly model: 'match' | 'any';
  /** Registrations at once. */
  readonly maxDevices: number;
  /** Absent: an unknown device is refused. */
  readonly autoRegistration: { readonly first: number; readonly last: number } | undefined;
  /** Silence that ends a registration. */
  readonly patience: Readonly<Record<Protocol, Duration>>;
  /** From the acknowledged Register to the capabilities (`sccp.md` §6.3 T-reg). */
  readonly capabilitiesWithin: Duration;
  /** How long a registration outlives its flow; zero: not at all (`sip.md` §5.6). */
  readonly hold: Readonly<Record<Protocol, Duration>>;
}

export const DEFAULT_POLICY: RegistrationPolicy = {
  duplicate: 'newest',
  model: 'match',
  maxDevices: 60_000,
  autoRegistration: undefined,
  patience: { SCCP: seconds(90), SIP: minutes(2.25) },
  capabilitiesWithin: seconds(30),
  hold: { SCCP: seconds(0), SIP: seconds(5) },
};

interface Circumstances {
  readonly attempt: RegistrationAttempt;
  readonly record: OwnRecord;
  readonly policy: RegistrationPolicy;
  readonly active: number;
}

type Check = readonly [RefusalReason, (circumstances: Circumstances) => boolean];

/** Each row: the refusal, and when it applies. The first that applies decides. */
const CHECKS: readonly Check[] = [
  ['suspended', ({ record }) => record.configured.suspended],
  ['wrong-protocol', ({ attempt, record }) => attempt.protocol !== record.configured.protocol],
  [
    'wrong-model',
    // A type that nobody defines cannot be configured: it stands for whatever is (`sccp.md` §9.1).
    ({ attempt: { typeId }, record, policy }) =>
      policy.model === 'match' &&
      typeId !== undefined &&
      typeId !== record.configured.model.id &&
      modelById(typeId) !== undefined,
  ],
  ['tls-required', ({ attempt, record }) => record.configured.requireTls && attempt.transport !== 'tls'],
  [
    'wrong-certificate',
    ({ attempt, record }) =>
      record.configured.requireTls &&
      attempt.certificateNames.length > 0 &&
      !attempt.certificateNames.some((name) => deviceKey(name) === deviceKey(record.configured.name)),
  ],
  [
    'wrong-line',
    ({ attempt, record }) => attempt.dn !== undefined && !record.configured.lines.some(({ dn }) => dn === attempt.dn),
  ],
  [
    'duplicate',
    ({ attempt, record, policy }) =>
      policy.duplicate === 'refuse' &&
      record.registration !== undefined &&
      !record.registration.held &&
      record.registration.link !== attempt.link,
  ],
  ['full', ({ record, policy, active }) => record.registration === undefined && active >= policy.maxDevices],
];

/** Why this attempt is refused, `undefined` where it is not. */
export const refusalOf = (circumstances: Circumstances): RefusalReason | undefined =>
  CHECKS.find(([, applies]) => applies(circumstances))?.[0];
