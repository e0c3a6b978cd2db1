// Conferences on a conference resource (`sccp.md` §11). No capture backs their layouts. Declarations only.

import { counted, countOf, measured, record } from '../codec/array-fields.js';
import { chars, u32 } from '../codec/fields.js';
import { message } from '../codec/message.js';

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
