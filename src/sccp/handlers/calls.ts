// Keys, handset and streams of calls: what each message says is handed to the service's `Calls`. With calls switched off
// that is `no-calls.ts`, else `station-calls.ts`.

import { buttonOf, softKeyOf } from '../calls/call-keys.js';
import type { LegReference } from '../calls/calls.js';
import type { Handlers } from '../station.js';

const place = ({
  lineInstance = 0,
  callReference = 0,
}: {
  readonly lineInstance?: number;
  readonly callReference?: number;
}): LegReference => ({ line: lineInstance, callReference });

/** Of handset, keys and streams. */
export const callHandlers = {
  OffHookMessage: {
    requires: 'device',
    handle: (station, fields, now, bound) =>
      station.service.calls.offHook(station, bound, { ...place(fields), by: 'OffHookMessage' }, now),
  },
  OffHookWithCallingPartyNumberMessage: {
    requires: 'device',
    handle: (station, { lineInstance = 0 }, now, bound) => {
      const by = 'OffHookWithCallingPartyNumberMessage';
      station.service.calls.offHook(station, bound, { line: lineInstance, callReference: 0, by }, now);
    },
  },
  OnHookMessage: {
    requires: 'device',
    handle: (station, fields, now, bound) => station.service.calls.onHook(station, bound, place(fields), now),
  },
  HookFlashMessage: {
    requires: 'device',
    handle: (station, fields, now, bound) => station.service.calls.hookFlash(station, bound, place(fields), now),
  },
  EnblocCallMessage: {
    requires: 'device',
    handle: (station, { calledParty, lineInstance = 0 }, now, bound) =>
      station.service.calls.enbloc(station, bound, calledParty ?? '', lineInstance, now),
  },
  KeypadButtonMessage: {
    requires: 'device',
    handle: (station, fields, now, bound) =>
      station.service.calls.digit(station, bound, fields.kpButton, place(fields), now),
  },
  StimulusMessage: {
    requires: 'device',
    handle: (station, { stimulus, stimulusInstance: instance, callReference = 0 }, now, bound) => {
      const key = buttonOf(stimulus);
      const line = key === 'line' ? instance : 0;
      const by = 'StimulusMessage';
      if (key === undefined) station.ignore('unasked', now);
      else station.service.calls.press(station, bound, { key, line, callReference, instance, by }, now);
    },
  },
  SoftKeyEventMessage: {
    requires: 'device',
    handle: (station, { softKeyEvent, ...fields }, now, bound) => {
      const key = softKeyOf(softKeyEvent);
      const by = 'SoftKeyEventMessage';
      if (key === undefined) station.ignore('unasked', now);
      else station.service.calls.press(station, bound, { key, ...place(fields), instance: 0, by }, now);
    },
  },
  OpenReceiveChannelAckMessage: {
    requires: 'device',
    handle: (station, fields, now, bound) => station.service.calls.receiveOpened(station, bound, fields, now),
  },
  StartMediaTransmissionAckMessage: {
    requires: 'device',
    handle: (station, fields, now, bound) => station.service.calls.transmitStarted(station, bound, fields, now),
  },
  MulticastMediaReceptionAckMessage: {
    requires: 'device',
    handle: (station, ack, now, bound) => station.service.calls.pageHeard(station, bound, ack, now),
  },
  MediaTransmissionFailureMessage: {
    requires: 'device',
    handle: (station, fields, now, bound) => station.service.calls.transmitFailed(station, bound, fields, now),
  },
  ConnectionStatisticsResMessage: {
    requires: 'device',
    handle: (station, fields, now, bound) => station.service.calls.counted(station, bound, fields, now),
  },
} as const satisfies Partial<Handlers>;
