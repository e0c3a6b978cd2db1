// Answers to questions that nobody asked here: of media, conferences, applications. They are read, told, and lead to
// nothing (`sccp.md` §6.6), until there is a room of calls that asks.

import type { Instant } from '../../core/time.js';
import type { Handlers, Station } from '../station.js';

const unasked = {
  requires: 'device',
  handle: (station: Station, _fields: unknown, now: Instant): void => station.ignore('unasked', now),
} as const;

export const unaskedRows = {
  MediaPortListMessage: unasked,
  MulticastMediaReceptionAckMessage: unasked,
  OpenReceiveChannelAckMessage: unasked,
  ConnectionStatisticsResMessage: unasked,
  MediaTransmissionFailureMessage: unasked,
  DeviceToUserDataMessage: unasked,
  DeviceToUserDataResponseMessage: unasked,
  OpenMultiMediaReceiveChannelAckMessage: unasked,
  ClearConferenceMessage: unasked,
  CreateConferenceResMessage: unasked,
  DeleteConferenceResMessage: unasked,
  ModifyConferenceResMessage: unasked,
  AddParticipantResMessage: unasked,
  AuditConferenceResMessage: unasked,
  AuditParticipantResMessage: unasked,
  DeviceToUserDataVersion1Message: unasked,
  DeviceToUserDataResponseVersion1Message: unasked,
  PortResMessage: unasked,
  QoSResvNotifyMessage: unasked,
  QoSErrorNotifyMessage: unasked,
  NotifyDtmfToneMessage: unasked,
  SubscribeDtmfPayloadResMessage: unasked,
  SubscribeDtmfPayloadErrMessage: unasked,
  UnSubscribeDtmfPayloadResMessage: unasked,
  UnSubscribeDtmfPayloadErrMessage: unasked,
  MiscellaneousCommandMessage: unasked,
  FlowControlNotifyMessage: unasked,
  StartMediaTransmissionAckMessage: unasked,
  StartMultiMediaTransmissionAckMessage: unasked,
} as const satisfies Partial<Handlers>;
