// The events that belong to the timeline of a device: one row per type of event, with the device that it is about.
// The text of an event comes from the trace; if the trace has none for people, it is here.

import { parseMacAddress } from '../core/identifiers.js';
import {
  type DeviceRecord,
  describeOutOfService,
  isWishedOutage,
  type OutOfServiceReport,
  type RequestOrigin,
} from '../devices/index.js';
import { REASONS } from '../dhcp/reasons.js';
import type { LabcmEvent } from '../events.js';
import type { SipRegisterAnswered } from '../sip/events.js';
import type { EventOf } from '../trace/index.js';
import { CALL_ROWS } from './call-rows.js';
import { broughtOctets, cutWords, saidNothingWhole, stoppedReading } from './cut-words.js';

/** The part of a boot that an event belongs to. */
export type Step =
  | 'configuration'
  | 'dhcp'
  | 'tftp'
  | 'http'
  | 'network'
  | 'connection'
  | 'tls'
  | 'sccp'
  | 'sip'
  | 'registration'
  | 'report'
  | 'command'
  | 'call'
  | 'injected';

/** The device or phone that an event is about. The fields count in this order. */
export interface EventSubject {
  readonly device?: string | undefined;
  /** The file as it was requested. */
  readonly file?: string | undefined;
  /** The hardware address. */
  readonly mac?: string | undefined;
  readonly address?: string | undefined;
  /** The port of a file request. */
  readonly port?: number | undefined;
}

/** How events of one type appear in a timeline. */
export interface TimelineRow<E> {
  readonly step: Step;
  /** The subject, if the event does not have it as `device` and `address`. */
  readonly subject?: (event: E) => EventSubject;
  /** Which events of the type count. Absent: all. */
  readonly when?: (event: E) => boolean;
  /** The value by which an event differs from the one before of its type. Absent: each counts as a repetition. */
  readonly distinct?: (event: E) => string | number | boolean | undefined;
  /** The text for people; absent or `undefined`: that of the trace. */
  readonly text?: (event: E) => string | undefined;
  /** Also kept for phones that nobody configured. */
  readonly ofUnknown?: true;
  /** The event may mean trouble: soon after it the causes are looked for. */
  readonly isTrouble?: true | ((event: E, record: DeviceRecord) => boolean);
  /** It contains text of a peer, which is copied, so that the received message is not kept in memory. */
  readonly foreign?: true;
}

interface AboutRequest {
  readonly device?: string;
  readonly file: string;
  readonly asked?: string;
  readonly context: RequestOrigin;
}

interface AboutStation {
  readonly station: { readonly device?: string; readonly address: string };
}

const asker = ({ device, file, asked = file, context: { address, port } }: AboutRequest): EventSubject => ({
  device,
  file: asked,
  address,
  port,
});
const station = ({ station: { device, address } }: AboutStation): EventSubject => ({ device, address });

/** Without the address: that of a DHCP message is the one it is about, which may belong to another client. */
const client = ({ device, mac }: { readonly device: string | undefined; readonly mac: string }): EventSubject => ({
  device,
  mac: parseMacAddress(mac),
});

/** Only of a configured device: `device` is left out of other clients. */
const leaseholder = ({ device, mac }: { readonly device?: string; readonly mac: string }): EventSubject =>
  client({ device, mac });

