// Applications on the phone, watched numbers, waiting messages, accessories (`sccp.md` §5.7, §11). Declarations only.

import { countOf, measured, record, trimmed } from '../codec/array-fields.js';
import { chars, enumerated, pad, u16, u32 } from '../codec/fields.js';
import { message } from '../codec/message.js';
import {
  BLF_STATES,
  MEDIA_PATH_CAPABILITIES,
  MEDIA_PATHS,
  ON_OFF,
  SUBSCRIPTION_CAUSES,
  SUBSCRIPTION_FEATURES,
} from '../tables/enumerations.js';

const userData = record({
  applicationId: u32,
  lineInstance: u32,
  callReference: u32,
  transactionId: u32,
  dataLength: countOf('xmlData'),
  xmlData: measured('dataLength', 2000),
});
const userDataVersion1 = record({
  applicationId: u32,
  lineInstance: u32,
  callReference: u32,
  transactionId: u32,
  dataLength: countOf('xmlData'),
  sequenceFlag: u32,
  displayPriority: u32,
  conferenceId: u32,
  appInstanceID: u32,
  routingID: u32,
  xmlData: measured('dataLength', 2000),
});

export const DeviceToUserData = message({
  id: 0x002e,
  name: 'DeviceToUserDataMessage',
  direction: 'phone→server',
  phase: 'misc',
  answer: 'application dependent (UserToDeviceDataMessage)',
  doc: 'An application on the phone says something.',
  captured: [],
  fields: { deviceToUserData: userData },
});

export const DeviceToUserDataResponse = message({
  id: 0x002f,
  name: 'DeviceToUserDataResponseMessage',
  direction: 'phone→server',
  phase: 'misc',
  doc: 'An application on the phone answers.',
  captured: [],
  fields: { deviceToUserData: userData },
});

export const UserToDeviceData = message({
  id: 0x011e,
  name: 'UserToDeviceDataMessage',
  direction: 'server→phone',
  phase: 'misc',
  answer: 'DeviceToUserDataResponseMessage',
  doc: 'Something for an application on the phone.',
  captured: [],
  fields: { userToDeviceData: userData },
});

export const DeviceToUserDataVersion1 = message({
  id: 0x0041,
  name: 'DeviceToUserDataVersion1Message',
  direction: 'phone→server',
  phase: 'misc',
  answer: 'application dependent (UserToDeviceDataVersion1Message)',
  doc: 'As DeviceToUserData, in parts and with a priority.',
  captured: [],
  fields: { deviceToUserDataVersion1: userDataVersion1 },
});

export const DeviceToUserDataResponseVersion1 = message({
  id: 0x0042,
  name: 'DeviceToUserDataResponseVersion1Message',
  direction: 'phone→server',
  phase: 'misc',
  doc: 'As DeviceToUserDataResponse, in parts and with a priority.',
  captured: [],
  fields: { deviceToUserDataVersion1: userDataVersion1 },
});

export const UserToDeviceDataVersion1 = message({
  id: 0x013f,
  name: 'UserToDeviceDataVersion1Message',
  direction: 'server→phone',
  phase: 'misc',
  answer: 'DeviceToUserDataResponseVersion1Message',
  doc: 'As UserToDeviceData, in parts and with a priority.',
  captured: [],
  fields: { userToDeviceDataVersion1: userDataVersion1 },
});

export const HeadsetStatus = message({
  id: 0x002b,
  name: 'HeadsetStatusMessage',
  direction: 'phone→server',
  phase: 'misc',
  doc: 'A headset was plugged in or pulled out.',
  captured: [],
  fields: { headsetStatus: enumerated(ON_OFF) },
});

export const MediaPathEvent = message({
  id: 0x0049,
  name: 'MediaPathEventMessage',
  aliases: ['AccessoryStatus'],
  direction: 'phone→server',
  phase: 'misc',
  doc: 'A way to speak and hear was taken up or put down.',
  captured: [20],
  fields: { mediaPathId: enumerated(MEDIA_PATHS), mediaPathEvent: enumerated(ON_OFF) },
});

