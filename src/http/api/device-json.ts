// A device as the API shows it: stable field names, times as ISO 8601 in UTC, what is not known as null.

import { between, type Clock, dateOf, type Instant, type WallClock } from '../../core/time.js';
import type { DeviceRecord, LastReason } from '../../devices/device.js';
import { describeReason } from '../../devices/reasons.js';
import { RIS_STATUS } from '../../devices/registration.js';
import { reportsOf } from '../../devices/reports.js';
import { describeSharedName, isShared } from '../../devices/shared-name.js';
import type { ApiLease, ApiTimelineStep } from './ports.js';

/** By the wall clock as it is set now. */
export const isoTime = (clock: WallClock, at: Instant): string => dateOf(clock.wallTime(at)).toISOString();
const isoOrNull = (clock: WallClock, at: Instant | undefined): string | null =>
  at === undefined ? null : isoTime(clock, at);

/** As CUCM numbers and names it, in words, and both sides where there are two: what came, and what is configured. */
export const reasonJson = (clock: WallClock, reason: LastReason | undefined) => {
  if (reason === undefined) return null;
  const { name, number, text } = describeReason(reason.reason, reason);
  return {
    number,
    name,
    text,
    at: isoTime(clock, reason.at),
    given: reason.given ?? null,
    configured: reason.configured ?? null,
  };
};

/** Of a phone that is registered or about to be, the last reason is a trouble that is over. */
const isOver = ({ registration }: DeviceRecord): boolean => registration !== undefined;

/** One sentence; `null` where it is registered. */
const whyNot = (record: DeviceRecord, awaited: string | undefined): string | null => {
  const { state, reason } = record;
  if (state === 'registered') return null;
  if (reason !== undefined && !isOver(record)) return describeReason(reason.reason, reason).text;
  return awaited === undefined ? null : `waits for ${awaited}`;
};

/** Two phones that use its name now, as one sentence and in its parts. */
const sharedNameJson = (clock: Clock, { sharedName }: DeviceRecord) => {
  if (sharedName === undefined || !isShared(sharedName, clock.now())) return null;
  const { first, second, changes, since, at, isCertain } = sharedName;
  const text = describeSharedName({ first, second, changes, isCertain, lasted: between(since, at) });
  return { text, first, second, changes, since: isoTime(clock, since), at: isoTime(clock, at) };
};

/** What a list shows of a device. `awaited`: what it waits for. */
export const deviceSummary = (clock: Clock, record: DeviceRecord, awaited?: string) => {
  const { configured, registration, state } = record;
  return {
    name: configured.name,
    status: RIS_STATUS[state].word,
    state,
    reason: reasonJson(clock, record.reason),
    /** The same, where it is over: why a phone that is registered now was not. */
    lastTrouble: isOver(record) ? reasonJson(clock, record.reason) : null,
    whyNot: whyNot(record, awaited),
    sharedName: sharedNameJson(clock, record),
    protocol: configured.protocol,
    model: { id: configured.model.id, name: configured.model.name },
    description: configured.description,
    address: registration?.address ?? record.address ?? null,
    load: registration?.load ?? null,
    lines: configured.lines.map(({ dn, label }) => ({ dn, label })),
    registeredAt: isoOrNull(clock, registration?.registeredAt),
    lastKeepAlive:
      registration === undefined || registration.keepAlives === 0 ? null : isoTime(clock, registration.lastHeardAt),
  };
};

const registrationDetail = (clock: WallClock, { registration }: DeviceRecord) =>
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
        startedAt: isoTime(clock, registration.startedAt),
        registeredAt: isoOrNull(clock, registration.registeredAt),
        lastHeardAt: isoTime(clock, registration.lastHeardAt),
        keepAlives: registration.keepAlives,
        jitter: Math.round(registration.jitter),
        lines: registration.lines,
        capabilities: registration.capabilities.map(({ payload, maxFrames }) => ({ payload, maxFrames })),
      };

/** Everything that is known of a device, its secrets excepted. */
export const deviceDetail = (clock: Clock, record: DeviceRecord, awaited?: string) => {
  const { configured, origin, lease, files } = record;
  return {
    ...deviceSummary(clock, record, awaited),
    mac: configured.mac ?? null,
    group: configured.group,
    origin,
    suspended: configured.suspended,
    speedDials: configured.speedDials,
    digestUser: configured.digest?.user ?? null,
    registration: registrationDetail(clock, record),
    lease: lease === undefined ? null : { ...lease, at: isoTime(clock, lease.at), until: isoTime(clock, lease.until) },
    files: files.map((file) => ({ ...file, at: isoTime(clock, file.at) })),
    reports: Object.fromEntries(
      reportsOf(record).map(({ name, at, value }) => [name, { value, at: isoTime(clock, at) }]),
    ),
  };
};

export type DeviceDetail = ReturnType<typeof deviceDetail>;

export const leaseJson = (clock: WallClock, { startedAt, until, clientId, device, ...lease }: ApiLease) => ({
  ...lease,
  clientId: clientId ?? null,
  device: device ?? null,
  startedAt: isoTime(clock, startedAt),
  until: isoTime(clock, until),
});

export const stepJson = (clock: WallClock, { at, since, ...step }: ApiTimelineStep) => ({
  at: isoTime(clock, at),
  ...step,
  ...(since === undefined ? {} : { since: isoTime(clock, since) }),
});
