// The soft keys: one row per key and one per set. Template and sets are built from the same rows, since a set names its
// keys by their place in the template (`sccp.md` §5.3 0x0108, 0x0109, §9.3). Knows no frame.

import { labelled } from './labels.js';

interface SoftKey {
  /** The number that the phone gives back in SoftKeyEvent: CallManager's own. */
  readonly event: number;
  /** The label code of the phone's dictionary: the phone shows its own language. */
  readonly label: number;
}

/** In the order of CallManager 4.1's template. */
export const SOFT_KEYS = {
  redial: { event: 1, label: 1 },
  newCall: { event: 2, label: 2 },
  hold: { event: 3, label: 3 },
  transfer: { event: 4, label: 4 },
  forwardAll: { event: 5, label: 5 },
  backspace: { event: 8, label: 8 },
  endCall: { event: 9, label: 9 },
  resume: { event: 10, label: 10 },
  answer: { event: 11, label: 11 },
  conference: { event: 13, label: 13 },
  park: { event: 14, label: 14 },
  join: { event: 15, label: 15 },
  meetMe: { event: 16, label: 16 },
  pickUp: { event: 17, label: 17 },
  groupPickUp: { event: 18, label: 18 },
  barge: { event: 21, label: 67 },
  directTransfer: { event: 28, label: 77 },
  select: { event: 29, label: 78 },
  conferenceList: { event: 30, label: 79 },
  videoMode: { event: 33, label: 88 },
} as const satisfies Record<string, SoftKey>;

type Key = keyof typeof SOFT_KEYS;

/** CallManager 4.1's sets by their number; `undefined` is a place without a key. */
const SETS: readonly (readonly (Key | undefined)[])[] = [
  ['redial', 'newCall', 'forwardAll'], // 0 on hook
  [
    'hold',
    'endCall',
    'transfer',
    'park',
    'conference',
    'conferenceList',
    'select',
    'join',
    'directTransfer',
    'videoMode',
  ], // 1 connected
  ['resume', 'newCall', 'directTransfer', 'select', 'join'], // 2 on hold
  ['answer'], // 3 ring in
  ['redial', 'endCall', 'forwardAll', 'pickUp', 'groupPickUp', 'meetMe'], // 4 off hook
  [undefined, 'endCall', 'transfer'], // 5 connected, transfer
  ['backspace', 'endCall'], // 6 digits after the first
  [undefined, 'endCall', 'conference'], // 7 connected, conference
  [undefined, 'endCall'], // 8 ring out
  ['redial', 'endCall'], // 9 off hook with feature
  [], // 10 in use elsewhere
];

export const SOFT_KEY_SET = { onHook: 0, connected: 1, offHook: 4, digits: 6, ringOut: 8 } as const;
export const ALL_KEYS = 0xffffffff;

/** The bit of a key in a set's validKeyMask; bit 0 is the first key of the set. */
export const keyMask = (set: number, ...keys: readonly Key[]): number =>
  keys.reduce((mask, key) => mask | (1 << (SETS[set]?.indexOf(key) ?? 31)), 0) >>> 0;

const KEYS_IN_A_SET = 16;
const INFO_OF_EVENT = 300; // softKeyInfoIndex is 300 + the event of the key [cap CM 4.1]
const rows = Object.keys(SOFT_KEYS) as Key[];

export const softKeyTemplate = {
  softKeyOffset: 0,
  softKeyCount: rows.length,
  totalSoftKeyCount: rows.length,
  definition: rows.map((key) => ({
    softKeyLabel: labelled(SOFT_KEYS[key].label),
    softKeyEvent: SOFT_KEYS[key].event,
  })),
} as const;

export const softKeySets = {
  softKeySetOffset: 0,
  softKeySetCount: SETS.length,
  totalSoftKeySetCount: SETS.length,
  definition: SETS.map((keys) => {
    const places = Array.from({ length: KEYS_IN_A_SET }, (_, place) => keys[place]);
    return {
      softKeyTemplateIndex: places.map((key) => (key === undefined ? 0 : rows.indexOf(key) + 1)),
      softKeyInfoIndex: places.map((key) => (key === undefined ? 0 : INFO_OF_EVENT + SOFT_KEYS[key].event)),
    };
  }),
} as const;
