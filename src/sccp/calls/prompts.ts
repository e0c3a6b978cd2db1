// The texts on a phone's prompt line.

import type { Instant } from '../../core/time.js';
import type { OffHookLine, Station } from '../station.js';
import { labelled } from '../tables/labels.js';
import { promptOf } from './call-prompts.js';

/** Label code 19: every phone shows it in its own language (`sccp.md` §9.3). */
const YOUR_CURRENT_OPTIONS = 19;
const IDLE = labelled(YOUR_CURRENT_OPTIONS);

/** Shows the prompt of an idle phone: what its user has set goes before the usual one. */
export const showIdlePrompt = (station: Station, now: Instant): void => {
  const { state } = station;
  const device = state.kind === 'bound' ? state.record.configured : undefined;
  const forward = device?.lines.find(({ forward: { all } }) => all !== undefined)?.forward.all;
  const set =
    forward !== undefined
      ? promptOf('forwardedTo', forward)
      : device?.doNotDisturb === undefined
        ? undefined
        : promptOf('doNotDisturb');
  station.prompt(set?.text ?? IDLE, set?.content ?? 'Your current options', undefined, now);
};

const NO_CALLS = 'Calls are not available';

/** Shows that no calls are possible. */
export const showNoCallsPrompt = (station: Station, offHook: OffHookLine, now: Instant): void =>
  station.prompt(NO_CALLS, NO_CALLS, offHook, now);
