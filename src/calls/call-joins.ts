// Calls whose ends change: two calls of one user become one of the other two (`docs/protocols/calls.md` §2.10, §3.7).

import type { Instant } from '../core/time.js';
import { Call } from './call.js';
import type { CallEndings } from './call-endings.js';
import type { CallMediaControl } from './call-media.js';
import { legFacts } from './call-record.js';
import { type CallRegistry, LONGEST_CALL } from './call-registry.js';
import type { CallTalks } from './call-talks.js';
import type { Leg } from './leg.js';
import { type Party, partyOf, type RedirectReason } from './parties.js';
import type { Release } from './ports.js';

/** Why two calls cannot become one. `no-talk`: one of them has no other end, or not yet. `same-call`: they are one call. */
export type JoinRefusal = 'no-talk' | 'same-call';

/** How a leg ends whose user has connected the others. */
const TRANSFERRED: Release = { cause: 'normal', by: 'transfer' };

/** Two ends that become one call. */
export interface Join {
  /** The call whose number the new one has; `caller` is of it. */
  readonly call: Call;
  readonly caller: Leg;
  /** Who has answered `caller`'s user already, or rings: the first where several ring. */
  readonly called: readonly Leg[];
  readonly calledParty: Party;
  /** What was dialled first. */
  readonly originalCalled: Party;
  /** Who made it so. */
  readonly redirecting: Party;
  readonly reason: RedirectReason;
  /** The number of the new call; absent: that of `call`. */
  readonly number?: number;
}

export class CallJoins {
  readonly #registry: CallRegistry;
  readonly #media: CallMediaControl;
  readonly #endings: CallEndings;
  readonly #talks: CallTalks;

  constructor(registry: CallRegistry, media: CallMediaControl, endings: CallEndings, talks: CallTalks) {
    this.#registry = registry;
    this.#media = media;
    this.#endings = endings;
    this.#talks = talks;
  }

