// Between the server and media resources: sessions, quality of service, conferences, announcements (`sccp.md` §11). No
// capture backs their layouts. Declarations alone.

import { counted, countOf, measured, record, slots } from '../arrays.js';
import { IP_ADDRESS_TYPES } from '../enumerations.js';
import { address, addressType, chars, enumerated, ipv4, u32 } from '../kinds.js';
import { message } from '../message.js';
import { PAYLOADS } from '../payloads.js';
import { TONES } from '../tones.js';

const application = record({ vendorID: chars(32), version: chars(16), appName: chars(32), subAppID: chars(32) });

export const StartSessionTransmission = message({
  id: 0x0095,
  name: 'StartSessionTransmissionMessage',
  direction: 'server↔resource',
  phase: 'media',
  doc: 'Start a session to this address.',
  captured: [],
  fields: {
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    sessionType: u32,
  },
});

export const StopSessionTransmission = message({
  id: 0x0096,
  name: 'StopSessionTransmissionMessage',
  direction: 'server↔resource',
  phase: 'media',
  doc: 'Stop the session to this address.',
  captured: [],
  fields: {
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    sessionType: u32,
  },
});

export const QoSListen = message({
  id: 0x014d,
  name: 'QoSListenMessage',
  direction: 'server↔resource',
  phase: 'media',
  doc: 'Accept a reservation for a stream.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    resvStyle: u32,
    maxRetryNumber: u32,
    retryTimer: u32,
    confirmRequired: u32,
    preemptionPriority: u32,
    defendingPriority: u32,
    compressionType: enumerated(PAYLOADS),
    averageBitRate: u32,
    burstSize: u32,
    peakRate: u32,
    applicationID: application,
  },
});

export const QoSPath = message({
  id: 0x014e,
  name: 'QoSPathMessage',
  direction: 'server↔resource',
  phase: 'media',
  doc: 'Reserve for a stream.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    resvStyle: u32,
    maxRetryNumber: u32,
    retryTimer: u32,
    preemptionPriority: u32,
    defendingPriority: u32,
    compressionType: enumerated(PAYLOADS),
    averageBitRate: u32,
    burstSize: u32,
    peakRate: u32,
    applicationID: application,
  },
});

export const QoSTeardown = message({
  id: 0x014f,
  name: 'QoSTeardownMessage',
  direction: 'server↔resource',
  phase: 'media',
  doc: 'Drop a reservation.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    direction: u32,
  },
});

export const QoSModify = message({
  id: 0x0151,
  name: 'QoSModifyMessage',
  direction: 'server↔resource',
  phase: 'media',
  doc: 'Change a reservation.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    direction: u32,
    compressionType: enumerated(PAYLOADS),
    averageBitRate: u32,
    burstSize: u32,
    peakRate: u32,
    applicationID: application,
  },
});

export const UpdateDSCP = message({
  id: 0x0150,
  name: 'UpdateDSCPMessage',
  direction: 'server↔resource',
  phase: 'media',
  doc: 'Mark the packets of a stream anew.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    DSCPValue: u32,
  },
});

export const QoSResvNotify = message({
  id: 0x0046,
  name: 'QoSResvNotifyMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'A reservation stands.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    direction: u32,
  },
});

export const QoSErrorNotify = message({
  id: 0x0047,
  name: 'QoSErrorNotifyMessage',
  direction: 'phone→server',
  phase: 'media',
  doc: 'A reservation failed.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    passThroughPartyId: u32,
    ipv4or6: addressType('remoteIpAddr', IP_ADDRESS_TYPES),
    remoteIpAddr: address('ipv4or6'),
    remotePortNumber: u32,
    direction: u32,
    errorCode: u32,
    failureNodeIpAddr: ipv4,
    rsvpErrorCode: u32,
    rsvpErrorSubCodeVal: u32,
    rsvpErrorFlag: u32,
  },
});

export const ClearConference = message({
  id: 0x0032,
  name: 'ClearConferenceMessage',
  direction: 'phone→server',
  phase: 'conference/resource',
  doc: 'Forget a conference.',
  captured: [],
  fields: { conferenceId: u32, serviceNum: u32 },
});

export const CreateConferenceReq = message({
  id: 0x0137,
  name: 'CreateConferenceReqMessage',
  direction: 'server→phone',
  phase: 'conference/resource',
  answer: 'CreateConferenceResMessage',
  doc: 'Create a conference.',
  captured: [],
  fields: {
    conferenceId: u32,
    numberOfReservedParticipants: u32,
    resourceType: u32,
    applicationId: u32,
    appConfID: chars(32),
    appData: chars(24),
    dataLength: countOf('passThruData'),
    passThruData: measured('dataLength', 2000),
  },
});

export const CreateConferenceRes = message({
  id: 0x0035,
  name: 'CreateConferenceResMessage',
  direction: 'phone→server',
  phase: 'conference/resource',
  doc: 'The conference is created, or not.',
  captured: [],
  fields: {
    conferenceId: u32,
    result: u32,
    dataLength: countOf('passThruData'),
    passThruData: measured('dataLength', 2000),
  },
});

export const DeleteConferenceReq = message({
  id: 0x0138,
  name: 'DeleteConferenceReqMessage',
  direction: 'server→phone',
  phase: 'conference/resource',
  answer: 'DeleteConferenceResMessage',
  doc: 'Delete a conference.',
  captured: [],
  fields: { conferenceId: u32 },
});

