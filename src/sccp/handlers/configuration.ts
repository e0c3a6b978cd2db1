// Answers a phone's requests for its keys, lines, servers and clock: each by itself, in any order, as often as it
// comes, and also if there is nothing to say, since a phone waits for every answer (`sccp.md` §4, §6.2).

import { parseDirectoryNumber } from '../../core/identifiers.js';
import type { DeviceDatabase } from '../../devices/index.js';
import { BUTTON } from '../buttons.js';
import { showIdlePrompt } from '../calls/prompts.js';
import { deviceOf, type Handlers } from '../station.js';

/** Original dialled, redirected dialled, calling number, calling name (`sccp.md` §5.3 0x0092). */
const ALL_DISPLAY_OPTIONS = 15;

/** The versions from which a phone takes the dynamic form of an answer (`sccp.md` §2, §5.3). */
const LINE_STAT_V2 = 17;
const SERVICE_URL_STAT_V2 = 7;
const FEATURE_STAT_V2 = 15;

/** Longer names must not be cut, since half a name is another load: such phones read it in their file. */
const LONGEST_LOAD = 15;
const KEEP_LOAD = '';

/** BLF states (`sccp.md` §9.13). */
const BLF = { unknown: 0, idle: 1 } as const;

/** The lamp of a watched number, as far as a server without calls knows it. */
const lampOf = (database: DeviceDatabase, number: string): number => {
  const dn = parseDirectoryNumber(number);
  const watched = dn === undefined ? [] : database.byDirectoryNumber(dn);
  return watched.some(({ state }) => state === 'registered') ? BLF.idle : BLF.unknown;
};

