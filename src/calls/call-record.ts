// A call as its events and records tell it.

import { between, type Instant, milliseconds } from '../core/time.js';
import type { Call } from './call.js';
import { CAUSES } from './causes.js';
import type { CallEnded, CallMeasured, CallOneWay, RecordedEnd } from './events.js';
import type { CallStatistics, Leg } from './leg.js';

/** What every event about a leg has. */
export const legFacts = (leg: Leg, at: Instant) => ({
  at,
  call: leg.call.id,
  leg: leg.ci,
  ...(leg.device === undefined ? {} : { device: leg.device }),
  dn: leg.dn,
});

/** The cause of a leg that its user left by a transfer: CUCM's call split (`docs/protocols/calls.md` §7.4). */
const SPLIT = 393_216;
/** The cause of a leg that was taken out of a conference: CUCM's conference drop (`docs/protocols/calls.md` §7.4). */
const DROPPED = 458_752;

const causeOf = ({ cause, endedBy }: Leg): number => {
  if (endedBy === 'transfer') return SPLIT;
  if (endedBy === 'conference') return DROPPED;
  return cause === undefined ? 0 : CAUSES[cause].value;
};

const endOf = (leg: Leg): RecordedEnd => ({
  leg: leg.ci,
  ...(leg.device === undefined ? {} : { device: leg.device }),
  ...(leg.lastReceive === undefined ? {} : { media: leg.lastReceive }),
  cause: causeOf(leg),
  by: leg.endedBy ?? (leg.state === 'idle' ? 'server' : 'transfer'),
  ...(leg.node !== undefined && leg.role === 'caller' && leg.device !== undefined ? { fromNode: leg.node } : {}),
  ...(leg.isTrunk && leg.device !== undefined ? { trunkReference: leg.port?.callReference ?? '' } : {}),
});

/** The caller's end: where the called phone refused, that one has cleared (`docs/protocols/calls.md` §7.5). */
const origOf = (caller: Leg, dest: Leg | undefined): RecordedEnd => {
  const end = endOf(caller);
  const isRefused = dest?.endedBy === 'user' && dest.cause === caller.cause && caller.call.answered === undefined;
  return isRefused ? { ...end, cause: 0 } : end;
};

/** What a phone counted, and how long it could. */
export const measuredOf = (leg: Leg, statistics: CallStatistics, at: Instant): CallMeasured => {
  const { answeredAt } = leg.call;
  return {
    type: 'call.measured',
    ...legFacts(leg, at),
    statistics,
    talked: answeredAt === undefined ? milliseconds(0) : between(answeredAt, leg.endedAt ?? at),
  };
};

/** Everything that a call record says. */
export const endedOf = (call: Call, at: Instant): CallEnded => {
  const { parties, media, answeredAt, hunting } = call;
  const dest = call.answered ?? call.called[0];
  const dtmf = media === undefined ? 'none' : media.telephoneEvent === undefined ? 'out-of-band' : 'rtp';
  return {
    type: 'call.ended',
    at,
    call: call.id,
    dialled: call.dialled === '' ? call.caller.digits : call.dialled,
    ...parties,
    startedAt: call.startedAt,
    ...(answeredAt === undefined ? {} : { answeredAt }),
    ...(hunting === undefined ? {} : { huntPilot: hunting.pilot.number }),
    orig: origOf(call.caller, dest),
    ...(dest === undefined ? {} : { dest: endOf(dest) }),
    ...(media === undefined ? {} : { codec: media.codec, milliseconds: media.milliseconds }),
    dtmf,
    ...(call.target?.kind === 'trunk' ? { pattern: call.target.pattern } : {}),
  };
};

/** Fewer packets than in half a second say nothing of a direction. */
const FEW_PACKETS = 25;

/** The directions in which one end sent and the other received nothing, once both have counted. */
export const oneWayOf = (leg: Leg, far: Leg, at: Instant): readonly CallOneWay[] =>
  [[leg, far] as const, [far, leg] as const].flatMap(([one, other]): CallOneWay[] => {
    const packetsSent = other.statistics?.packetsSent ?? 0;
    if (packetsSent < FEW_PACKETS || one.statistics?.packetsReceived !== 0) return [];
    const farDevice = other.device === undefined ? {} : { farDevice: other.device };
    return [{ type: 'call.one-way', ...legFacts(one, at), ...farDevice, packetsSent }];
  });
