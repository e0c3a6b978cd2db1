// How each model speaks SIP: what differs in its requests and responses. One row for each model that a capture shows;
// other models take the row of a similar one, which `phone.started` reports as unverified.

import { MODELS, type Model } from '../../devices/index.js';
import type { OutOfService } from '../call-manager-link.js';

/** A parameter of a Contact. */
export type ContactParameter = 'instance' | 'device' | 'features-device' | 'model';

/** What differs between models. */
export interface SipProfile {
  /** Type ids whose REGISTER a capture confirms. */
  readonly verified: readonly number[];
  readonly userAgent: string;
  /** The Supported header; empty: none. */
  readonly supported: string;
  /** How the Reason spells its loads: `Load=…`, or `ActiveLoad=… InactiveLoad=…`. */
  readonly loads: 'one' | 'two';
  readonly lastReason: OutOfService;
  /** It sends a Session-ID. */
  readonly sessionId: boolean;
  /** `when-set`: it sends no Date before the first response has set its clock. */
  readonly date: 'always' | 'when-set';
  /** The user part of a Contact: the line's identifier, or the number, as old loads write it. */
  readonly contactUser: 'contact' | 'number';
  readonly contact: readonly ContactParameter[];
  /** How many of the eight digits of a branch are random: the last four, or all. */
  readonly branch: 4 | 8;
  readonly transport: 'tcp' | 'udp' | 'tls';
  readonly firstCSeq: number;
  /** It has a Date before the first response has set its clock. */
  readonly dateBeforeSync: boolean;
  /**
   * The options in the body of a first REGISTER, which registers all lines; `undefined`: each line has its own
   * REGISTER.
   */
  readonly offer: readonly string[] | undefined;
  /** It sends alarms by REFER before the first REGISTER. */
  readonly alarms: boolean;
  /** The event packages to which it subscribes after its registration; no capture shows them. */
  readonly subscribes: readonly ('message-summary' | 'presence')[];
  /** The status of its response to a REFER. */
  readonly referAnswer: 200 | 202;
}

const SUPPORTED_CIPC =
  'replaces,join,norefersub,extended-refer,X-cisco-callinfo,X-cisco-serviceuri,X-cisco-escapecodes,X-cisco-service-control,X-cisco-srtp-fallback,X-cisco-monrec,X-cisco-config,X-cisco-sis-2.0.0,X-cisco-xsi-6.0.2';
const SUPPORTED_JAVA =
  'replaces,join,sdp-anat,norefersub,resource-priority,extended-refer,X-cisco-callinfo,X-cisco-serviceuri,X-cisco-escapecodes,X-cisco-service-control,X-cisco-srtp-fallback,X-cisco-monrec,X-cisco-config,X-cisco-sis-6.0.0,X-cisco-xsi-8.5.1';
const SUPPORTED_MODERN = SUPPORTED_JAVA.replace('sis-6.0.0', 'sis-7.0.0');

const OPTIONS = [
  '<combine max="6">',
  '  <remotecc>',
  '    <status></status>',
  '  </remotecc>',
  '  <service-control></service-control>',
  '</combine>',
  '<dialog usage="hook status">',
  '  <unot></unot>',
  '  <sub></sub>',
  '</dialog>',
  '<dialog usage="shared line">',
  '  <unot></unot>',
  '  <sub></sub>',
  '</dialog>',
  '<presence usage="blf speed dial">',
  '  <unot></unot>',
  '  <sub></sub>',
  '</presence>',
  '<joinreq></joinreq>',
  '<cfwdall-anyline></cfwdall-anyline>',
  '<coaching></coaching>',
  '<oosalarm></oosalarm>',
  '<rpid-orig-called></rpid-orig-called>',
  '<x-cisco-number></x-cisco-number>',
  '<bfcp></bfcp>',
  '<ix></ix>',
  '<gatewayrecording></gatewayrecording>',
  '<conferenceDisplayInstance></conferenceDisplayInstance>',
];

const CIPC: SipProfile = {
  verified: [30016],
  userAgent: 'Cisco-SIPIPCommunicator/8.3.0',
  supported: SUPPORTED_CIPC,
  loads: 'one',
  lastReason: { number: 12, text: 'cm-reset-tcp' },
  sessionId: false,
  date: 'always',
  contactUser: 'contact',
  contact: ['instance', 'model', 'features-device'],
  branch: 4,
  transport: 'tcp',
  firstCSeq: 101,
  dateBeforeSync: true,
  offer: undefined,
  alarms: false,
  subscribes: ['presence'],
  referAnswer: 200,
};

const JAVA: SipProfile = {
  ...CIPC,
  verified: [437],
  userAgent: 'Cisco-CP7975G/9.3.1',
  supported: SUPPORTED_JAVA,
  lastReason: { number: 25, text: 'initialized' },
  contact: ['instance', 'device', 'model'],
  branch: 8,
  referAnswer: 202,
};

const MODERN: SipProfile = {
  ...JAVA,
  verified: [621, 684],
  userAgent: 'Cisco-CP7821/12.1.1',
  supported: SUPPORTED_MODERN,
  loads: 'two',
  lastReason: { number: 23, text: 'reset-restart' },
  sessionId: true,
  offer: OPTIONS,
  alarms: true,
};

const OLD: SipProfile = {
  ...CIPC,
  verified: [7, 8],
  userAgent: 'Cisco-CP7960G/8.0',
  supported: '',
  date: 'when-set',
  contactUser: 'number',
  contact: ['instance', 'model'],
  branch: 8,
  transport: 'udp',
  dateBeforeSync: false,
};

/** A phone of another maker: it sends nothing of Cisco's, and the server knows it by its digest user. */
const THIRD_PARTY: SipProfile = {
  ...OLD,
  verified: [],
  userAgent: 'labcm-phone',
  contact: [],
  firstCSeq: 1,
  date: 'when-set',
  subscribes: ['message-summary'],
};

const MODERN_NAMES = /^Cisco (78|88|8961|99|DX|39)/;

/** The name of a model in a User-Agent, e.g. `CP7821`. */
const agentOf = (model: Model, release: string): string => `Cisco-CP${model.name.replace(/^Cisco /, '')}/${release}`;

const profileOf = (model: Model): SipProfile => {
  if (model.id === 30016) return CIPC;
  if (model.name.startsWith('Third-party')) return THIRD_PARTY;
  if (model.id === 7 || model.id === 8) return { ...OLD, userAgent: agentOf(model, '8.0').replace('/', 'G/') };
  if (MODERN_NAMES.test(model.name)) return { ...MODERN, userAgent: agentOf(model, '12.1.1') };
  return { ...JAVA, userAgent: agentOf(model, '9.3.1').replace('/', 'G/') };
};

const BY_MODEL: ReadonlyMap<number, SipProfile> = new Map(MODELS.map((model) => [model.id, profileOf(model)]));

/** The row of a model. */
export const sipProfileOf = (model: Model): SipProfile => BY_MODEL.get(model.id) ?? JAVA;
