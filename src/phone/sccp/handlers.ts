// What a phone does with the messages of an SCCP server: one row for each message, and one for each type of button with
// the queries that it causes.

import type { Fields, FromServerName } from '../../sccp/messages/catalogue.js';
import { RESET_TYPES } from '../../sccp/tables/enumerations.js';
import { shown } from '../../sccp/tables/labels.js';
import { BUTTON_DEFINITIONS } from '../../sccp/tables/stimuli.js';
import type { PhoneCommand } from '../steps.js';
import type { SccpDialogue } from './dialogue.js';

export type ButtonQuery =
  | 'LineStatReqMessage'
  | 'ForwardStatReqMessage'
  | 'SpeedDialStatReqMessage'
  | 'ServiceURLStatReqMessage'
  | 'FeatureStatReqMessage';

const queryLine = (dialogue: SccpDialogue, line: number): void => {
  dialogue.query('LineStatReqMessage', line);
  dialogue.query('ForwardStatReqMessage', line);
};
const queryFeature = (dialogue: SccpDialogue, feature: number): void =>
  dialogue.query('FeatureStatReqMessage', feature);
const { Line, SpeedDial, ServiceURL } = BUTTON_DEFINITIONS;

/** The queries for a button, by its definition (`sccp.md` §5.3, ButtonTemplateRes). */
export const BUTTON_QUERIES: Readonly<Record<number, (dialogue: SccpDialogue, instance: number) => void>> = {
  [Line]: queryLine,
  [SpeedDial]: (dialogue, number) => dialogue.query('SpeedDialStatReqMessage', number),
  [ServiceURL]: (dialogue, number) => dialogue.query('ServiceURLStatReqMessage', number),
  19: queryFeature,
  21: queryFeature,
  38: queryFeature,
};

const COMMANDS: Readonly<Record<number, PhoneCommand>> = {
  [RESET_TYPES.Reset]: 'reset',
  [RESET_TYPES.Restart]: 'restart',
  [RESET_TYPES.ApplyConfig]: 'apply',
};

/** A phone ignores a message without a row. */
export const HANDLERS: { readonly [N in FromServerName]?: (dialogue: SccpDialogue, fields: Fields<N>) => void } = {
  RegisterAckMessage: (dialogue, ack) => dialogue.onRegisterAck(ack),
  RegisterRejectMessage: (dialogue, { text }) => dialogue.onRegisterReject(shown(text)),
  CapabilitiesReqMessage: (dialogue) => dialogue.sendOpeningQueries(),
  ButtonTemplateResMessage: (dialogue, template) => dialogue.onButtonTemplate(template),
  SoftKeyTemplateResMessage: (dialogue) => dialogue.onAnswer('SoftKeyTemplateReqMessage'),
  SoftKeySetResMessage: (dialogue) => dialogue.onAnswer('SoftKeySetReqMessage'),
  ConfigStatMessage: (dialogue) => dialogue.onAnswer('ConfigStatReqMessage'),
  LineStatMessage: (dialogue, line) =>
    dialogue.onLine(line.lineNumber, line.lineDirNumber, line.lineTextLabel ?? line.lineDirNumber),
  LineStatV2Message: (dialogue, line) => dialogue.onLine(line.lineNumber, line.lineDirNumber, line.lineTextLabel),
  ForwardStatMessage: (dialogue, { lineNumber }) => dialogue.onAnswer(`ForwardStatReqMessage ${lineNumber}`),
  SpeedDialStatMessage: (dialogue, { speedDialNumber }) =>
    dialogue.onAnswer(`SpeedDialStatReqMessage ${speedDialNumber}`),
  SpeedDialStatV2Message: (dialogue, { speedDialNumber }) =>
    dialogue.onAnswer(`SpeedDialStatReqMessage ${speedDialNumber}`),
  ServiceURLStatMessage: (dialogue, { serviceURLIndex }) =>
    dialogue.onAnswer(`ServiceURLStatReqMessage ${serviceURLIndex}`),
  ServiceURLStatV2Message: (dialogue, { serviceURLIndex }) =>
    dialogue.onAnswer(`ServiceURLStatReqMessage ${serviceURLIndex}`),
  FeatureStatMessage: (dialogue, feature) => dialogue.onFeature(feature),
  FeatureStatV2Message: (dialogue, feature) => dialogue.onFeature(feature),
  NotificationMessage: (dialogue, { transactionId, status }) => dialogue.onNotification(transactionId, status),
  SetLampMessage: (dialogue, lamp) => dialogue.onLamp(lamp),
  VersionMessage: (dialogue) => dialogue.onAnswer('VersionReqMessage'),
  ServerResMessage: (dialogue) => dialogue.onAnswer('ServerReqMessage'),
  DefineTimeDateMessage: (dialogue, time) => dialogue.onTimeDate(time),
  DisplayPromptStatusMessage: (dialogue, { promptStatus }) => dialogue.onPrompt(promptStatus),
  DisplayPromptStatusV2Message: (dialogue, { promptStatus }) => dialogue.onPrompt(promptStatus),
  UserToDeviceDataVersion1Message: (dialogue, data) => dialogue.onUserData(data),
  KeepAliveAckMessage: (dialogue) => dialogue.owner.onKeepAliveAck(),
  RegisterTokenAckMessage: (dialogue) => dialogue.owner.onToken(undefined),
  RegisterTokenRejectMessage: (dialogue, { waitTimeBeforeNextReq }) => dialogue.owner.onToken(waitTimeBeforeNextReq),
  ResetMessage: (dialogue, { resetType }) => dialogue.owner.onCommand(COMMANDS[resetType] ?? 'reset'),
  UnregisterAckMessage: (dialogue, { status }) => dialogue.owner.onUnregistered(status === 0),
};
