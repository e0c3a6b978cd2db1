// Why a registration request is refused and why a registration ends: one row each, with the numbers of CUCM's alarms,
// the SCCP text and the SIP answer. Numbers: `sccp.md` §6.7, `sip.md` §4.4 and §11. Different alarms number
// differently, so the name goes with the number.

import type { CertificateVerdict } from '../core/tls-peer.js';

/** One reason to refuse, as each protocol and people see it. */
export interface RegistrationRefusal {
  /** CUCM's name and number in the EndPointTransientConnection alarm. */
  readonly name: string;
  readonly number: number;
  /** RegisterReject: the text, and the label code where the phone's own dictionary holds it (`sccp.md` §5.1 0x009D). */
  readonly sccp: { readonly text: string; readonly label?: number };
  readonly sip: {
    readonly status: number;
    readonly phrase: string;
    /** Quoted in `Warning: 399 <node> "…"`. */
    readonly warning?: string;
    /** Seconds in `Retry-After`. */
    readonly retryAfter?: number;
  };
  /** For people: what happened and what helps. */
  readonly text: string;
  /** The same text if what came and what is configured are known. */
  readonly compared?: (given: string | number, configured: string | number) => string;
}

/** What is known about one refusal besides its reason. */
export interface RefusalDetails {
  /** What the phone said or did. */
  readonly given?: string | number;
  /** What is configured instead. */
  readonly configured?: string | number;
  /** Seconds after which another attempt is accepted for a check. */
  readonly retryAfter?: number;
}

/** What may be wrong with the certificate of a phone: the verdict on it, or that its kind is not accepted. */
export type CertificateFault = Exclude<CertificateVerdict, 'trusted'> | 'only-lsc' | 'only-mic';

const CERTIFICATE_FAULTS: Readonly<Record<CertificateFault, string>> = {
  none: 'it showed no certificate',
  'unknown-issuer': 'nobody who is trusted here issued its certificate',
  'other-key':
    'the issuer of its certificate has the name of a trusted one and another key, as an older or foreign CAPF has',
  'not-in-force': 'its certificate is over or has not begun',
  'not-for-clients': 'its certificate is not for clients',
  unusable: 'its certificate cannot be checked: its key or its signature is too weak, or it is broken',
  'only-lsc': 'its certificate is of its factory, and only those of this cluster are accepted',
  'only-mic': 'its certificate is of this cluster, and only those of factories are accepted',
};

/** Says what is wrong with a certificate, and whose it is. `issuer`: the common name of its issuer; empty: there is none. */
export const describeCertificateFault = (fault: string, issuer: string): string => {
  const text = CERTIFICATE_FAULTS[fault as CertificateFault] ?? fault;
  return issuer === '' ? text : `${text} (issuer ${issuer})`;
};

const DB_CONFIG = { text: 'Error DBConfig', label: 0x2f } as const;
const MISMATCH = { text: 'Error Mismatch', label: 0x33 } as const;

