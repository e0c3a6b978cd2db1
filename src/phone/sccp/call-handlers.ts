// What a phone with calls does with the messages of calls: one row each.

import type { Fields, FromServerName } from '../../sccp/messages/catalogue.js';
import type { SccpCalls } from './calls.js';

/** A phone ignores a message without a row. */
export const CALL_HANDLERS: { readonly [N in FromServerName]?: (calls: SccpCalls, fields: Fields<N>) => void } = {
  SoftKeyTemplateResMessage: ({ screen }, fields) => screen.template(fields),
  SoftKeySetResMessage: ({ screen }, fields) => screen.sets(fields),
  SelectSoftKeysMessage: ({ screen }, fields) => screen.select(fields),
  DisplayPromptStatusMessage: (calls, { promptStatus, callReference }) => calls.onPrompt(promptStatus, callReference),
  DisplayPromptStatusV2Message: (calls, { promptStatus, callReference }) => calls.onPrompt(promptStatus, callReference),
  ClearPromptStatusMessage: ({ screen }, fields) => screen.clearPrompt(fields),
  SetLampMessage: ({ screen }, fields) => screen.lamp(fields),
  SetSpeakerModeMessage: ({ screen }, fields) => screen.speaker(fields),
  SetRingerMessage: (calls, fields) => calls.onRinger(fields),
  StartToneMessage: (calls, fields) => calls.onStartTone(fields),
  StopToneMessage: (calls, fields) => calls.onStopTone(fields),
  CallStateMessage: (calls, fields) => calls.onCallState(fields),
  CallInfoMessage: (calls, { callReference = 0, callType = 0, ...info }) =>
    calls.onCallInfo(callReference, callType, {
      calling: { number: info.callingParty, name: info.callingPartyName },
      called: { number: info.calledParty, name: info.calledPartyName },
    }),
  CallInfoV2Message: (calls, { callReference, callType, ...info }) =>
    calls.onCallInfo(callReference, callType, {
      calling: { number: info.callingParty, name: info.callingPartyName },
      called: { number: info.calledParty, name: info.calledPartyName },
    }),
  DialedNumberMessage: (calls, fields) => calls.onDialedNumber(fields),
  OpenReceiveChannelMessage: ({ streams }, fields) => streams.openReceive(fields),
  CloseReceiveChannelMessage: ({ streams }, { passThruPartyId }) => streams.closeReceive(passThruPartyId),
  StartMediaTransmissionMessage: ({ streams }, fields) => streams.startTransmission(fields),
  StopMediaTransmissionMessage: ({ streams }, { passThruPartyId = 0 }) => streams.stopTransmission(passThruPartyId),
  StartMulticastMediaReceptionMessage: (calls, fields) => calls.onPage(fields),
  StopMulticastMediaReceptionMessage: (calls) => calls.onPageEnd(),
  ConnectionStatisticsReqMessage: (calls, fields) => calls.onStatisticsRequest(fields),
};
