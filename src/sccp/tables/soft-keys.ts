// The soft keys of SCCP phones: the template and its sets. Both are built from the same rows, since a set refers to
// keys by their position in the template (`sccp.md` §5.3 0x0108, 0x0109, §9.3).

import { helpOf, SOFT_KEYS, type SoftKeyName } from '../../devices/index.js';
import { labelled } from './labels.js';

/** In the order of CallManager 4.1's template; what newer servers have and calls need stands behind (`calls.md` §2.2). */
const TEMPLATE = [
  'redial',
  'newCall',
  'hold',
  'transfer',
  'forwardAll',
  'backspace',
  'endCall',
  'resume',
  'answer',
  'conference',
  'park',
  'join',
  'meetMe',
  'pickUp',
  'groupPickUp',
  'barge',
  'directTransfer',
  'select',
  'conferenceList',
  'videoMode',
  'immediateDivert',
  'doNotDisturb',
  'removeLastConferee',
] as const satisfies readonly SoftKeyName[];

/** A key of the template. */
export type Key = (typeof TEMPLATE)[number];

/**
 * CallManager 4.1's sets by their number; `undefined` is a position without a key. What is added stands at the end of a set,
 * so that no key moves (`calls.md` §2.2).
 */
const SETS: readonly (readonly (Key | undefined)[])[] = [
  ['redial', 'newCall', 'forwardAll', 'doNotDisturb'], // 0 on hook
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
    'immediateDivert',
    'removeLastConferee',
  ], // 1 connected
  ['resume', 'newCall', 'directTransfer', 'select', 'join'], // 2 on hold
  ['answer', 'endCall', 'immediateDivert'], // 3 ring in
  ['redial', 'endCall', 'forwardAll', 'pickUp', 'groupPickUp', 'meetMe'], // 4 off hook
  [undefined, 'endCall', 'transfer'], // 5 connected, transfer
  ['backspace', 'endCall'], // 6 digits after the first
  [undefined, 'endCall', 'conference'], // 7 connected, conference
  [undefined, 'endCall', 'transfer'], // 8 ring out
  ['redial', 'endCall'], // 9 off hook with feature
  [], // 10 in use elsewhere
];

/** The numbers of the sets that this server selects. */
export const SOFT_KEY_SET = {
  onHook: 0,
  connected: 1,
  onHold: 2,
  ringIn: 3,
  offHook: 4,
  digits: 6,
  ringOut: 8,
  /** Of a consultation, until its number is dialled. */
  offHookFeature: 9,
  connectedTransfer: 5,
  connectedConference: 7,
  inUseRemote: 10,
} as const;
const ALL_KEYS = 0xffffffff;

/** The bit of a key in a set's validKeyMask; bit 0 is the first key of the set. */
export const keyMask = (set: number, ...keys: readonly Key[]): number =>
  keys.reduce((mask, key) => {
    const place = SETS[set]?.indexOf(key) ?? -1;
    return place < 0 ? mask : mask | (1 << place);
  }, 0) >>> 0;

/** A validKeyMask with every key of the set but these; places without a key stay 1 (`calls.md` §2.2). */
export const maskWithout = (set: number, keys: Iterable<Key>): number => (ALL_KEYS & ~keyMask(set, ...keys)) >>> 0;

const KEYS_IN_A_SET = 16;

/** The fields of SoftKeyTemplateRes. */
export const softKeyTemplate = {
  softKeyOffset: 0,
  softKeyCount: TEMPLATE.length,
  totalSoftKeyCount: TEMPLATE.length,
  definition: TEMPLATE.map((key) => ({
    softKeyLabel: labelled(SOFT_KEYS[key].label),
    softKeyEvent: SOFT_KEYS[key].event,
  })),
} as const;

/** The fields of SoftKeySetRes. */
export const softKeySets = {
  softKeySetOffset: 0,
  softKeySetCount: SETS.length,
  totalSoftKeySetCount: SETS.length,
  definition: SETS.map((keys) => {
    const places = Array.from({ length: KEYS_IN_A_SET }, (_, place) => keys[place]);
    return {
      softKeyTemplateIndex: places.map((key) => (key === undefined ? 0 : TEMPLATE.indexOf(key) + 1)),
      // The number of the key's help text [cap CM 4.1].
      softKeyInfoIndex: places.map((key) => helpOf(SOFT_KEYS[key ?? 'none'])),
    };
  }),
} as const;
