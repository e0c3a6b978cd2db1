// Everything by which a user begins a call, as one table: whether the phone must be told to use its speaker, and which number
// is dialled at once (`docs/protocols/calls.md` §2.3).

import type { ConfiguredDevice } from '../../devices/index.js';
import type { PromptName } from './call-prompts.js';

/** The ways to begin a call. */
export type StartName =
  | 'offHook'
  | 'line'
  | 'newCall'
  | 'redial'
  | 'speedDial'
  | 'busyLampField'
  | 'intercom'
  | 'voicemail'
  | 'enbloc'
  | 'hookFlash'
  | 'consultation'
  | 'pickUp'
  | 'groupPickUp'
  | 'meetMe'
  | 'forwardAll';

/** Where a start finds its number. */
export interface NumberSource {
  readonly device: ConfiguredDevice;
  /** What the device dialled last. */
  readonly lastNumber: string | undefined;
  /** The voicemail number of lines without one of their own; empty: none. */
  readonly voicemail: string;
  /** The number of the button that was pressed, or of the line; 0: the phone does not say. */
  readonly instance: number;
  /** What stands before a number for an intercom call; `undefined`: there are none. */
  readonly intercom: string | undefined;
}

/** What one of the ways means. */
export interface CallStart {
  /** Nothing was lifted, unless the phone has said so before. */
  readonly isHandsFree: boolean;
  /** The number that is dialled at once; `undefined` of it: there is none. Absent: dial tone. */
  readonly numberOf?: (source: NumberSource) => string | undefined;
  /** What the user reads where there is no number. */
  readonly without?: PromptName;
}

const dialled = ({ device, instance }: NumberSource): string | undefined => device.speedDials[instance - 1]?.number;

/** One row for each way. */
export const CALL_STARTS: Readonly<Record<StartName, CallStart>> = {
  offHook: { isHandsFree: false },
  hookFlash: { isHandsFree: false },
  /** The call that rings in its group is answered at once. */
  pickUp: { isHandsFree: true },
  /** The number of a group, or one that rings, is dialled. */
  groupPickUp: { isHandsFree: true },
  /** The number of a room is dialled. */
  meetMe: { isHandsFree: true },
  /** What is dialled is where the line forwards. */
  forwardAll: { isHandsFree: true },
  /** Its speaker or handset stays as it is. */
  consultation: { isHandsFree: false },
  line: { isHandsFree: true },
  newCall: { isHandsFree: true },
  redial: { isHandsFree: true, numberOf: ({ lastNumber }) => lastNumber, without: 'keyNotActive' },
  speedDial: { isHandsFree: true, numberOf: dialled, without: 'keyNotActive' },
  busyLampField: { isHandsFree: true, numberOf: dialled, without: 'keyNotActive' },
  intercom: {
    isHandsFree: true,
    numberOf: (source) => {
      const number = dialled(source);
      return number === undefined || source.intercom === undefined ? undefined : `${source.intercom}${number}`;
    },
    without: 'keyNotActive',
  },
  voicemail: {
    isHandsFree: true,
    numberOf: ({ device, instance, voicemail }) => device.lines[Math.max(instance, 1) - 1]?.voicemail || voicemail,
    without: 'serviceNotActive',
  },
  /** The number comes with the message. */
  enbloc: { isHandsFree: true, without: 'keyNotActive' },
};
