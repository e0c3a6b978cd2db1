// Finds the verdict of one phone: tries the rows that fit its state, ranks what they find, and keeps the verdict that
// stands until something contradicts it.

import { CAUSES, HARMLESS } from './causes/index.js';
import type { PhoneView } from './phone-view.js';
import { ranked } from './ranking.js';
import { shown } from './shown-text.js';
import {
  type CauseRow,
  type CauseStage,
  type HarmlessFinding,
  MOST_HARMLESS_FILES,
  type VerdictFinding,
} from './verdict.js';

/** What is concluded about a phone. */
export interface Assessment {
  /** `undefined`: nothing is wrong, or it is still within its time. */
  readonly verdict: VerdictFinding | undefined;
  /** Other causes that fit, the best first. */
  readonly others: readonly VerdictFinding[];
}

/** `lastVerdict`: the verdict that was found last, if any. */
export const assess = (view: PhoneView, lastVerdict: VerdictFinding | undefined): Assessment => {
  const found = ranked(fitting(view), (code) => view.surroundings.withVerdict(code));
  const [best, ...others] = found;
  const verdict = best ?? (lastVerdict !== undefined && stillStands(lastVerdict, view) ? lastVerdict : undefined);
  return {
    verdict:
      verdict !== undefined && verdict.code === lastVerdict?.code ? { ...verdict, since: lastVerdict.since } : verdict,
    others,
  };
};

/** What looks wrong of a phone and is harmless. */
export const harmlessOf = (view: PhoneView): readonly HarmlessFinding[] =>
  HARMLESS.flatMap(({ code, sentence, count: countOf, files }) => {
    const count = countOf(view);
    if (count === 0) return [];
    const named = [...new Set(files?.(view).map(shown))].slice(0, MOST_HARMLESS_FILES);
    return [{ code, sentence, count, files: named }];
  });

/** What holds for the daemon itself: causes of this host, the best first. `view` is of no phone. */
export const findingsOfDaemon = (view: PhoneView): readonly VerdictFinding[] =>
  ranked(
    CAUSES.flatMap((row) => (row.stage === 'ops' ? (row.judge(view) ?? []) : [])),
    () => 0,
  );

const ALWAYS: readonly CauseRow[] = CAUSES.filter((row) => row.always);

/** The findings of all rows that fit. While a phone is registered, the stages before that have been passed. */
const fitting = (view: PhoneView): readonly VerdictFinding[] => {
  const found: VerdictFinding[] = [];
  // Lists try every row with each device.
  for (const row of view.isRegistered ? ALWAYS : CAUSES) {
    const finding = row.judge(view);
    if (finding !== undefined) found.push(finding);
  }
  return found;
};

const ORDER: readonly CauseStage[] = ['power', 'dhcp', 'files', 'connect', 'register', 'lines', 'stays'];

/**
 * Whether a phone that tries again, and has got no further than where it failed, has its old verdict still: a
 * verdict that went at each attempt would flicker.
 */
const stillStands = ({ code, stage }: VerdictFinding, view: PhoneView): boolean => {
  if (view.isRegistered || stage === 'ops' || stage === 'calls' || stage === 'stays' || stage === 'lines') return false;
  if (CAUSES.find((row) => row.code === code)?.isOver(view) === true) return false;
  return ORDER.indexOf(view.boot.furthest) <= ORDER.indexOf(stage);
};
