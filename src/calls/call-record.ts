// A call as its events and records tell it.

import type { Instant } from '../core/time.js';
import type { Call } from './call.js';
import { CAUSES } from './causes.js';
import type { CallEnded, RecordedEnd } from './events.js';
import type { Leg } from './leg.js';

/** What every event about a leg has. */
export const legFacts = (leg: Leg, at: Instant) => ({
  at,
  call: leg.call.id,
  leg: leg.ci,
  ...(leg.device === undefined ? {} : { device: leg.device }),
  dn: leg.dn,
});

const endOf = (leg: Leg): RecordedEnd => ({
  leg: leg.ci,
  ...(leg.device === undefined ? {} : { device: leg.device }),
  ...(leg.lastReceive === undefined ? {} : { media: leg.lastReceive }),
  cause: leg.cause === undefined ? 0 : CAUSES[leg.cause].value,
});

/** Everything that a call record says. */
export const endedOf = (call: Call, at: Instant): CallEnded => {
  const { parties, media, answeredAt } = call;
  const dest = call.answered ?? call.called[0];
  const dtmf = media === undefined ? 'none' : media.telephoneEvent === undefined ? 'out-of-band' : 'rtp';
  return {
    type: 'call.ended',
    at,
    call: call.id,
    dialled: call.dialled,
    ...parties,
    startedAt: call.startedAt,
    ...(answeredAt === undefined ? {} : { answeredAt }),
    orig: endOf(call.caller),
    ...(dest === undefined ? {} : { dest: endOf(dest) }),
    ...(media === undefined ? {} : { codec: media.codec, milliseconds: media.milliseconds }),
    dtmf,
  };
};