  /** Connects the other ends of two calls of one user, whose own legs end. */
  transfer(primary: Leg, consultation: Leg, reason: RedirectReason, now: Instant): void {
    const { far, call } = primary;
    const called = othersOf(consultation);
    const [first] = called;
    if (joinRefusal(primary, consultation) !== undefined || far === undefined || first === undefined) return;
    const calledParty = consultation.call.partyOf(first);
    this.#registry.publish({
      type: 'call.transferred',
      ...legFacts(primary, now),
      consultation: consultation.ci,
      transferred: call.partyOf(far),
      to: calledParty,
      isRinging: first.state === 'ring-in',
    });
    const { originalCalled } = consultation.call.parties;
    this.join(
      { call, caller: far, called, calledParty, originalCalled, redirecting: call.partyOf(primary), reason },
      [consultation, primary],
      now,
    );
  }

  /** The taker's call, in which it was alone, is given up for the one that rings. */
  pickUp(ringing: Leg, taker: Leg, now: Instant): void {
    const { call } = ringing;
    if (ringing.state !== 'ring-in' || taker.state === 'idle') return;
    const { name } = this.#alone(taker);
    const { calling, called: rung } = call.parties;
    this.#registry.publish({
      type: 'call.picked-up',
      ...legFacts(taker, now),
      call: call.id,
      calling,
      ringing: partyOf(ringing.dn, rung.number === ringing.dn ? rung.name : '', ringing.device),
    });
    call.parties = {
      ...call.parties,
      called: { ...call.parties.called, name },
      lastRedirecting: call.parties.called,
      redirectReason: 5,
    };
    taker.call = call;
    call.called.push(taker);
    this.#talks.answer(taker, now);
  }

  /** The taker's call, in which it was alone, is given up for the place of `replaced` in its. */
  replace(replaced: Leg, taker: Leg, reason: RedirectReason, now: Instant): void {
    const { far, call } = replaced;
    if (far === undefined || taker.state === 'idle') return;
    const calledParty = this.#alone(taker);
    this.#registry.enter(taker, 'connected', now, LONGEST_CALL);
    const redirecting = call.partyOf(replaced);
    this.join(
      { call, caller: far, called: [taker], calledParty, originalCalled: calledParty, redirecting, reason },
      [replaced],
      now,
    );
  }

  /** The call that another phone of the taker's line holds comes to the taker, which is shown it as that one was. */
  takeHeld(held: Leg, taker: Leg, now: Instant): void {
    const { far, call } = held;
    if (far === undefined || held.state !== 'hold' || taker.state === 'idle') return;
    const { parties } = call;
    const own = this.#alone(taker);
    const [calledParty, originalCalled] =
      held === call.caller ? [own, own] : [{ ...parties.called, device: taker.device }, parties.originalCalled];
    taker.role = held.role;
    this.#registry.publish({
      type: 'call.moved',
      ...legFacts(held, now),
      to: taker.ci,
      ...(taker.device === undefined ? {} : { toDevice: taker.device }),
    });
    this.#registry.enter(taker, 'connected', now, LONGEST_CALL);
    const redirecting = held === call.caller ? own : parties.lastRedirecting;
    const reason = parties.redirectReason;
    this.join({ call, caller: far, called: [taker], calledParty, originalCalled, redirecting, reason }, [held], now);
  }

  /** Makes one call of `caller` and `called`. `leaving`: the legs that end with it; their calls are over. */
  join(join: Join, leaving: readonly Leg[], now: Instant, release = TRANSFERRED): Call {
    const { call: before, caller, called, calledParty, originalCalled, redirecting, reason } = join;
    const over = new Set([caller, ...leaving].map(({ call }) => call));
    for (const call of over)
      if (call.answered !== undefined && this.#registry.calls.has(call)) this.#media.stop(call, now);
    const [first] = called as readonly [Leg, ...Leg[]];
    const { dialled, target, completedAt, alertedAt } = first.call;
    const calling = before.partyOf(caller);
    const parties = { calling, called: calledParty, originalCalled, lastRedirecting: redirecting };
    const call = new Call(join.number ?? before.id, { ...parties, redirectReason: reason }, now);
    Object.assign(call, { caller, called: [...called], dialled, target, completedAt, alertedAt });
    this.#registry.calls.add(call);
    for (const leg of [caller, ...called]) leg.call = call;
    const isRinging = first.state === 'ring-in';
    this.#publish(call, isRinging, now);
    if (isRinging) this.#ring(call, now);
    else this.#talk(call, first, now);
    for (const leg of leaving) this.#endings.leave(leg, release, now);
    for (const leg of call.legs) this.#registry.shared.changed(leg, now);
    for (const one of over) this.#endings.close(one, now);
    return call;
  }

  #publish({ caller, called, parties }: Call, isRinging: boolean, now: Instant): void {
    if (!this.#registry.hasListener('call.joined')) return;
    this.#registry.publish({
      type: 'call.joined',
      ...legFacts(caller, now),
      to: called.map(({ ci }) => ci),
      calling: parties.calling,
      called: parties.called,
      reason: parties.redirectReason,
      isRinging,
    });
  }

  /** Takes a leg out of the call in which it is alone, which no record tells of. Returns who is at it. */
  #alone(taker: Leg): Party {
    const { call } = taker;
    this.#registry.calls.delete(call);
    return call.parties.calling;
  }

  /** The called end rings still: the caller's user hears it, and the called end's sees who calls now. */
  #ring(call: Call, now: Instant): void {
    const { caller, called } = call;
    this.#registry.enter(caller, 'ring-out', now, this.#registry.settings.noAnswer);
    caller.port?.redirected(caller.parties, true, now);
    for (const leg of called) leg.port?.redirected(leg.parties, true, now);
  }

  #talk(call: Call, answered: Leg, now: Instant): void {
    const { caller } = call;
    call.answered = answered;
    call.answeredAt = now;
    this.#media.recall(caller);
    for (const leg of [answered, caller]) {
      if (leg.state === 'idle') return; // no codec in common: both are cleared
      this.#registry.await(leg, LONGEST_CALL, now);
      this.#talks.show(leg, now);
      if (leg.state !== 'connected') continue;
      leg.port?.farHeld(leg.far?.state === 'hold', now);
    }
    this.#media.agree(call, now);
  }
}

/** Why the other ends of two calls of one user cannot be connected; `undefined`: they can. */
export const joinRefusal = (primary: Leg, consultation: Leg): JoinRefusal | undefined => {
  if (primary.call === consultation.call) return 'same-call';
  if (primary.isInPreservedCall || consultation.isInPreservedCall) return 'no-talk';
  if (isOfThreeNodes(primary, consultation)) return 'no-talk';
  const isAnswered = primary.far !== undefined && primary.far.state !== 'idle';
  return isAnswered && othersOf(consultation).length > 0 ? undefined : 'no-talk';
};

/** Signalling between two other nodes would go by this one. */
const isOfThreeNodes = ({ far }: Leg, consultation: Leg): boolean => {
  const node = far?.node;
  return node !== undefined && othersOf(consultation).some((other) => other.node !== undefined && other.node !== node);
};

/** Whom a leg rings or talks with. */
const othersOf = (leg: Leg): readonly Leg[] => {
  if (leg.state === 'idle') return [];
  if (leg.far !== undefined) return leg.far.state === 'idle' ? [] : [leg.far];
  return leg.call.called.filter(({ state }) => state === 'ring-in');
};
