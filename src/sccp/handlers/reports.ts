// What a phone tells of itself unasked: read into named facts on its device's record, never answered. Some of it may come
// before Register (`sccp.md` §6.2): then it is the device's that the message names, else that of the Register to come.

import type { Instant } from '../../core/time.js';
import { type Facts, readAlarm, readXmlFacts } from '../alarm-text.js';
import type { MessageName } from '../messages/catalogue.js';
import type { Handlers, Station } from '../station.js';

const keep = (station: Station, facts: Facts, now: Instant): void => {
  const { standing, service } = station;
  if (standing.is === 'bound') service.database.recordReport(standing.registration.device, facts, now);
};

/** As `keep`, of a message that may come first. `named`: the device that it names. */
const keepOrHold = (station: Station, message: MessageName, facts: Facts, now: Instant, named?: string): void => {
  const { standing, service, unclaimed } = station;
  if (standing.is === 'bound') keep(station, facts, now);
  else if (named !== undefined && service.database.byName(named) !== undefined)
    service.database.recordReport(named, facts, now);
  else unclaimed.keep(message, named, facts);
};

const ON_OFF: Readonly<Record<number, string>> = { 1: 'on', 2: 'off' };
const MEDIA_PATHS: Readonly<Record<number, string>> = { 1: 'headset', 2: 'handset', 3: 'speaker' };

const word = (words: Readonly<Record<number, string>>, value: number | undefined): string =>
  words[value ?? -1] ?? String(value ?? 'unknown');

export const reportRows = {
  AlarmMessage: {
    requires: 'link',
    handle: (station, { alarmSeverity = 0, text = '', param1 = 0, param2 = 0 }, now) => {
      const { name, facts } = readAlarm(text);
      // Set one by one: to spread one object into another takes V8 longer than all else about an alarm.
      facts.alarmSeverity = alarmSeverity;
      facts.alarmParam1 = param1;
      facts.alarmParam2 = param2;
      keepOrHold(station, 'AlarmMessage', facts, now, name);
    },
  },
  EnhancedAlarmMessage: {
    requires: 'link',
    handle: (station, { alarmInfo = '' }, now) => {
      const facts = readXmlFacts('xmlAlarm', alarmInfo);
      keepOrHold(station, 'EnhancedAlarmMessage', facts, now, deviceNamedIn(facts));
    },
  },
  LocationInfoMessage: {
    requires: 'link',
    handle: (station, { locationInfo = '' }, now) =>
      keepOrHold(station, 'LocationInfoMessage', readXmlFacts('location', locationInfo), now),
  },
  IpPortMessage: {
    requires: 'device',
    handle: (station, { rtpMediaPort = 0 }, now) => keep(station, { rtpMediaPort }, now),
  },
  HeadsetStatusMessage: {
    requires: 'device',
    handle: (station, { headsetStatus }, now) => keep(station, { headset: word(ON_OFF, headsetStatus) }, now),
  },
  MediaPathEventMessage: {
    requires: 'device',
    handle: (station, { mediaPathId, mediaPathEvent }, now) =>
      keep(station, { [`mediaPath.${word(MEDIA_PATHS, mediaPathId)}`]: word(ON_OFF, mediaPathEvent) }, now),
  },
  MediaPathCapabilityMessage: {
    requires: 'device',
    handle: (station, { mediaPathId, mediaPathCapabilities = 0 }, now) =>
      keep(station, { [`mediaPath.${word(MEDIA_PATHS, mediaPathId)}.capabilities`]: mediaPathCapabilities }, now),
  },
  MediaResourceNotificationMessage: {
    requires: 'device',
    handle: (station, { numberOfInServiceStreams = 0, numberOfOutOfServiceStreams = 0, maxStreamsPerConf = 0 }, now) =>
      keep(station, { numberOfInServiceStreams, numberOfOutOfServiceStreams, maxStreamsPerConf }, now),
  },
  RegisterAvailableLinesMessage: {
    requires: 'device',
    handle: (station, { maxNumOfAvailLines = 0 }, now) => keep(station, { availableLines: maxNumOfAvailLines }, now),
  },
  AddOnDeviceCapabilitiesMessage: {
    requires: 'device',
    handle: (station, { instance = 0, type = 0, maxAllowed = 0, text = '' }, now) =>
      keep(
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
