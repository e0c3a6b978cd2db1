// What two parties have together.

import type { Instant } from '../core/time.js';
import type { Target } from './dial-plan.js';
import type { Leg } from './leg.js';
import type { AgreedMedia } from './media.js';
import { type CallParties, mirrored, type Party } from './parties.js';

/** Written by `CallControl` alone. */
export class Call {
  /** Set right after the call is made; every call has one. */
  caller!: Leg;
  /** Legs that were offered the call and still ring, or the one that answered. */
  called: Leg[] = [];
  answered: Leg | undefined;
  parties: CallParties;
  dialled = '';
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
