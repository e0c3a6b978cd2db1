// Sessions and announcements of media resources (`sccp.md` §11). No capture backs their layouts. Declarations only.

import { record, slots } from '../codec/array-fields.js';
import { address, addressType, enumerated, u32 } from '../codec/fields.js';
import { message } from '../codec/message.js';
import { IP_ADDRESS_TYPES } from '../tables/enumerations.js';
import { TONES } from '../tables/tones.js';

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
