// The tones of calls, and what a phone shows and plays of a call that failed, by cause.

import type { CallDenial, CauseName } from '../../calls/index.js';
import { CALL_STATES } from '../tables/enumerations.js';
import { TONES } from '../tables/tones.js';
import type { PromptName } from './call-prompts.js';

/** The tones that phones play for the states of calls. */
export const CALL_TONE = {
  dial: TONES.InsideDialTone,
  /** Dial tone of a line that has messages (`docs/protocols/calls.md` §2.15). */
  messages: TONES.MessageWaitingIndicatorTone,
  /** What was dialled is done: once. */
  done: TONES.ConfirmationTone,
  ringBack: TONES.AlertingTone,
  busy: TONES.LineBusyTone,
  reorder: TONES.ReorderTone,
  waiting: TONES.CallWaitingTone,
  hold: TONES.HoldTone,
  /** Dial tone of a feature. */
  feature: TONES.ZipZip,
  /** A feature is set. */
  confirmed: TONES.ConfirmationTone,
  /** The phone answers by itself. */
  autoAnswer: TONES.ZipZip,
  /** A key that cannot be served: once. */
  denied: TONES.BeepBonk,
} as const;

/** How long a phone plays a digit of the far end (`docs/protocols/calls.md` §4.4). */
export const DTMF_MILLISECONDS = 200;

const DTMF: ReadonlyMap<string, number> = new Map([
  ['0', TONES.Dtmf0],
  ['1', TONES.Dtmf1],
  ['2', TONES.Dtmf2],
  ['3', TONES.Dtmf3],
  ['4', TONES.Dtmf4],
  ['5', TONES.Dtmf5],
  ['6', TONES.Dtmf6],
  ['7', TONES.Dtmf7],
  ['8', TONES.Dtmf8],
  ['9', TONES.Dtmf9],
  ['*', TONES.DtmfStar],
  ['#', TONES.DtmfPound],
  ['A', TONES.DtmfA],
  ['B', TONES.DtmfB],
  ['C', TONES.DtmfC],
  ['D', TONES.DtmfD],
]);

/** The tone of a pressed digit; `undefined`: it has none. */
export const dtmfToneOf = (digit: string): number | undefined => DTMF.get(digit);

/** What a phone is shown of a call that failed. */
export interface Failure {
  readonly callState: number;
  readonly tone: number;
  readonly prompt: PromptName;
}

/** From this version on phones know the state of an unknown number; older ones are given that of congestion. */
const KNOWS_INVALID_NUMBER = 5;

const BUSY: Failure = { callState: CALL_STATES.Busy, tone: CALL_TONE.busy, prompt: 'busy' };
const UNKNOWN: Failure = { callState: CALL_STATES.InvalidNumber, tone: CALL_TONE.reorder, prompt: 'unknownNumber' };
const NOTHING_RINGS: Failure = {
  callState: CALL_STATES.Congestion,
  tone: CALL_TONE.denied,
  prompt: 'noCallToPickUp',
};
const FAILED: Failure = { callState: CALL_STATES.Congestion, tone: CALL_TONE.reorder, prompt: 'temporaryFailure' };

/**
 * What a phone plays and shows for a moment where no call begins, by why (`docs/protocols/calls.md` §1.3). Absent: nothing,
 * since no user is so fast.
 */
export const DENIED: Readonly<Partial<Record<CallDenial, Omit<Failure, 'callState'>>>> = {
  'line-full': { tone: CALL_TONE.denied, prompt: 'keyNotActive' },
  disabled: { tone: CALL_TONE.denied, prompt: 'keyNotActive' },
  'device-full': { tone: CALL_TONE.reorder, prompt: 'temporaryFailure' },
  'server-full': { tone: CALL_TONE.reorder, prompt: 'temporaryFailure' },
};

/** A number that only switches something: it is done, and no call came of it. */
const DONE: Failure = { callState: CALL_STATES.Proceed, tone: CALL_TONE.done, prompt: 'proceeding' };

/** Causes that look otherwise than `FAILED` (`docs/protocols/calls.md` §2.9). */
const FAILURES: Readonly<Partial<Record<CauseName, Failure>>> = {
  nothingRings: NOTHING_RINGS,
  normal: DONE,
  busy: BUSY,
  rejected: BUSY,
  unallocated: UNKNOWN,
  noRoute: UNKNOWN,
  incomplete: UNKNOWN,
  noMedia: { ...FAILED, prompt: 'notEnoughBandwidth' },
};

/** What a phone of that version is shown. */
export const failureOf = (cause: CauseName, version: number): Failure => {
  const failure = FAILURES[cause] ?? FAILED;
  const isTooNew = failure.callState === CALL_STATES.InvalidNumber && version < KNOWS_INVALID_NUMBER;
  return isTooNew ? { ...failure, callState: CALL_STATES.Congestion } : failure;
};
