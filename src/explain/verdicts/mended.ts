// A cause that is mended, of a phone that has not tried again since: nothing is wrong any more, and it is not registered.

import type { Instant } from '../../core/time.js';
import { CAUSES } from './causes/index.js';
import type { PhoneView } from './phone-view.js';
import { look, onPhone, or, type RemedyStep } from './remedies.js';
import { spanText } from './shown-text.js';
import { retryOf } from './stage-times.js';

/** See the head of this file. */
export interface MendedCause {
  /** Its code. */
  readonly code: string;
  /** When it was mended. */
  readonly since: Instant;
  /** One sentence about the phone. */
  readonly sentence: string;
  /** What to do now. */
  readonly remedy: readonly RemedyStep[];
}

const UNKNOWN = 'register.unknown-device';

/** The cause by which the phone was refused last, if a change since then has ended it. */
export const mendedOf = (view: PhoneView): MendedCause | undefined => {
  if (view.record?.registration !== undefined) return undefined;
  const found = view.refusal === undefined ? addedSince(view) : changedSince(view, view.refusal.at);
  if (found === undefined) return undefined;
  const { code, since, by } = found;
  return {
    code,
    since,
    sentence: `What kept it out (${code}) was mended at ${view.timeOf(since)} by ${by}; it has not tried again since.`,
    remedy: [
      look(`wait: it usually tries again within ${spanText(retryOf(view.family))}`),
      ...or(onPhone('power it off and on')),
    ],
  };
};

interface Change {
  readonly code: string;
  readonly since: Instant;
  /** What was changed. */
  readonly by: string;
}

/** It was refused for what is otherwise now. */
const changedSince = (view: PhoneView, refusedAt: Instant): Change | undefined => {
  const reloaded = view.surroundings.daemonEvent('daemon.reloaded')?.at;
  const changed = view.history.last('device.changed')?.at;
  const since = reloaded !== undefined && reloaded >= (changed ?? reloaded) ? reloaded : (changed ?? reloaded);
  if (since === undefined || since < refusedAt) return undefined;
  const row = CAUSES.find(({ stage, isOver }) => stage === 'register' && isOver(view));
  const by = since === reloaded ? 'the reload' : 'a change of its device';
  return row === undefined ? undefined : { code: row.code, since, by };
};

/** It was refused when nobody had configured it. */
const addedSince = (view: PhoneView): Change | undefined => {
  const since = view.record === undefined ? undefined : view.surroundings.addedAt(view.name);
  const last = view.history.all(({ type }) => type !== 'device.changed').at(-1);
  return since !== undefined && last?.type === 'device.rejected' && last.at <= since
    ? { code: UNKNOWN, since, by: 'adding it' }
    : undefined;
};