/** The reasons to refuse a registration, by name. */
export const REFUSALS = {
  'unknown-device': {
    name: 'NoEntryInDatabase',
    number: 2,
    sccp: DB_CONFIG,
    sip: { status: 404, phrase: 'Not Found', warning: 'Auto-registration failed' },
    text: 'no device of that name is configured, and none was made for it',
    compared: (given) => `no device of that name is configured, and none was made for it: ${given}`,
  },
  'auto-registration-exhausted': {
    name: 'AutoRegisterDBError',
    number: 29,
    sccp: DB_CONFIG,
    sip: { status: 404, phrase: 'Not Found', warning: 'Auto-registration failed' },
    text: 'every directory number of the auto-registration range is taken',
  },
  'auto-registration-busy': {
    name: 'AutoRegisterDBConfigTimeout',
    number: 31,
    sccp: DB_CONFIG,
    sip: { status: 503, phrase: 'Service Unavailable', retryAfter: 30, warning: 'Auto-registration is busy' },
    text: 'more new phones come from its address, or in all, than are given numbers in a second; it may try again',
  },
  'auto-registration-cut-off': {
    name: 'AutoRegisterDBError',
    number: 29,
    sccp: DB_CONFIG,
    sip: { status: 503, phrase: 'Service Unavailable', retryAfter: 30, warning: 'Auto-registration is cut off' },
    text: 'the cluster bus is gone, and the numbers that this node held in reserve are used up; it may try again',
  },
  'auto-registration-unsaved': {
    name: 'DBAccessError',
    number: 30,
    sccp: DB_CONFIG,
    sip: { status: 404, phrase: 'Not Found', warning: 'Auto-registration failed' },
    text: 'the number for it could not be written below the state directory; look for a full disk',
  },
  'unsupported-model': {
    name: 'DatabaseConfigurationError',
    number: 3,
    sccp: DB_CONFIG,
    sip: { status: 404, phrase: 'Not Found', warning: 'Auto-registration failed' },
    text: 'the phone gives a device type that the model table does not hold, or that does not speak this protocol',
    compared: (given) =>
      `it gives the device type ${given}, which the model table does not hold, or which does not speak this protocol`,
  },
  'wrong-model': {
    name: 'DeviceTypeMismatch',
    number: 32,
    sccp: MISMATCH,
    sip: { status: 485, phrase: 'Ambiguous', warning: 'Device type mismatch' },
    text: 'the device is configured as another model',
    compared: (given, configured) =>
      `it says that it is a ${given}, and is configured as a ${configured}: change its model, or allow any by policy.model`,
  },
  'wrong-protocol': {
    name: 'ProtocolMismatch',
    number: 15,
    sccp: MISMATCH,
    sip: { status: 403, phrase: 'Forbidden', warning: 'Device protocol mismatch' },
    text: 'the device is configured for the other protocol',
    compared: (given, configured) =>
      `it speaks ${given}, and is configured for ${configured}: change its protocol, or give the phone a load of the other`,
  },
  'wrong-line': {
    name: 'DirectoryNumberMismatch',
    number: 13,
    sccp: DB_CONFIG,
    sip: { status: 404, phrase: 'Not Found', warning: 'Directory number not configured on device' },
    text: 'the device has no line with that directory number',
    compared: (given, configured) => `it asks for line ${given}, and is configured with ${configured}`,
  },
  duplicate: {
    name: 'AuthenticatedDeviceAlreadyExists',
    number: 17,
    sccp: { text: 'Already registered' },
    sip: { status: 403, phrase: 'Forbidden', warning: 'Registration is active for another client' },
    text: 'the device is registered elsewhere and the policy keeps the first',
    compared: (given, configured) =>
      `it comes from ${given}, is registered from ${configured}, and the policy keeps the first`,
  },
  full: {
    name: 'MaxDevRegExceeded',
    number: 5,
    sccp: { text: 'Server full' },
    sip: {
      status: 503,
      phrase: 'Service Unavailable',
      retryAfter: 35,
      warning: 'Maximum device registrations exceeded',
    },
    text: 'the server holds as many registrations as its policy allows',
    compared: (given, configured) =>
      `${given} registrations are in force or kept for configured devices, and the policy allows ${configured}`,
  },
  suspended: {
    name: 'DeviceNotActive',
    number: 16,
    sccp: { text: 'Device suspended' },
    sip: { status: 403, phrase: 'Forbidden', warning: 'Device is not active' },
    text: 'the device is suspended in the configuration',
  },
  'tls-required': {
    name: 'SecurityMismatch',
    number: 28,
    sccp: { text: 'Error Security' },
    sip: { status: 403, phrase: 'Forbidden', warning: 'Device security mismatch: expected TLS, received TCP/UDP' },
    text: 'the device is configured for TLS and came without it',
    compared: (given, configured) => `it came over ${given}, and is configured for ${configured}`,
  },
  'wrong-certificate': {
    name: 'InvalidX509NameInCertificate',
    number: 11,
    sccp: { text: 'Error Security' },
    sip: { status: 403, phrase: 'Forbidden', warning: 'TLS authentication failure' },
    text: 'the name in the certificate of the phone is not its device name',
    compared: (given, configured) => `its certificate names ${given}, and the device is ${configured}`,
  },
  'tls-unwanted': {
    name: 'SecurityMismatch',
    number: 28,
    sccp: { text: 'Error Security' },
    sip: { status: 403, phrase: 'Forbidden', warning: 'Device security mismatch: expected TCP/UDP, received TLS' },
    text: 'the device has no security profile and came over TLS',
    compared: (given, configured) =>
      `it came over ${given}, and its device has no security profile, so it is to come over ${configured}`,
  },
  'untrusted-certificate': {
    name: 'AuthenticationError',
    number: 10,
    sccp: { text: 'Error Authentication' },
    sip: { status: 403, phrase: 'Forbidden', warning: 'TLS authentication failure' },
    text: 'the phone showed no certificate that is trusted here',
    compared: (given, issuer) => describeCertificateFault(String(given), String(issuer)),
  },
  'wrong-cipher': {
    name: 'InvalidTLSCipher',
    number: 12,
    sccp: { text: 'Error Security' },
    sip: { status: 403, phrase: 'Forbidden', warning: 'TLS authentication failure' },
    text: 'its TLS does not encrypt, and the mode of the device is encrypted',
    compared: (given, configured) =>
      `its TLS uses ${given}, which does not encrypt, and the mode of the device is ${configured}`,
  },
  'wrong-credentials': {
    name: 'AuthenticationError',
    number: 10,
    sccp: { text: 'Error Authentication' },
    sip: { status: 401, phrase: 'Unauthorized' },
    text: 'the digest credentials are wrong or belong to another device',
    compared: (given, configured) =>
      given === configured
        ? `the digest password of user ${given} is wrong`
        : `it answered as digest user ${given}, and is configured with ${configured}`,
  },
  'locked-out': {
    name: 'AuthenticationError',
    number: 10,
    sccp: { text: 'Error Authentication' },
    sip: { status: 403, phrase: 'Forbidden', warning: 'Locked out after failed authentications' },
    text: 'it is locked out after too many wrong answers; its present credentials were not looked at',
    compared: (given, configured) =>
      `it is locked out for ${configured} s after ${given} wrong ${given === 1 ? 'answer' : 'answers'}; its present credentials were not looked at`,
  },
  malformed: {
    name: 'MalformedRegisterMsg',
    number: 14,
    sccp: { text: 'Malformed Register' },
    sip: { status: 400, phrase: 'Bad Request' },
    text: 'the message that should register it cannot be read',
    compared: (given, configured) => `it calls itself ${given} on a connection that is ${configured}'s`,
  },
} as const satisfies Record<string, RegistrationRefusal>;