/** Of requests for the configuration. */
export const configurationHandlers = {
  ButtonTemplateReqMessage: {
    requires: 'device',
    handle: (station, _fields, now, bound) =>
      station.sendPrepared(station.service.prepared.buttons(deviceOf(bound), station.version), now),
  },
  SoftKeyTemplateReqMessage: {
    requires: 'device',
    handle: (station, _fields, now) =>
      station.sendPrepared(station.service.prepared.softKeyTemplate(station.version), now),
  },
  SoftKeySetReqMessage: {
    requires: 'device',
    handle: (station, _fields, now, { registration }) => {
      const { prepared, calls } = station.service;
      station.sendPrepared(prepared.softKeySets(station.version), now);
      // At once, for a phone that requests the time late or never (`sccp.md` §5.3 0x0109).
      station.sendPrepared(prepared.idleKeys(station.version, calls.idleMask(registration.device)), now);
    },
  },
  ConfigStatReqMessage: {
    requires: 'device',
    handle: (station, _fields, now, bound) => {
      const { name, ownerUserId, lines, speedDials } = deviceOf(bound);
      const answer = {
        deviceName: name,
        stationUserId: 0,
        stationInstance: 1,
        userName: ownerUserId,
        serverName: station.service.settings.node,
        numberOfLines: lines.length,
        numberOfSpeedDials: speedDials.length,
      };
      station.send('ConfigStatMessage', answer, now);
    },
  },
  LineStatReqMessage: {
    requires: 'device',
    handle: (station, { lineNumber = 0 }, now, bound) => {
      const line = deviceOf(bound).lines[lineNumber - 1];
      const answer = {
        lineNumber,
        lineDirNumber: line?.dn ?? '',
        lineFullyQualifiedDisplayName: line?.displayName ?? '',
        lineTextLabel: line?.label ?? '',
        lineDisplayOptions: ALL_DISPLAY_OPTIONS,
      };
      station.send(station.version >= LINE_STAT_V2 ? 'LineStatV2Message' : 'LineStatMessage', answer, now);
    },
  },
  ForwardStatReqMessage: {
    requires: 'device',
    handle: (station, { lineNumber = 0 }, now) =>
      station.sendPrepared(station.service.prepared.forward(lineNumber, station.version), now),
  },
  SpeedDialStatReqMessage: {
    requires: 'device',
    handle: (station, { speedDialNumber = 0 }, now, bound) => {
      const dial = deviceOf(bound).speedDials[speedDialNumber - 1];
      const answer = {
        speedDialNumber,
        speedDialDirNumber: dial?.number ?? '',
        speedDialDisplayName: dial?.label ?? '',
      };
      station.send('SpeedDialStatMessage', answer, now);
    },
  },
  FeatureStatReqMessage: {
    requires: 'device',
    handle: (station, { featureIndex = 0, featureCapabilities = 0 }, now, bound) => {
      const dial = deviceOf(bound).speedDials[featureIndex - 1];
      const watches = dial?.busyLampField === true && dial.intercom !== true;
      const isNamed = watches || dial?.intercom === true;
      const answer = {
        featureIndex,
        featureId: dial?.intercom === true ? BUTTON.intercom : watches ? BUTTON.busyLampFieldSpeedDial : BUTTON.feature,
        featureTextLabel: isNamed ? (dial?.label ?? '') : '',
        featureStatus: watches ? lampOf(station.service.database, dial.number) : 0,
      };
      const dynamic = featureCapabilities === 1 && station.version >= FEATURE_STAT_V2;
      station.send(dynamic ? 'FeatureStatV2Message' : 'FeatureStatMessage', answer, now);
    },
  },
  ServiceURLStatReqMessage: {
    requires: 'device',
    handle: (station, { serviceURLIndex = 0 }, now, bound) => {
      const service = deviceOf(bound).serviceUrls[serviceURLIndex - 1];
      const answer = {
        serviceURLIndex,
        serviceURL: service?.url ?? '',
        serviceURLDisplayName: service?.name ?? '',
      };
      const dynamic = station.version >= SERVICE_URL_STAT_V2;
      station.send(dynamic ? 'ServiceURLStatV2Message' : 'ServiceURLStatMessage', answer, now);
    },
  },
  TimeDateReqMessage: {
    requires: 'device',
    handle: (station, _fields, now, bound) => {
      station.send(
        'DefineTimeDateMessage',
        station.service.prepared.timeAndDate(station.service.clock.wallTime(now)),
        now,
      );
      if (bound.timeSent) return;
      // The first time request is the last step of a registration: now the phone is made to look idle (`sccp.md` §6.2).
      bound.timeSent = true;
      const { prepared, calls } = station.service;
      station.sendPrepared(prepared.idleKeys(station.version, calls.idleMask(bound.registration.device)), now);
      station.sendPrepared(prepared.messageLampOff(station.version), now);
      showIdlePrompt(station, now);
    },
  },
  VersionReqMessage: {
    requires: 'device',
    handle: (station, _fields, now, bound) => {
      const { load, model } = deviceOf(bound);
      const configuredLoad = load ?? station.service.settings.loads.get(model.id) ?? '';
      const sentLoad = configuredLoad.length > LONGEST_LOAD ? KEEP_LOAD : configuredLoad;
      station.sendPrepared(station.service.prepared.load(sentLoad, station.version), now);
    },
  },
  ServerReqMessage: {
    requires: 'device',
    handle: (station, _fields, now, bound) =>
      station.sendPrepared(station.service.prepared.servers(deviceOf(bound).group, station.version), now),
  },
  SubscriptionStatReqMessage: {
    requires: 'device',
    handle: (station, { transactionId = 0, subscriptionFeatureId = 0, timer = 0, subscriptionId = '' }, now) => {
      station.send('SubscriptionStatMessage', { transactionId, subscriptionFeatureId, timer, cause: 0 }, now);
      const status = lampOf(station.service.database, subscriptionId);
      station.send('NotificationMessage', { transactionId, subscriptionFeatureId, status, text: '' }, now);
    },
  },
  CallCountReqMessage: {
    requires: 'device',
    handle: (station, _fields, now, bound) => {
      const { lines } = deviceOf(bound);
      station.send(
        'CallCountRespMessage',
        {
          totalNumOfConfiguredLines: lines.length,
          startingLineInstance: 1,
          lineDataEntries: lines.length,
          lineData: lines.map(({ maxCalls, busyTrigger }) => ({ maxNumCalls: maxCalls, busyTrigger })),
        },
        now,
      );
    },
  },
  MwiNotificationMessage: {
    requires: 'device',
    handle: (station, { mwiTargetNumber = '' }, now) =>
      station.send('MwiResponseMessage', { mwiTargetNumber, result: 0 }, now),
  },
} as const satisfies Partial<Handlers>;
