// Everything about a phone as the page shows it: `device-view-shapes.ts`.

import type { DeviceRecord } from '../../devices/device.js';
import { callJson } from './call-json.js';
import type { ApiPhoneEverywhere } from './cluster-ports.js';
import { isoTime } from './common-json.js';
import { deviceDetail, stepJson } from './device-json.js';
import { keysJson } from './device-keys.js';
import type { DeviceViewJson } from './device-view-shapes.js';
import type { ApiUnknownPhone } from './explain-ports.js';
import { findingOrNull } from './finding-json.js';
import { whyOf } from './list-routes.js';
import { captureLine } from './pcap-route.js';
import type { ApiSources } from './ports.js';
import type { TimelineJson } from './shapes.js';
import { adviceJson, UNKNOWN_WAITS_FOR, unknownDetail } from './unknown-json.js';
import { verdictJson } from './verdict-json.js';

/** The timeline of a device. */
export const timelineJson = (sources: ApiSources, { configured: { name } }: DeviceRecord): TimelineJson => {
  const { clock, timelines, verdicts } = sources;
  const { steps = [], waitsFor = null } = timelines.of(name) ?? {};
  return {
    device: name,
    steps: steps.map((step) => stepJson(clock, step)),
    waitsFor,
    verdict: findingOrNull(clock, verdicts.of(name)?.verdict),
  };
};

/** The same of all nodes, where a bus connects them. */
export const wholeTimelineJson = async (sources: ApiSources, record: DeviceRecord): Promise<TimelineJson> => {
  const { shared } = sources.cluster;
  const { name } = record.configured;
  return shared === undefined ? timelineJson(sources, record) : timelineOfAll(sources, name, await shared.phone(name));
};

const timelineOfAll = (
  { clock }: ApiSources,
  device: string,
  { steps, speaker, silent }: ApiPhoneEverywhere,
): TimelineJson => ({
  device,
  steps: steps.map((step) => stepJson(clock, step)),
  waitsFor: speaker.waitsFor ?? null,
  verdict: findingOrNull(clock, speaker.verdict?.verdict),
  silentNodes: silent,
});

/** The timeline of a phone that nobody configured. */
export const unknownTimelineJson = ({ clock, verdicts }: ApiSources, phone: ApiUnknownPhone): TimelineJson => ({
  device: phone.name,
  steps: phone.steps.map((step) => stepJson(clock, step)),
  waitsFor: UNKNOWN_WAITS_FOR,
  verdict: findingOrNull(clock, verdicts.of(phone.name)?.verdict),
  unknown: adviceJson(clock, phone),
});

/** What holds for every phone. */
const commonOf = (
  { clock, verdicts, messages }: ApiSources,
  name: string,
  about = verdicts.of(name),
): Pick<DeviceViewJson, 'verdict' | 'capture'> => {
  return {
    verdict: about === undefined ? null : verdictJson(clock, about),
    capture: { ...messages.kept(name), line: captureLine(name) },
  };
};

/** A device. `everywhere`: what all nodes know of it, where they were asked. */
export const deviceViewJson = (
  sources: ApiSources,
  record: DeviceRecord,
  everywhere?: ApiPhoneEverywhere,
): DeviceViewJson => {
  const { clock, calls, devices, insight } = sources;
  const { name } = record.configured;
  const keepAlives = insight.keepAlives(record);
  return {
    ...commonOf(sources, name, everywhere?.speaker.verdict),
    detail: deviceDetail(clock, record, whyOf(sources, record)),
    timeline: everywhere === undefined ? timelineJson(sources, record) : timelineOfAll(sources, name, everywhere),
    calls: calls.callsOf(name).map((call) => callJson(clock, call)),
    keys: keysJson(record, devices, calls),
    configuration: insight.configuration(record),
    keepAlives:
      keepAlives === undefined ? null : { ...keepAlives, times: keepAlives.times.map((at) => isoTime(clock, at)) },
  };
};

/** A phone that nobody configured. */
export const unknownViewJson = (sources: ApiSources, phone: ApiUnknownPhone): DeviceViewJson => ({
  ...commonOf(sources, phone.name),
  detail: unknownDetail(sources.clock, phone, sources.verdicts.of(phone.name)?.verdict),
  timeline: unknownTimelineJson(sources, phone),
  calls: [],
  keys: [],
  configuration: [],
  keepAlives: null,
});