/** The name of a reason to refuse. */
export type RefusalReason = keyof typeof REFUSALS;

/** One reason for the end of a registration. */
export interface RegistrationEnding {
  /** CUCM's name and number in the EndPointUnregistered alarm. */
  readonly name: string;
  readonly number: number;
  readonly text: string;
}

/** The reasons for the end of a registration, by name. */
export const ENDINGS = {
  'connection-lost': { name: 'ConnectivityError', number: 6, text: 'its connection ended' },
  'device-reset': { name: 'DeviceInitiatedReset', number: 8, text: 'the phone ended it by itself' },
  reset: { name: 'CallManagerReset', number: 9, text: 'it was reset or restarted from here' },
  unregistered: { name: 'DeviceUnregistered', number: 10, text: 'the phone unregistered' },
  throttled: { name: 'SCCPDeviceThrottling', number: 12, text: 'it sent more messages than a phone may' },
  silence: { name: 'KeepAliveTimeout', number: 13, text: 'it fell silent' },
  reconfigured: { name: 'ConfigurationMismatch', number: 14, text: 'its configuration changed or was removed' },
  shutdown: { name: 'CallManagerRestart', number: 15, text: 'this server stopped' },
  superseded: { name: 'DuplicateRegistration', number: 16, text: 'it registered again elsewhere' },
  applied: { name: 'CallManagerApplyConfig', number: 17, text: 'its configuration was applied from here' },
  'no-response': { name: 'DeviceNoResponse', number: 18, text: 'it did not answer a command' },
  'no-capabilities': { name: 'RegistrationSequenceError', number: 25, text: 'it never reported its capabilities' },
  fallback: { name: 'FallbackInitiated', number: 28, text: 'it moved to a call manager of higher priority' },
  'node-gone': { name: 'ConnectivityError', number: 6, text: 'the node that it was registered with is gone' },
} as const satisfies Record<string, RegistrationEnding>;

/** The name of a reason for the end. */
export type EndReason = keyof typeof ENDINGS;

/** Whether a text names a reason of either kind. */
export const isReason = (text: string): text is RefusalReason | EndReason =>
  Object.hasOwn(REFUSALS, text) || Object.hasOwn(ENDINGS, text);

/** Name, number and text of either kind of reason. With `details` the text says what came and what is configured. */
export const describeReason = (reason: RefusalReason | EndReason, details: RefusalDetails = {}): RegistrationEnding => {
  if (!(reason in REFUSALS)) return ENDINGS[reason as EndReason];
  const { name, number, text, compared }: RegistrationRefusal = REFUSALS[reason as RefusalReason];
  const { given, configured, retryAfter } = details;
  const described =
    compared === undefined || given === undefined ? text : compared(shown(given), shown(configured ?? ''));
  return {
    name,
    number,
    text: retryAfter === undefined ? described : `${described}; it may try again in ${retryAfter} s`,
  };
};

const LONGEST_SHOWN = 64;

/** Makes text that a peer chose one short line without control characters. */
const shown = (side: string | number): string | number =>
  typeof side === 'number' ? side : side.slice(0, LONGEST_SHOWN).replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?');