export const DeleteConferenceRes = message({
  id: 0x0036,
  name: 'DeleteConferenceResMessage',
  direction: 'phone→server',
  phase: 'conference/resource',
  doc: 'The conference is deleted, or not.',
  captured: [],
  fields: { conferenceId: u32, result: u32 },
});

export const ModifyConferenceReq = message({
  id: 0x0139,
  name: 'ModifyConferenceReqMessage',
  direction: 'server→phone',
  phase: 'conference/resource',
  answer: 'ModifyConferenceResMessage',
  doc: 'Change a conference.',
  captured: [],
  fields: {
    conferenceId: u32,
    numberOfReservedParticipants: u32,
    applicationId: u32,
    appConfID: chars(32),
    appData: chars(24),
    dataLength: countOf('passThruData'),
    passThruData: measured('dataLength', 2000),
  },
});

export const ModifyConferenceRes = message({
  id: 0x0037,
  name: 'ModifyConferenceResMessage',
  direction: 'phone→server',
  phase: 'conference/resource',
  doc: 'The conference is changed, or not.',
  captured: [],
  fields: {
    conferenceId: u32,
    result: u32,
    dataLength: countOf('passThruData'),
    passThruData: measured('dataLength', 2000),
  },
});

export const AddParticipantReq = message({
  id: 0x013a,
  name: 'AddParticipantReqMessage',
  direction: 'server→phone',
  phase: 'conference/resource',
  answer: 'AddParticipantResMessage',
  doc: 'Add a participant.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    partyPIRestrictionBits: u32,
    participantName: chars(40),
    participantNumber: chars(24),
    conferenceName: chars(32),
  },
});

export const AddParticipantRes = message({
  id: 0x0038,
  name: 'AddParticipantResMessage',
  direction: 'phone→server',
  phase: 'conference/resource',
  doc: 'The participant is added, or not.',
  captured: [],
  fields: { conferenceId: u32, callReference: u32, result: u32, bridgeParticipantId: chars(257) },
});

export const DropParticipantReq = message({
  id: 0x013b,
  name: 'DropParticipantReqMessage',
  direction: 'server→phone',
  phase: 'conference/resource',
  doc: 'Drop a participant.',
  captured: [],
  fields: { conferenceId: u32, callReference: u32 },
});

export const ChangeParticipantReq = message({
  id: 0x013e,
  name: 'ChangeParticipantReqMessage',
  direction: 'server→phone',
  phase: 'conference/resource',
  doc: 'Change a participant.',
  captured: [],
  fields: {
    conferenceId: u32,
    callReference: u32,
    partyPIRestrictionBits: u32,
    participantName: chars(40),
    participantNumber: chars(24),
    conferenceName: chars(32),
  },
});

export const AuditConferenceReq = message({
  id: 0x013c,
  name: 'AuditConferenceReqMessage',
  direction: 'server→phone',
  phase: 'conference/resource',
  answer: 'AuditConferenceResMessage',
  doc: 'Which conferences are there?',
  captured: [],
  fields: {},
});

export const AuditConferenceRes = message({
  id: 0x0039,
  name: 'AuditConferenceResMessage',
  direction: 'phone→server',
  phase: 'conference/resource',
  doc: 'The conferences that there are.',
  captured: [],
  fields: {
    last: u32,
    numberOfEntries: countOf('conferenceEntry'),
    conferenceEntry: counted(
      { count: 'numberOfEntries', slots: 32 },
      record({
        conferenceId: u32,
        resourceType: u32,
        numberOfReservedParticipants: u32,
        numberOfActiveParticipants: u32,
        applicationId: u32,
        appConfID: chars(32),
        appData: chars(24),
      }),
    ),
  },
});

export const AuditParticipantReq = message({
  id: 0x013d,
  name: 'AuditParticipantReqMessage',
  direction: 'server→phone',
  phase: 'conference/resource',
  answer: 'AuditParticipantResMessage',
  doc: 'Who is in the conference?',
  captured: [],
  fields: { conferenceId: u32 },
});

export const AuditParticipantRes = message({
  id: 0x0040,
  name: 'AuditParticipantResMessage',
  direction: 'phone→server',
  phase: 'conference/resource',
  doc: 'The participants by their call references.',
  captured: [],
  fields: {
    result: u32,
    last: u32,
    conferenceId: u32,
    numberOfEntries: countOf('participantEntry'),
    participantEntry: counted({ count: 'numberOfEntries', slots: 256 }, u32),
  },
});

export const StartAnnouncement = message({
  id: 0x0122,
  name: 'StartAnnouncementMessage',
  direction: 'server↔resource',
  phase: 'conference/resource',
  answer: 'annunciator',
  doc: 'Play announcements to the parties of a conference.',
  captured: [],
  fields: {
    AnnList: slots(32, record({ locale: u32, country: u32, toneAnnouncement: enumerated(TONES) })),
    annAckReq: u32,
    conferenceId: u32,
    matrixConfPartyID: slots(16, u32),
    hearingConfPartyMask: u32,
    annPlayMode: u32,
  },
});

export const StopAnnouncement = message({
  id: 0x0123,
  name: 'StopAnnouncementMessage',
  direction: 'server↔resource',
  phase: 'conference/resource',
  doc: 'Stop the announcements of a conference.',
  captured: [],
  fields: { conferenceId: u32 },
});

export const AnnouncementFinish = message({
  id: 0x0124,
  name: 'AnnouncementFinishMessage',
  direction: 'server↔resource',
  phase: 'conference/resource',
  doc: 'The announcements of a conference are over.',
  captured: [],
  fields: { conferenceId: u32, annStatus: u32 },
});
