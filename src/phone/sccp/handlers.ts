// How a phone takes what the server says over SCCP: one row per message, and one per kind of key for what it asks about it.

import type { Fields, FromServerName } from '../../sccp/messages/catalogue.js';
import { RESET_TYPES } from '../../sccp/tables/enumerations.js';
import { shown } from '../../sccp/tables/labels.js';
import { BUTTON_DEFINITIONS } from '../../sccp/tables/stimuli.js';
import type { PhoneCommand } from '../steps.js';
import type { SccpDialogue } from './dialogue.js';

export type KeyQuery =
  | 'LineStatReqMessage'
  | 'ForwardStatReqMessage'
  | 'SpeedDialStatReqMessage'
  | 'ServiceURLStatReqMessage'
  | 'FeatureStatReqMessage';

const askLine = (dialogue: SccpDialogue, line: number): void => {
  dialogue.ask('LineStatReqMessage', line);
  dialogue.ask('ForwardStatReqMessage', line);
};
const askFeature = (dialogue: SccpDialogue, feature: number): void => dialogue.ask('FeatureStatReqMessage', feature);
const { Line, SpeedDial, ServiceURL } = BUTTON_DEFINITIONS;

/** What a phone asks about a key, by what the key is (`sccp.md` §5.3, ButtonTemplateRes). */
export const KEY_QUERIES: Readonly<Record<number, (dialogue: SccpDialogue, instance: number) => void>> = {
  [Line]: askLine,
  [SpeedDial]: (dialogue, number) => dialogue.ask('SpeedDialStatReqMessage', number),
  [ServiceURL]: (dialogue, number) => dialogue.ask('ServiceURLStatReqMessage', number),
  19: askFeature,
  21: askFeature,
  38: askFeature,
};

const COMMANDS: Readonly<Record<number, PhoneCommand>> = {
  [RESET_TYPES.Reset]: 'reset',
  [RESET_TYPES.Restart]: 'restart',
  [RESET_TYPES.ApplyConfig]: 'apply',
};

/** What each message of the server does to the phone. One without a row is heard and forgotten. */
export const REACTIONS: { readonly [N in FromServerName]?: (dialogue: SccpDialogue, fields: Fields<N>) => void } = {
  RegisterAckMessage: (dialogue, ack) => dialogue.accepted(ack),
  RegisterRejectMessage: (dialogue, { text }) => dialogue.refused(shown(text)),
  CapabilitiesReqMessage: (dialogue) => dialogue.askEverything(),
  ButtonTemplateResMessage: (dialogue, template) => dialogue.keys(template),
  SoftKeyTemplateResMessage: (dialogue) => dialogue.answered('SoftKeyTemplateReqMessage'),
  SoftKeySetResMessage: (dialogue) => dialogue.answered('SoftKeySetReqMessage'),
  ConfigStatMessage: (dialogue) => dialogue.answered('ConfigStatReqMessage'),
  LineStatMessage: (dialogue, line) =>
    dialogue.line(line.lineNumber, line.lineDirNumber, line.lineTextLabel ?? line.lineDirNumber),
  LineStatV2Message: (dialogue, line) => dialogue.line(line.lineNumber, line.lineDirNumber, line.lineTextLabel),
  ForwardStatMessage: (dialogue, { lineNumber }) => dialogue.answered(`ForwardStatReqMessage ${lineNumber}`),
  SpeedDialStatMessage: (dialogue, { speedDialNumber }) =>
    dialogue.answered(`SpeedDialStatReqMessage ${speedDialNumber}`),
  SpeedDialStatV2Message: (dialogue, { speedDialNumber }) =>
    dialogue.answered(`SpeedDialStatReqMessage ${speedDialNumber}`),
  ServiceURLStatMessage: (dialogue, { serviceURLIndex }) =>
    dialogue.answered(`ServiceURLStatReqMessage ${serviceURLIndex}`),
  ServiceURLStatV2Message: (dialogue, { serviceURLIndex }) =>
    dialogue.answered(`ServiceURLStatReqMessage ${serviceURLIndex}`),
  FeatureStatMessage: (dialogue, { featureIndex }) => dialogue.answered(`FeatureStatReqMessage ${featureIndex}`),
  FeatureStatV2Message: (dialogue, { featureIndex }) => dialogue.answered(`FeatureStatReqMessage ${featureIndex}`),
  VersionMessage: (dialogue) => dialogue.answered('VersionReqMessage'),
  ServerResMessage: (dialogue) => dialogue.answered('ServerReqMessage'),
  DefineTimeDateMessage: (dialogue, time) => dialogue.clock(time),
  DisplayPromptStatusMessage: (dialogue, { promptStatus }) => dialogue.prompt(promptStatus),
  DisplayPromptStatusV2Message: (dialogue, { promptStatus }) => dialogue.prompt(promptStatus),
  KeepAliveAckMessage: (dialogue) => dialogue.owner.keepAliveAnswered(),
  RegisterTokenAckMessage: (dialogue) => dialogue.owner.token(undefined),
  RegisterTokenRejectMessage: (dialogue, { waitTimeBeforeNextReq }) => dialogue.owner.token(waitTimeBeforeNextReq),
  ResetMessage: (dialogue, { resetType }) => dialogue.owner.commanded(COMMANDS[resetType] ?? 'reset'),
  UnregisterAckMessage: (dialogue, { status }) => dialogue.owner.unregistered(status === 0),
};
