// Registers and unregisters phones, and grants tokens.

import { deviceKey } from '../../core/identifiers.js';
import { after, type Instant } from '../../core/time.js';
import {
  type EndReason,
  REFUSALS,
  type RefusalReason,
  type RegistrationRequest,
  usableAddress,
} from '../../devices/index.js';
import { COMMANDS } from '../commands.js';
import { takeTraceBudget } from '../event-publisher.js';
import type { Fields } from '../messages/catalogue.js';
import { announcedBy, macOf, negotiatedVersion } from '../negotiation.js';
import type { BoundLink, Handlers, Station } from '../station.js';
import { labelled } from '../tables/labels.js';

type Register = Fields<'RegisterReqMessage'>;

const READABLE_NAME = /^[\x21-\x7e]{1,16}$/;

const register = (station: Station, message: Register, now: Instant): void => {
  const { state } = station;
  const { database, bus, settings, prepared } = station.service;
  const announced = announcedBy(message);
  const device = database.byName(message.deviceName ?? '')?.configured;
  const version = negotiatedVersion(message, settings, device?.maxProtocolVersion);
  const request = requestOf(station, message, version);
  if (takeTraceBudget(station.service, 'sccp.register-checked', now))
    bus.publish({
      type: 'sccp.register-checked',
      at: now,
      station: station.context(request.name),
      mac: request.mac,
      protocolVer: announced.protocolVer,
    });
  const unreadable = !READABLE_NAME.test(request.name);
  // A link is for one device: a second name on it is a mistake of the phone (`sccp.md` §6.2).
  const another = state.kind === 'bound' && deviceKey(request.name) !== deviceKey(state.registration.device);
  const sides = another ? { given: request.name, configured: state.registration.device } : {};
  const result =
    unreadable || another ? database.refuse(request, 'malformed', now, sides) : database.register(request, now);
  if (!result.accepted) {
    reject(station, result.reason, now);
    return;
  }
  station.negotiate(version, announced);
  station.bind(result.registration, result.device);
  station.sendPrepared(prepared.registerAck(version), now);
  station.sendPrepared(prepared.empty('CapabilitiesReqMessage'), now);
  station.service.calls.registered(station, result.registration.device, message.activeStreams ?? 0, now);
  const reports = station.earlyReports.claim(request.name);
  if (reports === undefined) return;
  database.recordReport(result.registration.device, reports.facts, now);
  for (const alarm of reports.alarms) database.facts.recordAlarm(result.registration.device, alarm, now);
};

const requestOf = (station: Station, message: Partial<Register>, protocolVersion: number): RegistrationRequest => ({
  name: message.deviceName ?? '',
  protocol: 'SCCP',
  transport: station.transport,
  address: station.remote.address,
  port: station.remote.port,
  link: station.link,
  typeId: message.deviceType,
  mac: macOf(message),
  protocolVersion,
  load: message.firmwareLoadName ?? '',
  ownAddress: usableAddress(message.stationIpAddr),
  dn: undefined,
  peer: station.peer,
});

/**
 * Rejects a Register and ends the link, and the registration on it. The phone shows the reason, in its own language if
 * its dictionary has a label for it.
 */
const reject = (station: Station, reason: RefusalReason, now: Instant): void => {
  const { text, label }: { text: string; label?: number } = REFUSALS[reason].sccp;
  station.send('RegisterRejectMessage', { text: label === undefined ? text : labelled(label) }, now);
  const { state } = station;
  station.close('rejected', now);
  if (state.kind === 'bound') station.service.database.end(state.registration, 'device-reset', now);
};

/** Refuses a Register whose body ends before the device's name. */
export const rejectMalformed = (station: Station, fields: Readonly<Record<string, unknown>>, now: Instant): void => {
  station.service.database.refuse(requestOf(station, fields as Partial<Register>, 0), 'malformed', now);
  reject(station, 'malformed', now);
};

/**
 * Takes a token for a phone that wants to return to this node; `false`: there is none, and the phone stays where it is
 * registered. The wait of a phone that asks again too soon begins anew (`sccp.md` §6.2).
 */
const takeToken = (station: Station, device: string | undefined, now: Instant): boolean => {
  const { tokens, settings, bus } = station.service;
  const tooSoon = station.tokenAfter !== undefined && now < station.tokenAfter;
  const granted = !tooSoon && tokens.take(now);
  station.tokenAfter = granted ? undefined : after(now, settings.tokens.wait);
  if (bus.hasListener('sccp.token'))
    bus.publish({
      type: 'sccp.token',
      at: now,
      station: station.context(device),
      granted,
      wait: granted ? 0 : waitOf(station),
    });
  return granted;
};

const waitOf = ({ service }: Station): number => Math.ceil(service.settings.tokens.wait / 1000);

/** What chan-sccp grants an SPCP phone (`sccp.md` §5.1 0x8100). */
const ALL_FEATURES = 0xffff;

/** `sccp.md` §5.1 0x0118: not now. */
const NOT_NOW = 2;

const unregister = (station: Station, now: Instant): void => {
  const { state } = station;
  if (state.kind === 'bound' && station.service.calls.isTalking(state.registration.device)) {
    station.send('UnregisterAckMessage', { status: NOT_NOW }, now); // it stays (`calls.md` §8.2)
    return;
  }
  station.send('UnregisterAckMessage', { status: 0 }, now);
  station.closeAfterPhone('unregistered', now);
  if (state.kind === 'bound') station.service.database.end(state.registration, reasonToLeave(station, state), now);
};

/**
 * Why a phone unregisters: it follows a command, it returns to a call manager of higher priority (`sccp.md` §6.4), or
 * it says no more.
 */
const reasonToLeave = ({ service: { settings } }: Station, { record, commanded }: BoundLink): EndReason => {
  if (commanded !== undefined) return COMMANDS[commanded].followed;
  const primary = settings.groups.get(record.configured.group)?.[0];
  return primary === undefined || primary.name === settings.node ? 'unregistered' : 'fallback';
};

/** Of Register, Unregister and tokens. */
export const registrationHandlers = {
  RegisterReqMessage: { requires: 'link', handle: register },
  RegisterTokenReqMessage: {
    requires: 'link',
    handle: (station, { deviceName }, now) => {
      if (takeToken(station, deviceName, now))
        station.sendPrepared(station.service.prepared.empty('RegisterTokenAckMessage'), now);
      else station.send('RegisterTokenRejectMessage', { waitTimeBeforeNextReq: waitOf(station) }, now);
    },
  },
  SPCPRegisterTokenReqMessage: {
    requires: 'link',
    handle: (station, { deviceName }, now) => {
      if (takeToken(station, deviceName, now))
        station.send('SPCPRegisterTokenAckMessage', { features: ALL_FEATURES }, now);
      else station.send('SPCPRegisterTokenRejectMessage', { waitTimeBeforeNextReq: waitOf(station) }, now);
    },
  },
  UnregisterReqMessage: { requires: 'link', handle: (station, _fields, now) => unregister(station, now) },
} as const satisfies Partial<Handlers>;
