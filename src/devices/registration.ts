// The registration state machine, as data: state → signal → next state and event. It knows no protocol: SCCP and SIP
// send signals for what their messages mean. An empty cell means that the signal has no effect in this state.

/**
 * The state of a device. Lease and files are facts on its record, not states: a phone with a fixed address registers
 * too.
 */
export type RegistrationState =
  | 'unknown' // never seen
  | 'registering' // accepted, its capabilities or lines outstanding
  | 'registered'
  | 'partially-registered' // some lines bound, not all
  | 'unregistered' // had been registered, or gave up on the way
  | 'rejected'; // its last attempt was refused

/** What happened to a registration. */
export type RegistrationSignal =
  | 'register' // an attempt was admitted
  | 'refuse' // an attempt was refused
  | 'some-lines' // SIP: bound, others of its lines are not
  | 'all-lines' // SCCP: capabilities reported; SIP: every line bound
  | 'end'; // unregistered, silent, lost, superseded or commanded: the reason says which

/** The event of a transition. */
export type Fact =
  | 'device.registering'
  | 'device.registered'
  | 'device.partially-registered'
  | 'device.unregistered'
  | 'device.rejected';

/** The next state, and the event to publish, if any. */
export type Transition = readonly [RegistrationState, Exclude<Fact, 'device.rejected'>?];

const START = {
  register: ['registering', 'device.registering'],
  refuse: ['rejected', 'device.rejected'],
} as const satisfies Transitions;

/** A refusal has a cell in every state. */
type Transitions = Partial<Readonly<Record<Exclude<RegistrationSignal, 'refuse'>, Transition>>> & {
  readonly refuse: readonly [RegistrationState, 'device.rejected'];
};

/** A refused second attempt is published, and leaves the registration in force as it is. */
export const REGISTRATION: Readonly<Record<RegistrationState, Transitions>> = {
  unknown: START,
  registering: {
    register: ['registering', 'device.registering'],
    refuse: ['registering', 'device.rejected'],
    'some-lines': ['partially-registered', 'device.partially-registered'],
    'all-lines': ['registered', 'device.registered'],
    end: ['unregistered', 'device.unregistered'],
  },
  registered: {
    register: ['registering', 'device.registering'],
    refuse: ['registered', 'device.rejected'],
    'some-lines': ['partially-registered', 'device.partially-registered'],
    'all-lines': ['registered'],
    end: ['unregistered', 'device.unregistered'],
  },
  'partially-registered': {
    register: ['registering', 'device.registering'],
    refuse: ['partially-registered', 'device.rejected'],
    'some-lines': ['partially-registered'],
    'all-lines': ['registered', 'device.registered'],
    end: ['unregistered', 'device.unregistered'],
  },
  unregistered: START,
  rejected: START,
};

/** RIS status names, as CUCM's serviceability interface spells them, with the number of the MIB (`sip.md` §5.1). */
export const RIS_STATUS = {
  unknown: { name: 'Unknown', number: 1 },
  registering: { name: 'UnRegistered', number: 3 },
  registered: { name: 'Registered', number: 2 },
  unregistered: { name: 'UnRegistered', number: 3 },
  rejected: { name: 'Rejected', number: 4 },
  'partially-registered': { name: 'PartiallyRegistered', number: 5 },
} as const satisfies Record<RegistrationState, { name: string; number: number }>;

/** A RIS status name. */
export type RisStatus = (typeof RIS_STATUS)[RegistrationState]['name'];
