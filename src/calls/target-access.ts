// Who may reach what a number leads to: what acts for a line of ours, or is heard before anybody has answered, is not for calls
// from outside.

import type { Target } from './dial-plan.js';
import type { LegOwner } from './leg.js';
import type { ServiceName } from './settings.js';

/** For ends of ours alone. */
const INSIDE: ReadonlySet<Target['kind']> = new Set(['pickup', 'park', 'intercom', 'page']);
/** Service numbers that set something of the line that dials them. */
const SETTING_SERVICES: ReadonlySet<ServiceName> = new Set(['messagesOn', 'messagesOff']);

const setsSomething = (target: Target): boolean =>
  target.kind === 'forward' || (target.kind === 'service' && SETTING_SERVICES.has(target.service));

/** Whether a leg may; else the number leads nowhere for it. What sets something of a line is for phones that have the line. */
export const mayReach = ({ device, isTrunk = false }: LegOwner, target: Target): boolean => {
  if (isTrunk) return !INSIDE.has(target.kind) && !setsSomething(target);
  return device !== undefined || !setsSomething(target);
};
