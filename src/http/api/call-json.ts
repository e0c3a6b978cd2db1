// The JSON of calls, made from what the daemon shows the API.

import type { WallClock } from '../../core/time.js';
import type { CallJson } from './call-shapes.js';
import { isoTime } from './common-json.js';
import type { ApiStandingCall, ApiTrunk } from './ports.js';
import type { TrunkJson } from './trunk-shapes.js';

export const callJson = (
  clock: WallClock,
  { id, dialled, startedAt, answeredAt, codec, conference, legs }: ApiStandingCall,
): CallJson => ({
  id,
  dialled,
  startedAt: isoTime(clock, startedAt),
  answeredAt: answeredAt === undefined ? null : isoTime(clock, answeredAt),
  codec: codec ?? null,
  conference: conference ?? null,
  legs: legs.map(({ device, receive, ...leg }) => ({ ...leg, device: device ?? null, receive: receive ?? null })),
});

export const trunkJson = (clock: WallClock, { since, registration, ...trunk }: ApiTrunk): TrunkJson => ({
  ...trunk,
  since: since === undefined ? null : isoTime(clock, since),
  registration:
    registration === undefined
      ? null
      : {
          ...registration,
          status: registration.status ?? null,
          since: registration.since === undefined ? null : isoTime(clock, registration.since),
        },
});
