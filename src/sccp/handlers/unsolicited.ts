// Messages that answer requests which this server does not send: of conferences, applications and digits in streams.
// They are decoded and published, and lead to nothing (`sccp.md` §6.6), but for the answer to an object that was pushed.

import type { Instant } from '../../core/time.js';
import type { Handlers, Station } from '../station.js';

const unsolicited = {
  requires: 'device',
  handle: (station: Station, _fields: unknown, now: Instant): void => station.ignore('unasked', now),
} as const;

/** Of answers that were not requested. */
export const unsolicitedHandlers = {
  MediaPortListMessage: unsolicited,
  DeviceToUserDataMessage: unsolicited,
  DeviceToUserDataResponseMessage: unsolicited,
  OpenMultiMediaReceiveChannelAckMessage: unsolicited,
  ClearConferenceMessage: unsolicited,
  CreateConferenceResMessage: unsolicited,
  DeleteConferenceResMessage: unsolicited,
  ModifyConferenceResMessage: unsolicited,
  AddParticipantResMessage: unsolicited,
  AuditConferenceResMessage: unsolicited,
  AuditParticipantResMessage: unsolicited,
  DeviceToUserDataVersion1Message: unsolicited,
  DeviceToUserDataResponseVersion1Message: {
    requires: 'device',
    handle: (station, { deviceToUserDataVersion1: { transactionId, sequenceFlag, xmlData } }, now) => {
      if (!station.service.userData.onAnswer(station.link, transactionId, sequenceFlag, xmlData))
        station.ignore('unasked', now);
    },
  },
  PortResMessage: unsolicited,
  QoSResvNotifyMessage: unsolicited,
  QoSErrorNotifyMessage: unsolicited,
  NotifyDtmfToneMessage: unsolicited,
  SubscribeDtmfPayloadResMessage: unsolicited,
  SubscribeDtmfPayloadErrMessage: unsolicited,
  UnSubscribeDtmfPayloadResMessage: unsolicited,
  UnSubscribeDtmfPayloadErrMessage: unsolicited,
  MiscellaneousCommandMessage: unsolicited,
  FlowControlNotifyMessage: unsolicited,
  StartMultiMediaTransmissionAckMessage: unsolicited,
} as const satisfies Partial<Handlers>;
