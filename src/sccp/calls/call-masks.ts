// Which soft keys a phone is given in each state of a call: a set of `tables/soft-keys.ts`, and a mask that takes off what
// is not served, or not now (`docs/protocols/calls.md` §2.2).

import { type Key, maskWithout, SOFT_KEY_SET } from '../tables/soft-keys.js';

/** The name of a set. */
export type KeySet = Exclude<keyof typeof SOFT_KEY_SET, 'inUseRemote'>;

/** What decides whether a key can do something now. */
export interface KeyConditions {
  /** The device has dialled a number. */
  readonly canRedial: boolean;
  /** The leg is a consultation for a transfer, and may connect the others. */
  readonly consults: boolean;
  /** The device has another call that was answered. */
  readonly canJoin: boolean;
  /** The line has a voicemail. */
  readonly canDivert: boolean;
  /** There are pick-up groups. */
  readonly canPickUp: boolean;
  /** Conferences can be mixed. */
  readonly canConfer: boolean;
  /** There are meeting rooms. */
  readonly canMeet: boolean;
  /** The leg is in a conference. */
  readonly isConferring: boolean;
  /** Its user has made that conference. */
  readonly controlsConference: boolean;
  /** Users can set features: where a line forwards, do not disturb. */
  readonly canSet: boolean;
}

/** The keys of each set that are not served. */
const NOT_SERVED: Readonly<Record<KeySet, readonly Key[]>> = {
  onHook: [],
  connected: ['videoMode'],
  onHold: [],
  ringIn: [],
  offHook: [],
  digits: [],
  ringOut: [],
  offHookFeature: [],
  connectedTransfer: [],
  connectedConference: [],
};

/** The keys that are off without a condition, whatever the set. */
const NEEDED: readonly (readonly [condition: keyof KeyConditions, keys: readonly Key[], sets: readonly KeySet[]])[] = [
  ['canRedial', ['redial'], ['onHook', 'offHook', 'offHookFeature']],
  ['consults', ['transfer'], ['ringOut', 'connectedTransfer']],
  ['canJoin', ['directTransfer'], ['connected', 'onHold']],
  ['canDivert', ['immediateDivert'], ['connected', 'ringIn']],
  ['canPickUp', ['pickUp', 'groupPickUp'], ['offHook']],
  ['canConfer', ['conference', 'join', 'select'], ['connected', 'connectedConference', 'onHold']],
  ['canJoin', ['join'], ['connected', 'onHold']],
  ['canMeet', ['meetMe'], ['offHook']],
  ['isConferring', ['conferenceList'], ['connected']],
  ['controlsConference', ['removeLastConferee'], ['connected']],
  ['canSet', ['forwardAll', 'doNotDisturb'], ['onHook', 'offHook']],
];

/** The validKeyMask of a set. */
export const maskOf = (set: KeySet, conditions: KeyConditions): number => {
  const off = NEEDED.flatMap(([condition, keys, sets]) => (!conditions[condition] && sets.includes(set) ? keys : []));
  return maskWithout(SOFT_KEY_SET[set], [...NOT_SERVED[set], ...off]);
};

/** The mask of a phone without a call. */
export const idleMaskOf = (canRedial: boolean, canSet: boolean): number =>
  IDLE[canSet ? 'setting' : 'fixed'][canRedial ? 'redial' : 'fresh'];

const NOTHING: KeyConditions = {
  canRedial: false,
  consults: false,
  canJoin: false,
  canDivert: false,
  canPickUp: false,
  canSet: false,
  canConfer: false,
  canMeet: false,
  isConferring: false,
  controlsConference: false,
};

const idle = (canSet: boolean, canRedial: boolean): number => maskOf('onHook', { ...NOTHING, canRedial, canSet });

const IDLE = {
  setting: { redial: idle(true, true), fresh: idle(true, false) },
  fixed: { redial: idle(false, true), fresh: idle(false, false) },
};
