// The trace lines of devices: CUCM's registration lines and its endpoint alarms, the same for both protocols.

import { lineUuid } from '../../core/uuid.js';
import type { Protocol } from '../../devices/device.js';
import { SECURITY_MODE_NUMBERS } from '../../devices/device-security.js';
import type { DeviceConfigured, DeviceEvent, DeviceLeased, DeviceRegistered } from '../../devices/events.js';
import type { ForwardName } from '../../devices/line-forward.js';
import type { LoadReport } from '../../devices/phone-alarms.js';
import { modelName } from '../../devices/policy.js';
import { describeReason } from '../../devices/reasons.js';
import { describeSharedName } from '../../devices/shared-name.js';
import type { Row, Rows } from '../row.js';

/** CUCM's number of a signalling protocol in its device events. */
export const PROTOCOL_NUMBER = { SCCP: 1, SIP: 2 } as const satisfies Record<Protocol, number>;

/** RIS class 1 is a phone. */
const PHONE_CLASS = 1;

/** The seven digits by which CUCM's StationD lines name a device's process. */
export const stationOf = (link: number): string => `(${String(link).padStart(7, '0')})`;

/** A line is in service. `type`: CUCM's number of what kind of device it is on. */
export const lineRegisteredText = (instance: number, device: string, dn: string, type: number): string =>
  `LineControl(${instance}) - ${device} registered, CEPN=${lineUuid(device, dn)}, deviceType=${type}`;

