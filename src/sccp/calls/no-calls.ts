import type { OffHookLine } from '../station.js';
import { keyMask, SOFT_KEY_SET } from '../tables/soft-keys.js';
import type { Calls } from './calls.js';
import { showIdlePrompt, showNoCallsPrompt } from './prompts.js';

const CALL_STATE = { offHook: 1, onHook: 2 } as const;
const PRECEDENCE_ROUTINE = 4;
const STIMULUS_LINE = 9;
const LAMP = { off: 1, on: 2 } as const;
const SPEAKER = { on: 1, off: 2 } as const;
const REORDER_TONE = 0x25;
const TO_USER = 0;

/** Messages that are not about the handset: the phone must be told to use its speaker. */
const HANDS_FREE: ReadonlySet<string> = new Set(['StimulusMessage', 'SoftKeyEventMessage', 'EnblocCallMessage']);

const callState = (state: number, { line, callReference }: OffHookLine) => ({
  callState: state,
  lineInstance: line,
  callReference,
  privacy: 0,
  precedenceLevel: PRECEDENCE_ROUTINE,
  precedenceDomain: 0,
});

/**
 * The call control that has no calls. A user who lifts the handset or presses a key that would call hears the reorder
 * tone and reads that calls are not available; after hanging up, the phone is as before. The messages are those of a
 * call that fails (`sccp.md` §8.2), which every phone can end.
 */
export const noCalls: Calls = {
  start: (station, bound, { line, by }, now) => {
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
  },

  end: (station, bound, now) => {
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
    station.sendPrepared(station.service.prepared.idleKeys(station.version), now);
    showIdlePrompt(station, now);
  },
};
