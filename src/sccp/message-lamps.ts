// The message lamps of SCCP phones (`docs/protocols/calls.md` §2.15): of the phone, and of each line beside its key.

import type { Instant } from '../core/time.js';
import type { ConfiguredDevice } from '../devices/index.js';
import { hasMessageLamp, showIdlePrompt } from './calls/prompts.js';
import type { Station } from './station.js';
import { LAMP_MODES } from './tables/enumerations.js';
import { STIMULI } from './tables/stimuli.js';

const send = (station: Station, line: number, isOn: boolean, now: Instant): void =>
  station.send(
    'SetLampMessage',
    {
      stimulus: STIMULI.VoiceMail,
      stimulusInstance: line,
      lampMode: isOn ? LAMP_MODES.On : LAMP_MODES.Off,
    },
    now,
  );

/** Tells a phone that has just registered; its lamp may be as another server left it. */
export const showMessages = (station: Station, device: ConfiguredDevice, now: Instant): void => {
  const { prepared, database } = station.service;
  const waiting = database.messages.linesOf(device);
  if (waiting.length === 0) {
    station.sendPrepared(prepared.messageLampOff(station.version), now);
    return;
  }
  send(station, 0, true, now);
  for (const line of waiting) send(station, line, true, now);
};

/** Tells a phone that the messages of one of its lines have changed. */
export const showChangedMessages = (station: Station, dn: string, now: Instant): void => {
  const { state, service } = station;
  if (state.kind !== 'bound') return;
  const { configured } = state.record;
  const waiting = service.database.messages.linesOf(configured);
  station.speak(() => {
    send(station, 0, waiting.length > 0, now);
    configured.lines.forEach((line, index) => {
      if (line.dn === dn) send(station, index + 1, waiting.includes(index + 1), now);
    });
    if (!hasMessageLamp(configured.model) && !service.calls.isTalking(configured.name)) showIdlePrompt(station, now);
  }, now);
};