const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 1000)} s`;

/** `, load : SCCP42.9-4-2SR3-1S, switch : sw1`. */
const listed = (facts: object): string =>
  Object.entries(facts)
    .map(([name, value]) => `, ${name} : ${value}`)
    .join('');

const describeDownload = ({
  download,
  asked = 'a load',
  failed = asked,
  failureReason,
}: { readonly [K in 'asked' | 'failed' | 'failureReason']: string | undefined } & {
  readonly download: LoadReport['download'];
}): string => {
  if (download === 'started') return `begins to download ${asked}`;
  if (download === 'succeeded') return `has downloaded ${asked}`;
  return `could not download ${failed}${failureReason === undefined ? '' : `: ${failureReason}`}`;
};

const FORWARD_WORDS: Readonly<Record<ForwardName, (dn: string, to: string | undefined) => string>> = {
  all: (dn, to) =>
    to === undefined ? `${dn} does not forward all calls any more` : `${dn} forwards all calls to ${to}`,
  busy: (dn, to) => `${dn} forwards ${to === undefined ? 'no' : `to ${to} the`} calls for which it is busy`,
  noAnswer: (dn, to) => `${dn} forwards ${to === undefined ? 'no' : `to ${to} the`} calls that nobody answers`,
  unregistered: (dn, to) =>
    `${dn} forwards ${to === undefined ? 'no' : `to ${to} the`} calls that come while it is not registered`,
};

const DO_NOT_DISTURB_WORDS = {
  off: 'may be disturbed',
  'ringer-off': 'does not ring any more: do not disturb',
  reject: 'is busy for every call: do not disturb',
} as const;

const setterOf = ({ by, byDevice }: { readonly by: string; readonly byDevice?: string }): string => byDevice ?? by;

const configured = {
  component: 'CCM',
  level: 'detailed',
  text: ({ type, device }) => `DeviceManager: Device ${type.slice('device.'.length)} deviceName : ${device}`,
} as const satisfies Row<DeviceConfigured>;

const leased = {
  component: 'DHCP',
  level: 'significant',
  text: ({ type, device, address }) =>
    `Device ${device} ${type === 'device.leased' ? 'has the lease of' : 'has lost the lease of'} ${address}`,
  summary: ({ type, device, address }) => ({
    tone: 'plain',
    about: device,
    text: `${type === 'device.leased' ? 'has' : 'no longer has'} the address ${address}`,
  }),
} as const satisfies Row<DeviceLeased>;

const registered = {
  component: 'CCM',
  level: 'state-transition',
  text: ({ device, protocol, address, load, typeId, registeredSccp, registeredSip }) => {
    const number = PROTOCOL_NUMBER[protocol];
    return [
      `Device Register deviceName : ${device}, IPAdress : ${address}, IPv6Address : not shown, IPv4Attribute : 0, IPv6Attribute : 0, LoadID : ${load}, ActiveLoadID : ${load}, InactiveLoadID : , DeviceType : ${typeId}, Protocol : ${number}`,
      `DebugMsg deviceName : ${device}, DeviceType : ${typeId}, risClass: ${PHONE_CLASS}`,
      `${protocol} Device Register from Unregister: deviceName(${device}), Protocol(${number}), RegisteredSCCP(${registeredSccp}), RegisteredSIP(${registeredSip}), Registered(${registeredSccp + registeredSip})`,
    ];
  },
  summary: ({ type, device, protocol, address, lines }) => ({
    tone: 'good',
    about: device,
    text: `${type === 'device.registered' ? 'registered' : 'partially registered'} over ${protocol} from ${address}, ${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}`,
  }),
} as const satisfies Row<DeviceRegistered>;

export const deviceLines = {
  'device.added': configured,
  'device.changed': configured,
  'device.removed': configured,
  'device.security-changed': {
    component: 'CCM',
    level: 'significant',
    text: ({ device, before, mode }) =>
      `DeviceManager: Device security changed deviceName : ${device}, DeviceSecurityMode : ${SECURITY_MODE_NUMBERS[before]} --> ${SECURITY_MODE_NUMBERS[mode]}`,
    summary: ({ device, before, mode }) => ({
      tone: 'plain',
      about: device,
      text: `its security mode is ${mode} in place of ${before}: it is reset, and judged by that when it registers next`,
    }),
  },
  'device.auto-registered': {
    component: 'CCM',
    level: 'significant',
    text: ({ device, dn, typeId, protocol }) =>
      `DeviceManager: AutoRegister deviceName : ${device}, DN : ${dn}, DeviceType : ${typeId}, Protocol : ${PROTOCOL_NUMBER[protocol]}`,
    summary: ({ device, dn }) => ({ tone: 'good', about: device, text: `is new here and was given the number ${dn}` }),
  },
  'device.registering': {
    component: 'CCM',
    level: 'detailed',
    limited: 'by-second',
    text: ({ device, protocol, link, lines }) => {
      const station = protocol === 'SCCP' ? `StationD:    ${stationOf(link)}` : 'SIPStationD:';
      return lines.map(
        (_, index) =>
          `${station} Device ${device}, --INFO-- line_register_LineRegisterRes registering line=${index + 1} and maxline=${lines.length}`,
      );
    },
  },
  'device.registered': registered,
  'device.partially-registered': registered,
  'device.unregistered': {
    component: 'CCM',
    level: 'state-transition',
    text: ({ device, address, protocol, typeId, reason, lasted, keepAlives }) => {
      const { name, number } = describeReason(reason);
      return `EndPointUnregistered - An endpoint has unregistered Device name:${device} Device IP address:${address} Protocol:${protocol} Device type:${typeId} Reason Code:${number}(${name}) Lasted:${seconds(lasted)} KeepAlives:${keepAlives}`;
    },
    summary: ({ device, reason, lasted }) => ({
      tone: 'bad',
      about: device,
      text: `is no longer registered after ${seconds(lasted)}: ${describeReason(reason).text}`,
    }),
  },
  'device.rejected': {
    component: 'CCM',
    level: 'error',
    text: ({ device, address, port, protocol, typeId, reason }) => {
      const { name, number } = describeReason(reason);
      return `EndPointTransientConnection - An endpoint attempted to register but did not complete registration Connecting Port:${port} Device name:${device} Device IP address:${address} Device type:${typeId ?? ''} Reason Code:${number}(${name}) Protocol:${protocol}`;
    },
    summary: ({ device, address, protocol, reason, ...details }) => ({
      tone: 'bad',
      about: device,
      text: `was rejected over ${protocol} from ${address}: ${describeReason(reason, details).text}`,
    }),
  },
  'device.name-shared': {
    component: 'CCM',
    level: 'error',
    text: ({ device, first, second, changes, lasted }) =>
      `DeviceManager: Device name in use twice deviceName : ${device}, First : ${first}, Second : ${second}, Changes : ${changes}, Within : ${seconds(lasted)}`,
    summary: (event) => ({ tone: 'bad', about: event.device, text: describeSharedName(event) }),
  },
  'device.type-unknown': {
    component: 'CCM',
    level: 'significant',
    text: ({ device, typeId, configured }) =>
      `DeviceManager: Device type unknown deviceName : ${device}, DeviceType : ${typeId}, Configured : ${configured}`,
    summary: ({ device, typeId, configured }) => ({
      tone: 'plain',
      about: device,
      text: `says that it is of type ${typeId}, which no model has: it is let in as the ${modelName(configured)} that is configured`,
    }),
  },
  'device.reported': {
    component: 'CCM',
    level: 'detailed',
    limited: 'by-second',
    text: ({ device, facts }) => `Device Report deviceName : ${device}${listed(facts)}`,
  },
  'device.out-of-service': {
    component: 'CCM',
    level: 'significant',
    limited: 'by-second',
    text: ({ type: _type, at: _at, device, code, words, ...rest }) =>
      `Device OutOfService deviceName : ${device}, Reason Code : ${code ?? ''}, Reason : ${words}${listed(rest)}`,
  },
  'device.load': {
    component: 'CCM',
    level: 'significant',
    text: ({ type: _type, at: _at, device, download, ...rest }) =>
      `Device Image Download deviceName : ${device}, State : ${download}${listed(rest)}`,
    summary: ({ device, download, asked, failed, failureReason }) => ({
      tone: download === 'failed' ? 'bad' : 'plain',
      about: device,
      text: describeDownload({ download, asked, failed, failureReason }),
    }),
  },
  'device.given': {
    component: 'TFTP',
    level: 'detailed',
    limited: 'by-second',
    text: ({ device, file, stamp, transport }) =>
      `Device Given deviceName : ${device}, File : ${file}, VersionStamp : ${stamp}, Transport : ${transport}`,
  },
  'device.commanded': {
    component: 'CCM',
    level: 'significant',
    text: ({ device, command, because }) =>
      `DeviceManager: Device ${command} deviceName : ${device}${because === undefined ? '' : `, Because : ${because}`}`,
    summary: ({ device, command, because }) => ({
      tone: 'plain',
      about: device,
      text: `was sent ${command}${because === undefined ? '' : ', to fetch the file that it has now'}`,
    }),
  },
  'device.messages': {
    component: 'CCM',
    level: 'significant',
    text: ({ device, dn, waiting, new: count, old, by }) =>
      `MessageWaiting: Device=${device}, DN=${dn}, Lamp=${waiting ? 'on' : 'off'}, New=${count}, Old=${old}, By=${by}`,
    summary: ({ device, dn, waiting, new: count, old }) => ({
      tone: 'plain',
      about: device,
      text: `${waiting ? 'has messages' : 'has no messages'} for ${dn}${count + old === 0 ? '' : `: ${count} new, ${old} old`}`,
    }),
  },
  'device.forward-set': {
    component: 'CCM',
    level: 'significant',
    text: (event) =>
      `Forwarding: set. Device=${event.device}, DN=${event.dn}, Kind=${event.kind}, To=${event.to ?? ''}, By=${setterOf(event)}`,
    summary: (event) => ({
      tone: 'plain',
      about: event.device,
      text: `${FORWARD_WORDS[event.kind](event.dn, event.to)}, as ${setterOf(event)} asked`,
    }),
  },
  'device.do-not-disturb-set': {
    component: 'CCM',
    level: 'significant',
    text: (event) => `DND: set. Device=${event.device}, Option=${event.doNotDisturb}, By=${setterOf(event)}`,
    summary: (event) => ({
      tone: 'plain',
      about: event.device,
      text: `${DO_NOT_DISTURB_WORDS[event.doNotDisturb]}, as ${setterOf(event)} asked`,
    }),
  },
  'device.leased': leased,
  'device.lease-ended': leased,
} as const satisfies Rows<DeviceEvent['type']>;
