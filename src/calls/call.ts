// What two parties have together.

import type { Instant } from '../core/time.js';
import type { Target } from './dial-plan.js';
import type { Leg } from './leg.js';
import type { AgreedMedia } from './media.js';
import type { CallParties, Redirection } from './parties.js';

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
}
