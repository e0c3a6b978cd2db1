// What a phone asks about speed dials, features and services, and the answers (`sccp.md` §5.3). Declarations only.

import { chars, enumerated, terminated, u32 } from '../codec/fields.js';
import { tail } from '../codec/layout.js';
import { message } from '../codec/message.js';
import { BUTTON_DEFINITIONS } from '../tables/stimuli.js';

export const SpeedDialStatReq = message({
  id: 0x000a,
  name: 'SpeedDialStatReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'SpeedDialStatMessage (or SpeedDialStatV2Message), also for an empty slot',
  doc: 'What is speed dial n?',
  captured: [],
  fields: { speedDialNumber: u32 },
});

export const SpeedDialStat = message({
  id: 0x0091,
  name: 'SpeedDialStatMessage',
  aliases: ['SpeedDialStatRes'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'Number and name of a speed dial; empty where there is none.',
  captured: [],
  fields: { speedDialNumber: u32, speedDialDirNumber: chars(24), speedDialDisplayName: chars(40) },
});

export const SpeedDialStatV2 = message({
  id: 0x0149,
  name: 'SpeedDialStatV2Message',
  aliases: ['SpeedDialStatV2Res'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'The dynamic form of SpeedDialStat, which nobody sends.',
  captured: [],
  fields: { speedDialNumber: u32, speedDialDirNumber: terminated(25), speedDialDisplayName: terminated(121) },
});

export const FeatureStatReq = message({
  id: 0x0034,
  name: 'FeatureStatReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'FeatureStatMessage or FeatureStatV2Message',
  doc: 'What is feature n? A phone whose featureCapabilities are 1 wants the dynamic answer.',
  captured: [],
  fields: { featureIndex: u32, featureCapabilities: tail(u32) },
});

export const FeatureStat = message({
  id: 0x011f,
  name: 'FeatureStatMessage',
  aliases: ['FeatureStatRes'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'Kind, label and status of a feature key.',
  captured: [],
  fields: {
    featureIndex: u32,
    featureId: enumerated(BUTTON_DEFINITIONS),
    featureTextLabel: chars(40),
    featureStatus: u32,
  },
});

export const FeatureStatV2 = message({
  id: 0x0146,
  name: 'FeatureStatV2Message',
  aliases: ['FeatureStatV2Res'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'The dynamic form of FeatureStat; of a speed dial with a lamp the status is its BLF state.',
  captured: [],
  fields: {
    featureIndex: u32,
    featureId: enumerated(BUTTON_DEFINITIONS),
    featureStatus: u32,
    featureTextLabel: terminated(121),
  },
});

export const ServiceURLStatReq = message({
  id: 0x0033,
  name: 'ServiceURLStatReqMessage',
  direction: 'phone→server',
  phase: 'config query',
  answer: 'ServiceURLStatMessage (v7+: ServiceURLStatV2Message)',
  doc: 'What is service n?',
  captured: [],
  fields: { serviceURLIndex: u32 },
});

export const ServiceURLStat = message({
  id: 0x012f,
  name: 'ServiceURLStatMessage',
  aliases: ['ServiceURLStatRes'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'URL and name of a service.',
  captured: [],
  fields: { serviceURLIndex: u32, serviceURL: chars(256), serviceURLDisplayName: chars(40) },
});

export const ServiceURLStatV2 = message({
  id: 0x0148,
  name: 'ServiceURLStatV2Message',
  aliases: ['ServiceURLStatV2Res'],
  direction: 'server→phone',
  phase: 'config query',
  doc: 'The dynamic form of ServiceURLStat, for version 7 and up.',
  captured: [],
  fields: { serviceURLIndex: u32, serviceURL: terminated(256), serviceURLDisplayName: terminated(121) },
});
