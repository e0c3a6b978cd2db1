// The rules of the owner for registrations, and the checks that a registration request must pass, in their order.

import { parseDeviceName } from '../core/identifiers.js';
import { type Duration, minutes, seconds } from '../core/time.js';
import type { DeviceRecord, Protocol } from './device.js';
import { NONSECURE, type SecurityPolicy } from './device-security.js';
import { modelById } from './models.js';
import type { RefusalDetails, RefusalReason } from './reasons.js';
import type { RegistrationRequest } from './record.js';
import type { Circumstances, RegistrationCheck } from './registration-check.js';
import { SECURITY_CHECKS } from './security-checks.js';

/** The rules of the owner for registrations. */
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
  readonly security: SecurityPolicy;
}

/** The policy of an empty configuration. */
export const DEFAULT_POLICY: RegistrationPolicy = {
  duplicate: 'newest',
  model: 'match',
  maxDevices: 60_000,
  autoRegistration: undefined,
  patience: { SCCP: seconds(90), SIP: minutes(2.25) },
  capabilitiesWithin: seconds(30),
  hold: { SCCP: seconds(0), SIP: seconds(5) },
  security: NONSECURE,
};

/** `Cisco 7962 (404)`; the number alone if no model has it. */
export const modelName = (id: number): string => {
  const model = modelById(id);
  return model === undefined ? String(id) : `${model.name} (${id})`;
};

/** Each row: the refusal, and when it applies. The first that applies decides. */
const CHECKS: readonly RegistrationCheck[] = [
  { reason: 'suspended', applies: ({ record }) => record.configured.suspended },
  {
    reason: 'wrong-protocol',
    applies: ({ attempt, record }) => attempt.protocol !== record.configured.protocol,
    given: ({ attempt }) => attempt.protocol,
    configured: ({ record }) => record.configured.protocol,
  },
  {
    reason: 'wrong-model',
    // A type that nobody defines cannot be configured: it stands for whatever is (`sccp.md` §9.1).
    applies: ({ attempt: { typeId }, record, policy }) =>
      policy.model === 'match' &&
      typeId !== undefined &&
      typeId !== record.configured.model.id &&
      modelById(typeId) !== undefined,
    given: ({ attempt }) => modelName(attempt.typeId ?? 0),
    configured: ({ record }) => modelName(record.configured.model.id),
  },
  ...SECURITY_CHECKS,
  {
    reason: 'wrong-line',
    applies: ({ attempt, record }) =>
      attempt.dn !== undefined && !record.configured.lines.some(({ dn }) => dn === attempt.dn),
    given: ({ attempt }) => attempt.dn ?? '',
    configured: ({ record }) => linesOf(record),
  },
  {
    reason: 'duplicate',
    applies: ({ attempt, record, policy }) =>
      policy.duplicate === 'refuse' &&
      record.registration !== undefined &&
      !record.registration.held &&
      record.registration.link !== attempt.link,
    given: ({ attempt }) => placeOf(attempt),
    configured: ({ record }) => (record.registration === undefined ? '' : placeOf(record.registration)),
  },
  {
    reason: 'full',
    applies: ({ record, policy, active }) => record.registration === undefined && active >= policy.maxDevices,
    given: ({ active }) => active,
    configured: ({ policy }) => policy.maxDevices,
  },
];

/** Details of the refusal of a phone for which auto-registration made no device. */
export const whyNoneIsMade = (
  { name, typeId }: RegistrationRequest,
  reason: RefusalReason,
  { autoRegistration }: RegistrationPolicy,
): RefusalDetails => {
  if (reason === 'unsupported-model') return { given: typeId ?? '' };
  if (reason !== 'unknown-device') return {};
  if (autoRegistration === undefined) return { given: 'auto-registration is off' };
  return { given: parseDeviceName(name) === undefined ? 'no device can have that name' : 'it gives no device type' };
};

/** The directory numbers of a device, as a refusal names them. */
export const linesOf = ({ configured }: DeviceRecord): string => configured.lines.map(({ dn }) => dn).join(', ');

/** An address and port, as a refusal names them. */
export const placeOf = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  `${address}:${port}`;

/** Why a request is refused, with what came and what is configured. */
export interface AttemptRefusal {
  readonly reason: RefusalReason;
  readonly details: RefusalDetails;
}

/** Why this request is refused. `undefined`: it is accepted. */
export const refusalOf = (circumstances: Circumstances): AttemptRefusal | undefined =>
  firstRefusal(CHECKS, circumstances);

/** The same of the checks of transport, certificate, cipher and name alone. */
export const securityRefusalOf = (circumstances: Circumstances): AttemptRefusal | undefined =>
  firstRefusal(SECURITY_CHECKS, circumstances);

const firstRefusal = (
  checks: readonly RegistrationCheck[],
  circumstances: Circumstances,
): AttemptRefusal | undefined => {
  const check = checks.find(({ applies }) => applies(circumstances));
  if (check === undefined) return undefined;
  const { reason, given, configured } = check;
  return {
    reason,
    details:
      given === undefined || configured === undefined
        ? {}
        : { given: given(circumstances), configured: configured(circumstances) },
  };
};
