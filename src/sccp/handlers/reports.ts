// Takes what phones report about themselves, as named facts on the device's record; reports are never answered. Some
// may come before Register (`sccp.md` §6.2): then they are for the device that the message names, else for the one that
// registers.

import type { Instant } from '../../core/time.js';
import type { PhoneAlarmFact } from '../../devices/index.js';
import { type Facts, readAlarm, readXmlAlarm, readXmlFacts } from '../alarm-text.js';
import type { MessageName } from '../messages/catalogue.js';
import type { Handlers, Station } from '../station.js';

const record = (station: Station, facts: Facts, now: Instant): void => {
  const { state, service } = station;
  if (state.kind === 'bound') service.database.recordReport(state.registration.device, facts, now);
};

/** What a report that may come before Register says, and the device that it names. */
interface PossiblyEarly {
  readonly facts: Facts;
  readonly named?: string | undefined;
  readonly alarm?: PhoneAlarmFact | undefined;
}

/** Like `record`, for a message that may come before Register. */
const recordOrHold = (
  station: Station,
  message: MessageName,
  { facts, named, alarm }: PossiblyEarly,
  now: Instant,
): void => {
  const { state, service, earlyReports } = station;
  const { database } = service;
  const device =
    state.kind === 'bound'
      ? state.registration.device
      : named !== undefined && database.byName(named) !== undefined
        ? named
        : undefined;
  if (device === undefined) {
    earlyReports.add(message, named, facts, alarm);
    return;
  }
  database.recordReport(device, facts, now);
  if (alarm !== undefined) database.facts.recordAlarm(device, alarm, now);
};

const ON_OFF: Readonly<Record<number, string>> = { 1: 'on', 2: 'off' };
const MEDIA_PATHS: Readonly<Record<number, string>> = { 1: 'headset', 2: 'handset', 3: 'speaker' };

const nameOf = (names: Readonly<Record<number, string>>, value: number | undefined): string =>
  names[value ?? -1] ?? String(value ?? 'unknown');

/** Of alarms and reports. */
export const reportHandlers = {
  AlarmMessage: {
    requires: 'link',
    handle: (station, { alarmSeverity = 0, text = '', param1 = 0, param2 = 0 }, now) => {
      const { name: named, facts, outOfService: report } = readAlarm(text);
      // @hot Set one by one: for V8, spreading one object into another takes longer than all else about an alarm.
      facts.alarmSeverity = alarmSeverity;
      facts.alarmParam1 = param1;
      facts.alarmParam2 = param2;
      const alarm = report === undefined ? undefined : ({ kind: 'out-of-service', report } as const);
      recordOrHold(station, 'AlarmMessage', { facts, named, alarm }, now);
    },
  },
  EnhancedAlarmMessage: {
    requires: 'link',
    handle: (station, { alarmInfo = '' }, now) => {
      const facts = readXmlFacts('xmlAlarm', alarmInfo);
      const about = { facts, named: deviceNamedIn(facts), alarm: readXmlAlarm(alarmInfo) };
      recordOrHold(station, 'EnhancedAlarmMessage', about, now);
    },
  },
  LocationInfoMessage: {
    requires: 'link',
    handle: (station, { locationInfo = '' }, now) =>
      recordOrHold(station, 'LocationInfoMessage', { facts: readXmlFacts('location', locationInfo) }, now),
  },
  IpPortMessage: {
    requires: 'device',
    handle: (station, { rtpMediaPort = 0 }, now) => record(station, { rtpMediaPort }, now),
  },
  HeadsetStatusMessage: {
    requires: 'device',
    handle: (station, { headsetStatus }, now) => record(station, { headset: nameOf(ON_OFF, headsetStatus) }, now),
  },
  MediaPathEventMessage: {
    requires: 'device',
    handle: (station, { mediaPathId, mediaPathEvent }, now) =>
      record(station, { [`mediaPath.${nameOf(MEDIA_PATHS, mediaPathId)}`]: nameOf(ON_OFF, mediaPathEvent) }, now),
  },
  MediaPathCapabilityMessage: {
    requires: 'device',
    handle: (station, { mediaPathId, mediaPathCapabilities = 0 }, now) =>
      record(station, { [`mediaPath.${nameOf(MEDIA_PATHS, mediaPathId)}.capabilities`]: mediaPathCapabilities }, now),
  },
  MediaResourceNotificationMessage: {
    requires: 'device',
    handle: (station, { numberOfInServiceStreams = 0, numberOfOutOfServiceStreams = 0, maxStreamsPerConf = 0 }, now) =>
      record(station, { numberOfInServiceStreams, numberOfOutOfServiceStreams, maxStreamsPerConf }, now),
  },
  RegisterAvailableLinesMessage: {
    requires: 'device',
    handle: (station, { maxNumOfAvailLines = 0 }, now) => record(station, { availableLines: maxNumOfAvailLines }, now),
  },
  AddOnDeviceCapabilitiesMessage: {
    requires: 'device',
    handle: (station, { instance = 0, type = 0, maxAllowed = 0, text = '' }, now) =>
      record(
        station,
        { [`addOn${instance}.type`]: type, [`addOn${instance}.maxAllowed`]: maxAllowed, [`addOn${instance}`]: text },
        now,
      ),
  },
} as const satisfies Partial<Handlers>;

const deviceNamedIn = (facts: Facts): string | undefined => {
  const name = facts['xmlAlarm.DeviceName'];
  return typeof name === 'string' ? name : undefined;
};