/** `lastAlarm 22, load SCCP75.9-3-1SR4-1S`. */
const listed = (facts: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** Registrations of a device that have ended, as it takes to see a pattern in them. */
const OFTEN = 3;

const placeOfSwitch = ({ switch: name, switchPort }: OutOfServiceReport): string =>
  name === undefined ? '' : `; it is plugged into ${name}${switchPort === undefined ? '' : ` ${switchPort}`}`;

const protocolAndPlace = ({ protocol, address }: { readonly protocol: string; readonly address: string }): string =>
  `${protocol} ${address}`;

const registerAnswer = ({
  dn,
  source,
  status,
  warning,
  credentials,
  given,
  configured,
  phrase,
  asked: seconds,
  least,
}: SipRegisterAnswered): string => {
  const asked = `asked from ${source} for line ${dn}`;
  if (given !== undefined)
    return `${asked}, answered for the digest realm "${given}", and was asked for "${configured}"`;
  if (seconds !== undefined && least !== undefined)
    return `${asked} to be registered for ${seconds} s, and was told that at least ${least} s are allowed (${status})`;
  const why = warning === '' ? phrase : warning;
  if (status !== 401) return `${asked} and was answered ${status}${why === undefined ? '' : ` (${why})`}`;
  return credentials === 'right'
    ? `${asked} with right credentials for an old challenge, and was challenged anew`
    : `${asked} without credentials, and was challenged (401)`;
};

/** Messages that are no request of a client to us. */
const OF_SERVERS: ReadonlySet<string> = new Set(['a-reply', 'for-clients', 'not-to-us']);

/** Answers that come with a registration or refusal, which has an event of its own. */
const REPORTED_BY_REFUSAL: ReadonlySet<number> = new Set([200, 403, 404, 485]);

/** The rows by event type. */
export const TIMELINE_ROWS = {
  'device.changed': { isTrouble: true, step: 'configuration', text: () => 'was given another configuration' },
  'fault.injected': {
    isTrouble: true,
    step: 'injected',
    ofUnknown: true,
    foreign: true,
    subject: ({ device, mac, address }) => ({ device, mac, address }),
    distinct: ({ rule, message }) => `${rule} ${message}`,
  },
  'device.leased': { step: 'dhcp', distinct: ({ address }) => address },
  'device.lease-ended': { isTrouble: true, step: 'dhcp', distinct: ({ address }) => address },
  'dhcp.received': {
    isTrouble: true,
    step: 'dhcp',
    ofUnknown: true,
    foreign: true,
    subject: client,
    when: ({ decision, reason }) => decision === 'noted' || (decision === 'silent' && !OF_SERVERS.has(reason)),
    distinct: ({ kind, reason }) => `${kind} ${reason}`,
    // The console reports unknown clients together. An acknowledgement is kept only of a boot with the old address.
    text: ({ device, kind, decision, reason, address }) =>
      decision === 'ACK'
        ? `has ${address ?? 'its address'} by DHCP, as before`
        : device === undefined && decision === 'silent'
          ? `asked by DHCP (${kind}) and was not answered: ${REASONS[reason]}`
          : undefined,
  },
  'dhcp.sent': {
    isTrouble: true,
    step: 'dhcp',
    subject: client,
    when: ({ kind }) => kind === 'NAK',
    distinct: ({ reason }) => reason,
  },
  'dhcp.unsaved': { isTrouble: true, step: 'dhcp', subject: client, distinct: ({ address }) => address },
  'lease.expired': { isTrouble: true, step: 'dhcp', subject: leaseholder, distinct: ({ address }) => address },
  'dhcp.offer-lapsed': { isTrouble: true, step: 'dhcp', subject: client, distinct: ({ address }) => address },
  'dhcp.other-offer': {
    isTrouble: true,
    step: 'dhcp',
    subject: client,
    ofUnknown: true,
    distinct: ({ server, yiaddr }) => `${server} ${yiaddr}`,
  },
  'tftp.completed': { step: 'tftp', ofUnknown: true, subject: asker, distinct: ({ file }) => file },
  'tftp.refused': {
    isTrouble: ({ harmless }) => harmless !== true,
    step: 'tftp',
    ofUnknown: true,
    subject: asker,
    distinct: ({ file, asked }) => asked ?? file,
  },
  'tftp.failed': {
    isTrouble: true,
    step: 'tftp',
    ofUnknown: true,
    subject: asker,
    distinct: ({ file, reason }) => `${reason} ${file}`,
  },
  'http.file': {
    isTrouble: ({ outcome, harmless }) => outcome !== 'served' && harmless !== true,
    step: 'http',
    ofUnknown: true,
    subject: asker,
    when: ({ method, outcome }) => method !== 'HEAD' || outcome !== 'served',
    distinct: ({ outcome, file, asked }) => `${outcome} ${asked ?? file}`,
  },
  'file.trust-list-taken': { step: 'tftp', distinct: ({ fingerprint }) => fingerprint },
  'tftp.throttled': { isTrouble: true, step: 'tftp', ofUnknown: true, distinct: ({ limit }) => limit },
  'http.throttled': {
    isTrouble: true,
    step: 'http',
    ofUnknown: true,
    when: ({ service }) => service === 'HTTP',
    distinct: ({ limit }) => limit,
  },
  'file.forbidden': {
    isTrouble: true,
    step: 'tftp',
    ofUnknown: true,
    foreign: true,
    subject: ({ context: { address, port } }) => ({ address, port }),
    distinct: ({ file }) => file,
  },
  'file.broken': {
    isTrouble: true,
    step: 'tftp',
    subject: ({ file, context }) => ({ file, address: context?.address, port: context?.port }),
    distinct: ({ file }) => file,
  },
  'file.withheld': { isTrouble: true, step: 'tftp', distinct: ({ why }) => why },
  'net.neighbour': { isTrouble: true, step: 'network', ofUnknown: true, distinct: ({ mac, own }) => `${mac} ${own}` },
  'net.knock': {
    isTrouble: true,
    step: 'connection',
    ofUnknown: true,
    distinct: ({ service, transport, port }) => `${service} ${transport} ${port}`,
  },
  'net.tls-failed': {
    isTrouble: true,
    step: 'tls',
    ofUnknown: true,
    distinct: ({ code, alert }) => `${code} ${alert}`,
  },
  'capf.session-ended': { step: 'tls', ofUnknown: true, distinct: ({ outcome }) => outcome, foreign: true },
  'capf.operation': { step: 'command', distinct: ({ operation, change }) => `${operation} ${change}` },
  'capf.link-refused': { isTrouble: true, step: 'tls', ofUnknown: true, distinct: ({ limit }) => limit },
  'tvs.malformed': { isTrouble: true, step: 'tls', ofUnknown: true, distinct: ({ reason }) => reason },
  'tvs.link-refused': { isTrouble: true, step: 'tls', ofUnknown: true, distinct: ({ limit }) => limit },
  'sccp.malformed': { isTrouble: true, step: 'sccp', ofUnknown: true, subject: station, distinct: ({ code }) => code },
  'sccp.throttled': { isTrouble: true, step: 'sccp', ofUnknown: true, subject: station },
  'sccp.token': {
    isTrouble: ({ granted }) => !granted,
    step: 'sccp',
    ofUnknown: true,
    subject: station,
    distinct: ({ granted }) => granted,
  },
  'sccp.link-closed': {
    isTrouble: true,
    step: 'connection',
    ofUnknown: true,
    subject: station,
    when: (event) => saidNothingWhole(event) || stoppedReading(event),
    distinct: broughtOctets,
    text: (event) => cutWords('SCCP', event),
  },
  'sccp.link-refused': { isTrouble: true, step: 'connection', ofUnknown: true, distinct: ({ limit }) => limit },
  'sccp.standby': {
    isTrouble: true,
    step: 'connection',
    subject: station,
    text: () => 'keeps a connection alive without registering on it: labcm is its standby',
  },
  'sccp.call-refused': { step: 'sccp', subject: station, distinct: ({ line }) => line },
  'sccp.failed': { isTrouble: true, step: 'sccp', subject: station },
  'sccp.unknown-message': {
    step: 'sccp',
    ofUnknown: true,
    subject: station,
    distinct: ({ id }) => id,
    text: ({ id }) => `sent a message that labcm does not know: 0x${id.toString(16).padStart(4, '0')}`,
  },
  'sip.alarm': { isTrouble: true, step: 'sip', foreign: true, distinct: ({ alarm }) => alarm },
  'sip.token': { isTrouble: ({ granted }) => !granted, step: 'sip', distinct: ({ granted }) => granted },
  // A refusal has an event of its own.
  'sip.register-answered': {
    isTrouble: true,
    step: 'sip',
    ofUnknown: true,
    foreign: true,
    when: ({ status, credentials, given }) =>
      given !== undefined || (status === 401 ? credentials !== 'wrong' : !REPORTED_BY_REFUSAL.has(status)),
    subject: ({ device, source }) => ({ device, address: source.slice(0, source.lastIndexOf(':')) }),
    distinct: ({ status, credentials, given }) => `${status} ${credentials} ${given}`,
    text: registerAnswer,
  },
  'sip.link-closed': {
    isTrouble: true,
    step: 'connection',
    ofUnknown: true,
    when: (event) => saidNothingWhole(event) || stoppedReading(event),
    distinct: broughtOctets,
    text: (event) => cutWords('SIP', event),
  },
  'sip.link-refused': { isTrouble: true, step: 'connection', ofUnknown: true, distinct: ({ limit }) => limit },
  'sip.standby': {
    isTrouble: true,
    step: 'connection',
    text: () => 'asked whether labcm would serve it: labcm is its standby',
  },
  'sip.malformed': { isTrouble: true, step: 'sip', ofUnknown: true, distinct: ({ reason }) => reason },
  'sip.oversize': { isTrouble: true, step: 'sip', ofUnknown: true },
  'sip.failed': { isTrouble: true, step: 'sip' },
  'device.security-changed': { step: 'configuration' },
  'device.auto-registered': { step: 'registration' },
  'device.registering': {
    step: 'registration',
    distinct: protocolAndPlace,
    text: ({ protocol, address }) => `asks over ${protocol} from ${address} to be registered, and may`,
  },
  'device.type-unknown': { isTrouble: true, step: 'registration', distinct: ({ typeId }) => typeId },
  'device.name-shared': { isTrouble: true, step: 'registration' },
  'device.registered': {
    isTrouble: ({ ownAddress }) => ownAddress !== undefined,
    step: 'registration',
    distinct: protocolAndPlace,
  },
  'device.partially-registered': { isTrouble: true, step: 'registration', distinct: ({ lines }) => lines.join() },
  'device.unregistered': { isTrouble: true, step: 'registration', distinct: ({ reason }) => reason },
  'device.rejected': {
    isTrouble: true,
    step: 'registration',
    ofUnknown: true,
    foreign: true,
    distinct: ({ reason, given, address }) => `${reason} ${given} ${address}`,
  },
  // Alarms say why it was away; its other reports are in its record.
  'device.reported': {
    step: 'report',
    when: ({ facts }) => 'alarm' in facts,
    distinct: ({ facts: { alarm } }) => alarm,
    text: ({ facts }) => `told of itself: ${listed(facts)}`,
  },
  // The number and words of most are in a report, too: this has them in one form for both protocols.
  'device.out-of-service': {
    // A phone that was switched on is well, unless it is so again and again.
    isTrouble: (event, { registrations }) => !isWishedOutage(event) || registrations.length >= OFTEN,
    step: 'report',
    distinct: ({ code, words }) => `${code} ${words}`,
    text: (event) => `told why it was out of service: ${describeOutOfService(event)}${placeOfSwitch(event)}`,
  },
  'device.load': { step: 'report', distinct: ({ download, asked, failed }) => `${download} ${asked ?? failed}` },
  'device.commanded': { step: 'command', distinct: ({ command }) => command },
  'service.opened': { step: 'http', distinct: ({ page, status }) => `${page} ${status}` },
  'service.authenticated': { step: 'http', distinct: ({ outcome }) => outcome },
  'service.pushed': { step: 'command', distinct: ({ what, outcome }) => `${what} ${outcome}` },
  'device.messages': {
    step: 'call',
    distinct: ({ dn, waiting, new: count, old }) => `${dn} ${waiting} ${count} ${old}`,
  },
  'device.forward-set': { step: 'call', distinct: ({ dn, kind, to }) => `${dn} ${kind} ${to ?? ''}` },
  'device.do-not-disturb-set': { step: 'call', distinct: ({ doNotDisturb }) => doNotDisturb },
  ...CALL_ROWS,
  'sip.command-answered': {
    isTrouble: true,
    step: 'command',
    distinct: ({ command, status }) => `${command} ${status}`,
  },
} as const satisfies { readonly [T in LabcmEvent['type']]?: TimelineRow<EventOf<T>> };

/** An event type that timelines listen to. */
export type TimelineEventType = keyof typeof TIMELINE_ROWS;

const ROWS = TIMELINE_ROWS as unknown as Readonly<Record<string, TimelineRow<LabcmEvent>>>;

/** The row of an event type. Timelines do not listen to types without a row. */
export const rowOf = (type: LabcmEvent['type']): TimelineRow<LabcmEvent> => ROWS[type] ?? { step: 'report' };

/** Whether one event repeats the other. */
export const isRepeat = (one: LabcmEvent, other: LabcmEvent): boolean => {
  if (one.type !== other.type) return false;
  const { distinct } = rowOf(one.type);
  return distinct === undefined || distinct(one) === distinct(other);
};
