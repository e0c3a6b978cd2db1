// Calls whose ends change: two calls of one user become one of the other two (`docs/protocols/calls.md` §2.10, §3.7).

import type { Instant } from '../core/time.js';
import { Call } from './call.js';
import type { CallEndings } from './call-endings.js';
import type { CallMediaControl } from './call-media.js';
import { legFacts } from './call-record.js';
import { type CallRegistry, LONGEST_CALL } from './call-registry.js';
import type { Leg } from './leg.js';
import type { Party, RedirectReason } from './parties.js';
import type { Release } from './ports.js';

/** Why two calls cannot become one. `no-talk`: one of them has no other end, or not yet. `same-call`: they are one call. */
export type JoinRefusal = 'no-talk' | 'same-call';

/** Two ends that become one call. */
export interface Join {
  /** The call whose number the new one has; `caller` is of it. */
  readonly call: Call;
  readonly caller: Leg;
  /** Who has answered `caller`'s user already, or rings: the first where several ring. */
  readonly called: readonly Leg[];
  readonly calledParty: Party;
  /** Who made it so. */
  readonly redirecting: Party;
  readonly reason: RedirectReason;
}

export class CallJoins {
  readonly #registry: CallRegistry;
  readonly #media: CallMediaControl;
  readonly #endings: CallEndings;

  constructor(registry: CallRegistry, media: CallMediaControl, endings: CallEndings) {
    this.#registry = registry;
    this.#media = media;
    this.#endings = endings;
  }

  /** Connects the other ends of two calls of one user, whose own legs end. */
  transfer(primary: Leg, consultation: Leg, now: Instant): JoinRefusal | undefined {
    if (primary.call === consultation.call) return 'same-call';
    const { far } = primary;
    const others = othersOf(consultation);
    const [first] = others;
    if (far === undefined || first === undefined) return 'no-talk';
    const { call } = primary;
    const calledParty = consultation.call.partyOf(first);
    const redirecting = call.partyOf(primary);
    this.#registry.publish({
      type: 'call.transferred',
      ...legFacts(primary, now),
      consultation: consultation.ci,
      transferred: call.partyOf(far),
      to: calledParty,
      isRinging: first.state === 'ring-in',
    });
    const join = { call, caller: far, called: others, calledParty, redirecting, reason: 4 } as const;
    this.join(join, [primary, consultation], { cause: 'normal', by: 'transfer' }, now);
    return undefined;
  }

  /** Makes one call of `caller` and `called`. `leaving`: the legs that end with it; their calls are over. */
  join(join: Join, leaving: readonly Leg[], release: Release, now: Instant): Call {
    const { call: before, caller, called, calledParty, redirecting, reason } = join;
    const over = new Set([caller, ...called, ...leaving].map(({ call }) => call));
    for (const call of over) if (call.answered !== undefined) this.#media.stop(call, now);
    const [first] = called as readonly [Leg, ...Leg[]];
    const consulted = first.call;
    const call = new Call(
      before.id,
      {
        calling: before.partyOf(caller),
        called: calledParty,
        originalCalled: consulted.parties.originalCalled,
        lastRedirecting: redirecting,
        redirectReason: reason,
      },
      now,
    );
    call.caller = caller;
    call.called = [...called];
    call.dialled = consulted.dialled;
    call.target = consulted.target;
    call.completedAt = consulted.completedAt;
    call.alertedAt = consulted.alertedAt;
    this.#registry.calls.add(call);
    for (const leg of [caller, ...called]) leg.call = call;
    if (first.state === 'ring-in') this.#ring(call, now);
    else this.#talk(call, first, now);
    for (const leg of leaving) this.#endings.leave(leg, release, now);
    for (const one of over) this.#endings.close(one, now);
    return call;
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
    for (const leg of [caller, answered]) {
      this.#registry.await(leg, LONGEST_CALL, now);
      leg.hasTalked = true;
      leg.port?.redirected(leg.parties, false, now);
      if (leg.state === 'connected') leg.port?.farHeld(leg.far?.state === 'hold', now);
    }
    this.#media.agree(call, now);
  }
}

/** Whom a leg rings or talks with. */
const othersOf = (leg: Leg): readonly Leg[] => {
  if (leg.far !== undefined) return leg.far.state === 'idle' ? [] : [leg.far];
  return leg.call.called.filter(({ state }) => state === 'ring-in');
};
