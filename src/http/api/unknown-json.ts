// A phone that nobody configured, in the shapes of the API (`shapes.ts`): like a device, with advice what to do.

import type { WallClock } from '../../core/time.js';
import { isoTime, reasonJson } from './common-json.js';
import type { ApiFinding, ApiTimelineStep, ApiUnknownPhone } from './explain-ports.js';
import { findingOrNull } from './finding-json.js';
import type { AdviceJson, UnknownDetail, UnknownFileJson, UnknownSummary } from './shapes.js';

/** `waitsFor` in the timeline of such a phone. */
export const UNKNOWN_WAITS_FOR = 'somebody who configures it';

/** What to do about the phone. */
export const adviceJson = (
  clock: WallClock,
  { since, lastSeenAt: heardAt, nearest, advice, snippet }: ApiUnknownPhone,
): AdviceJson => ({
  since: isoTime(clock, since),
  heardAt: isoTime(clock, heardAt),
  nearest: nearest ?? null,
  advice,
  snippet: snippet ?? null,
});

/** Its status as Cisco's RIS names it. */
export const statusOfUnknown = ({ refusal }: ApiUnknownPhone): 'Unknown' | 'Rejected' =>
  refusal === undefined ? 'Unknown' : 'Rejected';

/** The phone as lists show it. */
export const unknownSummary = (clock: WallClock, phone: ApiUnknownPhone): UnknownSummary => {
  const { name, mac, address, refusal, protocol, model } = phone;
  return {
    name,
    status: statusOfUnknown(phone),
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

/** Everything that is known of the phone. */
export const unknownDetail = (
  clock: WallClock,
  phone: ApiUnknownPhone,
  verdict: ApiFinding | undefined,
): UnknownDetail => ({
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
  verdict: findingOrNull(clock, verdict),
});

/** The outcome of a file by the type of its last event. */
const OUTCOMES: ReadonlyMap<string, 'served' | 'refused' | 'failed'> = new Map([
  ['tftp.completed', 'served'],
  ['tftp.refused', 'refused'],
  ['tftp.failed', 'failed'],
]);

const fileOf = (
  clock: WallClock,
  { at, type, step, facts: { file, asked = file, outcome, octets = 0 } }: ApiTimelineStep,
): readonly UnknownFileJson[] => {
  const ending = OUTCOMES.get(type) ?? (type === 'http.file' ? outcome : undefined);
  return ending === undefined || asked === undefined
    ? []
    : [
        {
          at: isoTime(clock, at),
          file: String(asked),
          transport: step.toUpperCase(),
          outcome: String(ending),
          octets: Number(octets),
        },
      ];
};
