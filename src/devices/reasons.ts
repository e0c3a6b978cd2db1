// Why an attempt is refused and why a registration ends: one row each, with CUCM's numbers in its alarms, the SCCP text
// and the SIP answer. Numbers: `sccp.md` §6.7, `sip.md` §4.4 and §11; alarms number differently, so the name goes with it.

export interface Refusal {
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
}

const DB_CONFIG = { text: 'Error DBConfig', label: 0x2f } as const;
const MISMATCH = { text: 'Error Mismatch', label: 0x33 } as const;

export const REFUSALS = {
  'unknown-device': {
    name: 'NoEntryInDatabase',
    number: 2,
    sccp: DB_CONFIG,
    sip: { status: 404, phrase: 'Not Found', warning: 'Auto-registration failed' },
    text: 'no device of that name is configured and auto-registration is off',
  },
  'auto-registration-exhausted': {
    name: 'AutoRegisterDBError',
    number: 29,
    sccp: DB_CONFIG,
    sip: { status: 404, phrase: 'Not Found', warning: 'Auto-registration failed' },
    text: 'every directory number of the auto-registration range is taken',
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
  },
  'wrong-model': {
    name: 'DeviceTypeMismatch',
    number: 32,
    sccp: MISMATCH,
    sip: { status: 485, phrase: 'Ambiguous', warning: 'Device type mismatch' },
    text: 'the device is configured as another model',
  },
  'wrong-protocol': {
    name: 'ProtocolMismatch',
    number: 15,
    sccp: MISMATCH,
    sip: { status: 403, phrase: 'Forbidden', warning: 'Device protocol mismatch' },
    text: 'the device is configured for the other protocol',
  },
  'wrong-line': {
    name: 'DirectoryNumberMismatch',
    number: 13,
    sccp: DB_CONFIG,
    sip: { status: 404, phrase: 'Not Found', warning: 'Directory number not configured on device' },
    text: 'the device has no line with that directory number',
  },
  duplicate: {
    name: 'AuthenticatedDeviceAlreadyExists',
    number: 17,
    sccp: { text: 'Already registered' },
    sip: { status: 403, phrase: 'Forbidden', warning: 'Registration is active for another client' },
    text: 'the device is registered elsewhere and the policy keeps the first',
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
  },
  'wrong-certificate': {
    name: 'InvalidX509NameInCertificate',
    number: 11,
    sccp: { text: 'Error Security' },
    sip: { status: 403, phrase: 'Forbidden', warning: 'TLS authentication failure' },
    text: 'the name in the certificate of the phone is not its device name',
  },
  'wrong-credentials': {
    name: 'AuthenticationError',
    number: 10,
    sccp: { text: 'Error Authentication' },
    sip: { status: 401, phrase: 'Unauthorized' },
    text: 'the digest credentials are wrong or belong to another device',
  },
  malformed: {
    name: 'MalformedRegisterMsg',
    number: 14,
    sccp: { text: 'Malformed Register' },
    sip: { status: 400, phrase: 'Bad Request' },
    text: 'the message that should register it cannot be read',
  },
} as const satisfies Record<string, Refusal>;

export type RefusalReason = keyof typeof REFUSALS;

export interface Ending {
  /** CUCM's name and number in the EndPointUnregistered alarm. */
  readonly name: string;
  readonly number: number;
  readonly text: string;
}

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
} as const satisfies Record<string, Ending>;

export type EndReason = keyof typeof ENDINGS;

/** Name, number and words of either kind of reason. */
export const describeReason = (reason: RefusalReason | EndReason): Ending =>
  reason in REFUSALS ? REFUSALS[reason as RefusalReason] : ENDINGS[reason as EndReason];
