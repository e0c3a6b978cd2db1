// From off hook to a complete number: digits and digit analysis (`docs/protocols/calls.md` §2.3, §2.4).

import type { Instant } from '../core/time.js';
import type { CallEndings } from './call-endings.js';
import { type CallFeatures, FEATURE_CAUSES } from './call-features.js';
import { legFacts } from './call-record.js';
import { type CallRegistry, TO_ALERT } from './call-registry.js';
import type { CallRouting } from './call-routing.js';
import type { Analysis, AnalysisStep, DialPlan } from './dial-plan.js';
import type { Leg } from './leg.js';
import { printable } from './parties.js';
import { mayReach } from './target-access.js';

/** The most digits that a number has (`docs/protocols/calls.md` §8.3); further ones are dropped. */
const MOST_DIGITS = 64;

/** What dialling is built on. */
export interface DigitCollectorDependencies {
  readonly registry: CallRegistry;
  readonly endings: CallEndings;
  readonly routing: CallRouting;
  readonly dialPlan: DialPlan;
  readonly features: CallFeatures;
}

export class DigitCollector {
  readonly #dependencies: DigitCollectorDependencies;
  readonly #registry: CallRegistry;
  readonly #endings: CallEndings;

  constructor(dependencies: DigitCollectorDependencies) {
    this.#dependencies = dependencies;
    this.#registry = dependencies.registry;
    this.#endings = dependencies.endings;
  }

  /** One more digit. */
  collect(leg: Leg, digit: string, now: Instant): void {
    if (leg.digits.length >= MOST_DIGITS) return;
    const { dialPlan } = this.#dependencies;
    if (digit === '#' && leg.digits !== '' && !dialPlan.takesHash(leg.digits)) {
      this.dial(leg, undefined, now);
      return;
    }
    const isFirst = leg.state === 'off-hook';
    leg.digits += digit;
    this.#registry.enter(leg, 'dialing', now, this.#registry.settings.interDigit);
    leg.port?.collecting(leg.digits, isFirst, now);
    const result = dialPlan.analyse(leg.digits);
    if (result.kind === 'none') this.#unroutable(leg, result, now);
    else if (result.kind === 'match' && !result.canGrow) this.#route(leg, result, now);
    else
      this.#registry.publish({
        type: 'call.dialling',
        ...legFacts(leg, now),
        digits: leg.digits,
        matches: result.kind === 'match',
      });
  }

  /** The last digit is taken back. */
  correct(leg: Leg, now: Instant): void {
    leg.digits = leg.digits.slice(0, -1);
    const state = leg.digits === '' ? 'off-hook' : 'dialing';
    this.#registry.enter(leg, state, now, this.#registry.settings.interDigit);
    leg.port?.corrected(leg.digits, now);
  }

  /** The number is complete: `number`, or the digits so far. */
  dial(leg: Leg, number: string | undefined, now: Instant): void {
    if (number !== undefined) leg.digits = printable(number).slice(0, MOST_DIGITS);
    const result = this.#dependencies.dialPlan.analyse(leg.digits);
    if (result.kind === 'match') this.#route(leg, result, now);
    else this.#unroutable(leg, result, now);
  }

  /** No further digit came. */
  giveUp(leg: Leg, now: Instant): void {
    const result = leg.digits === '' ? undefined : this.#dependencies.dialPlan.analyse(leg.digits);
    if (leg.setsForward && leg.digits === '') this.#endings.end(leg, { cause: 'normal', by: 'feature' }, now);
    else if (result?.kind === 'match') this.#route(leg, result, now);
    else this.#endings.fail(leg, leg.digits === '' ? 'timer' : 'incomplete', now);
  }

  #unroutable(leg: Leg, result: Analysis, now: Instant): void {
    if (result.kind === 'incomplete') this.#leadNowhere(leg, 'incomplete', [], now);
    else this.#leadNowhere(leg, 'unallocated', result.steps, now);
  }

  #leadNowhere(leg: Leg, cause: 'incomplete' | 'unallocated', steps: readonly AnalysisStep[], now: Instant): void {
    this.#registry.publish({ type: 'call.analysed', ...legFacts(leg, now), dialled: leg.digits, steps });
    leg.call.dialled = leg.digits;
    this.#endings.fail(leg, cause, now);
  }

  /** The number leads somewhere: its parties are filled in and the far end is offered the call. */
  #route(leg: Leg, { target, steps }: Extract<Analysis, { kind: 'match' }>, now: Instant): void {
    if (!mayReach(leg, target)) {
      this.#leadNowhere(leg, 'unallocated', steps, now);
      return;
    }
    const { call } = leg;
    const { routing } = this.#dependencies;
    call.dialled = leg.digits;
    call.completedAt = now;
    this.#registry.publish({ type: 'call.analysed', ...legFacts(leg, now), dialled: leg.digits, target, steps });
    const forward = leg.setsForward ? leg.digits : target.kind === 'forward' ? target.to : undefined;
    if (forward !== undefined) {
      this.#forward(leg, forward, now);
      return;
    }
    call.parties = routing.partiesOf(call, target);
    this.#registry.enter(leg, 'proceeding', now, TO_ALERT);
    leg.port?.proceeding(call.dialled, call.parties, now);
    routing.offer(leg, target, now);
  }

  /** The line of `leg` forwards all calls to `number` from now on, or to none; no call comes of it. */
  #forward(leg: Leg, number: string, now: Instant): void {
    const { device, dn } = leg;
    if (device === undefined) return; // it may not reach this (`mayReach`)
    const to = number === '' ? undefined : number;
    const refusal = this.#dependencies.features.setForward(device, dn, 'all', to, now);
    if (refusal === undefined) this.#endings.end(leg, { cause: 'normal', by: 'feature' }, now);
    else this.#endings.fail(leg, FEATURE_CAUSES[refusal], now);
  }
}
