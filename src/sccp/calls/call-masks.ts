// Which soft keys a phone is given in each state of a call: a set of `tables/soft-keys.ts`, and a mask that takes off what
// is not served (`docs/protocols/calls.md` §2.2).

import { type Key, maskWithout, SOFT_KEY_SET } from '../tables/soft-keys.js';

/** The name of a set. */
export type KeySet = keyof typeof SOFT_KEY_SET;

/** The keys of each set that are not served. */
const NOT_SERVED: Readonly<Record<KeySet, readonly Key[]>> = {
  onHook: ['forwardAll', 'doNotDisturb'],
  connected: [
    'transfer',
    'park',
    'conference',
    'conferenceList',
    'select',
    'join',
    'directTransfer',
    'videoMode',
    'immediateDivert',
  ],
  onHold: ['directTransfer', 'select', 'join'],
  ringIn: ['immediateDivert'],
  offHook: ['forwardAll', 'pickUp', 'groupPickUp', 'meetMe'],
  digits: [],
  ringOut: ['transfer'],
};

/** The sets that have a Redial key, which is off until a number was dialled. */
const WITH_REDIAL: ReadonlySet<KeySet> = new Set<KeySet>(['onHook', 'offHook']);

/** The validKeyMask of a set. `canRedial`: the device has dialled a number. */
export const maskOf = (set: KeySet, canRedial: boolean): number => MASKS[set][canRedial ? 'redial' : 'fresh'];

const MASKS = Object.fromEntries(
  Object.entries(NOT_SERVED).map(([name, off]) => {
    const set = name as KeySet;
    const fresh = WITH_REDIAL.has(set) ? [...off, 'redial' as const] : off;
    return [set, { redial: maskWithout(SOFT_KEY_SET[set], off), fresh: maskWithout(SOFT_KEY_SET[set], fresh) }];
  }),
) as Readonly<Record<KeySet, { readonly redial: number; readonly fresh: number }>>;
