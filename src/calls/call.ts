// What two parties have together.

import type { Duration, Instant } from '../core/time.js';
import type { CauseName } from './causes.js';
import type { Target } from './dial-plan.js';
import type { Leg } from './leg.js';
import type { AgreedMedia } from './media.js';
import { type CallParties, mirrored, type Party, type Redirection } from './parties.js';

/** A call on its way through a hunt list. */
export interface Hunting {
  /** The number of the list. */
  readonly pilot: Party;
  /** Members that have not rung. */
  readonly waiting: string[];
  /** The call identifier that the members have who ring one after the other; 0: none has rung. */
  ci: number;
  /** What the caller hears if nobody of them answers. */
  cause: CauseName;
}

/** Written by `CallControl` alone. */
export class Call {
  /** Set right after the call is made; every call has one. */
  caller!: Leg;
  /** Legs that were offered the call and still ring, or the one that answered. */
  called: Leg[] = [];
  answered: Leg | undefined;
  parties: CallParties;
  /** How it was redirected before it came here. */
  redirection: Redirection | undefined;
  dialled = '';
  /** Whoever answers does so by itself and only listens. */
  isIntercom = false;
  /** How long the present target rings; `undefined`: as long as any. */
  ringFor: Duration | undefined;
  /** The numbers that have redirected it, in order. */
  readonly redirectedBy: string[] = [];
  /** Of a hunt list: who is still to ring. */
  hunting: Hunting | undefined;
  target: Target | undefined;
  media: AgreedMedia | undefined;
  answeredAt: Instant | undefined;
  alertedAt: Instant | undefined;
  completedAt: Instant | undefined;

  constructor(
    /** The number of the call within this node. */
    readonly id: number,
    parties: CallParties,
    readonly startedAt: Instant,
  ) {
    this.parties = parties;
  }

  /** The caller's leg and every one that was offered the call and is not over by another's answer. */
  get legs(): readonly Leg[] {
    return [this.caller, ...this.called];
  }

  /** Who is at `leg`. */
  partyOf(leg: Leg): Party {
    return leg === this.caller ? this.parties.calling : this.parties.called;
  }

  /** The parties as the phone of `leg` shows them: a leg that was called stays so, whatever becomes of its call. */
  partiesSeenBy(leg: Leg): CallParties {
    return (leg.role === 'caller') === (leg === this.caller) ? this.parties : mirrored(this.parties);
  }
}