export const MediaPathCapability = message({
  id: 0x004a,
  name: 'MediaPathCapabilityMessage',
  direction: 'phone→server',
  phase: 'misc',
  doc: 'What a way to speak and hear can do.',
  captured: [22],
  fields: { mediaPathId: enumerated(MEDIA_PATHS), mediaPathCapabilities: enumerated(MEDIA_PATH_CAPABILITIES) },
});

export const SubscriptionStatReq = message({
  id: 0x0048,
  name: 'SubscriptionStatReqMessage',
  aliases: ['DialedPhoneBook'],
  direction: 'phone→server',
  phase: 'misc',
  answer: 'SubscriptionStatMessage, then NotificationMessage',
  doc: 'Watch a number for the phone.',
  captured: [0],
  fields: {
    transactionId: u32,
    subscriptionFeatureId: enumerated(SUBSCRIPTION_FEATURES),
    timer: u32,
    subscriptionId: chars(256),
  },
});

export const SubscriptionStat = message({
  id: 0x0152,
  name: 'SubscriptionStatMessage',
  aliases: ['SubscriptionStatRes'],
  direction: 'server→phone',
  phase: 'misc',
  doc: 'Whether the number is watched.',
  captured: [],
  fields: {
    transactionId: u32,
    subscriptionFeatureId: enumerated(SUBSCRIPTION_FEATURES),
    timer: u32,
    cause: enumerated(SUBSCRIPTION_CAUSES),
  },
});

export const Notification = message({
  id: 0x0153,
  name: 'NotificationMessage',
  direction: 'server→phone',
  phase: 'misc',
  answer: 'sent whenever the watched state changes',
  doc: 'What the watched number does now.',
  captured: [],
  fields: {
    transactionId: u32,
    subscriptionFeatureId: enumerated(SUBSCRIPTION_FEATURES),
    status: enumerated(BLF_STATES),
    text: chars(97),
    pad: pad(3),
  },
});

const messageCounts = record({ numNewMsgs: u32, numOldMsgs: u32 });

export const MwiNotification = message({
  id: 0x004c,
  name: 'MwiNotificationMessage',
  direction: 'phone→server',
  phase: 'misc',
  answer: 'MwiResponseMessage',
  doc: 'Messages wait for a number.',
  captured: [],
  fields: {
    mwiTargetNumber: chars(25),
    mwiControlNumber: chars(25),
    areMessagesWaiting: u32,
    totalVmCounts: messageCounts,
    priorityVmCounts: messageCounts,
    totalFaxCounts: messageCounts,
    priorityFaxCounts: messageCounts,
  },
});

export const MwiResponse = message({
  id: 0x0158,
  name: 'MwiResponseMessage',
  aliases: ['MwiRes'],
  direction: 'server→phone',
  phase: 'misc',
  doc: 'What became of a message waiting notice.',
  captured: [],
  fields: { mwiTargetNumber: chars(25), result: u32 },
});

export const CallCountReq = message({
  id: 0x015e,
  name: 'CallCountReqMessage',
  direction: 'phone→server',
  phase: 'misc',
  answer: 'CallCountRespMessage (chan-sccp ignores it)',
  doc: 'How many calls may each line have?',
  captured: [],
  fields: {},
});

export const CallCountResp = message({
  id: 0x015f,
  name: 'CallCountRespMessage',
  direction: 'server→phone',
  phase: 'misc',
  doc: 'How many calls each line may have, and from which on it is busy.',
  captured: [],
  fields: {
    totalNumOfConfiguredLines: u32,
    startingLineInstance: u32,
    lineDataEntries: countOf('lineData'),
    lineData: trimmed({ count: 'lineDataEntries', slots: 42 }, record({ maxNumCalls: u16, busyTrigger: u16 })),
  },
});

export const EnunciatorCommand = message({
  id: 0x009c,
  name: 'EnunciatorCommandMessage',
  direction: 'server→phone',
  phase: 'misc',
  answer: 'not in the dissector; layout unknown',
  doc: 'Obsolete; its layout is unknown.',
  captured: [],
  fields: {},
});
