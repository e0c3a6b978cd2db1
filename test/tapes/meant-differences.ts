// Differences between a captured server and ours that are meant, each with its reason.

import type { TapeDifference } from '../../src/tapes/compare-messages.js';

/** A difference that is meant. */
export interface Meant {
  /** Of the line that `shownDifference` makes. */
  readonly of: RegExp;
  readonly why: string;
}

/** A difference in one line. */
export const shownDifference = ({ kind, protocol, about, field, first, second }: TapeDifference): string =>
  `${protocol} ${about}${field === undefined ? '' : ` ${field}`}: ${kind === 'changed' ? `${first} → ${second}` : kind}`;

/** What nobody has a reason for, and the reasons that nothing needs any more. */
export const unmeant = (differences: readonly string[], meant: readonly Meant[]) => ({
  unexplained: differences.filter((line) => !meant.some(({ of }) => of.test(line))),
  needless: meant.filter(({ of }) => !differences.some((line) => of.test(line))).map(({ why }) => why),
});
