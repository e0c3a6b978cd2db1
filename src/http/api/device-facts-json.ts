// What is learnt about a device besides its registration, in the shapes of the API (`shapes.ts`).

import type { WallClock } from '../../core/time.js';
import type { DeviceRecord } from '../../devices/device.js';
import type { DhcpFacts } from '../../devices/facts.js';
import { loadsOf } from '../../devices/loads.js';
import { describeOutOfService } from '../../devices/out-of-service.js';
import { shownBy } from '../../devices/shown-model.js';
import { isoTime, reasonJson } from './common-json.js';
import type { DhcpJson, LoadsJson, ShownJson } from './fact-shapes.js';
import type { DeviceDetail, ReasonJson } from './shapes.js';

/** The keys of `GET /api/devices/{name}` that this file makes. */
type FactsJson = Pick<DeviceDetail, 'given' | 'dhcp' | 'outOfService' | 'loads' | 'registrations' | 'shown'>;

const dhcpJson = (clock: WallClock, dhcp: DhcpFacts): DhcpJson =>
  Object.fromEntries(
    Object.entries(dhcp).map(([name, value]) => [
      name,
      typeof value === 'number' ? isoTime(clock, value as DhcpFacts['ackAt'] & number) : (value ?? null),
    ]),
  ) as unknown as DhcpJson;

const loadsJson = (record: DeviceRecord): LoadsJson => {
  const { running, inactive, configured, asked, failed, failureReason, server } = loadsOf(record);
  return {
    running: running ?? null,
    inactive: inactive ?? null,
    configured: configured ?? null,
    asked: asked ?? null,
    failed: failed ?? null,
    failureReason: failureReason ?? null,
    server: server ?? null,
  };
};

const shownJson = (record: DeviceRecord): ShownJson | null => {
  const shown = shownBy(record);
  if (shown === undefined) return null;
  const { model, protocol, by } = shown;
  return { model: model === undefined ? null : { id: model.id, name: model.name }, protocol: protocol ?? null, by };
};

/** What is learnt about a device besides its registration. */
export const factsJson = (clock: WallClock, record: DeviceRecord): FactsJson => {
  const { given, dhcp, outOfService, registrations } = record;
  return {
    given: given === undefined ? null : { ...given, at: isoTime(clock, given.at) },
    dhcp: dhcp === undefined ? null : dhcpJson(clock, dhcp),
    outOfService:
      outOfService === undefined
        ? null
        : {
            ...outOfService,
            at: isoTime(clock, outOfService.at),
            code: outOfService.code ?? null,
            text: describeOutOfService(outOfService),
          },
    loads: loadsJson(record),
    registrations: registrations.map(({ began, ended, reason, heard, said, ...rest }) => ({
      ...rest,
      began: isoTime(clock, began),
      ended: isoTime(clock, ended),
      reason: reasonJson(clock, { at: ended, reason }) as ReasonJson,
      heard: heard ?? null,
      said: said ?? null,
    })),
    shown: shownJson(record),
  };
};
