// A device, its lease and its timeline in the shapes of the API (`shapes.ts`).

import { between, type Clock, type WallClock } from '../../core/time.js';
import type { DeviceRecord } from '../../devices/device.js';
import { FORWARD_NAMES } from '../../devices/line-forward.js';
import { describeReason } from '../../devices/reasons.js';
import { RIS_STATUS } from '../../devices/registration.js';
import { reportsOf } from '../../devices/reports.js';
import { describeSharedName, isShared } from '../../devices/shared-name.js';
import { isoOrNull, isoTime, reasonJson } from './common-json.js';
import { factsJson } from './device-facts-json.js';
import type { ApiFinding, ApiTimelineStep } from './explain-ports.js';
import { findingOrNull } from './finding-json.js';
import type { ApiLease } from './ports.js';
import type { DeviceDetail, DeviceSummary, LeaseJson, RegistrationJson, SharedNameJson, StepJson } from './shapes.js';

/** While a phone is registered or registering, its last reason is about a trouble that is over. */
const isOver = ({ registration }: DeviceRecord): boolean => registration !== undefined;

/** What is known of a device besides its record: what the explaining says, and the place in a file that does not hold. */
export interface WhyNot {
  readonly overrides?: { readonly file: string; readonly line?: number | undefined } | undefined;
  readonly verdict?: ApiFinding | undefined;
  readonly waitsFor?: string | undefined;
  /** The node that holds it; `null`: none has told of it; absent: no bus connects the nodes. */
  readonly node?: string | null;
}

const whyNotOf = (record: DeviceRecord, { verdict, waitsFor }: WhyNot): string | null => {
  const { state, reason } = record;
  if (verdict !== undefined) return verdict.sentence;
  if (state === 'registered') return null;
  if (reason !== undefined && !isOver(record)) return describeReason(reason.reason, reason).text;
  return waitsFor === undefined ? null : `waits for ${waitsFor}`;
};

const sharedNameJson = (clock: Clock, { sharedName }: DeviceRecord): SharedNameJson | null => {
  if (sharedName === undefined || !isShared(sharedName, clock.now())) return null;
  const { first, second, changes, since, at, isCertain } = sharedName;
  const text = describeSharedName({ first, second, changes, isCertain, lasted: between(since, at) });
  return { text, first, second, changes, since: isoTime(clock, since), at: isoTime(clock, at) };
};

/** A device as lists show it. `why`: what is wrong with it and what it waits for, where that is known. */
export const deviceSummary = (clock: Clock, record: DeviceRecord, why: WhyNot = {}): DeviceSummary => {
  const { configured, registration, state } = record;
  return {
    name: configured.name,
    ...(why.node === undefined ? {} : { node: why.node }),
    status: RIS_STATUS[state].name,
    state,
    reason: reasonJson(clock, record.reason),
    lastTrouble: isOver(record) ? reasonJson(clock, record.reason) : null,
    whyNot: whyNotOf(record, why),
    sharedName: sharedNameJson(clock, record),
    protocol: configured.protocol,
    model: { id: configured.model.id, name: configured.model.name },
    description: configured.description,
    address: registration?.address ?? record.address ?? null,
    load: registration?.load ?? null,
    lines: configured.lines.map(({ dn, label }) => ({ dn, label })),
    registeredAt: isoOrNull(clock, registration?.registeredAt),
    lastKeepAlive:
      registration === undefined || registration.keepAlives === 0 ? null : isoTime(clock, registration.lastSeenAt),
  };
};

const registrationJson = (clock: WallClock, { registration }: DeviceRecord): RegistrationJson | null =>
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
        lastHeardAt: isoTime(clock, registration.lastSeenAt),
        keepAlives: registration.keepAlives,
        jitter: Math.round(registration.jitter),
        lines: registration.lines,
        heard: registration.heard ?? null,
        said: registration.said ?? null,
        clockSkew: registration.clockSkew ?? null,
        capabilities: registration.capabilities.map(({ payload, maxFrames }) => ({ payload, maxFrames })),
      };

const forwardsOf = ({ lines }: DeviceRecord['configured']): DeviceDetail['forwards'] =>
  lines
    .filter(({ forward }) => FORWARD_NAMES.some((name) => forward[name] !== undefined))
    .map(({ dn, forward: { all = null, busy = null, noAnswer = null, unregistered = null } }) => ({
      ...{ dn, all, busy, noAnswer, unregistered },
    }));

/** Everything that is known of a device, except its passwords. `why` as in `deviceSummary`. */
export const deviceDetail = (clock: Clock, record: DeviceRecord, why: WhyNot = {}): DeviceDetail => {
  const { configured, origin, lease, files } = record;
  return {
    ...deviceSummary(clock, record, why),
    verdict: findingOrNull(clock, why.verdict),
    mac: configured.mac ?? null,
    group: configured.group,
    origin,
    overrides: why.overrides === undefined ? null : { file: why.overrides.file, line: why.overrides.line ?? null },
    suspended: configured.suspended,
    securityMode: configured.security.mode,
    encryptedConfig: configured.security.encryptedConfig ?? null,
    forwards: forwardsOf(configured),
    doNotDisturb: configured.doNotDisturb ?? 'off',
    speedDials: configured.speedDials,
    digestUser: configured.digest?.user ?? null,
    registration: registrationJson(clock, record),
    lease: lease === undefined ? null : { ...lease, at: isoTime(clock, lease.at), until: isoTime(clock, lease.until) },
    files: files.map((file) => ({ ...file, at: isoTime(clock, file.at) })),
    ...factsJson(clock, record),
    reports: Object.fromEntries(
      reportsOf(record).map(({ name, at, value }) => [name, { value, at: isoTime(clock, at) }]),
    ),
  };
};

/** A lease. The daemon's own lease has more keys. */
export const leaseJson = (
  clock: WallClock,
  { address, mac, clientId, device, state, ended, startedAt, until }: ApiLease,
): LeaseJson => ({
  address,
  mac,
  clientId: clientId ?? null,
  device: device ?? null,
  state,
  ...(ended === undefined ? {} : { ended }),
  startedAt: isoTime(clock, startedAt),
  until: isoTime(clock, until),
});

/** A step of a timeline. */
export const stepJson = (
  clock: WallClock,
  { at, since, ...step }: ApiTimelineStep & { readonly node?: string },
): StepJson => ({
  at: isoTime(clock, at),
  ...step,
  ...(since === undefined ? {} : { since: isoTime(clock, since) }),
});
