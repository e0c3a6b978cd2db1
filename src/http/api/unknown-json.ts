// Somebody who was heard of and is no device, as the API shows it: in the shape of a device, with what to do about it.

import type { WallClock } from '../../core/time.js';
import { isoTime, reasonJson } from './device-json.js';
import type { ApiTimelineStep, ApiUnknownPhone } from './ports.js';

/** What stands between it and everything else. */
export const UNKNOWN_WAITS_FOR = 'somebody who configures it';

export const adviceJson = (clock: WallClock, { since, heardAt, nearest, advice, snippet }: ApiUnknownPhone) => ({
  since: isoTime(clock, since),
  heardAt: isoTime(clock, heardAt),
  nearest: nearest ?? null,
  advice,
  snippet: snippet ?? null,
});

/** What a list shows of it. */
export const unknownSummary = (clock: WallClock, phone: ApiUnknownPhone) => {
  const { name, mac, address, refusal, protocol, model } = phone;
  return {
    name,
    status: refusal === undefined ? 'Unknown' : 'Rejected',
    state: refusal === undefined ? 'unknown' : 'rejected',
    reason: reasonJson(clock, refusal),
    lastTrouble: null,
    whyNot: `nobody configured it: ${phone.advice}`,
    sharedName: null,
    protocol: protocol ?? null,
    model: model === undefined ? null : { id: model.id, name: model.name },
    description: '',
    mac: mac ?? null,
    address: address ?? null,
    load: null,
    lines: [],
    registeredAt: null,
    lastKeepAlive: null,
    unknown: adviceJson(clock, phone),
  };
};

/** Everything that is known of it. */
export const unknownDetail = (clock: WallClock, phone: ApiUnknownPhone) => ({
  ...unknownSummary(clock, phone),
  group: null,
  origin: 'unknown',
  suspended: false,
  speedDials: [],
  digestUser: null,
  registration: null,
  lease: null,
  files: phone.steps.flatMap((step) => fileOf(clock, step)),
  reports: {},
});

const OUTCOMES: ReadonlyMap<string, 'served' | 'refused' | 'failed'> = new Map([
  ['tftp.completed', 'served'],
  ['tftp.refused', 'refused'],
  ['tftp.failed', 'failed'],
]);

const fileOf = (
  clock: WallClock,
  { at, type, step, facts: { file, asked = file, outcome, octets = 0 } }: ApiTimelineStep,
) => {
  const ending = OUTCOMES.get(type) ?? (type === 'http.file' ? outcome : undefined);
  return ending === undefined || asked === undefined
    ? []
    : [{ at: isoTime(clock, at), file: asked, transport: step.toUpperCase(), outcome: ending, octets }];
};
