// A device as the API shows it: stable field names, times as ISO 8601 in UTC, what is not known as null.

import type { Instant } from '../../core/time.js';
import type { DeviceRecord } from '../../devices/device.js';
import { describeReason } from '../../devices/reasons.js';
import { RIS_STATUS } from '../../devices/registration.js';
import { reportsOf } from '../../devices/reports.js';
import type { LeaseView, TimelineStep } from './sources.js';

const iso = (at: Instant): string => new Date(at).toISOString();
const isoOrNull = (at: Instant | undefined): string | null => (at === undefined ? null : iso(at));

const reasonOf = ({ reason }: DeviceRecord) => {
  if (reason === undefined) return null;
  const { name, number, text } = describeReason(reason.reason, reason);
  return { number, name, text, at: iso(reason.at) };
};

/** What a list shows of a device. */
export const deviceSummary = (record: DeviceRecord) => {
  const { configured, registration, state } = record;
  return {
    name: configured.name,
    status: RIS_STATUS[state].word,
    state,
    reason: reasonOf(record),
    protocol: configured.protocol,
    model: { id: configured.model.id, name: configured.model.name },
    description: configured.description,
    address: registration?.address ?? record.address ?? null,
    load: registration?.load ?? null,
    lines: configured.lines.map(({ dn, label }) => ({ dn, label })),
    registeredAt: isoOrNull(registration?.registeredAt),
    lastKeepAlive: registration === undefined || registration.keepAlives === 0 ? null : iso(registration.lastHeardAt),
  };
};

const registrationDetail = ({ registration }: DeviceRecord) =>
  registration === undefined
    ? null
    : {
        generation: registration.generation,
        protocol: registration.protocol,
        protocolVersion: registration.protocolVersion ?? null,
        transport: registration.transport,
        address: registration.address,
        port: registration.port,
        model: registration.typeId,
        load: registration.load,
        startedAt: iso(registration.startedAt),
        registeredAt: isoOrNull(registration.registeredAt),
        lastHeardAt: iso(registration.lastHeardAt),
        keepAlives: registration.keepAlives,
        jitter: Math.round(registration.jitter),
        lines: registration.lines,
        capabilities: registration.capabilities.map(({ payload, maxFrames }) => ({ payload, maxFrames })),
      };

/** Everything that is known of a device, its secrets excepted. */
export const deviceDetail = (record: DeviceRecord) => {
  const { configured, origin, lease, files } = record;
  return {
    ...deviceSummary(record),
    mac: configured.mac ?? null,
    group: configured.group,
    origin,
    suspended: configured.suspended,
    speedDials: configured.speedDials,
    digestUser: configured.digest?.user ?? null,
    registration: registrationDetail(record),
    lease: lease === undefined ? null : { ...lease, at: iso(lease.at), until: iso(lease.until) },
    files: files.map((file) => ({ ...file, at: iso(file.at) })),
    reports: Object.fromEntries(reportsOf(record).map(({ name, at, value }) => [name, { value, at: iso(at) }])),
  };
};

export type DeviceDetail = ReturnType<typeof deviceDetail>;

export const leaseJson = ({ startedAt, until, clientId, device, ...lease }: LeaseView) => ({
  ...lease,
  clientId: clientId ?? null,
  device: device ?? null,
  startedAt: iso(startedAt),
  until: iso(until),
});

export const stepJson = ({ at, ...step }: TimelineStep) => ({ at: iso(at), ...step });

export const sinceJson = iso;
