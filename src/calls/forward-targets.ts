// Where a line may forward its calls to (`docs/protocols/calls.md` §2.11).

import type { DialPlan, Target } from './dial-plan.js';

/** As often is one call forwarded; then its caller hears busy. */
export const MOST_FORWARDS = 10;

/** Why calls of `dn` cannot be forwarded to `number`; `undefined`: they can. */
export const forwardRefusal = (
  plan: Pick<DialPlan, 'analyse'>,
  dn: string,
  number: string,
): 'no-such-number' | 'own-number' | undefined => {
  const result = plan.analyse(number);
  if (result.kind !== 'match') return 'no-such-number';
  const { target } = result;
  if (target.kind === 'line' && target.dn === dn) return 'own-number';
  return target.kind === 'pickup' || target.kind === 'park' || target.kind === 'forward' ? 'no-such-number' : undefined;
};

/** Where a phone may send a call that it is offered: to other phones, and where a pattern leads. */
const FOLLOWED: ReadonlySet<Target['kind']> = new Set(['line', 'hunt', 'trunk']);

/** Whether a phone of `dn` that forwards a call by itself is followed to `number`. */
export const isFollowed = (plan: Pick<DialPlan, 'analyse'>, dn: string, number: string): boolean => {
  const result = plan.analyse(number);
  if (result.kind !== 'match' || !FOLLOWED.has(result.target.kind)) return false;
  return result.target.kind !== 'line' || result.target.dn !== dn;
};
