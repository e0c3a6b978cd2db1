// The keys of calls: which one a soft key's event or a button's stimulus stands for. Fixed keys and programmed buttons mean
// what the soft key of their name means (`docs/protocols/calls.md` §2.3).

import { SOFT_KEYS, type SoftKeyName } from '../../devices/index.js';

/** A key of calls: by the name of its soft key, or of a button that has none. */
export type CallKey =
  | Exclude<SoftKeyName, 'none'>
  | 'line'
  | 'speedDial'
  | 'busyLampField'
  | 'voicemail'
  | 'messages'
  | 'intercom';

/** By softKeyEvent (`sccp.md` §9.3). */
const BY_SOFT_KEY_EVENT: ReadonlyMap<number, CallKey> = new Map(
  Object.entries(SOFT_KEYS)
    .filter(([name]) => name !== 'none')
    .map(([name, { event }]) => [event, name as CallKey]),
);

/** By stimulus (`sccp.md` §9.5). */
const BY_STIMULUS: ReadonlyMap<number, CallKey> = new Map<number, CallKey>([
  [1, 'redial'],
  [2, 'speedDial'],
  [3, 'hold'],
  [4, 'transfer'],
  [5, 'forwardAll'],
  [9, 'line'],
  [15, 'voicemail'],
  [21, 'busyLampField'],
  [23, 'intercom'],
  [123, 'meetMe'],
  [125, 'conference'],
  [126, 'park'],
  [127, 'pickUp'],
  [128, 'groupPickUp'],
  [130, 'doNotDisturb'],
  [131, 'conferenceList'],
  [132, 'removeLastConferee'],
  [133, 'qualityReport'],
  [134, 'callBack'],
  [135, 'otherPickUp'],
  [136, 'videoMode'],
  [137, 'newCall'],
  [138, 'endCall'],
  [139, 'huntLog'],
  [194, 'messages'],
]);

/** `undefined`: the event is no key of calls. */
export const softKeyOf = (event: number): CallKey | undefined => BY_SOFT_KEY_EVENT.get(event);

/** `undefined`: the button has nothing to do with calls. */
export const buttonOf = (stimulus: number): CallKey | undefined => BY_STIMULUS.get(stimulus);
