import type { Instant } from '../../core/time.js';
import type { FromPhoneName } from '../messages/catalogue.js';
import type { BoundLink, OffHookLine, Station } from '../station.js';
import { keyMask, maskWithout, SOFT_KEY_SET } from '../tables/soft-keys.js';
import type { CallKey } from './call-keys.js';
import type { Calls } from './calls.js';
import { showIdlePrompt, showNoCallsPrompt } from './prompts.js';

const CALL_STATE = { offHook: 1, onHook: 2 } as const;
const PRECEDENCE_ROUTINE = 4;
const STIMULUS_LINE = 9;
const LAMP = { off: 1, on: 2 } as const;
const SPEAKER = { on: 1, off: 2 } as const;
const REORDER_TONE = 0x25;
const TO_USER = 0;

/** The keys that would make a call. Keys of a call that is not there do nothing (`sccp.md` §6.6). */
const CALLING_KEYS: ReadonlySet<CallKey> = new Set<CallKey>([
  'redial',
  'newCall',
  'forwardAll',
  'answer',
  'meetMe',
  'pickUp',
  'groupPickUp',
  'barge',
  'line',
  'speedDial',
  'busyLampField',
  'voicemail',
  'messages',
  'intercom',
]);

/** The messages by which a handset was not lifted: the phone must be told to use its speaker. */
const HANDS_FREE: ReadonlySet<string> = new Set(['StimulusMessage', 'SoftKeyEventMessage', 'EnblocCallMessage']);

/** Set 0 as phones always had it. */
const IDLE_MASK = maskWithout(SOFT_KEY_SET.onHook, ['doNotDisturb']);

const callState = (state: number, { line, callReference }: OffHookLine) => ({
  callState: state,
  lineInstance: line,
  callReference,
  privacy: 0,
  precedenceLevel: PRECEDENCE_ROUTINE,
  precedenceDomain: 0,
});

const refuse = (station: Station, bound: BoundLink, line: number, by: FromPhoneName, now: Instant): void => {
  if (bound.offHook !== undefined) return; // a second key on a phone that is off hook already
  const offHook = { line, callReference: station.service.nextCallReference() };
  bound.offHook = offHook;
  if (station.service.bus.hasListener('sccp.call-refused'))
    station.service.bus.publish({ type: 'sccp.call-refused', at: now, station: station.context(), ...offHook, by });
  const { callReference } = offHook;
  if (HANDS_FREE.has(by)) station.send('SetSpeakerModeMessage', { speakerMode: SPEAKER.on }, now);
  station.send('SetLampMessage', { stimulus: STIMULUS_LINE, stimulusInstance: line, lampMode: LAMP.on }, now);
  station.send('CallStateMessage', callState(CALL_STATE.offHook, offHook), now);
  station.send(
    'SelectSoftKeysMessage',
    {
      lineInstance: line,
      callReference,
      softKeySetIndex: SOFT_KEY_SET.offHook,
      validKeyMask: keyMask(SOFT_KEY_SET.offHook, 'endCall'),
    },
    now,
  );
  showNoCallsPrompt(station, offHook, now);
  station.send('ActivateCallPlaneMessage', { lineInstance: line }, now);
  station.send(
    'StartToneMessage',
    {
      tone: REORDER_TONE,
      toneOutputDirection: TO_USER,
      lineInstance: line,
      callReference,
    },
    now,
  );
};

const end = (station: Station, bound: BoundLink, now: Instant): void => {
  const { offHook } = bound;
  bound.offHook = undefined;
  if (offHook !== undefined) {
    const { line, callReference } = offHook;
    station.send('StopToneMessage', { lineInstance: line, callReference, tone: 0 }, now);
    station.send('SetSpeakerModeMessage', { speakerMode: SPEAKER.off }, now);
    station.send('SetLampMessage', { stimulus: STIMULUS_LINE, stimulusInstance: line, lampMode: LAMP.off }, now);
    station.send('ClearPromptStatusMessage', { lineInstance: line, callReference }, now);
    station.send('CallStateMessage', callState(CALL_STATE.onHook, offHook), now);
    station.send('DeactivateCallPlaneMessage', {}, now);
  }
  station.sendPrepared(station.service.prepared.idleKeys(station.version, IDLE_MASK), now);
  showIdlePrompt(station, now);
};

/** Of a call that is not there. */
const unasked = (station: Station, _bound: BoundLink, _fields: unknown, now: Instant): void =>
  station.ignore('unasked', now);

/**
 * The call control that has no calls. A user who lifts the handset or presses a key that would call hears the reorder
 * tone and reads that calls are not available; after hanging up, the phone is as before. The messages are those of a
 * call that fails (`sccp.md` §8.2), which every phone can end.
 */
export const noCalls: Calls = {
  offHook: (station, bound, { line, by }, now) => refuse(station, bound, line || 1, by, now),
  onHook: (station, bound, _on, now) => end(station, bound, now),
  press: (station, bound, { key, line, by }, now) => {
    if (CALLING_KEYS.has(key)) refuse(station, bound, line || 1, by, now);
    else if (key === 'endCall') end(station, bound, now);
    else station.ignore('unasked', now);
  },
  enbloc: (station, bound, _number, line, now) => refuse(station, bound, line || 1, 'EnblocCallMessage', now),
  digit: (station, _bound, _button, _on, now) => station.ignore('unasked', now),
  hookFlash: unasked,
  receiveOpened: unasked,
  transmitStarted: unasked,
  transmitFailed: unasked,
  pageHeard: unasked,
  counted: unasked,
  registered: () => {},
  lost: () => {},
  isTalking: () => false,
  idleMask: () => IDLE_MASK,
  changed: () => {},
};
