// Where a line may forward its calls to (`docs/protocols/calls.md` §2.11).

import type { DialPlan } from './dial-plan.js';

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
