// Answers a phone's requests for its keys, lines, servers and clock: each by itself, in any order, as often as it
// comes, and also if there is nothing to say, since a phone waits for every answer (`sccp.md` §4, §6.2).

import { isFeatureStatDynamic } from '../busy-lamps.js';
import { BUTTON } from '../buttons.js';
import { showIdlePrompt } from '../calls/prompts.js';
import { beginFeatures, sendForward } from '../calls/station-features.js';
import { showMessages } from '../message-lamps.js';
import { deviceOf, type Handlers } from '../station.js';

/** Original dialled, redirected dialled, calling number, calling name (`sccp.md` §5.3 0x0092). */
const ALL_DISPLAY_OPTIONS = 15;

/** The versions from which a phone takes the dynamic form of an answer (`sccp.md` §2, §5.3). */
const LINE_STAT_V2 = 17;
const SERVICE_URL_STAT_V2 = 7;

/** Longer names must not be cut, since half a name is another load: such phones read it in their file. */
const LONGEST_LOAD = 15;
const KEEP_LOAD = '';

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
    handle: (station, { lineNumber = 0 }, now, bound) =>
      sendForward(station, lineNumber, deviceOf(bound).lines[lineNumber - 1], now),
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
      const isDynamicWanted = featureCapabilities === 1;
      const isIntercom = dial?.intercom === true;
      if (dial?.busyLampField === true && !isIntercom) {
        station.service.lamps.showKey(station, featureIndex, dial, isDynamicWanted, now);
        return;
      }
      const other = {
        featureIndex,
        featureId: isIntercom ? BUTTON.intercom : BUTTON.feature,
        featureTextLabel: isIntercom ? dial.label : '',
        featureStatus: 0,
      };
      const isDynamic = isFeatureStatDynamic(station, isDynamicWanted);
      station.send(isDynamic ? 'FeatureStatV2Message' : 'FeatureStatMessage', other, now);
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
      showMessages(station, deviceOf(bound), now);
      beginFeatures(station, bound, now);
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
    handle: (station, request, now) => station.service.lamps.subscribe(station, request, now),
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
